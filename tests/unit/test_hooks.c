/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/unit/test_hooks.c - which OCI hooks a container gets
 */
#include "engine_fixture.h"

#include "engine/spec/spec.h"

#define TRUE_HOOK "\"hook\":{\"path\":\"/bin/true\"}"

static int
setup(void **state)
{
    struct engine *e = calloc(1, sizeof *e);

    assert_non_null(e);
    strcpy(e->dir, "/tmp/polypod-hooks-XXXXXX");
    assert_non_null(mkdtemp(e->dir));
    e->rt = pp_runtime_new();
    assert_non_null(e->rt);
    *state = e;
    return 0;
}

static int
teardown(void **state)
{
    struct engine *e = *state;

    pp_runtime_free(e->rt);
    assert_int_equal(ppc_dir_remove(e->dir, NULL), 0);
    free(e);
    return 0;
}

static void
use_dirs(struct engine *e, const char *fatal, const char *a, const char *b)
{
    PP_AUTO_FREE char *one = ppc_sprintf("%s/%s", e->dir, a);
    PP_AUTO_FREE char *two = b ? ppc_sprintf("%s/%s", e->dir, b) : NULL;
    const char *const list[] = {one, two, NULL};

    engine_set(e, "engine.hooks_dir_not_exist_fatal", fatal);
    assert_int_equal(
        pp_options_set(e->rt, "engine.hooks_dir", list, "test", &e->err), 0);
}

static void
put_file(struct engine *e, const char *name, const char *text)
{
    PP_AUTO_FREE char *dir = ppc_sprintf("%s/%s", e->dir, name);

    *strrchr(dir, '/') = '\0';
    assert_int_equal(ppc_dir_make(dir, 0755, &e->err), 0);
    engine_write(e, name, text, 0644);
}

static const char spec_text[] =
    "{\"process\":{\"args\":[\"/usr/bin/nginx\",\"-g\"]},"
    "\"annotations\":{\"com.example.net\":\"isolated\",\"n\":\"5\"}}";

/* The hooks as text; "" if there are none, "!" for a failure. */
static const char *
hooks(struct engine *e, bool binds, char *buf, size_t n)
{
    PP_AUTO(pp_json_unref) pp_json *spec = NULL;
    PP_AUTO_FREE char *text = NULL;
    char *volumes[] = {ppc_unconst("/a:/b"), NULL};
    ppc_ctr_config config = {.user_volumes = binds ? volumes : NULL};
    ppc_ctr c = {.config = &config};
    ppc_spec_in in = {.rt = e->rt, .ctr = &c};

    assert_int_equal(
        pp_json_parse(spec_text, strlen(spec_text), "spec", &spec, NULL), 0);
    if (ppc_hooks_make(&in, spec, &e->err) < 0)
        return "!";
    if (pp_json_has(spec, "hooks"))
        text = pp_json_text(pp_json_get(spec, "hooks"), 0);
    snprintf(buf, n, "%s", text ? text : "");
    return buf;
}

static void
test_hooks__missing_folder(void **state)
{
    struct engine *e = *state;
    char b[512];

    use_dirs(e, "no", "nowhere", NULL);
    assert_string_equal(hooks(e, false, b, sizeof b), "");
    use_dirs(e, "yes", "nowhere", NULL);
    assert_string_equal(hooks(e, false, b, sizeof b), "!");
    assert_non_null(strstr(e->err.msg, "nowhere"));
    /* the search goes on behind one that is not there */
    put_file(e, "b/x.json",
             "{\"version\":\"1.0.0\"," TRUE_HOOK
             ",\"when\":{\"always\":true},\"stages\":[\"prestart\"]}");
    use_dirs(e, "no", "nowhere", "b");
    assert_string_equal(hooks(e, false, b, sizeof b),
                        "{\"prestart\":[{\"path\":\"/bin/true\"}]}");
}

static void
test_hooks__order_and_override(void **state)
{
    struct engine *e = *state;
    char b[1024];

    put_file(e, "a/20.json",
             "{\"version\":\"1.0.0\",\"hook\":{\"path\":\"/bin/false\"},"
             "\"when\":{\"always\":true},\"stages\":[\"poststop\"]}");
    put_file(e, "a/B.json",
             "{\"version\":\"1.0.0\",\"hook\":{\"path\":\"/bin/sh\","
             "\"args\":[\"sh\",\"x\"],\"env\":[\"A=1\"],\"timeout\":3,"
             "\"more\":1},\"when\":{\"always\":true},"
             "\"stages\":[\"prestart\",\"poststop\"]}");
    put_file(e, "b/20.json",
             "{\"version\":\"1.0.0\"," TRUE_HOOK
             ",\"when\":{\"always\":true},\"stages\":[\"poststop\"]}");
    put_file(e, "b/a.json",
             "{\"version\":\"1.0.0\",\"hook\":{\"path\":\"/bin/ls\"},"
             "\"when\":{\"always\":true},\"stages\":[\"prestart\"]}");
    put_file(e, "b/not-a-hook.txt", "nothing");
    use_dirs(e, "yes", "a", "b");
    assert_string_equal(
        hooks(e, false, b, sizeof b),
        "{\"poststop\":[{\"path\":\"/bin/true\"},{\"path\":\"/bin/sh\","
        "\"args\":[\"sh\",\"x\"],\"env\":[\"A=1\"],\"timeout\":3}],"
        "\"prestart\":[{\"path\":\"/bin/ls\"},{\"path\":\"/bin/sh\","
        "\"args\":[\"sh\",\"x\"],\"env\":[\"A=1\"],\"timeout\":3}]}");
}

