/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* core/plugin/registry.c - which plugin files there are; see plugin.h */
#include "core/plugin/internal.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/util/cleanup.h"
#include "core/util/log.h"
#include "core/util/strv.h"

/* The folder beside the library itself, wherever the tree was installed to.
 * NULL if that cannot be told. */
static char *
beside_us(void)
{
    PP_AUTO_FREE char *real = NULL;
    Dl_info info;
    char *slash;

    if (!dladdr((const void *)&ppc_plugin_load, &info) || !info.dli_fname)
        return NULL;
    real = realpath(info.dli_fname, NULL);
    slash = real ? strrchr(real, '/') : NULL;
    if (!slash)
        return NULL;
    *slash = '\0';
    return ppc_sprintf("%s/polypod/plugins", real);
}

static int
add_folder(char ***folders, const char *path, pp_err *err)
{
    if (path[0] != '/')
        return pp_fail(err, PP_E_INVAL, 0,
                       "the plugin folder \"%s\" is not an absolute path",
                       path);
    if (ppc_strv_has(ppc_strv_c(*folders), path))
        return 0;
    if (ppc_strv_add(folders, path))
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for plugin folders");
    return 0;
}

/* Every folder to look in, in order. Caller frees. */
static int
folders_new(const char *const *dirs, char ***out, pp_err *err)
{
    PP_AUTO(ppc_strv_free) char **folders = NULL;
    PP_AUTO_FREE char *beside = beside_us();
    size_t i;
    int rc = 0;

    if (beside)
        rc = add_folder(&folders, beside, err);
    if (rc == 0)
        rc = add_folder(&folders, POLYPOD_PLUGIN_DIR, err);
    for (i = 0; rc == 0 && dirs && dirs[i]; i++)
        rc = add_folder(&folders, dirs[i], err);
    if (rc < 0)
        return rc;
    *out = pp_steal(&folders);
    return 0;
}

void
ppc_plugin_package(const char *name, char *out, size_t n)
{
    /* These need no library, so they come with the command itself. */
    if (!strcmp(name, "state-memory") || !strcmp(name, "fw-none"))
        snprintf(out, n, "polypod-cli");
    else
        snprintf(out, n, "polypod-%s", name);
}

static int
absent(const char *full, char *const *folders, pp_err *err)
{
    PP_AUTO_STR ppc_str list = PPC_STR_INIT;
    char package[PPC_PLUGIN_NAME + 16];
    size_t i;

    for (i = 0; folders[i]; i++)
        ppc_str_printf(&list, "%s\"%s\"", i ? ", " : "", folders[i]);
    ppc_plugin_package(full, package, sizeof package);
    return pp_fail(err, PP_E_PLUGINABSENT, 0,
                   "the plugin %s is not installed: install the package %s "
                   "(no %s.so in %s)",
                   full, package, full,
                   ppc_str_get(&list) ? ppc_str_get(&list) : "any folder");
}

/* The first folder that has it decides, also when that file is then refused:
 * a bad file must not be passed over in silence. */
static int
find_file(const char *full, char *const *folders, char **path, pp_err *err)
{
    size_t i;

    for (i = 0; folders[i]; i++) {
        PP_AUTO_FREE char *p = ppc_sprintf("%s/%s.so", folders[i], full);

        if (!p)
            return pp_fail(err, PP_E_NOMEM, 0, "no memory to find %s", full);
        if (faccessat(AT_FDCWD, p, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
            *path = pp_steal(&p);
            return 0;
        }
        if (errno != ENOENT && errno != ENOTDIR)
            return pp_fail(err, PP_E_PLUGINTRUST, errno,
                           "cannot look at \"%s\"", p);
    }
    return absent(full, folders, err);
}

int
ppc_plugin_load_file(int kind, const char *name, const char *path,
                     ppc_plugin **out, pp_err *err)
{
    PP_AUTO(ppc_plugin_free) ppc_plugin *p = NULL;
    ppc_module *module = NULL;
    int rc;

    rc = ppc_trust_check(path, err);
    if (rc < 0)
        return rc;
    p = calloc(1, sizeof *p);
    if (p)
        p->path = strdup(path);
    if (!p || !p->path)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for \"%s\"", path);
    rc = ppc_dl_open(path, &module, err);
    if (rc < 0)
        return rc;
    rc = ppc_plugin_validate(module, kind, name, p, err);
    if (rc < 0)
        return rc;
    ppc_log(PP_LOG_DEBUG, "loaded plugin %s %s from \"%s\"", p->full,
            p->desc.version, path);
    *out = pp_steal(&p);
    return 0;
}

int
ppc_plugin_load(int kind, const char *name, const char *const *dirs,
                ppc_plugin **out, pp_err *err)
{
    PP_AUTO(ppc_strv_free) char **folders = NULL;
    PP_AUTO_FREE char *path = NULL;
    const char *prefix = ppc_kind_prefix(kind);
    char full[PPC_PLUGIN_NAME];
    int rc;

    if (!prefix)
        return pp_fail(err, PP_E_INVAL, 0, "plugins of kind %d are unknown",
                       kind);
    if (!ppc_plugin_name_ok(name))
        return pp_fail(err, PP_E_INVAL, 0,
                       "\"%s\" is not the name of a %s plugin: only a-z, 0-9 "
                       "and - are allowed",
                       name ? name : "", prefix);
    snprintf(full, sizeof full, "%s-%s", prefix, name);
    rc = folders_new(dirs, &folders, err);
    if (rc == 0)
        rc = find_file(full, folders, &path, err);
    if (rc < 0)
        return rc;
    return ppc_plugin_load_file(kind, name, path, out, err);
}

