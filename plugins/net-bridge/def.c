/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/net-bridge/def.c - a list of CNI plugins as a bridge network
 *
 * What the list asks for is done exactly or refused with its name; nothing
 * that would make another network is passed over.
 */
#include "bridge.h"

#include <stdio.h>
#include <string.h>

#define DEFAULT_DATA_DIR "/var/lib/cni/networks"
#define USE_CNI "set network.driver = cni for it"

/* Does KEY ask for something?  0, false, "" and empty lists do not. */
static bool
asks(json_object *o, const char *key)
{
    json_object *v = cni_json_get(o, key);

    switch (json_object_get_type(v)) {
    case json_type_null:
        return false;
    case json_type_array:
        return json_object_array_length(v) > 0;
    case json_type_object:
        return json_object_object_length(v) > 0;
    case json_type_string:
        return json_object_get_string_len(v) > 0;
    default:
        return json_object_get_double(v) != 0;
    }
}

static int
refuse_keys(const cni_list *list, json_object *plugin, const char *owner,
            const char *const *keys, cni_why *why)
{
    for (; *keys; keys++)
        if (asks(plugin, *keys))
            return cni_say(why, PP_E_NOTSUP, 0,
                           "network %s: \"%s\" of the CNI plugin %s is not "
                           "done by this driver, " USE_CNI,
                           list->name, *keys, owner);
    return 0;
}

/*
 * The types that only do what the engine's firewall plugin does anyway; of
 * these, the keys that would change what gets through, or the interface.
 */
static const struct {
    const char *type;
    const char *const keys[9];
} passed_over[] = {
    {"portmap", {"conditionsV4", "conditionsV6", NULL}},
    {"firewall", {"firewalldZone", "iptablesAdminChainName", NULL}},
    {"tuning",
     {"sysctl", "mac", "mtu", "promisc", "allmulti", "txQLen", "dataDir",
      NULL}},
};

static int
check_other(const cni_list *list, json_object *plugin, cni_why *why)
{
    const char *type = cni_json_str(plugin, "type");
    const char *policy = cni_json_str(plugin, "ingressPolicy");

    for (size_t i = 0; i < sizeof(passed_over) / sizeof(passed_over[0]); i++) {
        if (strcmp(type, passed_over[i].type) != 0)
            continue;
        if (policy && strcmp(policy, "open") != 0 &&
            strcmp(policy, "same-bridge") != 0)
            return cni_say(why, PP_E_NOTSUP, 0,
                           "network %s: the ingressPolicy \"%.32s\" is not "
                           "done by this driver, " USE_CNI,
                           list->name, policy);
        return refuse_keys(list, plugin, type, passed_over[i].keys, why);
    }
    return cni_say(why, PP_E_NOTSUP, 0,
                   "network %s has the CNI plugin %s, which this driver does "
                   "not replace, " USE_CNI,
                   list->name, type);
}

static int
read_mtu(json_object *plugin, br_def *def, cni_why *why)
{
    json_object *v = cni_json_get(plugin, "mtu");
    int64_t mtu = json_object_get_int64(v);

    if (v && (!json_object_is_type(v, json_type_int) || mtu < 0 ||
              mtu > 65535 || (mtu > 0 && mtu < 68)))
        return cni_say(why, PP_E_INVAL, 0,
                       "network %s: mtu must be 68 to 65535", def->name);
    def->mtu = (uint32_t)mtu;
    return 0;
}

static int
read_bridge(const cni_list *list, json_object *plugin, br_def *def,
            cni_why *why)
{
    static const char *const others[] = {
        "vlan",        "vlanTrunk", "preserveDefaultVlan",
        "macspoofchk", "enabledad", "disableContainerInterface",
        NULL};
    json_object *bridge = cni_json_get(plugin, "bridge");

    def->bridge = bridge ? cni_json_str(plugin, "bridge") : "cni0";
    if (!cni_ifname_valid(def->bridge))
        return cni_say(why, PP_E_INVAL, 0,
                       "network %s: \"bridge\" is no name of an interface",
                       def->name);
    /* It only matters together with a VLAN. */
    int rc = refuse_keys(list, plugin, "bridge", others, why);

    if (rc < 0)
        return rc;
    def->hairpin = cni_json_true(plugin, "hairpinMode");
    def->promisc = cni_json_true(plugin, "promiscMode");
    def->isolated_port = cni_json_true(plugin, "portIsolation");
    def->force_address = cni_json_true(plugin, "forceAddress");
    def->is_gateway = cni_json_true(plugin, "isGateway") ||
                      cni_json_true(plugin, "isDefaultGateway");
    if (def->hairpin && def->promisc)
        return cni_say(why, PP_E_INVAL, 0,
                       "network %s: hairpinMode and promiscMode exclude each "
                       "other",
                       def->name);
    return read_mtu(plugin, def, why);
}

