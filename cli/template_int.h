/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/template_int.h - the parsed form of a template and its values
 *
 * Parsing (template_lex.c, template_parse.c) makes a tree of nodes in one
 * arena; running (template_exec.c, template_func.c) walks it.
 */
#ifndef CLI_TEMPLATE_INT_H
#define CLI_TEMPLATE_INT_H

#include <stdint.h>

#include "template.h"

#define TPL_MAX_DEPTH 64
#define TPL_MAX_ARGS 64
#define TPL_MAX_STEPS 1000000u
#define TPL_MAX_OUTPUT ((size_t)64 << 20)

/* Tokens */
enum {
    TOK_TEXT,
    TOK_CLOSE, /* end of an action */
    TOK_END,   /* end of the template */
    TOK_NAME,
    TOK_FIELD,
    TOK_VARIABLE,
    TOK_DOT,
    TOK_STRING,
    TOK_NUMBER,
    TOK_PIPE,
    TOK_LPAREN,
    TOK_RPAREN,
    TOK_DECLARE, /* := */
    TOK_ASSIGN,  /* = */
    TOK_COMMA
};

typedef struct tpl_token {
    int kind;
    size_t pos;
    bool spaced;   /* white space stands before it */
    const char *s; /* text; a string is already unquoted */
    size_t n;
    pp_json *number; /* borrowed from the arena */
} tpl_token;

typedef struct tpl_arena {
    void **blocks;
    size_t n_blocks;
    pp_json **values;
    size_t n_values;
} tpl_arena;

typedef struct tpl_lexer {
    const char *text;
    size_t n;
    size_t at;
    bool inside;    /* between {{ and }} */
    bool trim_next; /* the action just closed ended with -}} */
    tpl_arena *arena;
    pp_err *err;
} tpl_lexer;

typedef struct tpl_pipe tpl_pipe;

typedef struct tpl_path {
    struct tpl_path *next;
    const char *name;
    size_t pos;
} tpl_path;

/* Operands */
enum { ARG_DOT, ARG_VARIABLE, ARG_LITERAL, ARG_FUNCTION, ARG_PIPE };

typedef struct tpl_arg {
    struct tpl_arg *next;
    int kind;
    size_t pos;
    const char *name; /* variable or function */
    pp_json *literal; /* borrowed from the arena */
    tpl_pipe *pipe;   /* in parentheses */
    tpl_path *path;   /* fields behind it */
} tpl_arg;

typedef struct tpl_command {
    struct tpl_command *next;
    tpl_arg *args;
    size_t n_args;
} tpl_command;

struct tpl_pipe {
    size_t pos;
    const char *vars[2];
    size_t n_vars;
    bool assign; /* "=", not ":=" */
    tpl_command *commands;
};

/* Nodes */
enum {
    NODE_TEXT,
    NODE_ACTION,
    NODE_IF,
    NODE_RANGE,
    NODE_WITH,
    NODE_BREAK,
    NODE_CONTINUE
};

typedef struct tpl_node {
    struct tpl_node *next;
    int kind;
    size_t pos;
    const char *s;
    size_t n;
    tpl_pipe *pipe;
    struct tpl_node *body;
    struct tpl_node *other; /* behind else */
} tpl_node;

struct cli_template {
    char *text;
    tpl_arena arena;
    tpl_node *root;
    const char **fields; /* named anywhere; borrowed from the arena */
    size_t n_fields;
    bool whole; /* a value is taken as a whole, with all its fields */
};

/* A value while running; v is owned, NULL is null. */
typedef struct tpl_value {
    pp_json *v;
    bool missing; /* prints "<no value>" */
    bool map;     /* an object whose keys are data, not fields */
} tpl_value;

typedef struct tpl_variable {
    const char *name; /* borrowed from the arena */
    tpl_value value;
} tpl_variable;

typedef struct tpl_exec {
    const cli_template *t;
    cli_buf *out;
    tpl_variable *vars;
    size_t n_vars;
    uint32_t steps;
    int depth;
    pp_err *err;
} tpl_exec;

/* A call of a function; the result starts as null. */
typedef struct tpl_call {
    tpl_exec *x;
    const char *name;
    size_t pos;
    tpl_value *args;
    size_t n;
    tpl_value result;
} tpl_call;

typedef struct tpl_function {
    const char *name;
    size_t min;
    size_t max;
    int (*call)(tpl_call *);
} tpl_function;

void *tpl_arena_alloc(tpl_arena *a, size_t n);
const char *tpl_arena_dup(tpl_arena *a, const char *s, size_t n);
pp_json *tpl_arena_keep(tpl_arena *a, pp_json *v); /* takes over v */
void tpl_arena_clear(tpl_arena *a);

int tpl_lex(tpl_lexer *l, tpl_token *token);
int tpl_fail(pp_err *err, const char *text, size_t pos, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

const tpl_function *tpl_function_find(const char *name);
/* "and" and "or" end at the first value that decides */
bool tpl_function_is_lazy(const char *name);

bool tpl_value_is_true(const pp_json *v);
void tpl_value_print(cli_buf *out, const tpl_value *v);
void tpl_value_clear(tpl_value *v);
int tpl_printf(tpl_call *c);

#endif
