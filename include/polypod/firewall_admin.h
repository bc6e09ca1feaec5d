/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * polypod/firewall_admin.h - the rules of all containers: look, restore, move
 *
 * Rules are derived from the store and so can be made again at any time:
 * after somebody else flushed the firewall, or by another driver.  What looks
 * takes no lock and changes nothing; what changes works for the containers of
 * every namespace at once.
 */
#ifndef POLYPOD_FIREWALL_ADMIN_H
#define POLYPOD_FIREWALL_ADMIN_H

#include <polypod/container.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Compare the kernel with the store.
 *
 * A difference counts when it is still there after a moment, so that a
 * container that starts or ends meanwhile is none.
 *
 * out      caller unrefs: {"Clean","Driver","Unfinished","Containers":
 *          [{"Id","Name","Driver","Status","Text","Differences":[...]}],
 *          "Networks":[{"Name","Status","Text","Differences"}],
 *          "Dead":[{"Id","Driver"}],"Warning"}.  Warning is what others have
 *          that drops what is accepted here, and the cure.  Status is "ok",
 * "drift", or "error" when the driver cannot tell.  A difference has "Wanted",
 * "Found", or "Note" when it is of neither form. returns  0: everything is as
 * it should be; 1: something is not; | ... since    1.0
 */
PP_API int pp_firewall_check(pp_runtime *rt, pp_json **out, pp_err *err);

/*
 * Owners of rules.
 *
 * out      caller unrefs: [{"Id","Name","Driver","Status","Addresses",
 *          "Ports"}].  Status is "present"; "missing": has none, but should;
 *          "none": needs none; "dead": has some, and no container.
 * returns  0 | ...
 * since    1.0
 */
PP_API int pp_firewall_list(pp_runtime *rt, pp_json **out, pp_err *err);

/*
 * Make the kernel hold exactly what the store says, an unfinished switch
 * included.
 *
 * out      caller unrefs: {"Driver","Containers","Networks","Removed":[ID]};
 *          Driver is "" when no container ever needed one
 * returns  0 | -PP_E_BUSY (somebody works on networks) | -PP_E_CORRUPT (a
 *          container's record gives no rules; the others have theirs) | ...
 * since    1.0
 */
PP_API int pp_firewall_sync(pp_runtime *rt, pp_json **out, pp_err *err);

/*
 * Move all rules to another driver while the containers run.
 *
 * driver   "nftables", ...: one that is in force already is synced
 * returns  0 | -PP_E_PLUGINABSENT | -PP_E_UNAVAIL (it cannot work here) |
 *          -PP_E_NOTSUP (it cannot do what a container needs) | ...; the text
 *          says which driver is in force then
 * since    1.0
 */
PP_API int pp_firewall_switch(pp_runtime *rt, const char *driver,
                              pp_err *err);

/*
 * Mend the network of one running container: attachments that are not as
 * they were made are made again, with the same address if the plugin can,
 * and its rules are.
 *
 * id       its full ID
 * returns  0 | -PP_E_CTRSTATE (it does not run) | -PP_E_INVAL (it has no
 *          network of its own) | ...
 * since    1.0
 */
PP_API int pp_network_reload(pp_runtime *rt, const char *ref,
                             char id[PP_ID_MAX], pp_err *err);

#ifdef __cplusplus
}
#endif

#endif
