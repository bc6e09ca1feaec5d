/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/filter.h - which containers "ps --filter KEY=VALUE" keeps
 *
 * Filters of different keys must all hold; of several with the same key one
 * is enough, but labels must all hold.
 */
#ifndef CLI_FILTER_H
#define CLI_FILTER_H

#include "buf.h"

/* 0 | -PP_E_INVAL: an unknown key, a wrong value */
int cli_filter_check(const cli_list *filters, pp_err *err);
/* One of them looks at containers that do not run. */
bool cli_filter_wants_all(const cli_list *filters);
/* all: the whole list, for "before" and "since" */
bool cli_filter_keeps(const cli_list *filters, const pp_json *container,
                      const pp_json *all);

#endif
