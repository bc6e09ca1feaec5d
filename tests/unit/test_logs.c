/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tests/unit/test_logs.c - log lines, tails, and logs that grow */
#include "engine_fixture.h"

#include <sys/wait.h>

#include "engine/container/logline.h"

#define AT "2026-11-22T09:52:29.685444772+00:00 "
#define OUT AT "stdout F "
#define OUTP AT "stdout P "
#define ERR AT "stderr F "
#define ERRP AT "stderr P "

/* What was read: text of a piece, "+" after one that goes on, "!" before
 * one of standard error, "|" between. */
struct heard {
    ppc_str text;
    size_t stop_after;
    size_t n;
};

static int
hear(void *arg, const pp_log_line *l)
{
    struct heard *h = arg;

    ppc_str_printf(&h->text, "%s%s%.*s%s", h->n ? "|" : "",
                   l->stream == 2 ? "!" : "", (int)(l->n > 20 ? 20 : l->n),
                   l->text, l->partial ? "+" : "");
    h->n++;
    return h->stop_after && h->n >= h->stop_after;
}

static const char *
log_path(const char *id)
{
    static char name[256];

    snprintf(name, sizeof name, "graph/containers/%s/ctr.log", id);
    return name;
}

static void
logs_are(struct engine *e, const char *id, pp_logs_options o, const char *want)
{
    struct heard h = {.text = PPC_STR_INIT};

    o.struct_size = sizeof o;
    o.line = hear;
    o.arg = &h;
    if (pp_container_logs(e->rt, id, &o, &e->err) < 0)
        fail_msg("%s", e->err.msg);
    assert_string_equal(ppc_str_get(&h.text), want);
    ppc_str_clear(&h.text);
}

static void
tail_is(struct engine *e, const char *id, int64_t n, const char *want)
{
    logs_are(e, id, (pp_logs_options){.tail = n}, want);
}

static void
test_logs__line_has_its_form(void **state)
{
    static const char *const bad[] = {
        "", "text", AT, AT "stdout", AT "stdout F", AT "stdin_ F x",
        AT "stdout Q x", AT "stdout FF x", AT "stdoutt F x", "now stdout F x",
        "9999-12-31T23:59:59.000000000+00:00 stdout F x"};
    static const char good[] = "1970-01-01T01:00:01.5+01:00 stderr P a b";
    pp_log_line l = {0};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(ppc_log_line_parse(bad[i], strlen(bad[i]), &l), -1);
    assert_int_equal(ppc_log_line_parse(good, sizeof good - 1, &l), 0);
    assert_int_equal(l.time, 3 * PPC_SEC / 2);
    assert_int_equal(l.stream, 2);
    assert_int_equal(l.partial, 1);
    assert_int_equal(l.n, 3);
    assert_int_equal(ppc_log_line_parse(good, sizeof good - 4, &l), 0);
    assert_int_equal(l.n, 0); /* a lone newline */
}

static void
test_logs__tail_counts_lines(void **state)
{
    struct engine *e = *state;
    char id[PP_ID_MAX];

    engine_create(e, "web", 0, id);
    tail_is(e, id, -1, ""); /* never ran: no file */
    engine_write(e, log_path(id), OUT "a\n" ERR "b\n" OUT "c\n", 0600);
    tail_is(e, id, -1, "a|!b|c");
    tail_is(e, id, 0, "");
    tail_is(e, id, 1, "c");
    tail_is(e, id, 2, "!b|c");
    tail_is(e, id, 3, "a|!b|c");
    tail_is(e, id, 4, "a|!b|c");
    tail_is(e, id, INT64_MAX, "a|!b|c");
    engine_write(e, log_path(id), "", 0600);
    tail_is(e, id, 1, "");
    engine_write(e, log_path(id), OUT "a\n", 0600);
    tail_is(e, id, 1, "a");
}

