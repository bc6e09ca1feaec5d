/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/firewall/driver.h - which driver is in force, and what it says
 *
 * One fact of the store, "firewall", names the driver whose rules count; a
 * second one, "firewall-switch", is there while they move to another one (see
 * switch.c).  Both change under the lock of the networks only.  The driver
 * that a container's record names is where its rules were made last: a
 * record saved by somebody who read it before a switch may be behind.
 */
#ifndef ENGINE_FIREWALL_DRIVER_H
#define ENGINE_FIREWALL_DRIVER_H

#include "core/util/str.h"
#include "engine/runtime/runtime.h"

/* Taken by whoever decides about rules, and by no reader.  The container's
 * lock is outer to it. */
int ppc_firewall_lock(pp_runtime *rt, pp_err *err);

/* Open a firewall plugin by name, once. */
int ppc_firewall_open(pp_runtime *rt, const char *driver, ppc_instance **out,
                      pp_err *err);

static inline const pp_fw_ops *
ppc_firewall_ops(const ppc_instance *fw)
{
    return ppc_instance_ops(fw);
}

/* The facts.  Strings are the caller's (ppc_firewall_facts_clear). */
typedef struct ppc_firewall_facts {
    char *driver; /* in force; NULL: none was ever needed       */
    char *from;   /* of a switch that did not finish, or NULL   */
    char *to;
} ppc_firewall_facts;

int ppc_firewall_facts_read(pp_runtime *rt, ppc_firewall_facts *out,
                            pp_err *err);
void ppc_firewall_facts_clear(ppc_firewall_facts *f);
#define PP_AUTO_FACTS __attribute__((cleanup(ppc_firewall_facts_clear)))

/* Note, or with NULL forget, that rules move from one driver to another. */
int ppc_firewall_intend(pp_runtime *rt, const char *from, const char *to,
                        pp_err *err);
/* The driver is in force from now on: the moment at which a switch counts. */
int ppc_firewall_enact(pp_runtime *rt, const char *driver, pp_err *err);

/* The driver for new containers, enacted if it was not. Caller holds the
 * lock and frees. */
int ppc_firewall_choose(pp_runtime *rt, char **driver, pp_err *err);

/* Can the driver work here?  0 | -PP_E_UNAVAIL, in its own words */
int ppc_firewall_try(pp_runtime *rt, const char *driver, pp_err *err);

/* Add what the driver's probe says may defeat its rules, in one line; its
 * score, 0 or a failure if it cannot work. */
int ppc_firewall_warnings(pp_runtime *rt, const char *driver, ppc_str *out);

/* Log in one line what a container's driver says may defeat its rules. */
void ppc_firewall_warn(pp_runtime *rt, const ppc_ctr *c);

#endif
