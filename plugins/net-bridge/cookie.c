/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/net-bridge/cookie.c - what teardown and check will need
 *
 * One JSON object: the attachment as it was made, so that a file that has
 * changed or gone since makes no difference.
 */
#include "bridge.h"

#include <stdio.h>
#include <string.h>

#define DRIVER "bridge"
#define FORMAT 1

static bool
put_str(json_object *o, const char *key, const char *text)
{
    return cni_json_put(o, key, json_object_new_string(text));
}

static bool
put_ip(json_object *o, const char *key, const br_ip *ip)
{
    char text[BR_IP_TEXT];

    return !ip->len || put_str(o, key, br_ip_text(ip, text));
}

static json_object *
make_pairs(const br_att *att, bool routes)
{
    JSON_AUTO json_object *all = json_object_new_array();
    size_t n = routes ? att->n_routes : att->leases.n;

    for (size_t i = 0; i < n; i++) {
        JSON_AUTO json_object *o = json_object_new_object();
        const br_lease *l = &att->leases.v[i];
        const br_route *r = &att->route[i];
        char text[BR_CIDR_TEXT];

        br_cidr_text(routes ? &r->dst : &l->address, text);
        if (!put_str(o, routes ? "dst" : "address", text) ||
            !put_ip(o, "gateway", routes ? &r->gw : &l->gateway) ||
            !cni_json_add(all, json_object_get(o)))
            return NULL;
    }
    return all ? json_object_get(all) : NULL;
}

int
br_cookie_write(const br *self, const br_att *att, pp_sink *out, cni_why *why)
{
    JSON_AUTO json_object *o = json_object_new_object();
    char mac[BR_MAC_TEXT];

    if (!out)
        return 0;
    bool ok = put_str(o, "driver", DRIVER) &&
              cni_json_put(o, "format", json_object_new_int(FORMAT)) &&
              put_str(o, "id", att->id) && put_str(o, "ifname", att->ifname) &&
              put_str(o, "net", att->net) &&
              put_str(o, "bridge", att->bridge) &&
              put_str(o, "mac", br_mac_text(att->mac, mac)) &&
              put_str(o, "leases", att->folder) &&
              cni_json_put(o, "isGateway",
                           json_object_new_boolean(att->is_gateway)) &&
              cni_json_put(o, "addresses", make_pairs(att, false)) &&
              cni_json_put(o, "routes", make_pairs(att, true));
    const char *text = ok ? cni_json_text(o) : NULL;

    if (!text)
        return cni_say(why, PP_E_NOMEM, 0, "no memory for the cookie of %s",
                       att->id);
    int rc = self->conf.host->put(out, text, strlen(text));

    if (rc < 0)
        return cni_say(why, -rc, 0, "network %s: cannot keep the cookie of %s",
                       att->net, att->id);
    return 0;
}

static bool
copy(json_object *o, const char *key, char *out, size_t size)
{
    const char *s = cni_json_str(o, key);
    int n = s ? snprintf(out, size, "%s", s) : -1;

    return n > 0 && (size_t)n < size;
}

static bool
read_gateway(json_object *o, br_ip *out)
{
    const char *s = cni_json_str(o, "gateway");

    return !s || br_ip_parse(s, out);
}

static bool
read_lists(json_object *root, br_att *att)
{
    json_object *a = cni_json_array(root, "addresses");
    json_object *r = cni_json_array(root, "routes");
    size_t n = a ? json_object_array_length(a) : 0;
    size_t m = r ? json_object_array_length(r) : 0;

    if (n == 0 || n > BR_MAX_RANGES || m > BR_MAX_ROUTES)
        return false;
    for (size_t i = 0; i < n; i++) {
        json_object *o = json_object_array_get_idx(a, i);
        br_lease *l = &att->leases.v[i];

        if (!br_cidr_parse(cni_json_str(o, "address"), &l->address) ||
            !read_gateway(o, &l->gateway))
            return false;
    }
    for (size_t i = 0; i < m; i++) {
        json_object *o = json_object_array_get_idx(r, i);

        if (!br_cidr_parse(cni_json_str(o, "dst"), &att->route[i].dst) ||
            !read_gateway(o, &att->route[i].gw))
            return false;
    }
    att->leases.n = n;
    att->n_routes = m;
    return true;
}

static int
read_members(json_object *root, const char *id, br_att *att, cni_why *why)
{
    const char *driver = cni_json_str(root, "driver");
    const char *mac = cni_json_str(root, "mac");
    json_object *format = cni_json_get(root, "format");

    att->id = cni_json_str(root, "id");
    att->ifname = cni_json_str(root, "ifname");
    att->is_gateway = cni_json_true(root, "isGateway");
    if (!driver || strcmp(driver, DRIVER) != 0 ||
        !json_object_is_type(format, json_type_int) ||
        json_object_get_int(format) != FORMAT ||
        !cni_ifname_valid(att->ifname) || !mac ||
        !br_mac_parse(mac, att->mac) || !read_lists(root, att) ||
        !copy(root, "net", att->net, sizeof(att->net)) ||
        !copy(root, "bridge", att->bridge, sizeof(att->bridge)) ||
        !copy(root, "leases", att->folder, sizeof(att->folder)) ||
        att->folder[0] != '/')
        return cni_say(why, PP_E_CORRUPT, 0,
                       "the cookie of %s is not one of this plugin", id);
    if (!att->id || strcmp(att->id, id) != 0)
        return cni_say(why, PP_E_CORRUPT, 0,
                       "the cookie of %s belongs to another container", id);
    br_host_veth(att->id, att->ifname, att->veth);
    return 1;
}

/*
 * Read a cookie.
 *
 * root     put by the caller, also on failure; *out borrows from it
 * returns  1 | 0 (it is empty) | -PP_E_CORRUPT
 */
int
br_cookie_read(const char *id, pp_slice bytes, json_object **root, br_att *out,
               cni_why *why)
{
    const char *bad = NULL;

    if (bytes.n == 0)
        return 0;
    if (cni_json_parse(bytes.p, bytes.n, CNI_MAX_DEPTH + 2, root, &bad) < 0)
        return cni_say(why, PP_E_CORRUPT, 0, "the cookie of %s is not JSON: %s",
                       id, bad);
    return read_members(*root, id, out, why);
}
