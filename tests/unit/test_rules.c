/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tests/unit/test_rules.c - firewall rules read off a record */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include <polypod/network.h>

#include "core/util/str.h"
#include "engine/firewall/rules.h"
#include "engine/json.h"

static ppc_ctr *
container(const char *status, const char *ports)
{
    ppc_ctr *c = ppc_ctr_new();

    assert_non_null(c);
    c->config->id = strdup("0123456789ab");
    c->config->name = strdup("web");
    assert_int_equal(pp_json_parse(status, strlen(status), "status",
                                   &c->state->network_status, NULL),
                     0);
    assert_int_equal(pp_json_parse(ports, strlen(ports), "ports",
                                   &c->config->port_mappings, NULL),
                     0);
    return c;
}

#define NET(flags, ips)                                                        \
    "[{\"network\":\"podnet\",\"ifname\":\"eth0\",\"bridge\":\"pod0\","       \
    "\"flags\":" #flags ",\"ips\":[" ips "]}]"
#define IP(cidr) "{\"address\":\"" cidr "\"}"
#define PORT                                                                   \
    "[{\"hostPort\":8080,\"containerPort\":80,\"protocol\":\"udp\","          \
    "\"hostIP\":\"127.0.0.1\",\"range\":2}]"

static void
test_rules__address_subnet_ports(void **state)
{
    PP_AUTO(ppc_ctr_free) ppc_ctr *c =
        container(NET(0, IP("10.88.3.2/16") "," IP("fd00::1:2/64")), PORT);
    PP_AUTO_RULES ppc_rules r = {0};

    (void)state;
    assert_int_equal(ppc_rules_make(c, &r, NULL), 0);
    assert_string_equal(r.rules.owner, "0123456789ab");
    assert_int_equal(r.rules.n_addrs, 2);
    assert_string_equal(r.rules.addrs[0]->address, "10.88.3.2");
    assert_string_equal(r.rules.addrs[0]->subnet, "10.88.0.0/16");
    assert_string_equal(r.rules.addrs[1]->address, "fd00::1:2");
    assert_string_equal(r.rules.addrs[1]->subnet, "fd00::/64");
    assert_int_equal(r.n_nets, 1);
    assert_int_equal(r.nets[0].n_subnets, 2);
    assert_int_equal(r.nets[0].flags, PP_FW_MASQUERADE);
    assert_int_equal(r.rules.n_ports, 1);
    assert_int_equal(r.rules.ports[0]->proto, IPPROTO_UDP);
    assert_int_equal(r.rules.ports[0]->host_port, 8080);
    assert_int_equal(r.rules.ports[0]->container_port, 80);
    assert_int_equal(r.rules.ports[0]->count, 2);
    assert_string_equal(r.rules.ports[0]->host_ip, "127.0.0.1");
}

/* Two addresses of one subnet: a set has it once. */
static void
test_rules__a_subnet_once(void **state)
{
    PP_AUTO(ppc_ctr_free) ppc_ctr *c = container(
        NET(0, IP("10.88.0.2/16") "," IP("10.88.0.3/16")), "[]");
    PP_AUTO(ppc_ctr_free) ppc_ctr *many = container(
        NET(0, IP("10.1.0.2/16") "," IP("10.2.0.3/16") "," IP("10.3.0.3/16")),
        "[]");
    PP_AUTO_RULES ppc_rules r = {0};
    PP_AUTO_RULES ppc_rules s = {0};

    (void)state;
    assert_int_equal(ppc_rules_make(c, &r, NULL), 0);
    assert_int_equal(r.rules.n_addrs, 2);
    assert_int_equal(r.nets[0].n_subnets, 1);
    assert_int_equal(ppc_rules_make(many, &s, NULL), -PP_E_FULL);
}

static void
test_rules__what_the_network_does_is_not_ours(void **state)
{
    PP_AUTO(ppc_ctr_free) ppc_ctr *c =
        container(NET(0, IP("10.88.0.2/16")), PORT);
    pp_json *att = pp_json_at(c->state->network_status, 0);
    PP_AUTO_RULES ppc_rules masq = {0};
    PP_AUTO_RULES ppc_rules all = {0};
    PP_AUTO_RULES ppc_rules internal = {0};

    (void)state;
    pp_json_put(att, "flags", pp_json_int(PP_NET_DOES_MASQ));
    assert_int_equal(ppc_rules_make(c, &masq, NULL), 0);
    assert_int_equal(masq.n_nets, 0);
    assert_int_equal(masq.rules.n_addrs, 1);
    assert_int_equal(masq.rules.n_ports, 1);
    pp_json_put(att, "flags",
                pp_json_int(PP_NET_DOES_MASQ | PP_NET_DOES_FORWARD |
                            PP_NET_DOES_PORTS));
    assert_int_equal(ppc_rules_make(c, &all, NULL), 0);
    assert_int_equal(all.n_nets + all.rules.n_addrs + all.rules.n_ports, 0);
    pp_json_put(att, "flags", pp_json_int(PP_NET_INTERNAL | PP_NET_ISOLATE));
    assert_int_equal(ppc_rules_make(c, &internal, NULL), 0);
    assert_int_equal(internal.nets[0].flags, PP_FW_INTERNAL | PP_FW_ISOLATE);
}

static void
test_rules__damaged_status_is_refused(void **state)
{
    static const char *const bad[] = {
        NET(0, IP("10.88.0.2")), NET(0, IP("10.88.0.2/33")),
        NET(0, IP("10.88.0/16")), NET(0, IP("fd00::1/129")), NET(0, IP(""))};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        PP_AUTO(ppc_ctr_free) ppc_ctr *c = container(bad[i], "[]");
        PP_AUTO_RULES ppc_rules r = {0};

        assert_int_equal(ppc_rules_make(c, &r, NULL), -PP_E_INVAL);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules__address_subnet_ports),
        cmocka_unit_test(test_rules__a_subnet_once),
        cmocka_unit_test(test_rules__what_the_network_does_is_not_ours),
        cmocka_unit_test(test_rules__damaged_status_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
