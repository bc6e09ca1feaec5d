/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/slow/memory.c - the program's own malloc; see memory.h
 *
 * Its variables are global because malloc has no context.
 */
#include "memory.h"

#include <errno.h>
#include <link.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define MAX_RANGES 4

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);

static struct {
    long at;
    long calls;
    bool sticky;
    bool is_armed;
    bool held;
    uintptr_t lo[MAX_RANGES], hi[MAX_RANGES];
    size_t n;
} memory;

void
memory_plan(long at, bool sticky)
{
    memory.at = at;
    memory.sticky = sticky;
    memory.calls = 0;
    memory.is_armed = true;
}

long
memory_calls(void)
{
    return memory.calls;
}

void
memory_hold(bool hold)
{
    memory.held = hold;
}

static int
note_range(struct dl_phdr_info *info, size_t size, void *arg)
{
    const char *const *names = arg;
    uintptr_t lo = UINTPTR_MAX, hi = 0;
    size_t i;

    (void)size;
    for (i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *p = &info->dlpi_phdr[i];
        uintptr_t at = (uintptr_t)(info->dlpi_addr + p->p_vaddr);

        if (p->p_type != PT_LOAD)
            continue;
        lo = at < lo ? at : lo;
        hi = at + p->p_memsz > hi ? at + p->p_memsz : hi;
    }
    for (; *names; names++)
        if (strstr(info->dlpi_name, *names) && memory.n < MAX_RANGES) {
            memory.lo[memory.n] = lo;
            memory.hi[memory.n++] = hi;
        }
    return 0;
}

void
memory_spare(const char *const *libraries)
{
    memory.n = 0;
    dl_iterate_phdr(note_range, (void *)(uintptr_t)libraries);
}

static bool
is_spared(uintptr_t caller)
{
    size_t i;

    for (i = 0; i < memory.n; i++)
        if (caller >= memory.lo[i] && caller < memory.hi[i])
            return true;
    return false;
}

static bool
fails(void *caller)
{
    if (!memory.is_armed || memory.held || is_spared((uintptr_t)caller))
        return false;
    memory.calls++;
    if (!memory.at || memory.calls < memory.at ||
        (memory.calls > memory.at && !memory.sticky))
        return false;
    errno = ENOMEM;
    return true;
}

__attribute__((visibility("default"))) void *
malloc(size_t n)
{
    return fails(__builtin_return_address(0)) ? NULL : __libc_malloc(n);
}

__attribute__((visibility("default"))) void *
calloc(size_t n, size_t size)
{
    return fails(__builtin_return_address(0)) ? NULL : __libc_calloc(n, size);
}

__attribute__((visibility("default"))) void *
realloc(void *p, size_t n)
{
    return fails(__builtin_return_address(0)) ? NULL : __libc_realloc(p, n);
}

__attribute__((visibility("default"))) void *
reallocarray(void *p, size_t n, size_t size)
{
    size_t all;

    if (__builtin_mul_overflow(n, size, &all)) {
        errno = ENOMEM;
        return NULL;
    }
    return fails(__builtin_return_address(0)) ? NULL : __libc_realloc(p, all);
}

static char *
copy(const char *s, size_t n, void *caller)
{
    char *p = fails(caller) ? NULL : __libc_malloc(n + 1);

    if (!p)
        return NULL;
    memcpy(p, s, n);
    p[n] = '\0';
    return p;
}

#undef strdup
#undef strndup
__attribute__((visibility("default"))) char *
strdup(const char *s)
{
    return copy(s, strlen(s), __builtin_return_address(0));
}

__attribute__((visibility("default"))) char *
strndup(const char *s, size_t n)
{
    return copy(s, strnlen(s, n), __builtin_return_address(0));
}
