/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/template.h - the template language of --format
 *
 * A subset of Go's text/template over JSON values: field chains, variables,
 * pipelines, if, with, range, comments, trim markers and the functions
 * listed in template_func.c.  A field of an object that is not there is an
 * error that names it; a key of a map (Labels, ...) that is not there prints
 * "<no value>".
 *
 * Ownership  a template copies its text and may be run any number of times.
 * Limits     nesting, steps and output are bounded, so that no text can
 *            make it run away.
 */
#ifndef CLI_TEMPLATE_H
#define CLI_TEMPLATE_H

#include "buf.h"

typedef struct cli_template cli_template;

/*
 * Parse a template.
 *
 * out      caller frees
 * returns  0 | -PP_E_INVAL, "template: LINE:COLUMN: what is wrong"
 */
int cli_template_parse(const char *text, cli_template **out, pp_err *err);
void cli_template_free(cli_template *t);
void cli_auto_template(cli_template **t);

/* May a run look at this field?  Never false when it does. */
bool cli_template_may_use(const cli_template *t, const char *field);

/*
 * Run it over a value; what was printed before a failure stays in out.
 *
 * dot      borrowed; NULL is null
 * returns  0 | -PP_E_INVAL
 */
int cli_template_run(const cli_template *t, pp_json *dot, cli_buf *out,
                     pp_err *err);

#endif
