/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/template_func.c - the functions of templates
 *
 * One table at the end names them.  A function looks at call->args, which
 * stay the caller's, and leaves an owned value in call->result.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "template_int.h"

#define fail(c, ...)                                                           \
    tpl_fail((c)->x->err, (c)->x->t->text, (c)->pos, __VA_ARGS__)

static int
type_of(const tpl_call *c, size_t i)
{
    return pp_json_type(c->args[i].v);
}

static int
give(tpl_call *c, pp_json *v)
{
    c->result.v = cli_json(v);
    return 0;
}

static int
give_text(tpl_call *c, const cli_buf *b)
{
    return give(c, pp_json_string_n(cli_buf_get(b), b->n));
}

/* The text of argument i; a failure when it is none. */
static int
want_text(tpl_call *c, size_t i, const char **s)
{
    if (type_of(c, i) != PP_JSON_STRING)
        return fail(c, "%s: argument %zu is no string", c->name, i + 1);
    *s = pp_json_str(c->args[i].v);
    return 0;
}

static int
want_int(tpl_call *c, size_t i, int64_t *n)
{
    if (type_of(c, i) != PP_JSON_INT)
        return fail(c, "%s: argument %zu is no integer", c->name, i + 1);
    *n = pp_json_i64(c->args[i].v);
    return 0;
}

static int
call_json(tpl_call *c)
{
    CLI_AUTO_FREE char *text = pp_json_text(c->args[0].v, 0);

    if (!text)
        return fail(c, "json: out of memory");
    return give(c, pp_json_string(text));
}

/* A missing key gives the zero value: "" where the values are strings. */
static int
index_object(tpl_call *c, tpl_value *v, size_t i)
{
    tpl_value found = {NULL, false, false};
    pp_json_iter it = {0};
    bool text = true;
    const char *key;
    int rc = want_text(c, i, &key);

    if (rc < 0)
        return rc;
    if (pp_json_has(v->v, key)) {
        found.v = pp_json_get(v->v, key);
        if (found.v)
            pp_json_ref(found.v);
    } else {
        while (pp_json_next(v->v, &it))
            text = text && pp_json_type(it.value) == PP_JSON_STRING;
        found.missing = !text;
        found.v = text ? cli_json(pp_json_string("")) : NULL;
    }
    tpl_value_clear(v);
    *v = found;
    return 0;
}

static int
index_array(tpl_call *c, tpl_value *v, size_t i)
{
    bool text = pp_json_type(v->v) == PP_JSON_STRING;
    pp_json *found;
    int64_t at;
    int rc = want_int(c, i, &at);

    if (rc < 0)
        return rc;
    if (at < 0 || (uint64_t)at >= pp_json_len(v->v))
        return fail(c, "index out of range: %lld", (long long)at);
    if (text)
        found =
            cli_json(pp_json_int((unsigned char)pp_json_str(v->v)[(size_t)at]));
    else
        found = pp_json_at(v->v, (size_t)at);
    if (found && !text)
        pp_json_ref(found);
    tpl_value_clear(v);
    v->v = found;
    return 0;
}

static int
call_index(tpl_call *c)
{
    tpl_value *v = &c->result;
    int rc = 0;

    *v = c->args[0];
    if (v->v)
        pp_json_ref(v->v);
    for (size_t i = 1; rc == 0 && i < c->n; i++) {
        switch (pp_json_type(v->v)) {
        case PP_JSON_ARRAY:
        case PP_JSON_STRING:
            rc = index_array(c, v, i);
            break;
        case PP_JSON_OBJECT:
        case PP_JSON_NULL:
            rc = index_object(c, v, i);
            break;
        default:
            rc = fail(c, "can't index this value");
        }
    }
    return rc;
}

static int
call_len(tpl_call *c)
{
    switch (type_of(c, 0)) {
    case PP_JSON_ARRAY:
    case PP_JSON_OBJECT:
    case PP_JSON_STRING:
    case PP_JSON_NULL:
        return give(c, pp_json_int((int64_t)pp_json_len(c->args[0].v)));
    default:
        return fail(c, "len of a value that has no length");
    }
}

