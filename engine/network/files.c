/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/network/files.c - the folder of definitions; see definition.h
 *
 * Who changes it holds a lock on the folder itself, which every store that
 * is configured for the folder meets; readers need none, since a file
 * appears and disappears whole.
 */
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "core/util/clock.h"
#include "core/util/file.h"
#include "core/util/str.h"
#include "engine/json.h"
#include "engine/network/definition.h"

#define DEFAULT_FOLDER "/etc/cni/net.d"
#define MAX_FILE (1 << 20)
#define NAP (5 * PPC_MS)

/* A driver that reads another folder says so under its own key. */
char *
ppc_net_folder(const pp_runtime *rt)
{
    char key[96];
    const char *folder;

    snprintf(key, sizeof key, "network.%s.cni_config_dir",
             pp_settings_str(rt->settings, "network.driver"));
    folder = pp_settings_str(rt->settings, key);
    if (ppc_str_is_empty(folder))
        folder = pp_settings_str(rt->settings, "network.cni.cni_config_dir");
    return strdup(ppc_str_is_empty(folder) ? DEFAULT_FOLDER : folder);
}

int
ppc_net_folder_lock(const pp_runtime *rt, const char *folder, pp_err *err)
{
    const int64_t deadline =
        ppc_monotonic() + pp_settings_i64(rt->settings, "engine.lock_timeout");
    PP_AUTO_FD int fd = -1;
    int rc = ppc_dir_make(folder, 0755, err);

    if (rc < 0)
        return rc;
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return pp_fail(err, PP_E_IO, errno, "cannot open folder \"%s\"",
                       folder);
    while (flock(fd, LOCK_EX | LOCK_NB)) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return pp_fail(err, PP_E_IO, errno, "cannot lock folder \"%s\"",
                           folder);
        if (ppc_monotonic() >= deadline)
            return pp_fail(err, PP_E_BUSY, 0,
                           "folder \"%s\" is being changed by another "
                           "process: try again, or raise engine.lock_timeout",
                           folder);
        ppc_sleep(NAP);
    }
    return pp_steal_fd(&fd);
}

int
ppc_net_file_write(const char *folder, const pp_json *def, pp_err *err)
{
    PP_AUTO_FREE char *path =
        ppc_sprintf("%s/%s.conflist", folder, pp_json_get_str(def, "name"));
    PP_AUTO_FREE char *json = pp_json_text(def, PP_JSON_PRETTY);
    PP_AUTO_STR ppc_str text = PPC_STR_INIT;
    struct stat st;

    ppc_str_printf(&text, "%s\n", json ? json : "");
    if (!path || !json || !ppc_str_get(&text))
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for a network");
    /* what is there under this name defines another network, or none */
    if (!lstat(path, &st))
        return pp_fail(err, PP_E_EXISTS, 0,
                       "network file \"%s\" exists: remove it or choose "
                       "another name",
                       path);
    return ppc_file_write(path, ppc_str_get(&text), text.n, 0644, err);
}

static bool
is_definition(const char *file)
{
    return *file != '.' && (ppc_str_has_suffix(file, ".conflist") ||
                            ppc_str_has_suffix(file, ".conf") ||
                            ppc_str_has_suffix(file, ".json"));
}

/* Does the file define this network?  An empty name is the file's own. */
static bool
defines(const char *path, const char *file, const char *name)
{
    PP_AUTO(pp_json_unref) pp_json *v = NULL;
    PP_AUTO_FREE char *text = NULL;
    struct stat st;
    size_t n = 0;

    if (stat(path, &st) || !S_ISREG(st.st_mode) ||
        ppc_file_read(path, MAX_FILE, &text, &n, NULL) < 0 ||
        pp_json_parse(text, n, path, &v, NULL) < 0)
        return false;
    if (!*pp_json_get_str(v, "name"))
        return !strcmp(file, name);
    return !strcmp(pp_json_get_str(v, "name"), name);
}

typedef int (*file_fn)(const char *path, void *arg, pp_err *err);

static int
each_file(const char *folder, const char *name, file_fn fn, void *arg,
          pp_err *err)
{
    PP_AUTO(closedir) DIR *dir = opendir(folder);
    struct dirent *e;
    int rc = 0;

    if (!dir && errno != ENOENT)
        return pp_fail(err, PP_E_IO, errno, "cannot open folder \"%s\"",
                       folder);
    while (dir && rc >= 0 && (e = readdir(dir))) {
        PP_AUTO_FREE char *path = ppc_sprintf("%s/%s", folder, e->d_name);

        if (!path)
            return pp_fail(err, PP_E_NOMEM, 0, "no memory for \"%s\"", folder);
        if (is_definition(e->d_name) && defines(path, e->d_name, name))
            rc = fn(path, arg, err);
    }
    return rc;
}

static int
remove_file(const char *path, void *arg, pp_err *err)
{
    (void)arg;
    if (!unlink(path) || errno == ENOENT)
        return 0;
    return pp_fail(err, PP_E_IO, errno, "cannot remove \"%s\"", path);
}

int
ppc_net_file_remove(const char *folder, const char *name, pp_err *err)
{
    return each_file(folder, name, remove_file, NULL, err);
}

static int
note_time(const char *path, void *arg, pp_err *err)
{
    struct stat st;

    (void)err;
    if (!stat(path, &st))
        *(int64_t *)arg = st.st_mtim.tv_sec * PPC_SEC + st.st_mtim.tv_nsec;
    return 0;
}

int64_t
ppc_net_file_time(const char *folder, const char *name)
{
    int64_t when = 0;

    each_file(folder, name, note_time, &when, NULL);
    return when;
}
