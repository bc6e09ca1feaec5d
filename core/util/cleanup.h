/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * core/util/cleanup.h - what a local owns is released when its scope ends
 *
 * PP_AUTO_FREE char *p = NULL;     free
 * PP_AUTO_FD int fd = -1;          close
 * PP_AUTO(fclose) FILE *f = NULL;  any cleaner made by PP_DEFINE_CLEANUP
 *
 * Cleaners accept the empty value and keep errno.  Moving out is spelled
 * pp_steal (&p) or pp_steal_fd (&fd).
 */
#ifndef CORE_UTIL_CLEANUP_H
#define CORE_UTIL_CLEANUP_H

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PP_AUTO(name) __attribute__((cleanup(ppc_auto_##name)))
#define PP_AUTO_FREE __attribute__((cleanup(ppc_auto_free)))
#define PP_AUTO_FD __attribute__((cleanup(ppc_auto_fd)))
#define PP_AUTO_STR __attribute__((cleanup(ppc_auto_str)))

#define PP_DEFINE_CLEANUP(type, fn)                                            \
    static inline void ppc_auto_##fn(type *p)                                  \
    {                                                                          \
        int saved = errno;                                                     \
                                                                               \
        if (*p)                                                                \
            fn(*p);                                                            \
        errno = saved;                                                         \
    }                                                                          \
    struct ppc_need_semicolon_##fn

static inline void
ppc_auto_free(void *p)
{
    int saved = errno;

    free(*(void **)p);
    errno = saved;
}

static inline void
ppc_auto_fd(int *fd)
{
    int saved = errno;

    if (*fd >= 0)
        close(*fd);
    errno = saved;
}

#define pp_steal(p)                                                            \
    __extension__({                                                            \
        __typeof__(p) from_ = (p);                                             \
        __typeof__(*from_) stolen_ = *from_;                                   \
        *from_ = NULL;                                                         \
        stolen_;                                                               \
    })

static inline int
pp_steal_fd(int *fd)
{
    int stolen = *fd;

    *fd = -1;
    return stolen;
}

/* Drop const from memory that we own; -Wcast-qual guards all other casts. */
static inline void *
ppc_unconst(const void *p)
{
    union {
        const void *c;
        void *m;
    } u = {p};

    return u.m;
}

PP_DEFINE_CLEANUP(FILE *, fclose);
PP_DEFINE_CLEANUP(DIR *, closedir);

#endif
