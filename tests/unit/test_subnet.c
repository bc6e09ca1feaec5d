/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_subnet.c - arithmetic of subnets, and what a definition accepts */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/json.h"
#include "engine/network/definition.h"

static ppc_subnet
subnet(const char *text)
{
    ppc_subnet s = {{0}, 0};

    assert_int_equal(ppc_subnet_parse(text, &s), 0);
    return s;
}

static void
assert_text(const ppc_subnet *s, const char *want)
{
    char text[PPC_SUBNET_TEXT];

    ppc_subnet_text(s, text);
    assert_string_equal(text, want);
}

static void
test_subnet__parse_clears_host_bits(void **state)
{
    ppc_subnet s = subnet("10.89.3.77/20");

    (void)state;
    assert_text(&s, "10.89.0.0/20");
    s = subnet("fd00:1:2:3:4::5/50");
    assert_text(&s, "fd00:1:2::/50");
    s = subnet("1.2.3.4/32");
    assert_text(&s, "1.2.3.4/32");
    s = subnet("255.1.1.1/0");
    assert_text(&s, "0.0.0.0/0");
}

static void
test_subnet__parse_refuses(void **state)
{
    static const char *const bad[] = {
        "",
        "/",
        "10.0.0.0",
        "10.0.0.0/",
        "/8",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.0.0/8",
        "::/129",
        "g::/8",
        "10.0.0.0/8 ",
        "10.0.0.0/8/8",
        "1111:2222:3333:4444:5555:6666:7777:8888:9999/64"};
    ppc_subnet s = {{0}, 42};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(ppc_subnet_parse(bad[i], &s), -1);
    assert_int_equal(s.bits, 42);
}

static void
test_subnet__meets_either_way(void **state)
{
    static const struct {
        const char *a, *b;
        bool meet;
    } rows[] = {{"10.0.0.0/8", "10.89.0.0/24", true},
                {"10.89.0.0/24", "10.89.0.128/25", true},
                {"10.89.0.0/25", "10.89.0.128/25", false},
                {"10.89.0.0/24", "10.89.1.0/24", false},
                {"0.0.0.0/0", "10.89.1.0/24", true},
                {"::/0", "10.89.1.0/24", false},
                {"fd00::/8", "fd12::/64", true},
                {"fd00::/64", "fd00:0:0:1::/64", false}};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ppc_subnet a = subnet(rows[i].a);
        ppc_subnet b = subnet(rows[i].b);

        assert_int_equal(ppc_subnet_meets(&a, &b), rows[i].meet);
        assert_int_equal(ppc_subnet_meets(&b, &a), rows[i].meet);
    }
}

static void
test_subnet__first_and_last_are_usable(void **state)
{
    ppc_subnet s = subnet("10.89.255.0/24");
    ppc_addr a = ppc_subnet_last(&s);
    char text[PPC_SUBNET_TEXT];

    (void)state;
    ppc_addr_text(&a, text);
    assert_string_equal(text, "10.89.255.254");
    a = ppc_subnet_first(&s);
    ppc_addr_text(&a, text);
    assert_string_equal(text, "10.89.255.1");
    s = subnet("fd00::/64");
    a = ppc_subnet_last(&s);
    ppc_addr_text(&a, text);
    assert_string_equal(text, "fd00::ffff:ffff:ffff:ffff");
}

static void
test_subnet__choose_skips_what_is_taken(void **state)
{
    PP_AUTO_SUBNETS ppc_subnets taken = {NULL, 0};
    ppc_subnet s = {{0}, 0};
    ppc_subnet t;
    pp_err err = {0};

    (void)state;
    assert_int_equal(ppc_subnet_choose(AF_INET, &taken, &s, &err), 0);
    assert_text(&s, "10.89.0.0/24");
    t = subnet("10.89.0.0/16");
    assert_int_equal(ppc_subnets_add(&taken, &t), 0);
    t = subnet("10.90.0.64/26");
    assert_int_equal(ppc_subnets_add(&taken, &t), 0);
    assert_int_equal(ppc_subnet_choose(AF_INET, &taken, &s, &err), 0);
    assert_text(&s, "10.90.1.0/24");
    t = subnet("10.0.0.0/8");
    assert_int_equal(ppc_subnets_add(&taken, &t), 0);
    assert_int_equal(ppc_subnet_choose(AF_INET, &taken, &s, &err), -PP_E_FULL);
    assert_int_equal(ppc_subnet_choose(AF_INET6, &taken, &s, &err), 0);
    assert_int_equal(s.base.raw[0], 0xfd);
    assert_int_equal(s.bits, 64);
}

