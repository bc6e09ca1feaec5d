/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/network/attachment.h - one attachment, for the files of this folder
 *
 * The network plugin is open; an attachment is one item of a container's
 * network_status.
 */
#ifndef ENGINE_NETWORK_ATTACHMENT_H
#define ENGINE_NETWORK_ATTACHMENT_H

#include "engine/runtime/runtime.h"

typedef struct ppc_attachment_wish {
    const char *net;
    const char *ifname;
    const char *const *ips; /* NULL: any */
    const char *mac;        /* NULL: any */
    const char *const *aliases; /* NULL: none */
    int netns_fd;
} ppc_attachment_wish;

/* PP_NET_CAP_* of the plugin. */
int ppc_attachment_caps(pp_runtime *rt, uint64_t *caps, pp_err *err);

/* Make it: its JSON, which the caller unrefs, or the failure, undone. */
int ppc_attachment_make(pp_runtime *rt, ppc_ctr *c,
                        const ppc_attachment_wish *w, pp_json **out,
                        pp_err *err);

/*
 * Remove a bridge that a failed set-up left without ports and without an
 * address of the link layer: the CNI plugin would fail on it ever after.
 */
void ppc_bridge_mend(const char *name);

/* 0, also when the plugin cannot tell | -PP_E_DRIFT | ... */
int ppc_attachment_check(pp_runtime *rt, ppc_ctr *c, const pp_json *att,
                         int netns_fd, pp_err *err);

/* netns_fd -1: the namespace is gone */
int ppc_attachment_undo(pp_runtime *rt, ppc_ctr *c, const pp_json *att,
                        int netns_fd, pp_err *err);

#endif
