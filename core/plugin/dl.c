/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * core/plugin/dl.c - files into the process; the only user of libltdl
 *
 * libltdl gives one message, "file not found", for a missing file, a missing
 * dependency, an undefined symbol and garbage alike; and when its first
 * loader refuses a file it tries a lazy one.  So a strict dlopen goes first:
 * it is the gate, and its text is the one people see.
 *
 * libltdl's tables are not safe for threads: one mutex for the process.  A
 * module is resident, so nothing is ever unloaded and lt_dlexit is not called.
 */
#include "core/plugin/internal.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <ltdl.h>
#include <stdlib.h>
#include <string.h>

#include "core/util/cleanup.h"

/* The symbol of this major; a plugin may serve several majors at once. */
#define ENTRY "pp_plugin_v1"

static pthread_mutex_t loader = PTHREAD_MUTEX_INITIALIZER;
static bool ltdl_ready;
static ppc_module *modules;

static int
load_failed(const char *path, const char *text, pp_err *err)
{
    size_t n = strlen(path);

    /* glibc begins its text with the path, if the file itself is the
     * trouble: once is enough. */
    if (text && !strncmp(text, path, n) && text[n] == ':')
        text += n + 1 + strspn(text + n + 1, " ");
    return pp_fail(err, PP_E_PLUGINLOAD, 0, "cannot load \"%s\": %s", path,
                   text ? text : "the dynamic loader gives no reason");
}

/* The module itself, by way of libltdl; the gate has passed it. */
static int
open_ltdl(const char *path, lt_dlhandle *out, pp_err *err)
{
    lt_dladvise advise = NULL;
    lt_dlhandle handle = NULL;

    if (!ltdl_ready && lt_dlinit())
        return load_failed(path, lt_dlerror(), err);
    ltdl_ready = true;
    if (!lt_dladvise_init(&advise) && !lt_dladvise_local(&advise) &&
        !lt_dladvise_resident(&advise))
        handle = lt_dlopenadvise(path, advise);
    if (!handle) {
        load_failed(path, lt_dlerror(), err);
        lt_dladvise_destroy(&advise);
        return -PP_E_PLUGINLOAD;
    }
    lt_dladvise_destroy(&advise);
    *out = handle;
    return 0;
}

/* dlsym looks into a module's dependencies too: the descriptor must lie in
 * the file itself, and be data. */
static int
check_origin(const char *path, void *gate, const void *sym, size_t *size,
             pp_err *err)
{
    struct link_map *mine = NULL;
    const ElfW(Sym) *entry = NULL;
    struct link_map *owner = NULL;
    Dl_info info;

    if (dlinfo(gate, RTLD_DI_LINKMAP, &mine) ||
        !dladdr1(sym, &info, (void **)&owner, RTLD_DL_LINKMAP))
        return pp_fail(err, PP_E_PLUGINENTRY, 0,
                       "\"%s\": cannot tell where " ENTRY " lies", path);
    if (owner != mine)
        return pp_fail(err, PP_E_PLUGINENTRY, 0,
                       "\"%s\" has no " ENTRY " of its own: the symbol comes "
                       "from \"%s\"",
                       path, info.dli_fname);
    *size = 0;
    if (!dladdr1(sym, &info, (void **)(uintptr_t)&entry, RTLD_DL_SYMENT) ||
        !entry)
        return 0;
    if (ELF64_ST_TYPE(entry->st_info) != STT_OBJECT)
        return pp_fail(err, PP_E_PLUGINENTRY, 0,
                       "\"%s\": " ENTRY " is not data", path);
    *size = entry->st_size;
    return 0;
}

static int
find_entry(const char *path, void *gate, lt_dlhandle handle, const void **sym,
           size_t *size, pp_err *err)
{
    const void *p = lt_dlsym(handle, ENTRY);
    const char *text;

    if (p) {
        *sym = p;
        return check_origin(path, gate, p, size, err);
    }
    /* lt_dlerror may point into freed memory here; dlerror does not. */
    dlerror();
    dlsym(gate, ENTRY);
    text = dlerror();
    return pp_fail(err, PP_E_PLUGINENTRY, 0,
                   "\"%s\" is no plugin of this major version: %s", path,
                   text ? text : "no " ENTRY);
}

static int
remember(const void *sym, size_t size, ppc_module **out, pp_err *err)
{
    ppc_module *m;

    for (m = modules; m; m = m->next) {
        if (m->desc == sym) {
            *out = m;
            return 0;
        }
    }
    m = calloc(1, sizeof *m);
    if (!m || ppc_guard_lock_init(&m->serial)) {
        free(m);
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for a plugin");
    }
    m->desc = sym;
    m->size = size;
    m->next = modules;
    modules = m;
    *out = m;
    return 0;
}

static int
open_locked(const char *path, ppc_module **out, pp_err *err)
{
    void *gate = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    lt_dlhandle handle = NULL;
    const void *sym = NULL;
    size_t size = 0;
    int rc;

    if (!gate)
        return load_failed(path, dlerror(), err);
    rc = open_ltdl(path, &handle, err);
    if (rc == 0)
        rc = find_entry(path, gate, handle, &sym, &size, err);
    if (rc == 0)
        rc = remember(sym, size, out, err);
    dlclose(gate); /* what stays is libltdl's handle */
    return rc;
}

int
ppc_dl_open(const char *path, ppc_module **out, pp_err *err)
{
    int rc;

    if (path[0] != '/' || !ppc_str_has_suffix(path, ".so"))
        return pp_fail(err, PP_E_PLUGINLOAD, 0,
                       "cannot load \"%s\": not an absolute path of a .so",
                       path);
    pthread_mutex_lock(&loader);
    rc = open_locked(path, out, err);
    pthread_mutex_unlock(&loader);
    return rc;
}

pid_t
ppc_dl_fork(void)
{
    pid_t pid;

    pthread_mutex_lock(&loader);
    pid = fork();
    pthread_mutex_unlock(&loader); /* each process has its own */
    return pid;
}
