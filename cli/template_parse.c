/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/template_parse.c - from tokens to the tree of a template
 */
#include <stdlib.h>
#include <string.h>

#include "template_int.h"

typedef struct parser {
    tpl_lexer lexer;
    tpl_token token; /* the one to look at */
    tpl_arena *arena;
    cli_template *t;
    const char *text;
    const char **scope; /* variables that may be used here */
    size_t n_scope;
    int depth;
    int loops;
    pp_err *err;
} parser;

#define fail_at(p, pos, ...) tpl_fail((p)->err, (p)->text, pos, __VA_ARGS__)

static int parse_pipe(parser *p, tpl_pipe **out);
static int parse_list(parser *p, tpl_node **out, const char **stop);

static int
advance(parser *p)
{
    return tpl_lex(&p->lexer, &p->token);
}

static bool
is_name(const parser *p, const char *name)
{
    return p->token.kind == TOK_NAME && strcmp(p->token.s, name) == 0;
}

static int
unexpected(parser *p, const char *where)
{
    switch (p->token.kind) {
    case TOK_CLOSE:
        return fail_at(p, p->token.pos, "missing value for %s", where);
    case TOK_NAME:
    case TOK_VARIABLE:
        return fail_at(p, p->token.pos, "unexpected \"%s\" in %s", p->token.s,
                       where);
    case TOK_FIELD:
        return fail_at(p, p->token.pos, "unexpected \".%s\" in %s", p->token.s,
                       where);
    default:
        return fail_at(p, p->token.pos, "unexpected token in %s", where);
    }
}

static void
declare(parser *p, const char *name)
{
    p->scope = cli_grow(p->scope, p->n_scope + 1, sizeof(*p->scope));
    p->scope[p->n_scope++] = name;
}

static int
check_variable(parser *p, const char *name, size_t pos)
{
    for (size_t i = 0; i < p->n_scope; i++) {
        if (strcmp(p->scope[i], name) == 0)
            return 0;
    }
    return fail_at(p, pos, "undefined variable \"%s\"", name);
}

static void
note_field(cli_template *t, const char *name)
{
    t->fields = cli_grow(t->fields, t->n_fields + 1, sizeof(*t->fields));
    t->fields[t->n_fields++] = name;
}

/* The fields that stand directly behind an operand. */
static int
parse_path(parser *p, tpl_path **out)
{
    tpl_path **tail = out;
    int rc = 0;

    while (rc == 0 && p->token.kind == TOK_FIELD && !p->token.spaced) {
        tpl_path *field = tpl_arena_alloc(p->arena, sizeof(*field));

        field->name = p->token.s;
        field->pos = p->token.pos;
        note_field(p->t, field->name);
        *tail = field;
        tail = &field->next;
        rc = advance(p);
    }
    return rc;
}

static int
parse_parens(parser *p, tpl_arg *arg)
{
    int rc;

    if (++p->depth > TPL_MAX_DEPTH)
        return fail_at(p, arg->pos, "nested too deeply");
    rc = advance(p);
    if (rc == 0)
        rc = parse_pipe(p, &arg->pipe);
    if (rc < 0)
        return rc;
    if (arg->pipe->n_vars)
        return fail_at(p, arg->pos, "a variable cannot be declared here");
    if (p->token.kind != TOK_RPAREN)
        return fail_at(p, arg->pos, "unclosed left parenthesis");
    p->depth--;
    arg->kind = ARG_PIPE;
    return 0;
}

static int
parse_name(parser *p, tpl_arg *arg)
{
    const char *name = p->token.s;

    arg->kind = ARG_LITERAL;
    if (strcmp(name, "nil") == 0)
        return 0;
    if (strcmp(name, "true") == 0 || strcmp(name, "false") == 0) {
        arg->literal =
            tpl_arena_keep(p->arena, cli_json(pp_json_bool(*name == 't')));
        return 0;
    }
    if (!tpl_function_find(name))
        return fail_at(p, arg->pos, "function \"%s\" not defined", name);
    arg->kind = ARG_FUNCTION;
    arg->name = name;
    return 0;
}

/* One operand without its path; the token is its last one. */
static int
parse_simple(parser *p, tpl_arg *arg)
{
    switch (p->token.kind) {
    case TOK_DOT:
        arg->kind = ARG_DOT;
        return 0;
    case TOK_VARIABLE:
        arg->kind = ARG_VARIABLE;
        arg->name = p->token.s;
        return check_variable(p, arg->name, arg->pos);
    case TOK_STRING:
        arg->kind = ARG_LITERAL;
        arg->literal = tpl_arena_keep(
            p->arena, cli_json(pp_json_string_n(p->token.s, p->token.n)));
        return 0;
    case TOK_NUMBER:
        arg->kind = ARG_LITERAL;
        arg->literal = p->token.number;
        return 0;
    case TOK_NAME:
        return parse_name(p, arg);
    case TOK_LPAREN:
        return parse_parens(p, arg);
    default:
        return unexpected(p, "operand");
    }
}

