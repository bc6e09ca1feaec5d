/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/unit/test_template.c - the template language of --format
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/format.h"
#include "cli/template.h"

static const char data[] =
    "{\"ID\":\"abc\",\"Id\":\"abc\",\"Names\":[\"web\",\"old\"],\"Pid\":42,"
    "\"Empty\":[],\"Null\":null,\"Yes\":true,\"No\":false,\"Real\":1.5,"
    "\"Big\":9007199254740993,"
    "\"State\":{\"Status\":\"running\",\"Pid\":42},"
    "\"Labels\":{\"b\":\"2\",\"a\":\"1\"},"
    "\"Rows\":[{\"N\":\"x\",\"V\":1},{\"N\":\"y\",\"V\":2}]}";

typedef struct example {
    const char *template;
    const char *expected;
} example;

/* What a template prints, or its message behind "!". */
static char *
run(const char *text)
{
    CLI_AUTO(cli_auto_template) cli_template *t = NULL;
    CLI_AUTO_JSON pp_json *dot = NULL;
    cli_buf out = CLI_BUF_INIT;
    pp_err err = {0};

    assert_int_equal(pp_json_parse(data, strlen(data), "data", &dot, NULL), 0);
    if (cli_template_parse(text, &t, &err) < 0 ||
        cli_template_run(t, dot, &out, &err) < 0) {
        assert_int_equal(err.code, PP_E_INVAL);
        cli_buf_clear(&out);
        cli_buf_printf(&out, "!%s", err.msg);
    }
    return cli_buf_steal(&out);
}

static void
check(const example *e, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        CLI_AUTO_FREE char *got = run(e[i].template);

        if (strcmp(got, e[i].expected) != 0)
            fail_msg("%s\n  gave     \"%s\"\n  expected \"%s\"", e[i].template,
                     got, e[i].expected);
    }
}

#define CHECK(list) check(list, sizeof(list) / sizeof(*(list)))

static void
test_template__fields(void **state)
{
    static const example list[] = {
        {"", ""},
        {"plain } text {", "plain } text {"},
        {"{{.ID}}", "abc"},
        {"a{{ .State.Status }}b", "arunningb"},
        {"{{.Pid}} {{.Real}} {{.Big}} {{.Yes}}",
         "42 1.5 9007199254740993 true"},
        {"{{.Names}} {{.Empty}} {{.Null}}", "[web old] [] <nil>"},
        {"{{.Labels}}", "map[a:1 b:2]"},
        {"{{.Labels.a}}{{.Labels.zz}}", "1<no value>"},
        {"{{.State.ID}}", "!template: 1:9: can't evaluate field ID"},
        {"{{.id}}", "!template: 1:3: can't evaluate field id (did you mean "
                    "ID?)"},
        {"x\n {{.Foo}}", "!template: 2:4: can't evaluate field Foo"},
        {"{{.Pid.X}}", "!template: 1:7: can't evaluate field X"},
        {"{{.Null.X}}", "!template: 1:8: can't evaluate field X: the value "
                        "is null"},
        {"{{$.ID}}{{(index .Rows 1).N}}", "abcy"},
        {"{{true}} {{1}} {{-2}} {{0x10}} {{1.5e3}} {{0.25}} {{1e21}} {{'a'}} "
         "{{\"q\\t\\u00e9\"}}"
         " {{`raw\\n`}}",
         "true 1 -2 16 1500 0.25 1e+21 97 q\t\xc3\xa9 raw\\n"},
    };

    (void)state;
    CHECK(list);
}

static void
test_template__control(void **state)
{
    static const example list[] = {
        {"{{if .Yes}}A{{else}}B{{end}}", "A"},
        {"{{if .No}}A{{else if .Empty}}B{{else if .Pid}}C{{else}}D{{end}}",
         "C"},
        {"{{if .Null}}A{{end}}.", "."},
        {"{{range .Names}}<{{.}}>{{end}}", "<web><old>"},
        {"{{range .Empty}}x{{else}}none{{end}}", "none"},
        {"{{range $i, $n := .Names}}{{$i}}={{$n}} {{end}}", "0=web 1=old "},
        {"{{range $k, $v := .Labels}}{{$k}}{{$v}}{{end}}", "a1b2"},
        {"{{range $r := .Rows}}{{$r.N}}{{$.Pid}}{{.V}};{{end}}", "x421;y422;"},
        {"{{range .Rows}}{{if eq .N \"y\"}}{{break}}{{end}}{{.N}}{{end}}", "x"},
        {"{{range .Rows}}{{if eq .N \"x\"}}{{continue}}{{end}}{{.N}}{{end}}",
         "y"},
        {"{{range .Rows}}{{range .Empty}}{{end}}{{end}}",
         "!template: 1:24: can't evaluate field Empty"},
        {"{{range .Rows}}{{range $.Empty}}{{else}}{{break}}{{end}}z{{end}}",
         ""},
        {"{{with .State}}{{.Pid}}{{end}}{{with .Null}}x{{else}}n{{end}}",
         "42n"},
        {"{{$x := 1}}{{if .Yes}}{{$x = 2}}{{$x := 3}}{{$x}}{{end}}{{$x}}",
         "32"},
        {"a {{- .ID -}}  \n b", "aabcb"},
        {"a{{/* c }} */}}b {{- /* d */ -}} c", "abc"},
        {"{{if .Yes}}", "!template: 1:12: missing {{end}}"},
        {"{{end}}", "!template: 1:3: unexpected {{end}}"},
        {"{{if .Yes}}{{else}}{{else}}{{end}}",
         "!template: 1:22: expected end, found else"},
        {"{{break}}", "!template: 1:3: {{break}} outside {{range}}"},
        {"{{$y}}", "!template: 1:3: undefined variable \"$y\""},
        {"{{range .Pid}}{{end}}",
         "!template: 1:3: range can't iterate over this value"},
        {"{{define \"x\"}}{{end}}",
         "!template: 1:3: \"define\" is not supported"},
    };

    (void)state;
    CHECK(list);
}

