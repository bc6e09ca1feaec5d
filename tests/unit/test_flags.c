/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/unit/test_flags.c - parsing words by tables of flags
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/env.h"
#include "cli/flag.h"
#include "cli/value.h"

typedef struct values {
    bool all;
    bool quiet;
    bool proxy;
    char *name;
    char *kind;
    int64_t time;
    int64_t memory;
    int64_t interval;
    cli_list env;
    cli_list caps;
} values;

static const cli_flag flags[] = {
    {"all", 'a', CLI_BOOL, offsetof(values, all), NULL, NULL, ""},
    {"quiet", 'q', CLI_BOOL, offsetof(values, quiet), NULL, NULL, ""},
    {"sig-proxy", 0, CLI_BOOL, offsetof(values, proxy), NULL, "true", ""},
    {"name", 'n', CLI_STR, offsetof(values, name), "NAME", NULL, ""},
    {"kind", 0, CLI_STR, offsetof(values, kind), "KIND", "big", ""},
    {"time", 't', CLI_INT, offsetof(values, time), "N", NULL, ""},
    {"memory", 'm', CLI_SIZE, offsetof(values, memory), "SIZE", NULL, ""},
    {"interval", 0, CLI_DURATION, offsetof(values, interval), "D", "250ms", ""},
    {"env", 'e', CLI_LIST, offsetof(values, env), "E", NULL, ""},
    {"cap-add", 0, CLI_CSV, offsetof(values, caps), "C", NULL, ""},
    {NULL, 0, 0, 0, NULL, NULL, NULL}};

typedef struct outer {
    bool help;
    bool name;
} outer;

static const cli_flag outer_flags[] = {
    {"help", 'h', CLI_BOOL, offsetof(outer, help), NULL, NULL, ""},
    {"name", 0, CLI_BOOL, offsetof(outer, name), NULL, NULL, ""},
    {NULL, 0, 0, 0, NULL, NULL, NULL}};

static const cli_todo todo[] = {{"tty", 't'}, {"init", 'I'}, {NULL, 0}};

typedef struct result {
    values v;
    outer o;
    cli_args args;
    pp_err err;
    int rc;
} result;

/* Words are separated by one blank. */
static void
parse(const char *line, bool stop, result *r)
{
    static char words[256];
    char *argv[32] = {NULL};
    size_t n = 0;

    *r = (result){.rc = 0};
    const cli_scope scopes[] = {
        {flags, &r->v}, {outer_flags, &r->o}, {NULL, NULL}};

    snprintf(words, sizeof(words), "%s", line);
    for (char *w = words; *w;) {
        char *end = w + strcspn(w, " ");

        argv[n++] = w;
        w = *end ? end + 1 : end;
        *end = '\0';
    }
    cli_flags_init(&scopes[0]);
    r->rc = cli_flags_parse(scopes, todo, stop, argv, &r->args, &r->err);
}

static void
clear(result *r)
{
    cli_flags_clear(&(cli_scope){flags, &r->v});
    cli_args_clear(&r->args);
}

static void
test_flags__forms(void **state)
{
    result r;

    (void)state;
    parse("-aq --name=x -t5 -m 1k -e A=1 --env B=2,3 --cap-add a,b y -- -z "
          "--sig-proxy",
          false, &r);
    assert_int_equal(r.rc, 0);
    assert_true(r.v.all && r.v.quiet && r.v.proxy);
    assert_string_equal(r.v.name, "x");
    assert_false(r.o.name);
    assert_string_equal(r.v.kind, "big");
    assert_int_equal(r.v.time, 5);
    assert_int_equal(r.v.memory, 1024);
    assert_int_equal(r.v.interval, 250000000);
    assert_int_equal(r.v.env.n, 2);
    assert_string_equal(r.v.env.v[1], "B=2,3");
    assert_int_equal(r.v.caps.n, 2);
    assert_int_equal(r.args.n, 3);
    assert_string_equal(r.args.v[1], "-z");
    assert_null(r.args.v[3]);
    clear(&r);

    parse("--all=false -q=1 -aqn w --sig-proxy=F --name v -h - -t=-3", false,
          &r);
    assert_int_equal(r.rc, 0);
    assert_true(r.v.all && r.v.quiet && !r.v.proxy && r.o.help);
    assert_string_equal(r.v.name, "v");
    assert_int_equal(r.v.time, -3);
    assert_int_equal(r.args.n, 1);
    assert_string_equal(r.args.v[0], "-");
    clear(&r);
}

