/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/yaml.h - a JSON value for people
 */
#ifndef CLI_YAML_H
#define CLI_YAML_H

#include "buf.h"

/* Append the value in the form of YAML; what a terminal would obey is made
 * harmless. */
void cli_yaml_print(const pp_json *v, cli_buf *out);

#endif