static int
call_join(tpl_call *c)
{
    CLI_AUTO(cli_buf_clear) cli_buf b = CLI_BUF_INIT;
    const char *separator;
    int rc = want_text(c, 1, &separator);

    if (rc < 0)
        return rc;
    if (type_of(c, 0) != PP_JSON_ARRAY && type_of(c, 0) != PP_JSON_NULL)
        return fail(c, "join: argument 1 is no list");
    for (size_t i = 0; i < pp_json_len(c->args[0].v); i++) {
        tpl_value item = {pp_json_at(c->args[0].v, i), false, false};

        if (i)
            cli_buf_puts(&b, separator);
        tpl_value_print(&b, &item);
    }
    return give_text(c, &b);
}

static int
call_split(tpl_call *c)
{
    pp_json *list = cli_json(pp_json_array());
    const char *s = "";
    const char *separator = "";
    const char *next;
    int rc = want_text(c, 0, &s);

    if (rc == 0)
        rc = want_text(c, 1, &separator);
    c->result.v = list;
    if (rc < 0)
        return rc;
    if (!*separator) {
        for (; *s; s++)
            cli_json_add(list, pp_json_string_n(s, 1));
        return 0;
    }
    for (; (next = strstr(s, separator)); s = next + strlen(separator))
        cli_json_add(list, pp_json_string_n(s, (size_t)(next - s)));
    cli_json_add(list, pp_json_string(s));
    return 0;
}

static int
change_case(tpl_call *c, int (*change)(int), bool first_only)
{
    CLI_AUTO(cli_buf_clear) cli_buf b = CLI_BUF_INIT;
    const char *s;
    char before = ' ';
    int rc = want_text(c, 0, &s);

    if (rc < 0)
        return rc;
    for (; *s; s++) {
        bool hit = !first_only || isspace((unsigned char)before);

        before = *s;
        if (hit && (unsigned char)*s < 0x80)
            cli_buf_putc(&b, (char)change((unsigned char)*s));
        else
            cli_buf_putc(&b, *s);
    }
    return give_text(c, &b);
}

static int
call_upper(tpl_call *c)
{
    return change_case(c, toupper, false);
}

static int
call_lower(tpl_call *c)
{
    return change_case(c, tolower, false);
}

static int
call_title(tpl_call *c)
{
    return change_case(c, toupper, true);
}

/* truncate TEXT N: at most its first N bytes, not cutting a character */
static int
call_truncate(tpl_call *c)
{
    const char *s;
    size_t n;
    int64_t limit;
    int rc = want_text(c, 0, &s);

    if (rc == 0)
        rc = want_int(c, 1, &limit);
    if (rc < 0)
        return rc;
    n = strlen(s);
    if (limit >= 0 && n > (uint64_t)limit) {
        n = (size_t)limit;
        while (n && ((unsigned char)s[n] & 0xc0) == 0x80)
            n--;
    }
    return give(c, pp_json_string_n(s, n));
}

/* pad TEXT BEFORE AFTER: with so many blanks around it, if it is not empty */
static int
call_pad(tpl_call *c)
{
    CLI_AUTO(cli_buf_clear) cli_buf b = CLI_BUF_INIT;
    const char *s;
    int64_t before;
    int64_t after;
    int rc = want_text(c, 0, &s);

    if (rc == 0)
        rc = want_int(c, 1, &before);
    if (rc == 0)
        rc = want_int(c, 2, &after);
    if (rc < 0)
        return rc;
    if (before < 0 || before > 1024 || after < 0 || after > 1024)
        return fail(c, "pad: not within 0..1024");
    if (*s) {
        cli_buf_fill(&b, ' ', (size_t)before);
        cli_buf_puts(&b, s);
        cli_buf_fill(&b, ' ', (size_t)after);
    }
    return give_text(c, &b);
}

static int
call_print(tpl_call *c)
{
    CLI_AUTO(cli_buf_clear) cli_buf b = CLI_BUF_INIT;

    for (size_t i = 0; i < c->n; i++) {
        if (i && type_of(c, i) != PP_JSON_STRING &&
            type_of(c, i - 1) != PP_JSON_STRING)
            cli_buf_putc(&b, ' ');
        tpl_value_print(&b, &c->args[i]);
    }
    return give_text(c, &b);
}

static int
call_println(tpl_call *c)
{
    CLI_AUTO(cli_buf_clear) cli_buf b = CLI_BUF_INIT;

    for (size_t i = 0; i < c->n; i++) {
        if (i)
            cli_buf_putc(&b, ' ');
        tpl_value_print(&b, &c->args[i]);
    }
    cli_buf_putc(&b, '\n');
    return give_text(c, &b);
}