static int
define(const ppc_nets *nets, const char *name, const char *subnet_text,
       pp_json **out, pp_err *err)
{
    const char *const subnets[] = {subnet_text, NULL};
    const pp_network_spec spec = {
        .struct_size = sizeof spec, .name = name, .subnets = subnets};

    return ppc_definition_make(nets, &spec, out, err);
}

/* What is written is read back as the same. */
static void
test_subnet__definition_round_trip(void **state)
{
    PP_AUTO_SUBNETS ppc_subnets list = {NULL, 0};
    const ppc_nets none = {NULL, 0};
    pp_json *def = NULL;
    ppc_net net = {0};
    pp_err err = {0};

    (void)state;
    assert_int_equal(define(&none, "n", "198.51.100.9/24", &def, &err), 0);
    net.def = def;
    assert_string_equal(pp_json_get_str(def, "cniVersion"), "0.4.0");
    assert_string_equal(pp_json_get_str(ppc_net_plugin(&net), "type"),
                        "bridge");
    assert_false(pp_json_get_bool(ppc_net_plugin(&net), "ipMasq"));
    assert_int_equal(ppc_net_subnets(&net, &list, &err), 0);
    assert_int_equal(list.n, 1);
    assert_text(&list.v[0], "198.51.100.0/24");
    assert_string_equal(pp_json_get_str(ppc_net_range(&net, 0), "gateway"),
                        "198.51.100.1");
    assert_null(ppc_net_range(&net, 1));
    pp_json_unref(def);
}

/* Anything may stand in a file of somebody else's. */
static void
test_subnet__reads_any_definition(void **state)
{
    static const char *const texts[] = {
        "{}",
        "[]",
        "{\"plugins\":7}",
        "{\"plugins\":[]}",
        "{\"plugins\":[3]}",
        "{\"plugins\":[{\"ipam\":\"x\"}]}",
        "{\"plugins\":[{\"ipam\":{\"ranges\":3}}]}",
        "{\"plugins\":[{\"ipam\":{\"ranges\":[3,[],[{}],[{\"subnet\":9}]]}}]}",
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        PP_AUTO_SUBNETS ppc_subnets list = {NULL, 0};
        PP_AUTO(pp_json_unref) pp_json *def = NULL;
        ppc_net net = {0};
        pp_err err = {0};

        assert_int_equal(
            pp_json_parse(texts[i], strlen(texts[i]), "test", &def, &err), 0);
        net.def = def;
        assert_int_equal(ppc_net_subnets(&net, &list, &err), 0);
        assert_int_equal(list.n, 0);
    }
}

/* "subnet" beside "ranges", which CNI lists of old have. */
static void
test_subnet__reads_both_forms(void **state)
{
    static const char text[] =
        "{\"plugins\":[{\"ipam\":{\"subnet\":\"10.1.0.0/16\",\"ranges\":"
        "[[{\"subnet\":\"10.2.0.0/16\"},{\"subnet\":\"10.3.0.0/16\"}],"
        "[{\"subnet\":\"fd00::/64\"}]]}}]}";
    PP_AUTO_SUBNETS ppc_subnets list = {NULL, 0};
    PP_AUTO(pp_json_unref) pp_json *def = NULL;
    ppc_net net = {0};
    pp_err err = {0};

    (void)state;
    assert_int_equal(pp_json_parse(text, sizeof text - 1, "test", &def, &err),
                     0);
    net.def = def;
    assert_int_equal(ppc_net_subnets(&net, &list, &err), 0);
    assert_int_equal(list.n, 4);
    assert_text(&list.v[0], "10.1.0.0/16");
    assert_text(&list.v[2], "10.3.0.0/16");
    assert_text(&list.v[3], "fd00::/64");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_subnet__parse_clears_host_bits),
        cmocka_unit_test(test_subnet__parse_refuses),
        cmocka_unit_test(test_subnet__meets_either_way),
        cmocka_unit_test(test_subnet__first_and_last_are_usable),
        cmocka_unit_test(test_subnet__choose_skips_what_is_taken),
        cmocka_unit_test(test_subnet__definition_round_trip),
        cmocka_unit_test(test_subnet__reads_any_definition),
        cmocka_unit_test(test_subnet__reads_both_forms),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
