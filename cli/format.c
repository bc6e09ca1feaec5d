/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/format.c - what --format asks for
 */
#include "format.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "table.h"

/* \t and \n outside of actions become what they stand for. */
static void
expand_escapes(const char *s, cli_buf *out)
{
    bool inside = false;

    for (; *s; s++) {
        if (strncmp(s, "{{", 2) == 0)
            inside = true;
        if (strncmp(s, "}}", 2) == 0)
            inside = false;
        if (!inside && *s == '\\' && (s[1] == 't' || s[1] == 'n')) {
            cli_buf_putc(out, s[1] == 't' ? '\t' : '\n');
            s++;
        } else {
            cli_buf_putc(out, *s);
        }
    }
}

int
cli_format_parse(const char *text, cli_format *out, pp_err *err)
{
    CLI_AUTO(cli_buf_clear) cli_buf b = CLI_BUF_INIT;
    cli_format f = {.json = false};
    int rc;

    if (strcasecmp(text, "json") == 0) {
        out->json = true;
        return 0;
    }
    if (strncmp(text, "table", 5) == 0 && strchr(" \t\\{", text[5]) &&
        text[5]) {
        f.table = true;
        text += 5 + strspn(text + 5, " \t");
    }
    expand_escapes(text, &b);
    f.newline = b.n == 0 || b.p[b.n - 1] != '\n';
    rc = cli_template_parse(cli_buf_get(&b), &f.template, err);
    if (rc == 0)
        *out = f;
    return rc;
}

void
cli_format_clear(cli_format *f)
{
    cli_template_free(f->template);
    *f = (cli_format){.json = false};
}

static int
add_row(const cli_format *f, pp_json *row, cli_buf *out, pp_err *err)
{
    int rc = cli_template_run(f->template, row, out, err);

    if (rc == 0 && f->newline)
        cli_buf_putc(out, '\n');
    return rc;
}

int
cli_format_each(const cli_format *f, size_t n, cli_row_at at, const void *arg,
                pp_json *headers, pp_err *err)
{
    CLI_AUTO(cli_buf_clear) cli_buf text = CLI_BUF_INIT;
    CLI_AUTO(cli_buf_clear) cli_buf aligned = CLI_BUF_INIT;
    int rc = 0;

    if (f->table && headers)
        rc = add_row(f, headers, &text, err);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        CLI_AUTO_JSON pp_json *row = at(arg, i);

        rc = add_row(f, row, &text, err);
    }
    if (rc < 0)
        return rc;
    if (!f->table) {
        fwrite(cli_buf_get(&text), 1, text.n, stdout);
        return 0;
    }
    cli_table_align(cli_buf_get(&text), &aligned);
    fwrite(cli_buf_get(&aligned), 1, aligned.n, stdout);
    return 0;
}

static pp_json *
ready_row(const void *rows, size_t i)
{
    return pp_json_ref(pp_json_at(rows, i));
}

int
cli_format_rows(const cli_format *f, const pp_json *rows, pp_json *headers,
                pp_err *err)
{
    return cli_format_each(f, pp_json_len(rows), ready_row, rows, headers, err);
}

int
cli_format_value(const cli_format *f, pp_json *value, pp_err *err)
{
    CLI_AUTO(cli_buf_clear) cli_buf text = CLI_BUF_INIT;
    int rc;

    if (f->json) {
        cli_print_json(value);
        return 0;
    }
    rc = add_row(f, value, &text, err);
    if (rc == 0)
        fwrite(cli_buf_get(&text), 1, text.n, stdout);
    return rc;
}

void
cli_print_json(const pp_json *v)
{
    CLI_AUTO_FREE char *text = pp_json_text(v, PP_JSON_PRETTY);

    puts(text ? text : "null");
}