static int
parse_arg(parser *p, tpl_arg **out)
{
    tpl_arg *arg = tpl_arena_alloc(p->arena, sizeof(*arg));
    int rc;

    *out = arg;
    arg->pos = p->token.pos;
    if (p->token.kind == TOK_FIELD) {
        arg->kind = ARG_DOT;
        p->token.spaced = false;
        return parse_path(p, &arg->path);
    }
    rc = parse_simple(p, arg);
    if (rc == 0)
        rc = advance(p);
    if (rc == 0)
        rc = parse_path(p, &arg->path);
    if (rc == 0 && arg->path &&
        (arg->kind == ARG_LITERAL || arg->kind == ARG_FUNCTION))
        return fail_at(p, arg->path->pos, "unexpected \".%s\" in operand",
                       arg->path->name);
    if (!arg->path && (arg->kind == ARG_DOT || arg->kind == ARG_VARIABLE))
        p->t->whole = true;
    return rc;
}

static bool
ends_command(const parser *p)
{
    return p->token.kind == TOK_CLOSE || p->token.kind == TOK_PIPE ||
           p->token.kind == TOK_RPAREN;
}

static int
parse_command(parser *p, tpl_command **out)
{
    tpl_command *command = tpl_arena_alloc(p->arena, sizeof(*command));
    tpl_arg **tail = &command->args;

    *out = command;
    while (!ends_command(p)) {
        int rc;

        if (command->n_args && !p->token.spaced && p->token.kind != TOK_LPAREN)
            return unexpected(p, "operand");
        if (++command->n_args > TPL_MAX_ARGS)
            return fail_at(p, p->token.pos, "too many arguments");
        rc = parse_arg(p, tail);
        if (rc < 0)
            return rc;
        tail = &(*tail)->next;
    }
    if (command->n_args == 0)
        return unexpected(p, "command");
    return 0;
}

/* "$a :=", "$a, $b :=" or "$a =": commit when it is one. */
static int
parse_declaration(parser *p, tpl_pipe *pipe)
{
    tpl_lexer lexer = p->lexer;
    tpl_token token = p->token;
    const char *vars[2];
    size_t n = 0;
    int rc = 0;

    while (p->token.kind == TOK_VARIABLE && n < 2) {
        vars[n++] = p->token.s;
        rc = advance(p);
        if (rc < 0 || p->token.kind != TOK_COMMA)
            break;
        rc = advance(p);
        if (rc < 0)
            break;
    }
    if (rc < 0)
        return rc;
    if (p->token.kind != TOK_DECLARE && p->token.kind != TOK_ASSIGN) {
        p->lexer = lexer;
        p->token = token;
        return 0;
    }
    if (n == 0)
        return unexpected(p, "command");
    pipe->assign = p->token.kind == TOK_ASSIGN;
    pipe->n_vars = n;
    for (size_t i = 0; i < n; i++) {
        pipe->vars[i] = vars[i];
        rc = pipe->assign ? check_variable(p, vars[i], pipe->pos) : 0;
        if (rc < 0)
            return rc;
    }
    return advance(p);
}

/* Up to, not past, the token that closes it. */
static int
parse_pipe(parser *p, tpl_pipe **out)
{
    tpl_pipe *pipe = tpl_arena_alloc(p->arena, sizeof(*pipe));
    tpl_command **tail = &pipe->commands;
    int rc;

    pipe->pos = p->token.pos;
    rc = parse_declaration(p, pipe);
    if (rc < 0)
        return rc;
    for (;;) {
        rc = parse_command(p, tail);
        if (rc < 0)
            return rc;
        tail = &(*tail)->next;
        if (p->token.kind != TOK_PIPE)
            break;
        rc = advance(p);
        if (rc < 0)
            return rc;
        if (p->token.kind != TOK_NAME)
            return fail_at(p, p->token.pos,
                           "what follows \"|\" must be a function");
    }
    if (!pipe->assign) {
        for (size_t i = 0; i < pipe->n_vars; i++)
            declare(p, pipe->vars[i]);
    }
    *out = pipe;
    return 0;
}

static int
parse_close(parser *p, const char *what)
{
    if (p->token.kind != TOK_CLOSE)
        return unexpected(p, what);
    return 0;
}

/* Behind "else" of NODE: another if, or the rest. */
static int parse_control(parser *p, tpl_node *node);

static int
parse_else(parser *p, tpl_node *node)
{
    const char *stop = NULL;
    bool chain;
    int rc = advance(p);

    if (rc < 0)
        return rc;
    chain = (node->kind == NODE_IF && is_name(p, "if")) ||
            (node->kind == NODE_WITH && is_name(p, "with"));
    if (chain) {
        tpl_node *other = tpl_arena_alloc(p->arena, sizeof(*other));

        other->kind = node->kind;
        other->pos = p->token.pos;
        node->other = other;
        return parse_control(p, other);
    }
    rc = parse_close(p, "else");
    if (rc == 0)
        rc = parse_list(p, &node->other, &stop);
    if (rc == 0 && strcmp(stop, "end") != 0)
        return fail_at(p, p->token.pos, "expected end, found %s", stop);
    if (rc == 0)
        rc = advance(p);
    return rc < 0 ? rc : parse_close(p, "end");
}