static void
test_template__functions(void **state)
{
    static const example list[] = {
        {"{{json .State}}", "{\"Status\":\"running\",\"Pid\":42}"},
        {"{{.Names | json}}", "[\"web\",\"old\"]"},
        {"{{index .Names 1}} {{index .Labels \"a\"}}", "old 1"},
        {"[{{index .Labels \"zz\"}}]", "[]"},
        {"{{index .Names 5}}", "!template: 1:3: index out of range: 5"},
        {"{{len .Names}} {{len .ID}} {{len .Labels}}", "2 3 2"},
        {"{{join .Names \", \"}}", "web, old"},
        {"{{index (split \"a,b,c\" \",\") 2}}", "c"},
        {"{{upper .ID}}{{lower \"ABC\"}}{{title \"ab cd\"}}", "ABCabcAb Cd"},
        {"{{.ID | upper | printf \"%-5s|%5s|\" \"x\"}}", "x    |  ABC|"},
        {"{{printf \"%d %05d %x %X %o %c %t %v %q %%\" 1 42 255 255 8 65 true "
         ".Names \"a\"}}",
         "1 00042 ff FF 10 A true [web old] \"a\" %"},
        {"{{printf \"%.2f %6.1f\" 1.5 .Real}}", "1.50    1.5"},
        {"{{printf \"%d\" \"x\"}}{{printf \"%s\"}}{{printf \"a\" 1}}",
         "%!d(string=x)%!s(MISSING)a%!(EXTRA int=1)"},
        {"{{printf \"%99999s\" \"\" | len}}", "1024"},
        {"{{print 1 2 \"a\" 3}}{{println \"b\" 1}}", "1 2a3b 1\n"},
        {"{{eq .Pid 42}}{{eq .ID \"x\" \"abc\"}}{{ne 1 2}}{{lt 1 2}}{{le 2 2}}"
         "{{gt \"b\" \"a\"}}{{ge 1.5 2}}",
         "truetruetruetruetruetruefalse"},
        {"{{eq 1 \"a\"}}",
         "!template: 1:3: eq: incompatible types for comparison"},
        {"{{and 1 0 .Nope}}{{or 0 \"x\" .Nope}}{{not .Empty}}", "0xtrue"},
        {"{{truncate .ID 2}}{{truncate \"\xc3\xa9x\" 1}}[{{pad \"x\" 1 2}}]",
         "ab[ x  ]"},
        {"{{foo}}", "!template: 1:3: function \"foo\" not defined"},
        {"{{len}}", "!template: 1:3: wrong number of args for len: want 1 got "
                    "0"},
        {"{{.ID 1}}", "!template: 1:3: can't give argument to something that "
                      "is no function"},
        {"{{.ID | .Pid}}",
         "!template: 1:9: what follows \"|\" must be a function"},
    };

    (void)state;
    CHECK(list);
}

