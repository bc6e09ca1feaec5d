/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/row.h - a container of the engine's list as "ps" shows it
 */
#ifndef CLI_ROW_H
#define CLI_ROW_H

#include <stdint.h>

#include "buf.h"

/*
 * The fields of ps --format: ID, Names, Image, Command, Created, CreatedAt,
 * CreatedHuman, RunningFor, Status, State, Ports, Networks, Mounts, Labels,
 * Pid, ExitCode, Exited, StartedAt, ExitedAt, Pod, Size, ...
 *
 * full     nothing is cut short
 * now      seconds since the epoch
 * returns  caller unrefs
 */
pp_json *cli_row_new(const pp_json *container, bool full, int64_t now);
/* The titles of those fields; caller unrefs */
pp_json *cli_row_headers(void);

/* Seconds since the epoch of a number or a time of RFC 3339. */
int64_t cli_row_time(const pp_json *container, const char *key);

#endif