/* if, with, range: from the word to the closing of its end. */
static int
parse_control(parser *p, tpl_node *node)
{
    size_t scope = p->n_scope;
    const char *stop = NULL;
    int rc;

    if (++p->depth > TPL_MAX_DEPTH)
        return fail_at(p, node->pos, "nested too deeply");
    rc = advance(p);
    if (rc == 0)
        rc = parse_pipe(p, &node->pipe);
    if (rc < 0)
        return rc;
    if (node->pipe->n_vars > 1 && node->kind != NODE_RANGE)
        return fail_at(p, node->pos, "too many declarations");
    p->loops += node->kind == NODE_RANGE;
    rc = parse_close(p, "action");
    if (rc == 0)
        rc = parse_list(p, &node->body, &stop);
    p->loops -= node->kind == NODE_RANGE;
    if (rc < 0)
        return rc;
    if (strcmp(stop, "else") == 0)
        rc = parse_else(p, node);
    else
        rc = advance(p);
    if (rc == 0)
        rc = parse_close(p, "end");
    p->n_scope = scope;
    p->depth--;
    return rc;
}

static int
parse_jump(parser *p, tpl_node *node, int kind)
{
    int rc;

    if (p->loops == 0)
        return fail_at(p, node->pos, "{{%s}} outside {{range}}", p->token.s);
    node->kind = kind;
    rc = advance(p);
    return rc < 0 ? rc : parse_close(p, "action");
}

/* From the first token of an action to its closing. */
static int
parse_action(parser *p, tpl_node *node)
{
    static const char *const refused[] = {"define", "template", "block"};
    int rc;

    node->pos = p->token.pos;
    for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
        if (is_name(p, refused[i]))
            return fail_at(p, node->pos, "\"%s\" is not supported", refused[i]);
    }
    if (is_name(p, "if"))
        node->kind = NODE_IF;
    else if (is_name(p, "with"))
        node->kind = NODE_WITH;
    else if (is_name(p, "range"))
        node->kind = NODE_RANGE;
    else
        node->kind = NODE_ACTION;
    if (node->kind != NODE_ACTION)
        return parse_control(p, node);
    if (is_name(p, "break"))
        return parse_jump(p, node, NODE_BREAK);
    if (is_name(p, "continue"))
        return parse_jump(p, node, NODE_CONTINUE);
    rc = parse_pipe(p, &node->pipe);
    if (rc == 0 && node->pipe->n_vars > 1)
        return fail_at(p, node->pos, "too many declarations");
    return rc < 0 ? rc : parse_close(p, "action");
}

static tpl_node *
add_node(parser *p, tpl_node ***tail)
{
    tpl_node *node = tpl_arena_alloc(p->arena, sizeof(*node));

    **tail = node;
    *tail = &node->next;
    return node;
}

/* Nodes up to "end", "else" (then the token is that word) or the end of the
 * text, told apart by stop. */
static int
parse_list(parser *p, tpl_node **out, const char **stop)
{
    tpl_node **tail = out;

    for (;;) {
        int rc = advance(p);

        if (rc < 0)
            return rc;
        if (p->token.kind == TOK_END) {
            *stop = "";
            return p->depth ? fail_at(p, p->token.pos, "missing {{end}}") : 0;
        }
        if (p->token.n) {
            tpl_node *node = add_node(p, &tail);

            node->kind = NODE_TEXT;
            node->s = p->token.s;
            node->n = p->token.n;
        }
        if (!p->lexer.inside)
            continue;
        rc = advance(p);
        if (rc < 0)
            return rc;
        if (is_name(p, "end") || is_name(p, "else")) {
            *stop = p->token.s;
            return p->depth ? 0
                            : fail_at(p, p->token.pos, "unexpected {{%s}}",
                                      p->token.s);
        }
        rc = parse_action(p, add_node(p, &tail));
        if (rc < 0)
            return rc;
    }
}

int
cli_template_parse(const char *text, cli_template **out, pp_err *err)
{
    cli_template *t = cli_alloc(sizeof(*t));
    const char *stop = NULL;
    parser p = {.arena = &t->arena, .t = t, .err = err};
    int rc;

    t->text = cli_dup(text);
    p.text = t->text;
    p.lexer = (tpl_lexer){
        .text = t->text, .n = strlen(t->text), .arena = &t->arena, .err = err};
    declare(&p, "$");
    rc = parse_list(&p, &t->root, &stop);
    free(p.scope);
    if (rc < 0) {
        cli_template_free(t);
        return rc;
    }
    *out = t;
    return 0;
}

bool
cli_template_may_use(const cli_template *t, const char *field)
{
    for (size_t i = 0; i < t->n_fields; i++) {
        if (strcmp(t->fields[i], field) == 0)
            return true;
    }
    return t->whole;
}
