/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* core/config/paths.c - folders of users and of configuration; see paths.h */
#include "core/config/paths.h"

#include <errno.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/util/cleanup.h"
#include "core/util/file.h"
#include "core/util/str.h"
#include "core/util/strv.h"

/* An environment variable that holds an absolute path, or NULL. */
static const char *
env_path(const char *name)
{
    const char *value = getenv(name);

    return value && *value == '/' ? value : NULL;
}

bool
ppc_is_rootless(void)
{
    return geteuid() != 0;
}

bool
ppc_is_systemd(void)
{
    struct stat st;

    return !lstat("/run/systemd/system", &st) && S_ISDIR(st.st_mode);
}

char *
ppc_path_data(const char **origin)
{
    const char *base = env_path("XDG_DATA_HOME");
    const char *home = env_path("HOME");

    if (!base && !home)
        return NULL;
    *origin = base ? "derived from $XDG_DATA_HOME" : "derived from $HOME";
    if (base)
        return ppc_sprintf("%s/polypod", base);
    return ppc_sprintf("%s/.local/share/polypod", home);
}

char *
ppc_path_policy(const char **origin)
{
    const char *home = env_path("HOME");
    char *path = NULL;

    if (!home)
        return NULL;
    path = ppc_sprintf("%s/.config/containers/policy.json", home);
    if (path && access(path, F_OK)) {
        free(path);
        return NULL;
    }
    *origin = "derived from $HOME";
    return path;
}

/* BASE/user/UID, made if it can be, when it is ours alone; else NULL. */
static char *
own_dir(const char *base)
{
    PP_AUTO_FREE char *parent = ppc_sprintf("%s/user", base);
    PP_AUTO_FREE char *dir = NULL;
    struct stat st;

    if (!parent)
        return NULL;
    dir = ppc_sprintf("%s/%u", parent, (unsigned)geteuid());
    if (!dir)
        return NULL;
    if (mkdir(parent, 0700) && errno != EEXIST)
        return NULL;
    if (mkdir(dir, 0700) && errno != EEXIST)
        return NULL;
    if (lstat(dir, &st) || !S_ISDIR(st.st_mode) || st.st_uid != geteuid() ||
        (st.st_mode & 07777) != 0700)
        return NULL;
    return pp_steal(&dir);
}

char *
ppc_path_run(const char **origin)
{
    const char *tmp = env_path("TMPDIR");
    const char *home = env_path("HOME");
    PP_AUTO_FREE char *base = NULL;
    char real[PATH_MAX];

    if (env_path("XDG_RUNTIME_DIR")) {
        *origin = "derived from $XDG_RUNTIME_DIR";
        return ppc_sprintf("%s/polypod", getenv("XDG_RUNTIME_DIR"));
    }
    base = own_dir("/run");
    if (base)
        *origin = "derived from the user's number";
    if (!base) {
        base = own_dir(tmp ? tmp : "/tmp");
        if (base)
            *origin = tmp ? "derived from $TMPDIR" : "derived from /tmp";
    }
    if (base)
        return ppc_sprintf("%s/polypod", base);
    if (!home || !realpath(home, real))
        return NULL;
    *origin = "derived from $HOME";
    return ppc_sprintf("%s/rundir/polypod", real);
}

static int
by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Add DIR/polypod.conf.d/?*.conf in the order of their bytes. */
static int
add_drop_ins(const char *config, char ***files, pp_err *err)
{
    PP_AUTO_FREE char *path = ppc_sprintf("%s/polypod.conf.d", config);
    PP_AUTO(ppc_strv_free) char **names = NULL;
    PP_AUTO(closedir) DIR *dir = path ? opendir(path) : NULL;
    struct dirent *e;
    size_t i;

    if (!path)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for file names");
    if (!dir && (errno == ENOENT || errno == ENOTDIR))
        return 0;
    if (!dir)
        return pp_fail(err, PP_E_CONFIG, errno, "cannot open \"%s\"", path);
    while ((errno = 0, e = readdir(dir))) {
        if (*e->d_name == '.' || !ppc_str_has_suffix(e->d_name, ".conf"))
            continue;
        if (ppc_strv_addf(&names, "%s/%s", path, e->d_name))
            return pp_fail(err, PP_E_NOMEM, 0, "no memory for file names");
    }
    if (errno)
        return pp_fail(err, PP_E_CONFIG, errno, "cannot read \"%s\"", path);
    if (names)
        qsort(names, ppc_strv_len(ppc_strv_c(names)), sizeof *names, by_bytes);
    for (i = 0; names && names[i]; i++)
        if (ppc_strv_add(files, names[i]))
            return pp_fail(err, PP_E_NOMEM, 0, "no memory for file names");
    return 0;
}

int
ppc_places_files(const ppc_places *places, char ***files, pp_err *err)
{
    PP_AUTO(ppc_strv_free) char **found = NULL;
    int rc = 0;

    if (places->data)
        rc = ppc_strv_addf(&found, "%s/polypod.conf", places->data);
    if (!rc && places->config)
        rc = ppc_strv_addf(&found, "%s/polypod.conf", places->config);
    if (rc)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for file names");
    if (places->config)
        rc = add_drop_ins(places->config, &found, err);
    if (!rc)
        *files = pp_steal(&found);
    return rc;
}

int
ppc_places_own(char **data, char **config, pp_err *err)
{
    PP_AUTO_FREE char *d = ppc_sprintf("%s/polypod", POLYPOD_DATADIR);
    PP_AUTO_FREE char *c = NULL;
    const char *home = env_path("HOME");
    const char *xdg = env_path("XDG_CONFIG_HOME");
    bool rootless = ppc_is_rootless();

    if (!rootless)
        c = ppc_sprintf("%s/polypod", POLYPOD_SYSCONFDIR);
    else if (xdg)
        c = ppc_sprintf("%s/polypod", xdg);
    else if (home)
        c = ppc_sprintf("%s/.config/polypod", home);
    if (!d || (!c && (!rootless || xdg || home)))
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for file names");
    *data = pp_steal(&d);
    *config = pp_steal(&c);
    return 0;
}