static void
test_logs__tail_counts_pieces_as_one(void **state)
{
    struct engine *e = *state;
    char id[PP_ID_MAX];

    engine_create(e, "web", 0, id);
    engine_write(e, log_path(id),
                 OUT "a\n" OUTP "b1\n" OUTP "b2\n" OUT "b3\n" OUTP "c1\n",
                 0600);
    tail_is(e, id, 1, "c1+");
    tail_is(e, id, 2, "b1+|b2+|b3|c1+");
    tail_is(e, id, 3, "a|b1+|b2+|b3|c1+");
    engine_write(e, log_path(id), OUTP "a1\n" OUT "a2\n", 0600);
    tail_is(e, id, 1, "a1+|a2");
}

/* A line of the other stream within a line is not taken for it. */
static void
test_logs__tail_keeps_the_streams_apart(void **state)
{
    struct engine *e = *state;
    char id[PP_ID_MAX];

    engine_create(e, "web", 0, id);
    engine_write(e, log_path(id),
                 ERR "x\n" OUTP "a1\n" ERR "y\n" OUT "a2\n", 0600);
    tail_is(e, id, 1, "a1+|a2");
    tail_is(e, id, 2, "a1+|!y|a2");
    tail_is(e, id, 3, "!x|a1+|!y|a2");
    engine_write(e, log_path(id),
                 OUT "0\n" OUTP "a1\n" ERRP "y1\n" OUT "a2\n" ERR "y2\n",
                 0600);
    tail_is(e, id, 1, "!y1+|!y2");
    tail_is(e, id, 2, "a1+|!y1+|a2|!y2");
}

/* conmon has not finished it: it is no line yet. */
static void
test_logs__unfinished_last_line_is_none(void **state)
{
    struct engine *e = *state;
    char id[PP_ID_MAX];

    engine_create(e, "web", 0, id);
    engine_write(e, log_path(id), OUT "a\n" OUT "b\n" OUT "c", 0600);
    tail_is(e, id, -1, "a|b");
    tail_is(e, id, 1, "b");
    tail_is(e, id, 5, "a|b");
    engine_write(e, log_path(id), OUT "c", 0600);
    tail_is(e, id, 1, "");
}

static void
test_logs__broken_lines_are_passed_over(void **state)
{
    struct engine *e = *state;
    char id[PP_ID_MAX];

    engine_create(e, "web", 0, id);
    engine_write(e, log_path(id),
                 "junk\n\n" OUT "a\njunk\n" AT "stdout\n" OUT "b\n\n", 0600);
    tail_is(e, id, -1, "a|b");
    tail_is(e, id, 1, "b");
    tail_is(e, id, 2, "a|b");
}

/* Lines longer than any buffer, and a text that looks like a line. */
static void
test_logs__huge_lines_do_not_break_it(void **state)
{
    struct engine *e = *state;
    PP_AUTO_STR ppc_str text = PPC_STR_INIT;
    char id[PP_ID_MAX];
    size_t i;

    engine_create(e, "web", 0, id);
    ppc_str_puts(&text, OUT "a\n" OUT);
    for (i = 0; i < 40000; i++)
        ppc_str_puts(&text, OUT);
    ppc_str_puts(&text, "\n" OUT "b\n" OUT);
    for (i = 0; i < 100000; i++)
        ppc_str_putc(&text, 'c');
    ppc_str_puts(&text, "\n");
    engine_write(e, log_path(id), ppc_str_get(&text), 0600);
    tail_is(e, id, -1, "a|b|cccccccccccccccccccc");
    tail_is(e, id, 2, "b|cccccccccccccccccccc");
    tail_is(e, id, 1, "cccccccccccccccccccc");
}

