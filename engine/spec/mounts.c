/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/spec/mounts.c - what is mounted into a container; see spec.h */
#include <string.h>
#include <strings.h>

#include "core/util/path.h"
#include "core/util/str.h"
#include "core/util/strv.h"
#include "engine/json.h"
#include "engine/spec/spec.h"

#define MAX_OPTIONS 12

typedef struct fixed_mount {
    const char *destination;
    const char *type;
    const char *source;
    const char *options[MAX_OPTIONS];
} fixed_mount;

static const fixed_mount defaults[] = {
    {"/proc", "proc", "proc", {"nosuid", "noexec", "nodev"}},
    {"/dev",
     "tmpfs",
     "tmpfs",
     {"nosuid", "strictatime", "mode=755", "size=65536k"}},
    {"/dev/pts",
     "devpts",
     "devpts",
     {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620",
      "gid=5"}},
    {"/dev/shm",
     "tmpfs",
     "shm",
     {"nosuid", "noexec", "nodev", "mode=1777", "size=65536k"}},
    {"/dev/mqueue", "mqueue", "mqueue", {"nosuid", "noexec", "nodev"}},
    {"/sys", "sysfs", "sysfs", {"nosuid", "noexec", "nodev", "ro"}},
    {"/sys/fs/cgroup",
     "cgroup",
     "cgroup",
     {"rprivate", "nosuid", "noexec", "nodev", "relatime", "ro"}},
};

/* A user's volume: what each option word is worth. */
static const char *const bind_options[] = {
    "ro",     "rw",       "rbind",   "bind",   "z",       "Z",
    "shared", "rshared",  "slave",   "rslave", "private", "rprivate",
    "nodev",  "dev",      "noexec",  "exec",   "nosuid",  "suid",
    "noatime", "relatime", NULL};
static const char *const tmpfs_words[] = {
    "ro",     "rw",    "nodev", "dev",     "noexec",   "exec",
    "nosuid", "suid",  "noatime", "relatime", "tmpcopyup", NULL};

static pp_json *
make_mount(const char *destination, const char *type, const char *source,
           const char *const *options)
{
    pp_json *v = pp_json_object();

    if (pp_json_put(v, "destination", pp_json_string(destination)) ||
        pp_json_put(v, "type", pp_json_string(type)) ||
        pp_json_put(v, "source", pp_json_string(source)) ||
        pp_json_put(v, "options", pp_json_strv(options))) {
        pp_json_unref(v);
        return NULL;
    }
    return v;
}

static bool
has_any(const char *const *options, const char *const *words)
{
    for (; *words; words++)
        if (ppc_strv_has(options, *words))
            return true;
    return false;
}

/* Split "a,b,c" and check each word against a list; words with = only where
 * prefixes are given. */
static int
split_options(const char *flag, const char *text, const char *const *known,
              const char *const *prefixes, char ***out, pp_err *err)
{
    PP_AUTO_FREE char *copy = strdup(text);
    char *save = NULL;
    char *word;
    size_t i;
    bool fine;

    if (!copy)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for %s", flag);
    for (word = strtok_r(copy, ",", &save); word;
         word = strtok_r(NULL, ",", &save)) {
        fine = ppc_strv_has(known, word);
        for (i = 0; prefixes && prefixes[i] && !fine; i++)
            fine = ppc_str_has_prefix(word, prefixes[i]);
        if (!fine)
            return pp_fail(err, PP_E_INVAL, 0, "%s: unknown option \"%s\"",
                           flag, word);
        if (!strcasecmp(word, "z"))
            continue; /* no labels here: an OCI runtime does not know it */
        if (ppc_strv_add(out, word))
            return pp_fail(err, PP_E_NOMEM, 0, "no memory for %s", flag);
    }
    return 0;
}

