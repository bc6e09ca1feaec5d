/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* plugins/netconf/list.c - one network: a validated list of CNI plugins */
#include "netconf.h"

#include <string.h>

/*
 * The network that is there when no configuration is: a bridge without
 * masquerade, port and forward rules, which are left to the engine's
 * firewall plugin.  Its leases are volatile, because an address that a
 * dead container held before a reboot would be blocked for ever.
 */
static const char builtin[] =
    "{\"cniVersion\":\"1.0.0\",\"name\":\"podman\",\"plugins\":[{"
    "\"type\":\"bridge\",\"bridge\":\"cni-podman0\",\"isGateway\":true,"
    "\"ipMasq\":false,\"hairpinMode\":true,"
    "\"capabilities\":{\"ips\":true,\"mac\":true},"
    "\"ipam\":{\"type\":\"host-local\","
    "\"ranges\":[[{\"subnet\":\"10.88.0.0/16\",\"gateway\":\"10.88.0.1\"}]],"
    "\"routes\":[{\"dst\":\"0.0.0.0/0\"}]}}]}";

const char cni_builtin_name[] = "podman";

void
cni_list_free(cni_list *list)
{
    if (!list)
        return;
    json_object_put(list->root);
    free(list->source);
    free(list);
}

void
cni_list_auto(cni_list **list)
{
    cni_list_free(*list);
}

/* The newest version that we know among cniVersions, else cniVersion. */
int
cni_list_version(json_object *root, const char *source, int *version,
                 cni_why *why)
{
    json_object *several = cni_json_array(root, "cniVersions");
    json_object *one = cni_json_get(root, "cniVersion");
    const char *text = cni_json_str(root, "cniVersion");
    int best = -1;

    for (size_t i = 0; several && i < json_object_array_length(several); i++) {
        const char *s =
            cni_json_str(json_object_array_get_idx(several, i), NULL);
        int v = s ? cni_version_find(s) : -1;

        best = v > best ? v : best;
    }
    if (best < 0 && one && !text)
        return cni_say(why, PP_E_INVAL, 0, "%s: cniVersion is no text", source);
    if (best < 0)
        best = cni_version_find(text);
    if (best < 0)
        return cni_say(
            why, PP_E_NOTSUP, 0,
            "%s: cniVersion %.32s is unknown here, this plugin speaks "
            "0.1.0 to 1.1.0",
            source, text);
    *version = best;
    return 0;
}

static int
check_plugins(const cni_list *list, cni_why *why)
{
    size_t n = list->plugins ? json_object_array_length(list->plugins) : 0;

    if (n == 0 || n > CNI_MAX_PLUGINS)
        return cni_say(why, PP_E_INVAL, 0,
                       "%s: \"plugins\" must be an array of 1 to %d objects",
                       list->source, CNI_MAX_PLUGINS);
    for (size_t i = 0; i < n; i++) {
        json_object *p = json_object_array_get_idx(list->plugins, i);

        if (!cni_type_valid(cni_json_str(p, "type")))
            return cni_say(why, PP_E_INVAL, 0,
                           "%s: plugin %zu has no valid \"type\"", list->source,
                           i + 1);
    }
    return 0;
}

/*
 * Validate a list.
 *
 * root     taken over, also on failure
 * source   names it in messages, copied
 */
int
cni_list_parse(json_object *root, const char *source, cni_list **out,
               cni_why *why)
{
    LIST_AUTO cni_list *list = calloc(1, sizeof(*list));

    if (list)
        list->source = strdup(source);
    if (!list || !list->source) {
        json_object_put(root);
        return cni_say(why, PP_E_NOMEM, 0, "no memory for %s", source);
    }
    list->root = root;
    list->plugins = cni_json_array(root, "plugins");
    list->name = cni_json_str(root, "name");
    if (!cni_id_valid(list->name))
        return cni_say(why, PP_E_INVAL, 0,
                       "%s: \"name\" must be letters, digits and \"_.-\"",
                       source);
    int rc = cni_list_version(root, source, &list->version, why);

    if (rc == 0)
        rc = check_plugins(list, why);
    if (rc < 0)
        return rc;
    list->no_check = cni_json_true(root, "disableCheck");
    list->no_gc = cni_json_true(root, "disableGC");
    list->extra = cni_json_get(cni_json_get(root, "args"), "polypod") != NULL;
    *out = list;
    list = NULL;
    return 0;
}

