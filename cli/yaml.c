/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/yaml.c - a JSON value for people; see yaml.h
 */
#include "yaml.h"

#include <string.h>
#include <strings.h>

#include "human.h"

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

void
cli_yaml_print(const pp_json *v, cli_buf *out)
{
    print_block(out, v, 0, false);
}
