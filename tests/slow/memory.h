/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/slow/memory.h - the program's own malloc, which can fail
 *
 * memory.c defines malloc, calloc and realloc, which stand before libc's for
 * every library of the program.  Not for builds with a sanitizer, which have
 * their own.
 */
#ifndef TESTS_SLOW_MEMORY_H
#define TESTS_SLOW_MEMORY_H

#include <stdbool.h>

/* From now on the at-th allocation fails, and all later ones if it is sticky.
 * 0: none does; they are counted. */
void memory_plan(long at, bool sticky);
long memory_calls(void);
/* Allocations made in these libraries, loaded by now, do not fail and are not
 * counted.  A list that ends with NULL. */
void memory_spare(const char *const *libraries);
void memory_hold(bool hold); /* while held: neither */

#endif
