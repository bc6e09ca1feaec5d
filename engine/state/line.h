/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/state/line.h - a key and its value as one line of JSON, and back
 *
 *   {"key":["c","ID","config"],"json":{...}}
 *   {"key":["n","web"],"text":"c0123..."}
 *   {"key":["i","ID"],"base64":"AAEC"}
 *   {"key64":"AAEC","text":""}
 *
 * The parts of a key are the letter and what byte 0 divides; key64 is for a
 * key of another form.  A value is json if it is an object or list, text if
 * it is UTF-8 without byte 0, base64 otherwise.  JSON is canonical: members
 * sorted by their bytes, no spaces, nothing escaped that need not be.  Hence
 * the same store gives the same lines, whatever keeps it.
 */
#ifndef ENGINE_STATE_LINE_H
#define ENGINE_STATE_LINE_H

#include "core/util/str.h"
#include "engine/state/keys.h"
#include <polypod/error.h>

/* A record outside of a store. */
typedef struct ppc_item {
    ppc_key key;
    char *val; /* owned */
    size_t n;
    size_t line; /* of the file, for messages */
} ppc_item;

/* Append the line with its newline; out of memory is sticky in out. */
void ppc_line_encode(pp_slice key, pp_slice val, ppc_str *out);

/*
 * Read a line back, without its newline.
 *
 * returns  0 | -PP_E_CORRUPT (says what is wrong) | -PP_E_NOMEM
 */
int ppc_line_decode(const char *text, size_t n, ppc_item *out, pp_err *err);

/* Is it UTF-8 (no overlong forms, no surrogates) without byte 0? */
bool ppc_is_utf8(const void *p, size_t n);

#endif
