/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/template_print.c - values as text: the plain form and printf
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "template_int.h"

bool
tpl_value_is_true(const pp_json *v)
{
    switch (pp_json_type(v)) {
    case PP_JSON_BOOL:
        return pp_json_is_true(v);
    case PP_JSON_INT:
        return pp_json_i64(v) != 0;
    case PP_JSON_DOUBLE:
        return pp_json_dbl(v) < 0 || pp_json_dbl(v) > 0;
    case PP_JSON_NULL:
        return false;
    default:
        return pp_json_len(v) > 0;
    }
}

/* As Go: the fewest digits that read back as the same number, and an
 * exponent only for the very large and very small. */
static void
print_double(cli_buf *out, double v)
{
    char text[400];
    int digits = 0;
    int exponent;

    for (; digits <= 17; digits++) {
        double back;

        snprintf(text, sizeof(text), "%.*e", digits, v);
        back = strtod(text, NULL);
        if (!(back < v) && !(back > v))
            break;
    }
    exponent =
        (int)strtol(strchr(text, 'e') ? strchr(text, 'e') + 1 : "0", NULL, 10);
    if (exponent >= -4 && exponent < 21)
        snprintf(text, sizeof(text), "%.*f",
                 digits > exponent ? digits - exponent : 0, v);
    cli_buf_puts(out, text);
}

static void print_value(cli_buf *out, const pp_json *v, int depth);

static void
print_object(cli_buf *out, const pp_json *v, int depth)
{
    CLI_AUTO(cli_list_clear) cli_list keys = {NULL, 0};
    pp_json_iter it = {0};

    while (pp_json_next(v, &it))
        cli_list_add(&keys, it.key);
    cli_list_sort(&keys);
    cli_buf_puts(out, "map[");
    for (size_t i = 0; i < keys.n; i++) {
        cli_buf_printf(out, "%s%s:", i ? " " : "", keys.v[i]);
        print_value(out, pp_json_get(v, keys.v[i]), depth + 1);
    }
    cli_buf_putc(out, ']');
}

static void
print_array(cli_buf *out, const pp_json *v, int depth)
{
    cli_buf_putc(out, '[');
    for (size_t i = 0; i < pp_json_len(v); i++) {
        if (i)
            cli_buf_putc(out, ' ');
        print_value(out, pp_json_at(v, i), depth + 1);
    }
    cli_buf_putc(out, ']');
}

static void
print_value(cli_buf *out, const pp_json *v, int depth)
{
    if (depth > TPL_MAX_DEPTH) {
        cli_buf_puts(out, "...");
        return;
    }
    switch (pp_json_type(v)) {
    case PP_JSON_STRING:
        cli_buf_add(out, pp_json_str(v), pp_json_len(v));
        break;
    case PP_JSON_BOOL:
        cli_buf_puts(out, pp_json_is_true(v) ? "true" : "false");
        break;
    case PP_JSON_INT:
        cli_buf_printf(out, "%lld", (long long)pp_json_i64(v));
        break;
    case PP_JSON_DOUBLE:
        print_double(out, pp_json_dbl(v));
        break;
    case PP_JSON_ARRAY:
        print_array(out, v, depth);
        break;
    case PP_JSON_OBJECT:
        print_object(out, v, depth);
        break;
    default:
        cli_buf_puts(out, "<nil>");
    }
}

void
tpl_value_print(cli_buf *out, const tpl_value *v)
{
    if (v->missing)
        cli_buf_puts(out, "<no value>");
    else
        print_value(out, v->v, 0);
}

/* One "%..." of a format: flags, width and precision as C knows them. */
typedef struct verb {
    char flags[8];
    int width;     /* -1: none */
    int precision; /* -1: none */
    char letter;
} verb;

static const char *
read_number(const char *s, int *n)
{
    int64_t v = 0;

    *n = -1;
    if (!isdigit((unsigned char)*s))
        return s;
    for (; isdigit((unsigned char)*s); s++)
        v = v < 100000 ? v * 10 + (*s - '0') : v;
    *n = v > 1024 ? 1024 : (int)v;
    return s;
}

static const char *
read_verb(const char *s, verb *v)
{
    size_t n = 0;

    *v = (verb){"", -1, -1, '\0'};
    for (; *s && strchr("-+ #0", *s); s++) {
        if (!strchr(v->flags, *s) && n + 1 < sizeof(v->flags))
            v->flags[n++] = *s;
    }
    s = read_number(s, &v->width);
    if (*s == '.') {
        s = read_number(s + 1, &v->precision);
        if (v->precision < 0)
            v->precision = 0;
    }
    v->letter = *s;
    return *s ? s + 1 : s;
}

static void
pad_text(cli_buf *out, const verb *v, const char *s, size_t n)
{
    size_t width = v->width > 0 ? (size_t)v->width : 0;
    size_t fill = width > n ? width - n : 0;
    bool left = strchr(v->flags, '-') != NULL;

    if (!left)
        cli_buf_fill(out, ' ', fill);
    cli_buf_add(out, s, n);
    if (left)
        cli_buf_fill(out, ' ', fill);
}