static int
check_ipam(const cni_list *list, json_object *ipam, cni_why *why)
{
    static const char *const others[] = {"resolvConf", NULL};
    const char *type = cni_json_str(ipam, "type");

    if (!type || strcmp(type, "host-local") != 0)
        return cni_say(why, PP_E_NOTSUP, 0,
                       "network %s: addresses by \"%.32s\" are not done by "
                       "this driver, only by host-local, " USE_CNI,
                       list->name, type ? type : "");
    return refuse_keys(list, ipam, "host-local", others, why);
}

/*
 * The folder of leases: DATADIR/NETWORK of the first plugin that has one.
 *
 * folder   the caller frees it; NULL if the network has no leases
 */
int
br_def_folder(const cni_list *list, char **folder, cni_why *why)
{
    for (size_t i = 0; i < cni_list_n(list); i++) {
        json_object *plugin = json_object_array_get_idx(list->plugins, i);
        json_object *ipam = cni_json_get(plugin, "ipam");
        const char *dir = cni_json_str(ipam, "dataDir");

        if (!ipam)
            continue;
        if (!dir || !*dir)
            dir = DEFAULT_DATA_DIR;
        if (*dir != '/' || strlen(dir) > 2048)
            return cni_say(why, PP_E_INVAL, 0,
                           "network %s: dataDir must be an absolute path",
                           list->name);
        if (asprintf(folder, "%s/%s", dir, list->name) < 0) {
            *folder = NULL;
            return cni_say(why, PP_E_NOMEM, 0, "no memory for network %s",
                           list->name);
        }
        return 0;
    }
    *folder = NULL;
    return 0;
}

/* Apart from other networks: what "same-bridge" means to the firewall. */
bool
br_def_isolate(const cni_list *list)
{
    for (size_t i = 0; i < cni_list_n(list); i++) {
        json_object *plugin = json_object_array_get_idx(list->plugins, i);
        const char *policy = cni_json_str(plugin, "ingressPolicy");

        if (policy && !strcmp(policy, "same-bridge"))
            return true;
    }
    return false;
}

void
br_def_clear(br_def *def)
{
    free(def->folder);
    def->folder = NULL;
}

/*
 * Understand a list.
 *
 * out      cleared by the caller, also on failure; borrows from LIST
 * returns  0 | -PP_E_NOTSUP (only net-cni can) | -PP_E_INVAL | -PP_E_NOMEM
 */
int
br_def_make(const cni_list *list, br_def *out, cni_why *why)
{
    json_object *plugin = json_object_array_get_idx(list->plugins, 0);
    const char *type = cni_json_str(plugin, "type");
    json_object *ipam = cni_json_get(plugin, "ipam");
    int rc = 0;

    memset(out, 0, sizeof(*out));
    out->name = list->name;
    if (strcmp(type, "bridge") != 0)
        return cni_say(why, PP_E_NOTSUP, 0,
                       "network %s begins with the CNI plugin %s, this driver "
                       "only makes bridges, " USE_CNI,
                       list->name, type);
    for (size_t i = 1; rc == 0 && i < cni_list_n(list); i++)
        rc =
            check_other(list, json_object_array_get_idx(list->plugins, i), why);
    if (rc == 0)
        rc = read_bridge(list, plugin, out, why);
    if (rc == 0)
        rc = check_ipam(list, ipam, why);
    if (rc == 0)
        rc = br_ranges_read(ipam, out, why);
    if (rc == 0)
        rc = br_routes_read(ipam, out, why);
    if (rc == 0 && cni_json_true(plugin, "isDefaultGateway"))
        rc = br_default_routes(out, why);
    if (rc == 0)
        rc = br_def_folder(list, &out->folder, why);
    out->dns = cni_json_get(plugin, "dns");
    return rc;
}
