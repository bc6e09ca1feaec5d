/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* core/util/path.c - paths; see path.h */
#include "core/util/path.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>

#include "core/util/cleanup.h"
#include "core/util/str.h"

char *
ppc_path_clean(const char *path)
{
    PP_AUTO_STR ppc_str out = PPC_STR_INIT;
    size_t n;

    while (*path) {
        path += strspn(path, "/");
        n = strcspn(path, "/");
        if (!n)
            break;
        if (n == 2 && !memcmp(path, "..", 2)) {
            while (out.n && out.p[out.n - 1] != '/')
                out.n--;
            if (out.n)
                out.p[--out.n] = '\0';
        } else if (n != 1 || *path != '.') {
            ppc_str_putc(&out, '/');
            ppc_str_add(&out, path, n);
        }
        path += n;
    }
    if (!out.n)
        ppc_str_putc(&out, '/');
    return ppc_str_steal(&out);
}

int
ppc_open_in_root(const char *root, const char *path, int flags)
{
    PP_AUTO_FD int dir = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct open_how how = {.flags = (uint64_t)(unsigned)(flags | O_CLOEXEC),
                           .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};

    if (dir < 0)
        return -1;
    return (int)syscall(SYS_openat2, dir, path, &how, sizeof how);
}
