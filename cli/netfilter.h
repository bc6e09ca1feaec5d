/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/netfilter.h - which networks "network ls" and "prune" take
 *
 * name=REGEX, driver=NAME, id=PREFIX, label=KEY[=VALUE], label!=KEY[=VALUE]
 * and until=TIME.  Filters of different keys must all hold; of several with
 * the same key one is enough, but labels must all hold.
 */
#ifndef CLI_NETFILTER_H
#define CLI_NETFILTER_H

#include "buf.h"

typedef enum cli_net_verb { CLI_NET_LS, CLI_NET_PRUNE } cli_net_verb;

/* 0 | -PP_E_INVAL: a key that this verb does not have, a wrong value */
int cli_net_filter_check(const cli_list *filters, cli_net_verb verb,
                         pp_err *err);
/* net: one of pp_network_list; the filters have been checked */
bool cli_net_filter_keeps(const cli_list *filters, const pp_json *net);

#endif