static void
test_hooks__conditions(void **state)
{
    static const struct {
        const char *when;
        bool binds;
        bool runs;
    } cases[] = {
        {"{\"always\":true}", false, true},
        {"{\"always\":false}", false, false},
        {"{}", false, false},
        {"{\"hasBindMounts\":true}", false, false},
        {"{\"hasBindMounts\":true}", true, true},
        {"{\"hasBindMounts\":false}", false, false},
        {"{\"commands\":[\"nope\",\"/nginx$\"]}", false, true},
        {"{\"commands\":[\"^nginx\"]}", false, false},
        {"{\"annotations\":{\"example\":\"^isol\"}}", false, true},
        {"{\"annotations\":{\"example\":\"^5\"}}", false, false},
        {"{\"annotations\":{\"example\":\"isol\",\"^n$\":\"5\"}}", false, true},
        {"{\"annotations\":{\"example\":\"isol\",\"^n$\":\"6\"}}", false,
         false},
        {"{\"annotations\":{\"example\":\"isol\"},\"commands\":[\"x$\"]}",
         false, true},
        {"{\"annotations\":{\"example\":\"isol\"},\"commands\":[\"^x\"]}",
         false, false},
        {"{\"annotations\":{\"example\":\"^5\"},\"commands\":[\"x$\"]}",
         false, false},
        {"{\"always\":true,\"hasBindMounts\":true}", false, false},
    };
    struct engine *e = *state;
    char text[512];
    char b[512];
    size_t i;

    use_dirs(e, "yes", "a", NULL);
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        snprintf(text, sizeof text,
                 "{\"version\":\"1.0.0\"," TRUE_HOOK
                 ",\"when\":%s,\"stages\":[\"poststart\"]}",
                 cases[i].when);
        put_file(e, "a/x.json", text);
        assert_string_equal(
            hooks(e, cases[i].binds, b, sizeof b),
            cases[i].runs ? "{\"poststart\":[{\"path\":\"/bin/true\"}]}" : "");
    }
}

static void
test_hooks__bad_files(void **state)
{
    static const struct {
        const char *text;
        const char *says;
    } cases[] = {
        {"nonsense", "not JSON"},
        {"{\"hook\":\"/bin/true\",\"stage\":\"prestart\"}", "version is \"\""},
        {"{\"version\":\"2.0.0\"}", "version is \"2.0.0\""},
        {"{\"version\":\"1.0.0\",\"stages\":[\"prestart\"]}", "cannot run"},
        {"{\"version\":\"1.0.0\",\"hook\":{\"path\":\"/no/such\"}}",
         "cannot run \"/no/such\""},
        {"{\"version\":\"1.0.0\",\"hook\":{\"path\":\"true\"}}",
         "cannot run \"true\""},
        {"{\"version\":\"1.0.0\",\"hook\":{\"path\":\"/bin/true\","
         "\"args\":[1]}}",
         "args"},
        {"{\"version\":\"1.0.0\",\"hook\":{\"path\":\"/bin/true\","
         "\"env\":\"A=1\"}}",
         "env"},
        {"{\"version\":\"1.0.0\",\"hook\":{\"path\":\"/bin/true\","
         "\"timeout\":0}}",
         "timeout"},
        {"{\"version\":\"1.0.0\"," TRUE_HOOK "}", "stages"},
        {"{\"version\":\"1.0.0\"," TRUE_HOOK ",\"stages\":[]}", "stages"},
        {"{\"version\":\"1.0.0\"," TRUE_HOOK ",\"stages\":[\"later\"]}",
         "no stage \"later\""},
        {"{\"version\":\"1.0.0\"," TRUE_HOOK
         ",\"when\":{\"commands\":[\"(\"]},\"stages\":[\"prestart\"]}",
         "regular expression"},
    };
    struct engine *e = *state;
    char b[512];
    size_t i;

    use_dirs(e, "yes", "a", NULL);
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        put_file(e, "a/x.json", cases[i].text);
        assert_string_equal(hooks(e, false, b, sizeof b), "!");
        if (!strstr(e->err.msg, cases[i].says) ||
            !strstr(e->err.msg, "x.json"))
            fail_msg("case %zu: %s", i, e->err.msg);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_hooks__missing_folder, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_hooks__order_and_override, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_hooks__conditions, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_hooks__bad_files, setup,
                                        teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
