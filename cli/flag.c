/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/flag.c - parse words by tables of flags
 */
#include "flag.h"

#include <stdlib.h>
#include <string.h>

#include "near.h"
#include "value.h"

typedef struct parser {
    const cli_scope *scopes;
    const cli_todo *todo;
    char **next; /* the word after the one in work */
    pp_err *err;
} parser;

/* A row together with the struct it writes to. */
typedef struct target {
    const cli_flag *flag;
    void *at;
} target;

static target
target_of(const cli_scope *scope, const cli_flag *flag)
{
    return (target){flag, (char *)scope->values + flag->offset};
}

static bool
find_name(const cli_scope *scopes, const char *name, size_t n, target *out)
{
    for (; scopes->flags; scopes++) {
        for (const cli_flag *f = scopes->flags; f->name; f++) {
            if (strlen(f->name) == n && memcmp(f->name, name, n) == 0) {
                *out = target_of(scopes, f);
                return true;
            }
        }
    }
    return false;
}

static bool
find_letter(const cli_scope *scopes, char letter, target *out)
{
    for (; scopes->flags; scopes++) {
        for (const cli_flag *f = scopes->flags; f->name; f++) {
            if (f->letter == letter) {
                *out = target_of(scopes, f);
                return true;
            }
        }
    }
    return false;
}

static void
add_csv(cli_list *list, const char *s)
{
    for (;;) {
        size_t n = strcspn(s, ",");

        cli_list_take(list, cli_dup_n(s, n));
        if (!s[n])
            return;
        s += n + 1;
    }
}

static int
store(const target *slot, const char *value, pp_err *err)
{
    switch (slot->flag->kind) {
    case CLI_BOOL:
        return cli_value_bool(value, slot->at, err);
    case CLI_STR:
        free(*(char **)slot->at);
        *(char **)slot->at = cli_dup(value);
        return 0;
    case CLI_LIST:
        cli_list_add(slot->at, value);
        return 0;
    case CLI_CSV:
        add_csv(slot->at, value);
        return 0;
    case CLI_INT:
        return cli_value_int(value, slot->at, err);
    case CLI_SIZE:
        return cli_value_size(value, slot->at, err);
    default:
        return cli_value_duration(value, slot->at, err);
    }
}

/* store, with the flag named in the message */
static int
set(parser *p, const target *slot, const char *value)
{
    const cli_flag *f = slot->flag;
    pp_err why = {0};
    int rc = store(slot, value, &why);

    if (rc == 0)
        return 0;
    if (f->letter)
        return pp_fail(p->err, PP_E_INVAL, 0,
                       "invalid argument \"%s\" for \"-%c, --%s\" flag: %s",
                       value, f->letter, f->name, why.msg);
    return pp_fail(p->err, PP_E_INVAL, 0,
                   "invalid argument \"%s\" for \"--%s\" flag: %s", value,
                   f->name, why.msg);
}

void
cli_flags_init(const cli_scope *scope)
{
    for (const cli_flag *f = scope->flags; f->name; f++) {
        target s = target_of(scope, f);

        if (f->def)
            (void)store(&s, f->def, NULL);
        else if (f->kind >= CLI_INT)
            *(int64_t *)s.at = CLI_UNSET;
    }
}

void
cli_flags_clear(const cli_scope *scope)
{
    for (const cli_flag *f = scope->flags; f->name; f++) {
        target s = target_of(scope, f);

        if (f->kind == CLI_STR) {
            free(*(char **)s.at);
            *(char **)s.at = NULL;
        }
        if (f->kind == CLI_LIST || f->kind == CLI_CSV)
            cli_list_clear(s.at);
    }
}

void
cli_args_clear(cli_args *args)
{
    free(args->v);
    *args = (cli_args){NULL, 0};
}

static void
add_arg(cli_args *args, char *word)
{
    args->v = cli_grow(args->v, args->n + 2, sizeof(*args->v));
    args->v[args->n++] = word;
    args->v[args->n] = NULL;
}