static void
test_flags__unset(void **state)
{
    result r;

    (void)state;
    parse("", false, &r);
    assert_int_equal(r.rc, 0);
    assert_true(r.v.time == CLI_UNSET && r.v.memory == CLI_UNSET);
    assert_null(r.v.name);
    assert_string_equal(cli_list_get(&r.v.env)[0] ? "" : "none", "none");
    assert_int_equal(r.args.n, 0);
    clear(&r);
}

static void
test_flags__stop_at_arg(void **state)
{
    result r;

    (void)state;
    parse("-a dir ls -q -- --nope", true, &r);
    assert_int_equal(r.rc, 0);
    assert_true(r.v.all && !r.v.quiet);
    assert_int_equal(r.args.n, 5);
    clear(&r);
    parse("-- -q", true, &r);
    assert_int_equal(r.args.n, 1);
    clear(&r);
}

static void
test_flags__errors(void **state)
{
    static const struct {
        const char *line;
        const char *message;
    } list[] = {
        {"--nmae x", "unknown flag: --nmae (did you mean --name?)"},
        {"--zzz", "unknown flag: --zzz"},
        {"-aZ", "unknown shorthand flag: 'Z' in -aZ"},
        {"--tty", "flag --tty is not implemented yet"},
        {"--init=1", "flag --init is not implemented yet"},
        {"-aI", "flag --init is not implemented yet"},
        {"--name", "flag needs an argument: --name"},
        {"-an", "flag needs an argument: 'n' in -an"},
        {"--=x", "bad flag syntax: --=x"},
        {"---all", "bad flag syntax: ---all"},
        {"--all=maybe", "invalid argument \"maybe\" for \"-a, --all\" flag: "
                        "expected true or false"},
        {"-t 5s", "invalid argument \"5s\" for \"-t, --time\" flag: expected a "
                  "whole number"},
        {"--interval=1", NULL},
        {"--memory=x", "invalid argument \"x\" for \"-m, --memory\" flag: "
                       "expected a size such as 512m or 2g"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(list) / sizeof(*list); i++) {
        result r;

        parse(list[i].line, false, &r);
        if (list[i].message) {
            assert_int_equal(r.rc, -PP_E_INVAL);
            assert_string_equal(r.err.msg, list[i].message);
        } else {
            assert_int_equal(r.rc, 0);
        }
        clear(&r);
    }
}

static void
test_flags__sizes(void **state)
{
    static const struct {
        const char *text;
        int64_t bytes; /* -1: refused */
    } list[] = {{"0", 0},
                {"1024", 1024},
                {"10b", 10},
                {"64k", 65536},
                {"1.5g", INT64_C(1610612736)},
                {"0.25K", 256},
                {"2GiB", INT64_C(2147483648)},
                {"3mb", 3145728},
                {"", -1},
                {"-1", -1},
                {"m", -1},
                {"1x", -1},
                {"1mm", -1},
                {"1..5m", -1},
                {"99999999999999999999", -1},
                {"9999999p", -1}};

    (void)state;
    for (size_t i = 0; i < sizeof(list) / sizeof(*list); i++) {
        int64_t v = -1;

        assert_int_equal(cli_value_size(list[i].text, &v, NULL),
                         list[i].bytes < 0 ? -PP_E_INVAL : 0);
        assert_true(v == list[i].bytes);
    }
}

static void
test_flags__times(void **state)
{
    const int64_t s = INT64_C(1000000000);
    int64_t v = 0;

    (void)state;
    assert_int_equal(cli_value_duration("1h30m2.5s", &v, NULL), 0);
    assert_true(v == 5402 * s + s / 2);
    assert_int_equal(cli_value_duration("40", &v, NULL), 0);
    assert_true(v == 40 * s / 1000);
    assert_int_equal(cli_value_duration("", &v, NULL), -PP_E_INVAL);
    assert_int_equal(cli_value_duration("1d", &v, NULL), -PP_E_INVAL);
    assert_int_equal(cli_value_duration("s", &v, NULL), -PP_E_INVAL);
    assert_int_equal(cli_value_time("1000.5", 0, &v, NULL), 0);
    assert_true(v == 1000 * s + s / 2);
    assert_int_equal(
        cli_value_time("1970-01-01T01:00:00.25+01:00", 0, &v, NULL), 0);
    assert_true(v == s / 4);
    assert_int_equal(cli_value_time("10s", 30 * s, &v, NULL), 0);
    assert_true(v == 20 * s);
    assert_int_equal(cli_value_time("tomorrow", 0, &v, NULL), -PP_E_INVAL);
    assert_int_equal(cli_value_milli("0.5", &v, NULL), 0);
    assert_int_equal(v, 500);
    assert_int_equal(cli_value_milli("1,5", &v, NULL), -PP_E_INVAL);
}

static void
test_flags__signals(void **state)
{
    int32_t v = 0;

    (void)state;
    assert_int_equal(cli_value_signal("SIGTERM", &v, NULL), 0);
    assert_int_equal(v, SIGTERM);
    assert_int_equal(cli_value_signal("hup", &v, NULL), 0);
    assert_int_equal(v, SIGHUP);
    assert_int_equal(cli_value_signal("9", &v, NULL), 0);
    assert_int_equal(v, 9);
    assert_int_equal(cli_value_signal("RTMIN+3", &v, NULL), 0);
    assert_int_equal(v, SIGRTMIN + 3);
    assert_int_equal(cli_value_signal("0", &v, NULL), -PP_E_INVAL);
    assert_int_equal(cli_value_signal("99", &v, NULL), -PP_E_INVAL);
    assert_int_equal(cli_value_signal("FOO", &v, NULL), -PP_E_INVAL);
    assert_int_equal(cli_value_signal("", &v, NULL), -PP_E_INVAL);
}

static void
test_flags__environment(void **state)
{
    char path[] = "/tmp/test_flags.XXXXXX";
    static const char text[] = "# no\n\n A=1 2\nB=\nPOLYPOD_TEST_X\n"
                               "POLYPOD_TEST_NOT_THERE\nC D=1\n";
    cli_list env = {NULL, 0};
    pp_err err = {0};
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
    close(fd);
    setenv("POLYPOD_TEST_X", "here", 1);
    assert_int_equal(cli_env_add_file(&env, path, &err), -PP_E_INVAL);
    assert_non_null(strstr(err.msg, ":7: variable \"C D\" has white space"));
    unlink(path);
    assert_int_equal(env.n, 3);
    assert_string_equal(env.v[0], "A=1 2");
    assert_string_equal(env.v[1], "B=");
    assert_string_equal(env.v[2], "POLYPOD_TEST_X=here");
    assert_int_equal(cli_env_add(&env, "POLYPOD_TEST_*", NULL), 0);
    assert_int_equal(env.n, 4);
    assert_int_equal(cli_env_add(&env, "=x", NULL), -PP_E_INVAL);
    cli_list_clear(&env);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flags__forms),
        cmocka_unit_test(test_flags__unset),
        cmocka_unit_test(test_flags__stop_at_arg),
        cmocka_unit_test(test_flags__errors),
        cmocka_unit_test(test_flags__sizes),
        cmocka_unit_test(test_flags__times),
        cmocka_unit_test(test_flags__signals),
        cmocka_unit_test(test_flags__environment),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
