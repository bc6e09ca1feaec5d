/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/row.h - a container of the engine's list as "ps" shows it
 */
#ifndef CLI_ROW_H
#define CLI_ROW_H

#include <stdint.h>

#include "template.h"

#define CLI_ROW_ALL UINT32_MAX

/*
 * The fields of ps --format: ID, Names, Image, Command, Created, CreatedAt,
 * CreatedHuman, RunningFor, Status, State, Ports, Networks, Mounts, Labels,
 * Pid, ExitCode, Exited, StartedAt, ExitedAt, Pod, Size, ...
 *
 * wants    the fields to make, of cli_row_wants, or CLI_ROW_ALL
 * full     nothing is cut short
 * now      seconds since the epoch
 * returns  caller unrefs
 */
pp_json *cli_row_new(const pp_json *container, uint32_t wants, bool full,
                     int64_t now);
/* The fields that a template may look at: most of them it does not. */
uint32_t cli_row_wants(const cli_template *t);
/* The titles of those fields; caller unrefs */
pp_json *cli_row_headers(void);

/* Seconds since the epoch of a number or a time of RFC 3339. */
int64_t cli_row_time(const pp_json *container, const char *key);

#endif