void
ppc_plugin_free(ppc_plugin *p)
{
    if (!p)
        return;
    free(p->path);
    free(p);
}

const pp_plugin *
ppc_plugin_desc(const ppc_plugin *p)
{
    return &p->desc;
}

const char *
ppc_plugin_path(const ppc_plugin *p)
{
    return p->path;
}

/* The kind that "state-bdb" begins with, and the name behind it; 0: none. */
static int
split_name(const char *full, const char **name)
{
    int kind;

    for (kind = PP_KIND_STATE; kind <= PP_KIND_NET; kind++) {
        const char *prefix = ppc_kind_prefix(kind);
        size_t n = strlen(prefix);

        if (!strncmp(full, prefix, n) && full[n] == '-' &&
            ppc_plugin_name_ok(full + n + 1)) {
            *name = full + n + 1;
            return kind;
        }
    }
    return 0;
}

struct list {
    ppc_plugin_file *v;
    size_t n;
};

static bool
list_has(const struct list *l, const char *name)
{
    size_t i;

    for (i = 0; i < l->n; i++)
        if (!strcmp(l->v[i].name, name))
            return true;
    return false;
}

/* Add FOLDER/FILE unless its name is there: 0, or -1 without memory. */
static int
list_add(struct list *l, const char *folder, const char *file)
{
    PP_AUTO_FREE char *path = ppc_sprintf("%s/%s", folder, file);
    PP_AUTO_FREE char *name = strndup(file, strlen(file) - 3);
    ppc_plugin_file *v;
    const char *rest;

    if (!path || !name)
        return -1;
    if (list_has(l, name))
        return 0;
    v = realloc(l->v, (l->n + 1) * sizeof *v);
    if (!v)
        return -1;
    l->v = v;
    v[l->n].kind = split_name(name, &rest);
    v[l->n].path = pp_steal(&path);
    v[l->n].name = pp_steal(&name);
    l->n++;
    return 0;
}

static int
scan_folder(struct list *l, const char *folder, pp_err *err)
{
    PP_AUTO(closedir) DIR *dir = opendir(folder);
    const struct dirent *e;

    if (!dir && (errno == ENOENT || errno == ENOTDIR))
        return 0;
    if (!dir)
        return pp_fail(err, PP_E_IO, errno, "cannot read folder \"%s\"",
                       folder);
    while ((errno = 0, e = readdir(dir))) {
        if (e->d_name[0] == '.' || !ppc_str_has_suffix(e->d_name, ".so"))
            continue;
        if (list_add(l, folder, e->d_name))
            return pp_fail(err, PP_E_NOMEM, 0, "no memory to list plugins");
    }
    if (errno)
        return pp_fail(err, PP_E_IO, errno, "cannot read folder \"%s\"",
                       folder);
    return 0;
}

static int
by_name(const void *a, const void *b)
{
    const ppc_plugin_file *x = a;
    const ppc_plugin_file *y = b;

    return strcmp(x->name, y->name);
}

int
ppc_plugin_files(const char *const *dirs, ppc_plugin_file **out, size_t *n,
                 pp_err *err)
{
    PP_AUTO(ppc_strv_free) char **folders = NULL;
    struct list l = {NULL, 0};
    size_t i;
    int rc = folders_new(dirs, &folders, err);

    for (i = 0; rc == 0 && folders[i]; i++)
        rc = scan_folder(&l, folders[i], err);
    if (rc < 0) {
        ppc_plugin_files_free(l.v, l.n);
        return rc;
    }
    if (l.n)
        qsort(l.v, l.n, sizeof *l.v, by_name);
    *out = l.v;
    *n = l.n;
    return 0;
}

void
ppc_plugin_files_free(ppc_plugin_file *files, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++) {
        free(files[i].path);
        free(files[i].name);
    }
    free(files);
}

static int
describe(void *arg, pp_sink *out, pp_err *err)
{
    const ppc_plugin_file *file = arg;
    const char *name = NULL;
    int kind = split_name(file->name, &name);
    ppc_plugin *p = NULL;
    int rc = ppc_plugin_load_file(kind, name, file->path, &p, err);

    if (rc < 0)
        return rc;
    ppc_sink_put(out, p->desc.version, strlen(p->desc.version) + 1);
    ppc_sink_put(out, p->desc.summary, strlen(p->desc.summary) + 1);
    rc = ppc_sink_put(out, p->desc.license, strlen(p->desc.license) + 1);
    ppc_plugin_free(p);
    return rc;
}

int
ppc_plugin_describe(const ppc_plugin_file *file, ppc_str *out, pp_err *err)
{
    ppc_plugin_file copy = *file;

    if (!file->kind)
        return pp_fail(err, PP_E_PLUGINABI, 0,
                       "\"%s\": the name is not KIND-NAME.so with a kind of "
                       "state, fw or net",
                       file->path);
    return ppc_child_call(file->path, describe, &copy, out, err);
}