static void
format_text(cli_buf *out, const verb *v, const tpl_value *arg)
{
    CLI_AUTO(cli_buf_clear) cli_buf b = CLI_BUF_INIT;

    tpl_value_print(&b, arg);
    if (v->precision >= 0 && b.n > (size_t)v->precision)
        b.n = (size_t)v->precision;
    pad_text(out, v, cli_buf_get(&b), b.n);
}

static void
format_quoted(cli_buf *out, const verb *v, const tpl_value *arg)
{
    CLI_AUTO_FREE char *text = pp_json_text(arg->v, 0);

    if (text)
        pad_text(out, v, text, strlen(text));
}

/* C's printf does the numbers; the format is made here, not given. */
__attribute__((format(printf, 2, 0))) static void
format_number(cli_buf *out, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    cli_buf_vprintf(out, fmt, ap);
    va_end(ap);
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"

static void
format_int(cli_buf *out, const verb *v, int64_t n)
{
    char fmt[32];

    if (v->letter == 'c') {
        cli_buf_putc(out, n > 0 && n < 128 ? (char)n : '?');
        return;
    }
    snprintf(fmt, sizeof(fmt), "%%%s*.*ll%c", v->flags, v->letter);
    format_number(out, fmt, v->width < 0 ? 0 : v->width, v->precision,
                  (long long)n);
}

static void
format_double(cli_buf *out, const verb *v, double n)
{
    char fmt[32];

    snprintf(fmt, sizeof(fmt), "%%%s*.*%c", v->flags, v->letter);
    format_number(out, fmt, v->width < 0 ? 0 : v->width, v->precision, n);
}

#pragma GCC diagnostic pop

static void
format_hex_text(cli_buf *out, const verb *v, const pp_json *s)
{
    const char *digits =
        v->letter == 'x' ? "0123456789abcdef" : "0123456789ABCDEF";

    for (size_t i = 0; i < pp_json_len(s); i++) {
        unsigned char c = (unsigned char)pp_json_str(s)[i];

        cli_buf_putc(out, digits[c >> 4]);
        cli_buf_putc(out, digits[c & 15]);
    }
}

/* false when the verb does not fit the value */
static bool
format_one(cli_buf *out, const verb *v, const tpl_value *arg)
{
    int type = pp_json_type(arg->v);

    if (v->letter == 'v' || (v->letter == 's' && type != PP_JSON_INT &&
                             type != PP_JSON_BOOL && type != PP_JSON_DOUBLE))
        format_text(out, v, arg);
    else if (v->letter == 't' && type == PP_JSON_BOOL)
        format_text(out, v, arg);
    else if (v->letter == 'q' && type == PP_JSON_STRING)
        format_quoted(out, v, arg);
    else if (strchr("xX", v->letter) && type == PP_JSON_STRING)
        format_hex_text(out, v, arg->v);
    else if (strchr("dxXoc", v->letter) && type == PP_JSON_INT)
        format_int(out, v, pp_json_i64(arg->v));
    else if (strchr("eEfFgG", v->letter) && type == PP_JSON_DOUBLE)
        format_double(out, v, pp_json_dbl(arg->v));
    else
        return false;
    return true;
}

static const char *
type_name(const pp_json *v)
{
    static const char *const names[] = {"nil",    "bool",  "int", "float64",
                                        "string", "slice", "map"};

    return names[pp_json_type(v)];
}

static void
misfit(cli_buf *out, char letter, const tpl_value *arg)
{
    cli_buf_printf(out, "%%!%c(%s=", letter, type_name(arg->v));
    tpl_value_print(out, arg);
    cli_buf_putc(out, ')');
}

static void
print_extra(cli_buf *out, const tpl_call *c, size_t next)
{
    if (next >= c->n)
        return;
    cli_buf_puts(out, "%!(EXTRA ");
    for (size_t i = next; i < c->n; i++) {
        cli_buf_printf(out, "%s%s=", i > next ? ", " : "",
                       type_name(c->args[i].v));
        tpl_value_print(out, &c->args[i]);
    }
    cli_buf_putc(out, ')');
}

int
tpl_printf(tpl_call *c)
{
    CLI_AUTO(cli_buf_clear) cli_buf b = CLI_BUF_INIT;
    const char *s = pp_json_str(c->args[0].v);
    size_t next = 1;
    verb v;

    if (pp_json_type(c->args[0].v) != PP_JSON_STRING)
        return tpl_fail(c->x->err, c->x->t->text, c->pos,
                        "printf: argument 1 is no string");
    while (*s) {
        if (*s != '%') {
            cli_buf_putc(&b, *s++);
            continue;
        }
        s = read_verb(s + 1, &v);
        if (v.letter == '%')
            cli_buf_putc(&b, '%');
        else if (!v.letter)
            cli_buf_puts(&b, "%!(NOVERB)");
        else if (next >= c->n)
            cli_buf_printf(&b, "%%!%c(MISSING)", v.letter);
        else if (!format_one(&b, &v, &c->args[next++]))
            misfit(&b, v.letter, &c->args[next - 1]);
    }
    print_extra(&b, c, next);
    c->result.v = cli_json(pp_json_string_n(cli_buf_get(&b), b.n));
    return 0;
}
