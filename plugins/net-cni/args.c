/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* plugins/net-cni/args.c - CNI_ARGS and capability arguments of a request */
#include "cni.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

/* Part of CNI_ARGS: K=V without the separators of that variable. */
static bool
is_value(const char *s)
{
    return !strpbrk(s, ";=\n");
}

static int
put_args(const pp_net_request *req, FILE *f, cni_why *why)
{
    const char *name = req->name && *req->name ? req->name : req->id;

    if (!is_value(name))
        return cni_say(why, PP_E_INVAL, 0,
                       "container name \"%.64s\" does not fit into CNI_ARGS",
                       name);
    fprintf(f,
            "IgnoreUnknown=1;K8S_POD_NAMESPACE=%s;K8S_POD_NAME=%s;"
            "K8S_POD_INFRA_CONTAINER_ID=%s",
            name, name, req->id);
    for (const char *const *a = req->args; a && *a; a++) {
        const char *eq = strchr(*a, '=');

        if (!eq || eq == *a || !is_value(eq + 1))
            return cni_say(why, PP_E_INVAL, 0,
                           "network argument \"%.64s\" is not KEY=VALUE", *a);
        fprintf(f, ";%s", *a);
    }
    return 0;
}

/*
 * Wanted addresses travel as capability if a plugin declares it, else in
 * CNI_ARGS, which has room for one.
 */
static int
put_ips(const cni_list *list, const pp_net_request *req, FILE *f,
        json_object *caps, cni_why *why)
{
    bool capable = cni_list_has_cap(list, "ips");
    JSON_AUTO json_object *ips = json_object_new_array();
    size_t n = 0;

    for (const char *const *ip = req->ips; ip && *ip; ip++, n++) {
        if (!cni_address_valid(*ip, strchr(*ip, '/') != NULL))
            return cni_say(why, PP_E_INVAL, 0,
                           "wanted address \"%.64s\" is not an IP address",
                           *ip);
        if (n > 0 && !capable)
            return cni_say(why, PP_E_NOTSUP, 0,
                           "network %s takes only one wanted address: no "
                           "plugin of it declares the capability \"ips\"",
                           list->name);
        if (!capable)
            fprintf(f, ";IP=%s", *ip);
        if (!cni_json_add(ips, json_object_new_string(*ip)))
            return cni_say(why, PP_E_NOMEM, 0, "no memory for addresses");
    }
    if (n > 0 && !cni_json_put(caps, "ips", json_object_get(ips)))
        return cni_say(why, PP_E_NOMEM, 0, "no memory for addresses");
    return 0;
}

static int
put_mac(const cni_list *list, const pp_net_request *req, FILE *f,
        json_object *caps, cni_why *why)
{
    if (!req->mac || !*req->mac)
        return 0;
    if (strspn(req->mac, "0123456789abcdefABCDEF:") != strlen(req->mac) ||
        strlen(req->mac) != 17)
        return cni_say(why, PP_E_INVAL, 0,
                       "wanted address \"%.64s\" is not a MAC address",
                       req->mac);
    if (!cni_list_has_cap(list, "mac"))
        fprintf(f, ";MAC=%s", req->mac);
    if (!cni_json_put(caps, "mac", json_object_new_string(req->mac)))
        return cni_say(why, PP_E_NOMEM, 0, "no memory for a MAC address");
    return 0;
}

static int
put_aliases(const pp_net_request *req, json_object *caps, cni_why *why)
{
    JSON_AUTO json_object *names = json_object_new_array();
    bool ok = names != NULL;

    if (!req->aliases || !*req->aliases)
        return 0;
    for (const char *const *a = req->aliases; ok && *a; a++)
        ok = cni_json_add(names, json_object_new_string(*a));
    if (!ok || !cni_json_put(caps, "aliases", json_object_get(names)))
        return cni_say(why, PP_E_NOMEM, 0, "no memory for aliases");
    return 0;
}

static const char *
proto_name(uint16_t proto)
{
    switch (proto) {
    case IPPROTO_TCP:
        return "tcp";
    case IPPROTO_UDP:
        return "udp";
    case IPPROTO_SCTP:
        return "sctp";
    default:
        return NULL;
    }
}

