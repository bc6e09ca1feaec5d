/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugins/fw-firewalld/base.c - the jumps to our chains
 */
#include "fwd.h"

#include <stdio.h>
#include <string.h>

static const struct hook {
    const char *table;
    const char *hook;
    const char *chain;
    const char *match[2]; /* IPv4, IPv6; NULL: not for this family */
} hooks[] = {
    {"nat",
     "PREROUTING",
     FWD_DNAT,
     {"! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL ",
      "-m addrtype --dst-type LOCAL "}},
    {"nat",
     "OUTPUT",
     FWD_DNAT,
     {"-m addrtype --dst-type LOCAL ",
      "! -d ::1 -m addrtype --dst-type LOCAL "}},
    {"nat", "POSTROUTING", FWD_MASQ, {"", ""}},
    {"filter", "INPUT", FWD_GUARD, {"-d 127.0.0.0/8 ", NULL}},
    {"filter", "FORWARD", FWD_FORWARD, {"", ""}},
    {"mangle", "FORWARD", FWD_ISOLATE, {"", ""}},
};

/* Is there a rule in this chain? */
static bool
uses(const struct fwd_list *rules, bool v6, const struct hook *h)
{
    char head[80];
    int n = snprintf(head, sizeof(head), "%s%c%s%c%s%c", v6 ? "ipv6" : "ipv4",
                     FWD_SEP, h->table, FWD_SEP, h->chain, FWD_SEP);

    for (size_t i = 0; i < rules->n; i++)
        if (!strncmp(rules->v[i], head, (size_t)n))
            return true;
    return false;
}

/* Append the jumps to those of our chains that WANT uses. */
int
fwd_base_want(const struct fwd *fwd, struct fwd_list *want, pp_err *err)
{
    for (size_t i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++) {
        const struct hook *h = &hooks[i];

        for (int v6 = 0; v6 < 2; v6++)
            if (h->match[v6] && uses(want, v6 != 0, h) &&
                fwd_rule_add(want, v6 != 0, h->table, h->hook, fwd->priority,
                             FWD_TAG, "%s-j %s", h->match[v6], h->chain) < 0)
                return FWD_OOM(fwd, err);
    }
    return 0;
}