/* Refuse a second mount on one place; keep the cleaned path. */
static int
take_destination(const char *flag, const char *path, const pp_json *mounts,
                 char **clean, pp_err *err)
{
    size_t i;

    if (*path != '/')
        return pp_fail(err, PP_E_INVAL, 0,
                       "%s: the path in the container, \"%s\", must be "
                       "absolute",
                       flag, path);
    *clean = ppc_path_clean(path);
    if (!*clean)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for %s", flag);
    if (!strcmp(*clean, "/"))
        return pp_fail(err, PP_E_INVAL, 0, "%s: nothing can be mounted on /",
                       flag);
    for (i = 0; i < pp_json_len(mounts); i++)
        if (!strcmp(pp_json_get_str(pp_json_at(mounts, i), "destination"),
                    *clean))
            return pp_fail(err, PP_E_INVAL, 0, "%s: \"%s\" is mounted twice",
                           flag, *clean);
    return 0;
}

int
ppc_volume_parse(const char *text, pp_json *mounts, pp_err *err)
{
    static const char *const propagation[] = {
        "shared", "rshared", "slave", "rslave", "private", "rprivate", NULL};
    PP_AUTO_FREE char *copy = strdup(text);
    PP_AUTO_FREE char *clean = NULL;
    PP_AUTO(ppc_strv_free) char **options = NULL;
    char *dst = copy ? strchr(copy, ':') : NULL;
    char *words;
    int rc;

    if (!copy)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for --volume");
    if (!dst)
        return pp_fail(err, PP_E_INVAL, 0,
                       "--volume \"%s\" must be HOST-PATH:PATH[:OPTIONS]",
                       text);
    *dst++ = '\0';
    words = strchr(dst, ':');
    if (words)
        *words++ = '\0';
    if (*copy != '/')
        return pp_fail(err, PP_E_NOTSUP, 0,
                       "--volume \"%s\": named volumes are not implemented "
                       "yet: give an absolute host path",
                       text);
    if (access(copy, F_OK))
        return pp_fail(err, PP_E_NOTFOUND, errno, "--volume: \"%s\"", copy);
    rc = split_options("--volume", words ? words : "", bind_options, NULL,
                       &options, err);
    if (rc >= 0)
        rc = take_destination("--volume", dst, mounts, &clean, err);
    if (rc < 0)
        return rc;
    if (ppc_strv_add(&options, "rbind") ||
        (!ppc_strv_has(ppc_strv_c(options), "ro") &&
         !ppc_strv_has(ppc_strv_c(options), "rw") &&
         ppc_strv_add(&options, "rw")) ||
        (!has_any(ppc_strv_c(options), propagation) &&
         ppc_strv_add(&options, "rprivate")) ||
        pp_json_add(mounts,
                    make_mount(clean, "bind", copy, ppc_strv_c(options))))
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for --volume");
    return 0;
}

int
ppc_tmpfs_parse(const char *text, pp_json *mounts, pp_err *err)
{
    static const char *const prefixes[] = {"size=",      "mode=", "uid=",
                                           "gid=",       "nr_inodes=",
                                           "nr_blocks=", NULL};
    static const char *const mode_words[] = {"exec", "noexec", NULL};
    PP_AUTO_FREE char *copy = strdup(text);
    PP_AUTO_FREE char *clean = NULL;
    PP_AUTO(ppc_strv_free) char **given = NULL;
    PP_AUTO(ppc_strv_free) char **options = NULL;
    char *words = copy ? strchr(copy, ':') : NULL;
    bool has_size = false;
    size_t i;
    int bad;
    int rc;

    if (!copy)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for --tmpfs");
    if (words)
        *words++ = '\0';
    rc = split_options("--tmpfs", words ? words : "", tmpfs_words, prefixes,
                       &given, err);
    if (rc >= 0)
        rc = take_destination("--tmpfs", copy, mounts, &clean, err);
    if (rc < 0)
        return rc;
    bad = ppc_strv_add(&options, "rprivate") ||
          ppc_strv_add(&options, "nosuid") ||
          ppc_strv_add(&options, "nodev") ||
          (!has_any(ppc_strv_c(given), mode_words) &&
           ppc_strv_add(&options, "noexec")) ||
          ppc_strv_add(&options, "tmpcopyup");
    for (i = 0; given && given[i] && !bad; i++) {
        has_size = has_size || ppc_str_has_prefix(given[i], "size=");
        bad = ppc_strv_add(&options, given[i]);
    }
    if (bad || (!has_size && ppc_strv_add(&options, "size=65536k")) ||
        pp_json_add(mounts,
                    make_mount(clean, "tmpfs", "tmpfs", ppc_strv_c(options))))
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for --tmpfs");
    return 0;
}