static json_object *
one_port(const pp_net_port *port, uint32_t i, const char *proto)
{
    JSON_AUTO json_object *o = json_object_new_object();
    const char *ip = port->host_ip ? port->host_ip : "";

    if (!cni_json_put(o, "hostPort",
                      json_object_new_int((int)(port->host_port + i))) ||
        !cni_json_put(o, "containerPort",
                      json_object_new_int((int)(port->container_port + i))) ||
        !cni_json_put(o, "protocol", json_object_new_string(proto)) ||
        !cni_json_put(o, "hostIP", json_object_new_string(ip)))
        return NULL;
    return json_object_get(o);
}

static int
check_port(const pp_net_port *port, cni_why *why)
{
    uint32_t first = port->host_port < port->container_port
                         ? port->container_port
                         : port->host_port;

    if (port->flags)
        return cni_say(why, PP_E_NOTSUP, 0, "port %u has unknown flags 0x%x",
                       (unsigned)port->host_port, (unsigned)port->flags);
    if (!proto_name(port->proto))
        return cni_say(why, PP_E_NOTSUP, 0,
                       "port %u has protocol %u, only tcp, udp and sctp work",
                       (unsigned)port->host_port, (unsigned)port->proto);
    if (port->count == 0 || !port->host_port || !port->container_port ||
        first + port->count - 1 > 65535)
        return cni_say(why, PP_E_INVAL, 0,
                       "port range %u to %u, %u long, is not valid",
                       (unsigned)port->host_port,
                       (unsigned)port->container_port, (unsigned)port->count);
    if (port->host_ip && *port->host_ip &&
        !cni_address_valid(port->host_ip, false))
        return cni_say(why, PP_E_INVAL, 0,
                       "port %u: \"%.64s\" is not an IP address",
                       (unsigned)port->host_port, port->host_ip);
    return 0;
}

/* The protocol knows no ranges: one entry per port. */
static int
put_ports(const pp_net_request *req, json_object *caps, cni_why *why)
{
    JSON_AUTO json_object *ports = json_object_new_array();
    uint64_t total = 0;

    for (uint32_t i = 0; i < req->n_ports; i++) {
        const pp_net_port *p = req->ports[i];
        int rc = check_port(p, why);

        if (rc < 0)
            return rc;
        total += p->count;
        if (total > CNI_MAX_PORTS)
            return cni_say(why, PP_E_INVAL, 0, "more than %u ports",
                           CNI_MAX_PORTS);
        for (uint32_t k = 0; k < p->count; k++)
            if (!cni_json_add(ports, one_port(p, k, proto_name(p->proto))))
                return cni_say(why, PP_E_NOMEM, 0, "no memory for ports");
    }
    if (total > 0 &&
        !cni_json_put(caps, "portMappings", json_object_get(ports)))
        return cni_say(why, PP_E_NOMEM, 0, "no memory for ports");
    return 0;
}

/* The caller frees *args and puts *caps. */
int
cni_args_make(const cni_list *list, const pp_net_request *req, char **args,
              json_object **caps, cni_why *why)
{
    FREE_AUTO char *text = NULL;
    JSON_AUTO json_object *all = json_object_new_object();
    size_t n = 0;
    FILE *f = open_memstream(&text, &n);

    if (!f)
        return cni_say(why, PP_E_NOMEM, 0, "no memory for CNI_ARGS");
    int rc = put_args(req, f, why);

    if (rc == 0)
        rc = put_ips(list, req, f, all, why);
    if (rc == 0)
        rc = put_mac(list, req, f, all, why);
    if (rc == 0)
        rc = put_aliases(req, all, why);
    if (rc == 0)
        rc = put_ports(req, all, why);
    bool bad = ferror(f) != 0;

    bad = fclose(f) != 0 || bad;
    if (rc < 0)
        return rc;
    if (bad || !text || !all)
        return cni_say(why, PP_E_NOMEM, 0, "no memory for CNI_ARGS");
    if (n > 65536)
        return cni_say(why, PP_E_INVAL, 0, "CNI_ARGS is longer than 64 KiB");
    *args = text;
    text = NULL;
    *caps = json_object_get(all);
    return 0;
}
