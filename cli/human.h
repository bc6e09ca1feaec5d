/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/human.h - times, ports and foreign text for people to read
 */
#ifndef CLI_HUMAN_H
#define CLI_HUMAN_H

#include <stdint.h>

#include "buf.h"

/* "5 seconds", "About an hour", "3 weeks"; caller owns */
char *cli_human_duration(int64_t seconds);
/* "2026-01-31 12:00:00 +0100 CET"; caller owns */
char *cli_human_time(int64_t seconds);
/* "0.0.0.0:8080-8081->80-81/tcp, 53/udp" of the engine's port mappings;
 * neighbours are joined; caller owns */
char *cli_human_ports(const pp_json *ports);
/* The text with control bytes as escapes, so that no container can draw on
 * the terminal */
void cli_buf_safe(cli_buf *b, const char *s);
/* Strings of an array with a separator, made safe; caller owns */
char *cli_human_join(const pp_json *array, const char *separator);

#endif
