/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* core/config/table.h - the key table, for keys.c alone */
#ifndef CORE_CONFIG_TABLE_H
#define CORE_CONFIG_TABLE_H

#include "core/config/keys.h"

extern const ppc_key ppc_key_table[];
extern const size_t ppc_key_table_len;

#endif
