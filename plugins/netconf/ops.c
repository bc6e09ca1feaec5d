/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* plugins/netconf/ops.c - the ops that only read definitions */
#include "netconf.h"

#include <string.h>

int
cni_op_list(const netconf *self, pp_sink *names, pp_err *err)
{
    LISTS_AUTO cni_lists all = {0};
    cni_why why = {.err = err};
    int rc = cni_lists_load(self, &all, &why);

    if (rc < 0)
        return cni_why_publish(self, &why, rc, err);
    for (size_t i = 0; rc == 0 && i < all.n; i++) {
        const char *name = all.v[i]->name;

        rc = self->host->put(names, name, strlen(name) + 1);
    }
    return rc < 0 ? pp_host_fail(self->host, err, -rc, 0,
                                 "the list of networks does not fit")
                  : 0;
}

static int
put_text(const netconf *self, pp_sink *sink, const char *text)
{
    return sink && text ? self->host->put(sink, text, strlen(text)) : 0;
}

static int
put_all(const netconf *self, const cni_list *list, pp_net_info *info)
{
    int rc = 0;

    if (PP_HAS(pp_net_info, info, name))
        rc = put_text(self, info->name, list->name);
    if (rc == 0 && PP_HAS(pp_net_info, info, bridge))
        rc = put_text(self, info->bridge, cni_list_bridge(list));
    if (rc == 0 && PP_HAS(pp_net_info, info, json))
        rc = put_text(self, info->json, cni_json_text(list->root));
    return rc;
}

/* flags: those of a definition, as the plugin carries it out. */
int
cni_op_info(const netconf *self, const char *net, cni_flags_fn *flags,
            pp_net_info *info, pp_err *err)
{
    LISTS_AUTO cni_lists all = {0};
    const cni_list *list = NULL;
    cni_why why = {.err = err};
    int rc = cni_lists_load(self, &all, &why);

    if (rc == 0)
        rc = cni_lists_find(self, &all, net, &list, &why);
    if (rc < 0)
        return cni_why_publish(self, &why, rc, err);
    rc = put_all(self, list, info);
    if (rc < 0)
        return pp_host_fail(self->host, err, -rc, 0,
                            "network %s: its definition does not fit",
                            list->name);
    info->flags = flags(list);
    if (!strcmp(list->name, cni_lists_default(self, &all)))
        info->flags |= PP_NET_IS_DEFAULT;
    return 0;
}
