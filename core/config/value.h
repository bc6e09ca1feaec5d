/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * core/config/value.h - from the text of a value to its meaning, by type
 *
 * One place knows how a size, a duration or a boolean is written; the key
 * table, plugins' key tables and options all come here.  Nothing overflows:
 * a number that does not fit is refused.
 */
#ifndef CORE_CONFIG_VALUE_H
#define CORE_CONFIG_VALUE_H

#include <stdint.h>

/* Says what is wrong with a value, to stand behind "key: ". */
typedef struct ppc_why {
    char text[256];
} ppc_why;

void ppc_why_set(ppc_why *why, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Check text against a type and a range.
 *
 * type     PP_KEY_*; for PP_KEY_LIST text is one entry
 * range    "MIN..MAX" (either may be missing) of int, size, duration, written
 *          as values are; "a|b|c" of an enum; "path" or "env" of a list's
 *          entries; NULL: any
 * num      int, bool (0, 1), size (bytes), duration (nanoseconds); else 0
 * why      filled on failure
 * returns  0 | -PP_E_INVAL
 */
int ppc_value_check(uint32_t type, const char *range, const char *text,
                    int64_t *num, ppc_why *why);

/* Could this text stand in a file, and be read back as it is?  A control
 * character, space at an end, and " ;" cannot. 0 | -PP_E_INVAL */
int ppc_value_plain(const char *text, ppc_why *why);

#endif
