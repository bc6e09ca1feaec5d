/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/network/reload.c - attachments of a running container, mended
 *
 * What the network plugin finds as it was is left alone.  A network that
 * makes rules of its own is attached again in any case: no check tells
 * reliably that all of them are there.
 */
#include <fcntl.h>
#include <string.h>

#include "core/util/log.h"
#include "core/util/str.h"
#include "core/util/strv.h"
#include "engine/json.h"
#include "engine/network/attachment.h"
#include "engine/network/network.h"

#define OWN_RULES (PP_NET_DOES_PORTS | PP_NET_DOES_MASQ | PP_NET_DOES_FORWARD)

/* Is it as it was made?  why receives what is not. */
static bool
is_sound(pp_runtime *rt, ppc_ctr *c, const pp_json *att, int fd, pp_err *why)
{
    if (pp_json_get_i64(att, "flags") & OWN_RULES) {
        pp_fail(why, PP_E_DRIFT, 0, "it makes rules of its own");
        return false;
    }
    return ppc_attachment_check(rt, c, att, fd, why) != -PP_E_DRIFT;
}

/* The addresses of an attachment, without their prefix lengths. */
static int
addresses(const pp_json *att, char ***out)
{
    const pp_json *ips = pp_json_get(att, "ips");
    size_t i;

    for (i = 0; i < pp_json_len(ips); i++) {
        const char *a = pp_json_get_str(pp_json_at(ips, i), "address");

        if (ppc_strv_addf(out, "%.*s", (int)strcspn(a, "/"), a))
            return -1;
    }
    return 0;
}

/* The MAC address of the end in the container. */
static const char *
mac_of(const pp_json *att)
{
    const pp_json *list = pp_json_get(att, "interfaces");
    const char *ifname = pp_json_get_str(att, "ifname");
    size_t i;

    for (i = 0; i < pp_json_len(list); i++) {
        const pp_json *v = pp_json_at(list, i);

        if (*pp_json_get_str(v, "sandbox") && *pp_json_get_str(v, "mac") &&
            !strcmp(pp_json_get_str(v, "name"), ifname))
            return pp_json_get_str(v, "mac");
    }
    return NULL;
}

static int
attach_again(pp_runtime *rt, ppc_ctr *c, const pp_json *att, int fd,
             pp_json **out, pp_err *err)
{
    PP_AUTO(ppc_strv_free) char **ips = NULL;
    ppc_attachment_wish w = {.net = pp_json_get_str(att, "network"),
                             .ifname = pp_json_get_str(att, "ifname"),
                             .netns_fd = fd};
    PP_AUTO(ppc_strv_free)
    char **aliases = pp_json_get_strv(
        pp_json_get(c->config->network_options, w.net), "aliases");
    uint64_t caps = 0;
    int rc = ppc_attachment_caps(rt, &caps, err);

    if (rc < 0)
        return rc;
    w.aliases = ppc_strv_c(aliases);
    if (!aliases || addresses(att, &ips))
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for addresses");
    if (caps & PP_NET_CAP_STATIC_IP)
        w.ips = ppc_strv_c(ips);
    if (caps & PP_NET_CAP_MAC)
        w.mac = mac_of(att);
    rc = ppc_attachment_undo(rt, c, att, fd, err);
    if (rc >= 0)
        rc = ppc_attachment_make(rt, c, &w, out, err);
    return rc < 0 ? pp_wrap(err, rc, "network %s", w.net) : 0;
}

/* Put one into its place: an array has no other way than a copy. */
static int
replace(ppc_ctr *c, size_t at, pp_json *one)
{
    const pp_json *old = c->state->network_status;
    pp_json *list = pp_json_array();
    size_t i;

    for (i = 0; i < pp_json_len(old); i++)
        if (pp_json_add(list, i == at ? pp_json_ref(one)
                                      : pp_json_ref(pp_json_at(old, i)))) {
            pp_json_unref(list);
            return -1;
        }
    pp_json_unref(c->state->network_status);
    c->state->network_status = list;
    return 0;
}

int
ppc_network_mend(pp_runtime *rt, ppc_ctr *c, pp_err *err)
{
    PP_AUTO_FD int fd = open(c->netns, O_RDONLY | O_CLOEXEC);
    size_t i;
    int rc;

    if (fd < 0)
        return pp_fail(err, PP_E_IO, errno,
                       "cannot open network namespace \"%s\"; restart the "
                       "container",
                       c->netns);
    /* a route that a disconnect did not come to is no drift; what fails here
     * is one, and tried again behind its cure */
    ppc_network_way_out(c, fd, NULL);
    rc = ppc_network_open(rt, err);
    for (i = 0; rc >= 0 && i < pp_json_len(c->state->network_status); i++) {
        const pp_json *att = pp_json_at(c->state->network_status, i);
        PP_AUTO(pp_json_unref) pp_json *one = NULL;
        pp_err why = {0};

        if (is_sound(rt, c, att, fd, &why))
            continue;
        ppc_log(PP_LOG_INFO, "container %s: attaching it to %s again: %s",
                c->config->name, pp_json_get_str(att, "network"), why.msg);
        rc = attach_again(rt, c, att, fd, &one, err);
        if (rc >= 0 && replace(c, i, one))
            rc = pp_fail(err, PP_E_NOMEM, 0, "no memory for networks");
        /* the new cookie is durable before the next one is touched */
        if (rc >= 0)
            rc = ppc_state_save_container(rt->state, c, err);
    }
    return rc < 0 ? rc : ppc_network_way_out(c, fd, err);
}
