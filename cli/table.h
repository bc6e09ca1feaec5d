/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/table.h - columns from text whose cells end with tabs
 */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include "buf.h"

/*
 * Align TEXT's cells into OUT: a column is as wide as its widest cell and
 * two blanks, at least twelve; the last cell of a line is left as it is.
 */
void cli_table_align(const char *text, cli_buf *out);

#endif
