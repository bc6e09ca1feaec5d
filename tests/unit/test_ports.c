/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tests/unit/test_ports.c - published ports: text, overlap, holding them */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "core/util/str.h"
#include "engine/json.h"
#include "engine/network/network.h"
#include "engine/oci/oci.h"

/* One text or two: the mappings as "ip/host/ctr/count/proto ". */
static int
parse(const char *a, const char *b, ppc_str *out)
{
    const char *const list[] = {a, b, NULL};
    PP_AUTO(pp_json_unref) pp_json *v = NULL;
    pp_err err = {0};
    size_t i;
    int rc = ppc_ports_parse(list, &v, &err);

    for (i = 0; rc >= 0 && i < pp_json_len(v); i++) {
        ppc_port p = ppc_port_read(pp_json_at(v, i));

        ppc_str_printf(out, "%s%s/%d/%d/%d/%d", i ? " " : "",
                       p.host_ip ? p.host_ip : "", p.host_port,
                       p.container_port, p.count, p.proto);
    }
    return rc;
}

static void
parses_to(const char *text, const char *want)
{
    PP_AUTO_STR ppc_str got = PPC_STR_INIT;

    assert_int_equal(parse(text, NULL, &got), 0);
    assert_string_equal(ppc_str_get(&got), want);
}

static void
test_ports__text(void **state)
{
    (void)state;
    parses_to("8080:80", "/8080/80/1/6");
    parses_to("8080:80/udp", "/8080/80/1/17");
    parses_to("8080:80/sctp", "/8080/80/1/132");
    parses_to("127.0.0.1:8080:80", "127.0.0.1/8080/80/1/6");
    parses_to("[::1]:8080:80", "::1/8080/80/1/6");
    parses_to(":8080:80", "/8080/80/1/6");
    parses_to("8080-8089:80-89", "/8080/80/10/6");
    parses_to("1:65535", "/1/65535/1/6");
}

static void
test_ports__bad_text_is_refused(void **state)
{
    static const char *const bad[] = {"",
                                      ":",
                                      "80:",
                                      "0:80",
                                      "80:0",
                                      "65536:1",
                                      "x:80",
                                      "80:80/icmp",
                                      "80:80/",
                                      "80-90:80-91",
                                      "90-80:80-90",
                                      "1.2.3:80:80",
                                      "[::1:80:80",
                                      "[x]:80:80",
                                      "80-90",
                                      "-1:80",
                                      "65530-65540:1-11",
                                      "80:80:80:80",
                                      "+80:80",
                                      " 80:80",
                                      "80:80/TCP"};
    PP_AUTO_STR ppc_str got = PPC_STR_INIT;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (parse(bad[i], NULL, &got) != -PP_E_INVAL)
            fail_msg("\"%s\" was taken", bad[i]);
}

static void
test_ports__a_host_port_once(void **state)
{
    PP_AUTO_STR ppc_str got = PPC_STR_INIT;

    (void)state;
    assert_int_equal(parse("80:80", "80:81", &got), -PP_E_INVAL);
    assert_int_equal(parse("80-89:80-89", "85:1", &got), -PP_E_INVAL);
    assert_int_equal(parse("127.0.0.1:80:80", "80:81", &got), -PP_E_INVAL);
    assert_int_equal(parse("127.0.0.1:80:80", "127.0.0.2:80:80", &got), 0);
    assert_int_equal(parse("80:80", "80:80/udp", &got), 0);
    assert_int_equal(parse("80-89:80-89", "90:1", &got), 0);
}

static void
test_ports__a_host_port_is_found(void **state)
{
    const char *const list[] = {"80", NULL};
    PP_AUTO(pp_json_unref) pp_json *v = NULL;
    ppc_port p;

    (void)state;
    assert_int_equal(ppc_ports_parse(list, &v, NULL), 0);
    p = ppc_port_read(pp_json_at(v, 0));
    assert_int_equal(p.container_port, 80);
    assert_true(p.host_port > 0);
}