static bool
is_mounted(const pp_json *mounts, const char *destination)
{
    size_t i;

    for (i = 0; i < pp_json_len(mounts); i++)
        if (!strcmp(pp_json_get_str(pp_json_at(mounts, i), "destination"),
                    destination))
            return true;
    return false;
}

static int
add_default(pp_json *list, const fixed_mount *m, bool privileged)
{
    const char *options[MAX_OPTIONS + 1] = {NULL};
    size_t i;
    size_t n = 0;

    for (i = 0; i < MAX_OPTIONS && m->options[i]; i++)
        options[n++] = privileged && !strcmp(m->options[i], "ro")
                           ? "rw"
                           : m->options[i];
    return pp_json_add(list, make_mount(m->destination, m->type, m->source,
                                        options));
}

/* Order by depth, parents first; equal depths keep their order. */
static int
sorted_copy(const pp_json *list, pp_json *out)
{
    size_t n = pp_json_len(list);
    size_t left = n;
    size_t depth, i, d;
    const char *p;

    for (depth = 0; left && depth < 4096; depth++)
        for (i = 0; i < n; i++) {
            p = pp_json_get_str(pp_json_at(list, i), "destination");
            for (d = 0; *p; p++)
                d += *p == '/';
            if (d != depth)
                continue;
            left--;
            if (pp_json_add(out, pp_json_ref(pp_json_at(list, i))))
                return -1;
        }
    return 0;
}

static int
add_binds(const ppc_spec_in *in, const pp_json *user, pp_json *list)
{
    const bool ro = pp_json_get_bool(in->request, "read_only");
    pp_json_iter it = {0};

    while (pp_json_next(in->bind_mounts, &it)) {
        const char *const options[] = {"bind", "rprivate", ro ? "ro" : "rw",
                                       NULL};

        if (is_mounted(user, it.key))
            continue;
        if (pp_json_add(list, make_mount(it.key, "bind",
                                         pp_json_str(it.value), options)))
            return -1;
    }
    return 0;
}

int
ppc_mounts_make(const ppc_spec_in *in, pp_json *spec, pp_err *err)
{
    const pp_json *user = pp_json_get(in->request, "mounts");
    const bool own_dev = is_mounted(user, "/dev");
    PP_AUTO(pp_json_unref) pp_json *list = pp_json_array();
    PP_AUTO(pp_json_unref) pp_json *sorted = pp_json_array();
    int bad = !list || !sorted;
    size_t i;

    for (i = 0; i < sizeof defaults / sizeof defaults[0] && !bad; i++) {
        const char *dst = defaults[i].destination;

        if (is_mounted(user, dst) ||
            (own_dev && ppc_str_has_prefix(dst, "/dev/")))
            continue;
        bad = add_default(list, &defaults[i], in->ctr->config->privileged);
    }
    bad = bad || add_binds(in, user, list);
    for (i = 0; i < pp_json_len(user) && !bad; i++)
        bad = pp_json_add(list, pp_json_dup(pp_json_at(user, i)));
    if (bad || sorted_copy(list, sorted) ||
        pp_json_put(spec, "mounts", pp_steal(&sorted)))
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for mounts");
    return 0;
}
