/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tests/unit/test_files.c - files a container is given, and words for it */
#include "engine_fixture.h"

#include "engine/container/show.h"

/* The text of a file that was made for the container. Caller frees. */
static char *
file_of(const pp_json *binds, const char *target)
{
    char *text = NULL;

    assert_true(pp_json_has(binds, target));
    assert_int_equal(ppc_file_read(pp_json_get_str(binds, target), 1 << 20,
                                   &text, NULL, NULL),
                     0);
    return text;
}

static pp_json *
make_files(struct engine *e, const pp_container_spec *spec,
           const char *status)
{
    PP_AUTO_HELD ppc_held h = PPC_HELD_INIT;
    PP_AUTO(pp_json_unref) pp_json *request = NULL;
    pp_json *binds = NULL;
    char id[PP_ID_MAX];

    if (pp_container_create(e->rt, spec, id, &e->err) < 0)
        fail_msg("%s", e->err.msg);
    assert_int_equal(ppc_held_take(e->rt, id, &h, &e->err), 0);
    assert_int_equal(
        ppc_state_container_spec(e->rt->state, h.ctr, &request, &e->err), 0);
    if (status)
        assert_int_equal(pp_json_parse(status, strlen(status), "status",
                                       &h.ctr->state->network_status, NULL),
                         0);
    assert_int_equal(ppc_ctr_files(&h, request, NULL, &binds, &e->err), 0);
    return binds;
}

static void
test_files__hosts(void **state)
{
    static const char *const hosts[] = {"db:10.1.2.3", "six:fd00::1", NULL};
    struct engine *e = *state;
    pp_container_spec s = engine_spec(e, "web");
    PP_AUTO(pp_json_unref) pp_json *binds = NULL;
    PP_AUTO_FREE char *text = NULL;
    PP_AUTO_FREE char *name = NULL;

    s.add_host = hosts;
    s.hostname = "box";
    binds = make_files(e, &s,
                       "[{\"ips\":[{\"address\":\"10.88.0.2/16\"}]}]");
    text = file_of(binds, "/etc/hosts");
    assert_non_null(strstr(text, "10.1.2.3\tdb\n"));
    assert_non_null(strstr(text, "fd00::1\tsix\n"));
    assert_non_null(strstr(text, "10.88.0.2\tbox web\n"));
    assert_non_null(strstr(text, "localhost"));
    name = file_of(binds, "/etc/hostname");
    assert_string_equal(name, "box\n");
    assert_true(pp_json_has(binds, "/run/.containerenv"));
}

static void
test_files__hostname_is_the_short_id(void **state)
{
    struct engine *e = *state;
    pp_container_spec s = engine_spec(e, "web");
    PP_AUTO(pp_json_unref) pp_json *binds = make_files(e, &s, NULL);
    PP_AUTO_FREE char *name = file_of(binds, "/etc/hostname");

    assert_int_equal(strlen(name), 13);
    assert_int_equal(strspn(name, "0123456789abcdef"), 12);
}

static void
test_files__resolvers(void **state)
{
    static const char *const dns[] = {"192.0.2.1", "2001:db8::1", NULL};
    struct engine *e = *state;
    pp_container_spec s = engine_spec(e, "given");
    PP_AUTO(pp_json_unref) pp_json *given = NULL;
    PP_AUTO(pp_json_unref) pp_json *net = NULL;
    PP_AUTO_FREE char *from_user = NULL;
    PP_AUTO_FREE char *from_net = NULL;

    s.dns = dns;
    given = make_files(e, &s, NULL);
    from_user = file_of(given, "/etc/resolv.conf");
    assert_string_equal(from_user,
                        "nameserver 192.0.2.1\nnameserver 2001:db8::1\n");
    s.dns = NULL;
    s.name = "net";
    net = make_files(e, &s,
                     "[{\"dns\":{\"nameservers\":[\"10.88.0.1\"],"
                     "\"search\":[\"dns.test\"]}}]");
    from_net = file_of(net, "/etc/resolv.conf");
    assert_string_equal(from_net, "search dns.test\nnameserver 10.88.0.1\n");
}

/* Of two networks, all that they say, in one line each. */
static void
test_files__resolvers_of_two(void **state)
{
    const char *status =
        "[{\"dns\":{\"nameservers\":[\"10.88.0.1\"],"
        "\"domain\":[\"a.test\"],\"options\":[\"ndots:2\"]}},"
        "{\"dns\":{\"domain\":[\"b.test\"],\"options\":[\"rotate\"]}}]";
    struct engine *e = *state;
    pp_container_spec s = engine_spec(e, "two");
    PP_AUTO(pp_json_unref) pp_json *two = make_files(e, &s, status);
    PP_AUTO_FREE char *both = file_of(two, "/etc/resolv.conf");

    assert_string_equal(both, "search a.test b.test\n"
                              "options ndots:2 rotate\n"
                              "nameserver 10.88.0.1\n");
}

static void
status_is(ppc_ctr_state s, const char *want)
{
    PP_AUTO_FREE char *got = ppc_show_status(&s);

    assert_string_equal(got, want);
}

static void
test_show__status(void **state)
{
    const int64_t now = ppc_now();
    const int64_t min = 60 * PPC_SEC;

    (void)state;
    status_is((ppc_ctr_state){.state = PPC_CTR_CONFIGURED}, "Created");
    status_is((ppc_ctr_state){.state = PPC_CTR_CREATED}, "Created");
    status_is((ppc_ctr_state){.state = PPC_CTR_PAUSED}, "Paused");
    status_is((ppc_ctr_state){.state = PPC_CTR_RUNNING,
                              .started = now - 5 * min},
              "Up 5 minutes");
    status_is((ppc_ctr_state){.state = PPC_CTR_RUNNING, .started = now - min},
              "Up 1 minute");
    status_is((ppc_ctr_state){.state = PPC_CTR_RUNNING,
                              .started = now + 9 * min}, /* clock set back */
              "Up Less than a second");
    status_is((ppc_ctr_state){.state = PPC_CTR_EXITED,
                              .exit_code = 3,
                              .finished = now - 125 * min},
              "Exited (3) 2 hours ago");
    status_is((ppc_ctr_state){.state = PPC_CTR_EXITED, .exit_code = -1},
              "Exited (-1)"); /* nobody saw when */
    status_is((ppc_ctr_state){.state = 77}, "bad state");
}

static void
test_show__state(void **state)
{
    (void)state;
    assert_string_equal(ppc_show_state(PPC_CTR_CONFIGURED), "created");
    assert_string_equal(ppc_show_state(PPC_CTR_CREATED), "created");
    assert_string_equal(ppc_show_state(PPC_CTR_RUNNING), "running");
    assert_string_equal(ppc_show_state(PPC_CTR_STOPPED), "exited");
    assert_string_equal(ppc_show_state(PPC_CTR_EXITED), "exited");
    assert_string_equal(ppc_show_state(99), "bad state");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        ENGINE_TEST(test_files__hosts),
        ENGINE_TEST(test_files__hostname_is_the_short_id),
        ENGINE_TEST(test_files__resolvers),
        ENGINE_TEST(test_files__resolvers_of_two),
        cmocka_unit_test(test_show__status),
        cmocka_unit_test(test_show__state),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
