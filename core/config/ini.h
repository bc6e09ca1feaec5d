/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * core/config/ini.h - the text of a file as a sequence of events
 *
 * inih parses: sections, names, comments, continuation lines.  It cuts lines
 * at the size it was built for and does not tell line numbers, so it is fed
 * line by line from memory: the line being parsed is always known, and of a
 * line that does not fit it gets a short one whose value is exchanged for
 * the real one when it is reported.
 */
#ifndef CORE_CONFIG_INI_H
#define CORE_CONFIG_INI_H

#include <stdbool.h>
#include <stddef.h>

#define PPC_INI_LINE_MAX 65536

/* One value, valid during the call only. */
typedef struct ppc_ini_value {
    unsigned line; /* from 1 */
    const char *name;
    const char *text;
    bool more; /* an indented line that continues the value before */
} ppc_ini_value;

typedef struct ppc_ini_events {
    void *arg;
    /* every header, also of an empty section */
    void (*section)(void *arg, unsigned line, const char *name);
    void (*value)(void *arg, const ppc_ini_value *v);
    /* a line that is none of these; parsing goes on */
    void (*fault)(void *arg, unsigned line, const char *what);
} ppc_ini_events;

/*
 * Parse data, which is used up: its line ends are overwritten.
 *
 * data     n bytes and a NUL behind them
 * returns  0 | -PP_E_NOMEM
 */
int ppc_ini_parse(char *data, size_t n, const ppc_ini_events *events);

#endif
