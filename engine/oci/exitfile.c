/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/oci/exitfile.c - what a container ended with; see oci.h */
#include <sys/stat.h>

#include "core/util/clock.h"
#include "core/util/file.h"
#include "core/util/process.h"
#include "core/util/str.h"
#include "engine/oci/oci.h"

#define NAP (5 * PPC_MS)

/* conmon renames the file into place, so it is whole or not there. */
static int
read_code(const char *path, int *code, int64_t *finished)
{
    PP_AUTO_FREE char *text = NULL;
    struct stat st;
    int64_t v;

    if (stat(path, &st) || ppc_file_read(path, 64, &text, NULL, NULL) < 0)
        return -1;
    text[strcspn(text, "\n")] = '\0';
    if (ppc_parse_i64(text, -1, 255, &v))
        return -1;
    *code = (int)v;
    *finished = (int64_t)st.st_mtim.tv_sec * PPC_SEC + st.st_mtim.tv_nsec;
    return 0;
}

int
ppc_exitfile_wait(const char *path, int64_t conmon_pid, int64_t conmon_start,
                  int64_t wait, int *code, int64_t *finished)
{
    int64_t deadline = ppc_monotonic() + wait;
    bool alive;

    for (;;) {
        /* in this order: conmon may write the file and end between */
        alive = conmon_pid && ppc_process_is_alive(conmon_pid, conmon_start);
        if (!read_code(path, code, finished))
            return 0;
        if (!alive)
            return -PP_E_NOTFOUND;
        if (ppc_monotonic() >= deadline)
            return -PP_E_TIMEOUT;
        ppc_sleep(NAP);
    }
}