/* Garbage is an error, never a crash; every prefix of a template, too. */
static void
test_template__survives_garbage(void **state)
{
    static const char full[] =
        "{{- range $i, $r := .Rows -}}{{if and (eq $r.V 1) .N}}{{printf "
        "\"%-3s\\x41\" .N | upper}}{{else if 'a'}}{{`x`}}{{end}}{{/* c */}}"
        "{{else}}{{with $x := .ID}}{{$x.Y.Z}}{{end}}{{end}}";
    static const char *const broken[] = {"{{",
                                         "{{}}",
                                         "{{.",
                                         "{{.A",
                                         "{{\"",
                                         "{{\"\\",
                                         "{{\"\\x",
                                         "{{'",
                                         "{{`",
                                         "{{/*",
                                         "{{/* */",
                                         "{{(",
                                         "{{()}}",
                                         "{{.A |}}",
                                         "{{| .A}}",
                                         "{{$}",
                                         "{{$a, $b}}",
                                         "{{$a, $b := .Names}}",
                                         "{{:=}}",
                                         "{{= 1}}",
                                         "{{1x}}",
                                         "{{1e999}}",
                                         "{{.A.}}",
                                         "{{..A}}",
                                         "{{ - }}",
                                         "{{range}}{{end}}",
                                         "{{if}}{{end}}",
                                         "{{else}}",
                                         "{{\x01}}",
                                         "{{nil}}{{nil.A}}",
                                         "{{.ID\"x\"}}",
                                         "{{with $a, $b := .Labels}}{{end}}"};

    (void)state;
    for (size_t n = 0; n <= strlen(full); n++) {
        CLI_AUTO_FREE char *prefix = cli_dup_n(full, n);
        CLI_AUTO_FREE char *got = run(prefix);

        assert_non_null(got);
    }
    for (size_t i = 0; i < sizeof(broken) / sizeof(*broken); i++) {
        CLI_AUTO_FREE char *got = run(broken[i]);

        if (strcmp(broken[i], "{{ - }}") != 0 && got[0] != '!' &&
            strncmp(got, "<nil>", 5) != 0)
            fail_msg("%s was accepted: %s", broken[i], got);
    }
}

static void
test_template__is_bounded(void **state)
{
    cli_buf deep = CLI_BUF_INIT;
    cli_buf wide = CLI_BUF_INIT;
    char *got;

    (void)state;
    for (int i = 0; i < 10000; i++)
        cli_buf_puts(&deep, i % 2 ? "{{if 1}}" : "{{with 1}}");
    got = run(cli_buf_get(&deep));
    assert_non_null(strstr(got, "nested too deeply"));
    free(got);
    cli_buf_clear(&deep);
    cli_buf_puts(&deep, "{{");
    cli_buf_fill(&deep, '(', 10000);
    got = run(cli_buf_get(&deep));
    assert_non_null(strstr(got, "nested too deeply"));
    free(got);
    cli_buf_clear(&deep);
    for (int i = 0; i < 40; i++)
        cli_buf_puts(&wide, "{{range $.Names}}");
    for (int i = 0; i < 40; i++)
        cli_buf_puts(&wide, "{{end}}");
    got = run(cli_buf_get(&wide));
    assert_non_null(strstr(got, "does not come to an end"));
    free(got);
    cli_buf_clear(&wide);
}

static void
test_template__format_kinds(void **state)
{
    cli_format f = {.json = false};

    (void)state;
    assert_int_equal(cli_format_parse("json", &f, NULL), 0);
    assert_true(f.json);
    cli_format_clear(&f);
    assert_int_equal(cli_format_parse("table {{.ID}}", &f, NULL), 0);
    assert_true(f.table && f.newline);
    cli_format_clear(&f);
    assert_int_equal(cli_format_parse("tables{{.ID}}\\n", &f, NULL), 0);
    assert_false(f.table || f.newline);
    cli_format_clear(&f);
    assert_int_equal(cli_format_parse("{{\"a\\nb\"}}", &f, NULL), 0);
    cli_format_clear(&f);
    assert_int_equal(cli_format_parse("{{", &f, NULL), -PP_E_INVAL);
}

/* Which fields of a value a template may look at. */
static void
test_template__uses(void **state)
{
    static const struct {
        const char *text;
        bool a;
        bool b;
    } cases[] = {
        {"plain", false, false},
        {"{{.A}}", true, false},
        {"{{.A}} {{.B}}", true, true},
        {"{{.}}", true, true},
        {"{{json .}}", true, true},
        {"{{index . \"A\"}}", true, true},
        {"{{$.B}}", false, true},
        {"{{with $x := .}}{{$x.A}}{{end}}", true, true},
        {"{{if .A}}x{{else}}{{.B}}{{end}}", true, true},
        {"{{range .A}}{{.B}}{{end}}", true, true},
        {"{{.A.C}}", true, false},
        {"{{(json .A) | printf \"%s\"}}", true, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        cli_template *t = NULL;

        assert_int_equal(cli_template_parse(cases[i].text, &t, NULL), 0);
        assert_int_equal(cli_template_may_use(t, "A"), cases[i].a);
        assert_int_equal(cli_template_may_use(t, "B"), cases[i].b);
        cli_template_free(t);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_template__fields),
        cmocka_unit_test(test_template__control),
        cmocka_unit_test(test_template__functions),
        cmocka_unit_test(test_template__survives_garbage),
        cmocka_unit_test(test_template__is_bounded),
        cmocka_unit_test(test_template__format_kinds),
        cmocka_unit_test(test_template__uses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
