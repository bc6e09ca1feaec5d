/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * chaos.h - what the files of state-chaos share
 *
 * A state plugin around another one.  Calls go through to the inner plugin;
 * those that the keys choose fail, or are late, instead.  It also watches
 * its user: what breaks a rule of polypod/state.h is counted and logged, and
 * borrowed bytes are freed as soon as they may be.
 *
 * Threads  serial, so that the inner plugin's model does not matter and the
 *          n-th call is the same call at each run
 */
#ifndef STATE_CHAOS_H
#define STATE_CHAOS_H

#include <polypod/state.h>

#include "config.h"

enum chaos_op {
    OP_BEGIN,
    OP_GET,
    OP_PUT,
    OP_DEL,
    OP_SCAN,
    OP_NEXT,
    OP_COMMIT, /* the last that may conflict */
    OP_INFO,
    OP_GENERATION,
    OP_CHECK,
    OP_COMPACT,
    OP_BACKUP,
    OP_COUNT
};

typedef struct chaos {
    const pp_host *host;
    const pp_config *cfg;
    pp_host inner_host; /* the host as the inner plugin sees it */
    pp_config inner_cfg;
    const pp_plugin *plugin; /* the inner one, which stays loaded */
    pp_state_ops ops;        /* its ops; what it does not know is NULL */
    void *inner;
    uint64_t calls[OP_COUNT];
    uint64_t chosen; /* calls of the ops that are to fail */
    uint64_t struck; /* of those, how many were */
    uint64_t broken; /* rules, by the user */
    uint64_t open;   /* transactions */
    uint64_t dice;
} chaos;

extern const char *const chaos_op_names[OP_COUNT];
extern const pp_state_ops chaos_ops;

/* strike.c: count a call; 0 to go on, or the failure. */
int chaos_strike(chaos *c, enum chaos_op op, pp_err *err);
/* Are the names in the lists known? 0 or -PP_E_INVAL. */
int chaos_check_lists(const pp_host *host, const pp_config *cfg, pp_err *err);
/* For a commit that fails with rc: does it happen all the same? */
int chaos_is_applied(const chaos *c, int rc);
/* The user broke a rule: count, log, -PP_E_INTERNAL. */
int chaos_blame(chaos *c, pp_err *err, const char *rule);

#endif