int
cni_list_builtin(const netconf *self, cni_list **out, cni_why *why)
{
    JSON_AUTO json_object *root = NULL;
    const char *bad = NULL;

    if (cni_json_parse(builtin, sizeof(builtin) - 1, CNI_MAX_DEPTH, &root,
                       &bad) < 0)
        return cni_say(why, PP_E_NOMEM, 0,
                       "cannot make the built-in network: %s", bad);
    json_object *bridge =
        json_object_array_get_idx(cni_json_array(root, "plugins"), 0);

    if (!cni_json_put(cni_json_get(bridge, "ipam"), "dataDir",
                      json_object_new_string(self->ipam_dir)))
        return cni_say(why, PP_E_NOMEM, 0,
                       "no memory for the built-in network");
    return cni_list_parse(json_object_get(root), "built-in network", out, why);
}

size_t
cni_list_n(const cni_list *list)
{
    return json_object_array_length(list->plugins);
}

/* Does any plugin of the list declare this capability? */
bool
cni_list_has_cap(const cni_list *list, const char *capability)
{
    for (size_t i = 0; i < cni_list_n(list); i++) {
        json_object *p = json_object_array_get_idx(list->plugins, i);

        if (cni_json_true(cni_json_get(p, "capabilities"), capability))
            return true;
    }
    return false;
}

/* A bridge without an address of the host's, without routes and masquerade,
 * leads nowhere. */
static bool
is_internal(const cni_list *list)
{
    json_object *p = json_object_array_get_idx(list->plugins, 0);
    json_object *ipam = cni_json_get(p, "ipam");
    json_object *routes = cni_json_array(ipam, "routes");

    return !strcmp(cni_json_str(p, "type"), "bridge") &&
           !cni_json_true(p, "isGateway") &&
           !cni_json_true(p, "isDefaultGateway") &&
           !cni_json_true(p, "ipMasq") && cni_json_str(ipam, "type") &&
           (!routes || json_object_array_length(routes) == 0);
}

/* Asked for by an option of the network. */
static bool
is_isolated(const cni_list *list)
{
    json_object *args = cni_json_get(list->root, "args");
    const char *text =
        cni_json_str(cni_json_get(args, "podman_options"), "isolate");

    return text && (!strcmp(text, "true") || !strcmp(text, "1"));
}

/* PP_NET_*: which rules the list writes by itself, and what the engine's
 * are to be. */
uint32_t
cni_list_flags(const cni_list *list)
{
    uint32_t flags = (is_internal(list) ? PP_NET_INTERNAL : 0) |
                     (is_isolated(list) ? PP_NET_ISOLATE : 0);

    if (cni_list_has_cap(list, "portMappings"))
        flags |= PP_NET_DOES_PORTS;
    for (size_t i = 0; i < cni_list_n(list); i++) {
        json_object *p = json_object_array_get_idx(list->plugins, i);

        if (cni_json_true(p, "ipMasq"))
            flags |= PP_NET_DOES_MASQ;
        if (!strcmp(cni_json_str(p, "type"), "firewall"))
            flags |= PP_NET_DOES_FORWARD;
    }
    return flags;
}

/* The bridge on the host, or NULL. */
const char *
cni_list_bridge(const cni_list *list)
{
    for (size_t i = 0; i < cni_list_n(list); i++) {
        json_object *p = json_object_array_get_idx(list->plugins, i);
        const char *bridge = cni_json_str(p, "bridge");

        if (cni_ifname_valid(bridge))
            return bridge;
        if (!strcmp(cni_json_str(p, "type"), "bridge"))
            return "cni0";
    }
    return NULL;
}
