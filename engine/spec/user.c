/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/spec/user.c - USER[:GROUP] by the container's own passwd and group
 *
 * Both files are the container's and not trusted: they are opened inside its
 * root, bounded, and parsed line by line; a broken line is passed over.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "core/util/path.h"
#include "core/util/str.h"
#include "engine/spec/spec.h"

#define MAX_FILE (4 << 20)
#define MAX_GROUPS 1024
#define MAX_FIELDS 8

/* The file inside the root, "" when it is not there. Caller frees. */
static int
slurp(const char *rootfs, const char *path, char **out, pp_err *err)
{
    PP_AUTO_FD int fd =
        ppc_open_in_root(rootfs, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    PP_AUTO_STR ppc_str s = PPC_STR_INIT;
    struct stat st;
    char buf[8192];
    ssize_t n = 0;

    if (fd < 0 && errno != ENOENT && errno != ENOTDIR)
        return pp_fail(err, PP_E_IO, errno, "the container's %s", path);
    if (fd >= 0 && (fstat(fd, &st) || !S_ISREG(st.st_mode)))
        return pp_fail(err, PP_E_INVAL, 0,
                       "the container's %s is not a regular file", path);
    while (fd >= 0 && s.n <= MAX_FILE && (n = read(fd, buf, sizeof buf)) > 0)
        ppc_str_add(&s, buf, (size_t)n);
    if (n < 0)
        return pp_fail(err, PP_E_IO, errno, "the container's %s", path);
    if (s.n > MAX_FILE) /* half of a line would be another one */
        return pp_fail(err, PP_E_FULL, 0,
                       "the container's %s is larger than %d bytes", path,
                       MAX_FILE);
    *out = ppc_str_steal(&s);
    return *out ? 0
                : pp_fail(err, PP_E_NOMEM, 0, "no memory for the container's "
                                              "%s", path);
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

/* Find a user by name, or by number when name is NULL: the name, which lies
 * in passwd, or NULL. */
static const char *
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
        return fields[0];
    }
    return NULL;
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
resolve_group(char *groups, const char *group, ppc_user *out, pp_err *err)
{
    if (!parse_id(group, &out->gid) ||
        walk_groups(groups, group, &out->gid, NULL, out) > 0)
        return 0;
    return pp_fail(err, PP_E_INVAL, 0,
                   "unable to find group \"%s\" in the container's "
                   "/etc/group",
                   group);
}

/* USER and GROUP of the text, cut in place; root is who is not named. */
static const char *
split_user(char *text, const char **group)
{
    char *colon = strchr(text, ':');

    *group = "";
    if (colon) {
        *colon = '\0';
        *group = colon + 1;
    }
    return *text ? text : "0";
}

int
ppc_user_resolve(const char *rootfs, const char *text, ppc_user *out,
                 pp_err *err)
{
    PP_AUTO_FREE char *copy = strdup(text ? text : "");
    PP_AUTO_FREE char *passwd = NULL;
    PP_AUTO_FREE char *groups = NULL;
    const char *user, *group, *found;
    int64_t number = -1;
    bool is_number;
    int rc;

    if (!copy)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for a user");
    rc = slurp(rootfs, "/etc/passwd", &passwd, err);
    if (rc >= 0)
        rc = slurp(rootfs, "/etc/group", &groups, err);
    if (rc < 0)
        return rc;
    user = split_user(copy, &group);
    is_number = !parse_id(user, &number);
    found = find_user(passwd, is_number ? NULL : user, number, out);
    if (!found && !is_number)
        return pp_fail(err, PP_E_INVAL, 0,
                       "unable to find user \"%s\" in the container's "
                       "/etc/passwd",
                       user);
    if (!found)
        out->uid = number;
    if (*group)
        return resolve_group(groups, group, out, err);
    if (found && walk_groups(groups, NULL, NULL, found, out) < 0)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for groups");
    return 0;
}