static int
refuse_name(parser *p, const char *name, size_t n)
{
    CLI_AUTO_FREE char *word = cli_dup_n(name, n);
    cli_near near = cli_near_init(word);

    for (const cli_todo *t = p->todo; t && t->name; t++) {
        if (strcmp(t->name, word) == 0)
            return pp_fail(p->err, PP_E_INVAL, 0,
                           "flag --%s is not implemented yet", word);
    }
    for (const cli_scope *s = p->scopes; s->flags; s++) {
        for (const cli_flag *f = s->flags; f->name; f++)
            cli_near_try(&near, f->name);
    }
    if (near.best)
        return pp_fail(p->err, PP_E_INVAL, 0,
                       "unknown flag: --%s (did you mean --%s?)", word,
                       near.best);
    return pp_fail(p->err, PP_E_INVAL, 0, "unknown flag: --%s", word);
}

static int
refuse_letter(parser *p, char letter, const char *word)
{
    for (const cli_todo *t = p->todo; t && t->name; t++) {
        if (t->letter == letter)
            return pp_fail(p->err, PP_E_INVAL, 0,
                           "flag --%s is not implemented yet", t->name);
    }
    return pp_fail(p->err, PP_E_INVAL, 0, "unknown shorthand flag: '%c' in %s",
                   letter, word);
}

/* --name, --name=value, --name value */
static int
parse_long(parser *p, const char *word)
{
    const char *name = word + 2;
    size_t n = strcspn(name, "=");
    target slot;

    if (n == 0 || *name == '-')
        return pp_fail(p->err, PP_E_INVAL, 0, "bad flag syntax: %s", word);
    if (!find_name(p->scopes, name, n, &slot))
        return refuse_name(p, name, n);
    if (name[n] == '=')
        return set(p, &slot, name + n + 1);
    if (slot.flag->kind == CLI_BOOL)
        return set(p, &slot, "true");
    if (!*p->next)
        return pp_fail(p->err, PP_E_INVAL, 0, "flag needs an argument: --%s",
                       slot.flag->name);
    return set(p, &slot, *p->next++);
}

/* -a, -abc, -fvalue, -f=value, -f value */
static int
parse_short(parser *p, const char *word)
{
    for (const char *c = word + 1; *c; c++) {
        target slot;
        int rc;

        if (!find_letter(p->scopes, *c, &slot))
            return refuse_letter(p, *c, word);
        if (c[1] == '=')
            return set(p, &slot, c + 2);
        if (slot.flag->kind == CLI_BOOL) {
            rc = set(p, &slot, "true");
            if (rc < 0)
                return rc;
            continue;
        }
        if (c[1])
            return set(p, &slot, c + 1);
        if (!*p->next)
            return pp_fail(p->err, PP_E_INVAL, 0,
                           "flag needs an argument: '%c' in %s", *c, word);
        return set(p, &slot, *p->next++);
    }
    return 0;
}

int
cli_flags_parse(const cli_scope *scopes, const cli_todo *todo, bool stop_at_arg,
                char **argv, cli_args *args, pp_err *err)
{
    parser p = {scopes, todo, argv, err};
    bool flags = true;

    while (*p.next) {
        char *word = *p.next++;
        int rc = 0;

        if (!flags || word[0] != '-' || !word[1]) {
            add_arg(args, word);
            flags = flags && !stop_at_arg;
        } else if (strcmp(word, "--") == 0) {
            flags = false;
        } else if (word[1] == '-') {
            rc = parse_long(&p, word);
        } else {
            rc = parse_short(&p, word);
        }
        if (rc < 0)
            return rc;
    }
    return 0;
}

static int
compare_flags(const void *a, const void *b)
{
    const cli_flag *const *x = a;
    const cli_flag *const *y = b;

    return strcmp((*x)->name, (*y)->name);
}

size_t
cli_flags_sorted(const cli_flag *flags, const cli_flag ***out)
{
    size_t n = 0;

    *out = NULL;
    for (; flags && flags[n].name; n++) {
        *out = cli_grow(*out, n + 1, sizeof(**out));
        (*out)[n] = &flags[n];
    }
    if (n)
        qsort(*out, n, sizeof(**out), compare_flags);
    return n;
}
