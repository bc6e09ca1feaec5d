/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/format.h - what --format asks for
 *
 * "json", "table TEMPLATE" or a template, in which \t and \n outside of
 * {{ }} stand for a tab and a newline.
 */
#ifndef CLI_FORMAT_H
#define CLI_FORMAT_H

#include "template.h"

typedef struct cli_format {
    bool json;
    bool table;
    bool newline; /* one has to be added behind each row */
    cli_template *template;
} cli_format;

int cli_format_parse(const char *text, cli_format *out, pp_err *err);
void cli_format_clear(cli_format *f);

/*
 * Rows through the template to standard output; a table gets a first line
 * from headers, an object of field names and titles.
 *
 * headers  NULL: none
 * returns  0 | -PP_E_INVAL
 */
int cli_format_rows(const cli_format *f, const pp_json *rows, pp_json *headers,
                    pp_err *err);
/* The same for N rows that are made one by one; the caller of at unrefs. */
typedef pp_json *(*cli_row_at)(const void *arg, size_t i);
int cli_format_each(const cli_format *f, size_t n, cli_row_at at,
                    const void *arg, pp_json *headers, pp_err *err);
/* One value, without a table. */
int cli_format_value(const cli_format *f, pp_json *value, pp_err *err);

/* A value as indented JSON and a newline on standard output. */
void cli_print_json(const pp_json *v);

#endif
