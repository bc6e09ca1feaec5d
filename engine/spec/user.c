/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/spec/user.c - USER[:GROUP] by the container's own passwd and group
 *
 * Both files are the container's and not trusted: they are opened inside its
 * root, bounded, and parsed line by line; a broken line is passed over.
 */
#include <fcntl.h>
#include <string.h>

#include "core/util/path.h"
#include "core/util/str.h"
#include "engine/spec/spec.h"

#define MAX_FILE (4 << 20)
#define MAX_GROUPS 1024
#define MAX_FIELDS 8

/* The file inside the root, "" when it is not there. Caller frees. */
static char *
slurp(const char *rootfs, const char *path)
{
    PP_AUTO_FD int fd =
        ppc_open_in_root(rootfs, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    PP_AUTO_STR ppc_str s = PPC_STR_INIT;
    char buf[8192];
    ssize_t n;

    while (fd >= 0 && s.n < MAX_FILE && (n = read(fd, buf, sizeof buf)) > 0)
        ppc_str_add(&s, buf, (size_t)n);
    return ppc_str_steal(&s);
}

/* Cut a line into fields at its colons: their number. */
static size_t
cut(char *line, char *fields[MAX_FIELDS])
{
    size_t n = 0;

    while (line && n < MAX_FIELDS) {
        fields[n++] = line;
        line = strchr(line, ':');
        if (line)
            *line++ = '\0';
    }
    return n;
}

static int
parse_id(const char *text, int64_t *id)
{
    return ppc_parse_i64(text, 0, UINT32_MAX - 1, id);
}

/* Find a user by name, or by number when name is one. */
static bool
find_user(char *passwd, const char *name, int64_t number, ppc_user *out)
{
    char *fields[MAX_FIELDS];
    char *save = NULL;
    char *line;
    int64_t uid, gid;

    for (line = strtok_r(passwd, "\n", &save); line;
         line = strtok_r(NULL, "\n", &save)) {
        if (cut(line, fields) < 6 || parse_id(fields[2], &uid) ||
            parse_id(fields[3], &gid))
            continue;
        if (name ? strcmp(fields[0], name) != 0 : uid != number)
            continue;
        out->uid = uid;
        out->gid = gid;
        out->home = *fields[5] ? strdup(fields[5]) : NULL;
        return true;
    }
    return false;
}

static bool
is_member(char *members, const char *user)
{
    char *save = NULL;
    char *one;

    for (one = strtok_r(members, ",", &save); one;
         one = strtok_r(NULL, ",", &save))
        if (!strcmp(one, user))
            return true;
    return false;
}

/* A group's number by name, and with user the groups he is a member of. */
static int
walk_groups(char *text, const char *name, int64_t *gid, const char *user,
            ppc_user *out)
{
    char *fields[MAX_FIELDS];
    char *save = NULL;
    char *line;
    int64_t id;
    int64_t *grown;
    int found = 0;

    for (line = strtok_r(text, "\n", &save); line;
         line = strtok_r(NULL, "\n", &save)) {
        size_t n = cut(line, fields);

        if (n < 3 || parse_id(fields[2], &id))
            continue;
        if (name && !strcmp(fields[0], name)) {
            *gid = id;
            found = 1;
        }
        if (!user || n < 4 || out->n_groups == MAX_GROUPS ||
            !is_member(fields[3], user))
            continue;
        grown = reallocarray(out->groups, out->n_groups + 1, sizeof *grown);
        if (!grown)
            return -1;
        out->groups = grown;
        out->groups[out->n_groups++] = id;
    }
    return found;
}

void
ppc_user_clear(ppc_user *u)
{
    free(u->home);
    free(u->groups);
    *u = (ppc_user){0};
}

static int
resolve_group(const char *rootfs, const char *group, ppc_user *out,
              pp_err *err)
{
    PP_AUTO_FREE char *text = NULL;

    if (!parse_id(group, &out->gid))
        return 0;
    text = slurp(rootfs, "/etc/group");
    if (text && walk_groups(text, group, &out->gid, NULL, out) > 0)
        return 0;
    return pp_fail(err, PP_E_INVAL, 0,
                   "unable to find group \"%s\" in the container's "
                   "/etc/group",
                   group);
}

int
ppc_user_resolve(const char *rootfs, const char *text, ppc_user *out,
                 pp_err *err)
{
    PP_AUTO_FREE char *name = strdup(ppc_str_is_empty(text) ? "0" : text);
    PP_AUTO_FREE char *passwd = slurp(rootfs, "/etc/passwd");
    PP_AUTO_FREE char *groups = slurp(rootfs, "/etc/group");
    char *group = name ? strchr(name, ':') : NULL;
    int64_t number = -1;
    bool is_number;
    bool found;

    if (!name || !passwd || !groups)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for user \"%s\"", text);
    if (group)
        *group++ = '\0';
    is_number = !parse_id(name, &number);
    found = find_user(passwd, is_number ? NULL : name, number, out);
    if (!found && !is_number)
        return pp_fail(err, PP_E_INVAL, 0,
                       "unable to find user \"%s\" in the container's "
                       "/etc/passwd",
                       name);
    if (!found)
        out->uid = number;
    if (group && *group)
        return resolve_group(rootfs, group, out, err);
    if (!is_number && walk_groups(groups, NULL, NULL, name, out) < 0)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for groups");
    return 0;
}