static void
test_logs__many_lines_across_buffers(void **state)
{
    struct engine *e = *state;
    PP_AUTO_STR ppc_str text = PPC_STR_INIT;
    char id[PP_ID_MAX];
    int i;

    engine_create(e, "web", 0, id);
    for (i = 0; i < 5000; i++)
        ppc_str_printf(&text, OUT "%d\n", i);
    engine_write(e, log_path(id), ppc_str_get(&text), 0600);
    tail_is(e, id, 3, "4997|4998|4999");
    for (i = 1; i < 5000; i += 613) {
        struct heard h = {.text = PPC_STR_INIT};
        pp_logs_options o = {.struct_size = sizeof o,
                             .tail = i,
                             .line = hear,
                             .arg = &h};

        assert_int_equal(pp_container_logs(e->rt, id, &o, &e->err), 0);
        assert_int_equal(h.n, i);
        ppc_str_clear(&h.text);
    }
}

static void
test_logs__since_until_and_stop(void **state)
{
    struct engine *e = *state;
    char id[PP_ID_MAX];
    struct heard h = {.text = PPC_STR_INIT, .stop_after = 2};
    pp_logs_options o = {.struct_size = sizeof o,
                         .tail = -1,
                         .line = hear,
                         .arg = &h};

    engine_create(e, "web", 0, id);
    engine_write(e, log_path(id),
                 "1970-01-01T00:00:01Z stdout F a\n"
                 "1970-01-01T00:00:02Z stdout F b\n"
                 "1970-01-01T00:00:03Z stdout F c\n",
                 0600);
    logs_are(e, id, (pp_logs_options){.tail = -1, .since = 2 * PPC_SEC},
             "b|c");
    logs_are(e, id, (pp_logs_options){.tail = -1, .until = 2 * PPC_SEC},
             "a|b");
    assert_int_equal(pp_container_logs(e->rt, id, &o, &e->err), 0);
    assert_string_equal(ppc_str_get(&h.text), "a|b");
    ppc_str_clear(&h.text);
    o.struct_size = 0;
    assert_int_equal(pp_container_logs(e->rt, id, &o, &e->err), -PP_E_INVAL);
}

/* The file is replaced (its size is limited), then the container ends. */
static void
grow(struct engine *e, const char *id)
{
    PP_AUTO_FREE char *path =
        strdup(engine_path(e, log_path(id)));
    FILE *f = fopen(path, "ae");

    ppc_sleep(100 * PPC_MS);
    fputs(OUT "b\n" OUT "half", f);
    fclose(f);
    ppc_sleep(100 * PPC_MS);
    ppc_file_write(path, OUT "c\n", strlen(OUT "c\n"), 0600, NULL);
    ppc_sleep(600 * PPC_MS);
    kill((pid_t)engine_pid(e, "", id), SIGKILL);
    _exit(0);
}

static void
test_logs__follow_to_the_end(void **state)
{
    struct engine *e = *state;
    char id[PP_ID_MAX];
    pid_t child;

    engine_create(e, "web", 0, id);
    assert_int_equal(pp_container_start(e->rt, id, NULL, NULL, &e->err), 0);
    engine_write(e, log_path(id), OUT "0\n" OUT "a\n", 0600);
    child = fork();
    assert_true(child >= 0);
    if (!child)
        grow(e, id);
    logs_are(e, id, (pp_logs_options){.tail = 1, .follow = 1}, "a|b|c");
    assert_int_equal(waitpid(child, NULL, 0), child);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_logs__line_has_its_form),
        ENGINE_TEST(test_logs__tail_counts_lines),
        ENGINE_TEST(test_logs__tail_counts_pieces_as_one),
        ENGINE_TEST(test_logs__tail_keeps_the_streams_apart),
        ENGINE_TEST(test_logs__unfinished_last_line_is_none),
        ENGINE_TEST(test_logs__broken_lines_are_passed_over),
        ENGINE_TEST(test_logs__huge_lines_do_not_break_it),
        ENGINE_TEST(test_logs__many_lines_across_buffers),
        ENGINE_TEST(test_logs__since_until_and_stop),
        ENGINE_TEST(test_logs__follow_to_the_end),
    };

    alarm(100);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