static bool
is_number(int type)
{
    return type == PP_JSON_INT || type == PP_JSON_DOUBLE;
}

static int
sign_of(double a, double b)
{
    return (a > b) - (a < b);
}

/* order: negative, 0, positive; same kinds only */
static int
compare(tpl_call *c, size_t i, size_t j, bool ordered, int *order)
{
    const pp_json *a = c->args[i].v;
    const pp_json *b = c->args[j].v;
    int ta = pp_json_type(a);
    int tb = pp_json_type(b);

    if (ta == PP_JSON_INT && tb == PP_JSON_INT) {
        *order = (pp_json_i64(a) > pp_json_i64(b)) -
                 (pp_json_i64(a) < pp_json_i64(b));
    } else if (is_number(ta) && is_number(tb)) {
        *order = sign_of(pp_json_dbl(a), pp_json_dbl(b));
    } else if (ta == PP_JSON_STRING && tb == PP_JSON_STRING) {
        *order = strcmp(pp_json_str(a), pp_json_str(b));
    } else if (ta == PP_JSON_BOOL && tb == PP_JSON_BOOL && !ordered) {
        *order = pp_json_is_true(a) != pp_json_is_true(b);
    } else if (!ordered && (ta == PP_JSON_NULL || tb == PP_JSON_NULL)) {
        *order = ta != tb;
    } else {
        return fail(c, "%s: incompatible types for comparison", c->name);
    }
    return 0;
}

/* eq A B...: whether A is one of the others */
static int
call_eq(tpl_call *c)
{
    int order = 1;

    for (size_t i = 1; i < c->n; i++) {
        int rc = compare(c, 0, i, false, &order);

        if (rc < 0)
            return rc;
        if (order == 0)
            break;
    }
    return give(c, pp_json_bool(order == 0));
}

static int
call_ne(tpl_call *c)
{
    int order = 0;
    int rc = compare(c, 0, 1, false, &order);

    return rc < 0 ? rc : give(c, pp_json_bool(order != 0));
}

static int
call_order(tpl_call *c)
{
    int order = 0;
    int rc = compare(c, 0, 1, true, &order);
    bool yes;

    if (rc < 0)
        return rc;
    if (c->name[1] == 'e')
        yes = c->name[0] == 'l' ? order <= 0 : order >= 0;
    else
        yes = c->name[0] == 'l' ? order < 0 : order > 0;
    return give(c, pp_json_bool(yes));
}

/* and, or: the caller stopped at the argument that decides. */
static int
call_last(tpl_call *c)
{
    c->result = c->args[c->n - 1];
    if (c->result.v)
        pp_json_ref(c->result.v);
    return 0;
}

static int
call_not(tpl_call *c)
{
    return give(c, pp_json_bool(!tpl_value_is_true(c->args[0].v)));
}

static const tpl_function functions[] = {
    {"and", 1, TPL_MAX_ARGS, call_last},
    {"eq", 2, TPL_MAX_ARGS, call_eq},
    {"ge", 2, 2, call_order},
    {"gt", 2, 2, call_order},
    {"index", 1, TPL_MAX_ARGS, call_index},
    {"join", 2, 2, call_join},
    {"json", 1, 1, call_json},
    {"le", 2, 2, call_order},
    {"len", 1, 1, call_len},
    {"lower", 1, 1, call_lower},
    {"lt", 2, 2, call_order},
    {"ne", 2, 2, call_ne},
    {"not", 1, 1, call_not},
    {"or", 1, TPL_MAX_ARGS, call_last},
    {"pad", 3, 3, call_pad},
    {"print", 0, TPL_MAX_ARGS, call_print},
    {"printf", 1, TPL_MAX_ARGS, tpl_printf},
    {"println", 0, TPL_MAX_ARGS, call_println},
    {"split", 2, 2, call_split},
    {"title", 1, 1, call_title},
    {"truncate", 2, 2, call_truncate},
    {"upper", 1, 1, call_upper},
};

const tpl_function *
tpl_function_find(const char *name)
{
    for (size_t i = 0; i < sizeof(functions) / sizeof(*functions); i++) {
        if (strcmp(functions[i].name, name) == 0)
            return &functions[i];
    }
    return NULL;
}

bool
tpl_function_is_lazy(const char *name)
{
    return strcmp(name, "and") == 0 || strcmp(name, "or") == 0;
}
