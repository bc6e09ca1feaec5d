/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/cmd_info.c - polypod info: host, store and plugins
 */
#include <string.h>
#include <strings.h>

#include "commands.h"
#include "format.h"
#include "human.h"

typedef struct info_values {
    char *format;
} info_values;

static const cli_flag flags[] = {{"format", 'f', CLI_STR,
                                  offsetof(info_values, format), "TEMPLATE",
                                  NULL, "json or a template"},
                                 {NULL, 0, 0, 0, NULL, NULL, NULL}};

static const cli_todo todo[] = {{"debug", 'D'}, {NULL, 0}};

#define MAX_DEPTH 32

/* Text that YAML would read as something else stands in quotes. */
static bool
needs_quotes(const char *s)
{
    static const char *const words[] = {"true", "false", "null", "yes",
                                        "no",   "on",    "off",  "~"};

    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        if (strcasecmp(s, words[i]) == 0)
            return true;
    }
    return !*s || strchr("-?:,[]{}#&*!|>'\"%@` 0123456789+.", *s) ||
           strstr(s, ": ") || strstr(s, " #") || s[strlen(s) - 1] == ':' ||
           s[strlen(s) - 1] == ' ';
}

static void
print_scalar(cli_buf *out, const pp_json *v)
{
    CLI_AUTO_FREE char *text = NULL;

    if (pp_json_type(v) == PP_JSON_STRING && !needs_quotes(pp_json_str(v))) {
        cli_buf_safe(out, pp_json_str(v));
        return;
    }
    text = pp_json_text(v, 0);
    cli_buf_puts(out, text ? text : "null");
}

static bool
is_block(const pp_json *v)
{
    int type = pp_json_type(v);

    return (type == PP_JSON_OBJECT || type == PP_JSON_ARRAY) &&
           pp_json_len(v) > 0;
}

static void print_block(cli_buf *out, const pp_json *v, size_t indent,
                        bool hanging);

static void
print_value(cli_buf *out, const pp_json *v, size_t indent, bool in_list)
{
    if (!is_block(v) || indent > 2 * MAX_DEPTH) {
        cli_buf_putc(out, ' ');
        print_scalar(out, v);
        cli_buf_putc(out, '\n');
        return;
    }
    if (in_list)
        cli_buf_putc(out, ' ');
    else
        cli_buf_putc(out, '\n');
    print_block(out, v, indent, in_list);
}

/* hanging: the first line stands behind a dash already */
static void
print_block(cli_buf *out, const pp_json *v, size_t indent, bool hanging)
{
    pp_json_iter it = {0};

    if (pp_json_type(v) == PP_JSON_ARRAY) {
        for (size_t i = 0; i < pp_json_len(v); i++) {
            cli_buf_fill(out, ' ', hanging && i == 0 ? 0 : indent);
            cli_buf_putc(out, '-');
            print_value(out, pp_json_at(v, i), indent + 2, true);
        }
        return;
    }
    while (pp_json_next(v, &it)) {
        cli_buf_fill(out, ' ', hanging ? 0 : indent);
        hanging = false;
        cli_buf_safe(out, it.key);
        cli_buf_putc(out, ':');
        print_value(out, it.value, indent + 2, false);
    }
}

static int
run(cli *c, const void *values, const cli_args *args)
{
    const info_values *v = values;
    CLI_AUTO(cli_format_clear) cli_format format = {.json = false};
    CLI_AUTO(cli_buf_clear) cli_buf text = CLI_BUF_INIT;
    CLI_AUTO_JSON pp_json *info = NULL;
    pp_err err = {0};
    int rc = 0;

    (void)args;
    if (v->format)
        rc = cli_format_parse(v->format, &format, &err);
    if (rc == 0)
        rc = cli_open(c, &err);
    if (rc == 0)
        rc = pp_runtime_info(c->rt, &info, &err);
    if (rc == 0 && v->format)
        rc = cli_format_value(&format, info, &err);
    if (rc < 0)
        return cli_fail(rc, &err);
    if (!v->format) {
        print_block(&text, info, 0, false);
        fwrite(cli_buf_get(&text), 1, text.n, stdout);
    }
    return 0;
}

const cli_cmd cli_cmd_info = {
    .name = "info",
    .args = "",
    .summary = "Show host, store and plugins",
    .about = "Prints what the engine works with in the form of YAML.",
    .examples = "polypod info\npolypod info -f json",
    .flags = flags,
    .todo = todo,
    .values_size = sizeof(info_values),
    .max_args = 0,
    .bits = CLI_CMD_LOOKS,
    .run = run,
};
