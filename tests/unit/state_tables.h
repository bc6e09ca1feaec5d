/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tests/unit/state_tables.h - the tables of behaviours of the state */
#ifndef TESTS_UNIT_STATE_TABLES_H
#define TESTS_UNIT_STATE_TABLES_H

#include "scenario.h"

/* Each ends with a NULL number. */
extern const scenario ctr_scenarios[];
extern const scenario pod_scenarios[];
extern const scenario more_scenarios[];

#endif