static void
test_ports__held_is_held(void **state)
{
    const char *const list[] = {"127.0.0.1::80", NULL};
    ppc_ctr_config c = {.id = NULL};
    pp_err err = {0};
    int *fds = NULL;
    int *more = NULL;
    size_t n = 0, m = 0;

    (void)state;
    assert_int_equal(ppc_ports_parse(list, &c.port_mappings, &err), 0);
    assert_int_equal(ppc_ports_reserve(&c, &fds, &n, &err), 0);
    assert_int_equal(n, 1);
    assert_true(fds[0] >= PPC_CONMON_FIRST_FD);
    assert_int_equal(fcntl(fds[0], F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    assert_int_equal(ppc_ports_reserve(&c, &more, &m, &err), -PP_E_PORTINUSE);
    assert_non_null(strstr(err.msg, "127.0.0.1"));
    ppc_ports_release(fds, n);
    assert_int_equal(ppc_ports_reserve(&c, &fds, &n, &err), 0);
    ppc_ports_release(fds, n);
    pp_json_unref(c.port_mappings);
}

/* A connection of the last run, in TIME_WAIT, does not keep the port. */
static void
test_ports__old_connections_do_not_hold(void **state)
{
    const char *const list[] = {"127.0.0.1::80", NULL};
    ppc_ctr_config c = {.id = NULL};
    struct sockaddr_in sin = {.sin_family = AF_INET};
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    pp_err err = {0};
    int *fds = NULL;
    size_t n = 0;
    int server;
    char ch;

    (void)state;
    assert_int_equal(ppc_ports_parse(list, &c.port_mappings, &err), 0);
    assert_int_equal(ppc_ports_reserve(&c, &fds, &n, &err), 0);
    sin.sin_port =
        htons(ppc_port_read(pp_json_at(c.port_mappings, 0)).host_port);
    sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(client, (struct sockaddr *)&sin, sizeof sin), 0);
    server = accept(fds[0], NULL, NULL);
    assert_true(server >= 0);
    close(server); /* the side that closes first waits */
    assert_int_equal(read(client, &ch, 1), 0);
    close(client);
    ppc_ports_release(fds, n);
    assert_int_equal(ppc_ports_reserve(&c, &fds, &n, &err), 0);
    ppc_ports_release(fds, n);
    pp_json_unref(c.port_mappings);
}

static pp_json *
mappings(const char *text)
{
    pp_json *v = NULL;

    assert_int_equal(pp_json_parse(text, strlen(text), "ports", &v, NULL), 0);
    return v;
}

static void
test_ports__clash(void **state)
{
    static const char mine[] =
        "[{\"hostPort\":53,\"range\":1,\"protocol\":\"udp\"},"
        "{\"hostPort\":8080,\"range\":3,\"protocol\":\"tcp\","
        "\"hostIP\":\"127.0.0.1\"}]";
    static const struct {
        const char *text;
        bool clash;
    } cases[] = {
        {"[]", false},
        {"[{\"hostPort\":53,\"range\":1,\"protocol\":\"udp\"}]", true},
        {"[{\"hostPort\":53,\"range\":1,\"protocol\":\"tcp\"}]", false},
        {"[{\"hostPort\":8082,\"range\":1,\"protocol\":\"tcp\"}]", true},
        {"[{\"hostPort\":8083,\"range\":1,\"protocol\":\"tcp\"}]", false},
        {"[{\"hostPort\":8070,\"range\":10,\"protocol\":\"tcp\"}]", false},
        {"[{\"hostPort\":8070,\"range\":11,\"protocol\":\"tcp\","
         "\"hostIP\":\"0.0.0.0\"}]",
         true},
        {"[{\"hostPort\":8080,\"range\":1,\"protocol\":\"tcp\","
         "\"hostIP\":\"127.0.0.1\"}]",
         true},
        {"[{\"hostPort\":8080,\"range\":1,\"protocol\":\"tcp\","
         "\"hostIP\":\"127.0.0.2\"}]",
         false},
    };
    PP_AUTO(pp_json_unref) pp_json *own = mappings(mine);
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        PP_AUTO(pp_json_unref) pp_json *other = mappings(cases[i].text);

        assert_int_equal(ppc_ports_clash(own, other), cases[i].clash);
        assert_int_equal(ppc_ports_clash(other, own), cases[i].clash);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ports__text),
        cmocka_unit_test(test_ports__bad_text_is_refused),
        cmocka_unit_test(test_ports__a_host_port_once),
        cmocka_unit_test(test_ports__a_host_port_is_found),
        cmocka_unit_test(test_ports__held_is_held),
        cmocka_unit_test(test_ports__old_connections_do_not_hold),
        cmocka_unit_test(test_ports__clash),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
