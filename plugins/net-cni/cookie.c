/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/net-cni/cookie.c - what DEL and CHECK will need
 *
 * One JSON object: the network's list, the interface, CNI_ARGS, the
 * capability arguments and the result, all as they were at ADD, so that a
 * file that has changed or gone since makes no difference.
 */
#include "cni.h"

#include <string.h>

#define FORMAT 1

int
cni_cookie_write(const cni_att *att, json_object *result, pp_sink *out,
                 cni_why *why)
{
    const pp_host *h = att->self->conf.host;
    JSON_AUTO json_object *o = json_object_new_object();

    if (!out)
        return 0;
    bool ok = cni_json_put(o, "format", json_object_new_int(FORMAT)) &&
              cni_json_put(o, "id", json_object_new_string(att->id)) &&
              cni_json_put(o, "ifname", json_object_new_string(att->ifname)) &&
              cni_json_put(o, "args", json_object_new_string(att->args)) &&
              cni_json_put(o, "capabilityArgs", json_object_get(att->caps)) &&
              cni_json_put(o, "list", json_object_get(att->list->root)) &&
              cni_json_put(o, "result", json_object_get(result));
    const char *text = ok ? cni_json_text(o) : NULL;

    if (!text)
        return cni_say(why, PP_E_NOMEM, 0, "no memory for the cookie of %s",
                       att->id);
    int rc = h->put(out, text, strlen(text));

    if (rc < 0)
        return cni_say(why, -rc, 0, "network %s: cannot keep the cookie of %s",
                       att->list->name, att->id);
    return 0;
}

static int
read_members(cni_cookie *c, const char *id, cni_why *why)
{
    json_object *format = cni_json_get(c->root, "format");
    json_object *list = cni_json_get(c->root, "list");
    const char *owner = cni_json_str(c->root, "id");

    c->ifname = cni_json_str(c->root, "ifname");
    c->args = cni_json_str(c->root, "args");
    c->caps = cni_json_get(c->root, "capabilityArgs");
    c->result = cni_json_get(c->root, "result");
    if (!json_object_is_type(format, json_type_int) ||
        json_object_get_int(format) != FORMAT || !c->args ||
        !cni_ifname_valid(c->ifname) ||
        !json_object_is_type(list, json_type_object) ||
        !json_object_is_type(c->result, json_type_object))
        return cni_say(why, PP_E_CORRUPT, 0,
                       "the cookie of %s is not one of this plugin", id);
    if (!owner || strcmp(owner, id) != 0)
        return cni_say(why, PP_E_CORRUPT, 0,
                       "the cookie of %s belongs to another container", id);
    return cni_list_parse(json_object_get(list), "cookie", &c->list, why);
}

/*
 * Read a cookie.
 *
 * out      cleared by the caller, also on failure
 * returns  1 | 0 (it is empty) | -PP_E_CORRUPT
 */
int
cni_cookie_read(const char *id, pp_slice bytes, cni_cookie *out, cni_why *why)
{
    const char *bad = NULL;

    if (bytes.n == 0)
        return 0;
    if (cni_json_parse(bytes.p, bytes.n, CNI_MAX_DEPTH + 2, &out->root, &bad) <
        0)
        return cni_say(why, PP_E_CORRUPT, 0, "the cookie of %s is not JSON: %s",
                       id, bad);
    int rc = read_members(out, id, why);

    return rc < 0 ? rc : 1;
}

void
cni_cookie_clear(cni_cookie *cookie)
{
    cni_list_free(cookie->list);
    json_object_put(cookie->root);
    *cookie = (cni_cookie){0};
}
