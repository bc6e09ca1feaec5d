/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/template_lex.c - cut a template into text and tokens
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "template_int.h"

int
tpl_fail(pp_err *err, const char *text, size_t pos, const char *fmt, ...)
{
    CLI_AUTO(cli_buf_clear) cli_buf b = CLI_BUF_INIT;
    size_t line = 1;
    size_t column = 1;
    va_list ap;

    for (size_t i = 0; i < pos && text[i]; i++) {
        column++;
        if (text[i] == '\n') {
            line++;
            column = 1;
        }
    }
    va_start(ap, fmt);
    cli_buf_vprintf(&b, fmt, ap);
    va_end(ap);
    return pp_fail(err, PP_E_INVAL, 0, "template: %zu:%zu: %s", line, column,
                   cli_buf_get(&b));
}

#define fail(l, pos, ...) tpl_fail((l)->err, (l)->text, pos, __VA_ARGS__)

static bool
is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool
is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

/* The character i places ahead; 0 past the end. */
static char
peek(const tpl_lexer *l, size_t i)
{
    return l->at + i < l->n ? l->text[l->at + i] : '\0';
}

static bool
looking_at(const tpl_lexer *l, const char *s)
{
    size_t n = strlen(s);

    return l->n - l->at >= n && memcmp(l->text + l->at, s, n) == 0;
}

/* "}}" or " -}}" is next: step behind it. */
static bool
take_close(tpl_lexer *l)
{
    size_t n = 0;

    while (is_space(peek(l, n)))
        n++;
    if (n && peek(l, n) == '-' && peek(l, n + 1) == '}' &&
        peek(l, n + 2) == '}') {
        l->at += n + 3;
        l->trim_next = true;
        return true;
    }
    if (peek(l, n) != '}' || peek(l, n + 1) != '}')
        return false;
    l->at += n + 2;
    l->trim_next = false;
    return true;
}

/* Past a comment, whose slash is next. */
static int
skip_comment(tpl_lexer *l)
{
    const char *end = memmem(l->text + l->at, l->n - l->at, "*/", 2);

    if (!end)
        return fail(l, l->at, "unclosed comment");
    l->at = (size_t)(end - l->text) + 2;
    if (!take_close(l))
        return fail(l, l->at, "comment ends before closing delimiter");
    return 0;
}

/* Text up to the next action; 1 when there is some. */
static int
lex_text(tpl_lexer *l, tpl_token *token)
{
    const char *open = memmem(l->text + l->at, l->n - l->at, "{{", 2);
    size_t start = l->at;
    size_t end = open ? (size_t)(open - l->text) : l->n;

    l->at = end;
    if (l->trim_next) {
        while (start < end && is_space(l->text[start]))
            start++;
    }
    l->trim_next = false;
    if (open) {
        l->at += 2;
        l->inside = true;
        if (peek(l, 0) == '-' && is_space(peek(l, 1))) {
            l->at += 1;
            while (end > start && is_space(l->text[end - 1]))
                end--;
            while (is_space(peek(l, 0)))
                l->at++;
        }
    }
    token->kind = open || end > start ? TOK_TEXT : TOK_END;
    token->pos = start;
    token->s = l->text + start;
    token->n = end - start;
    if (!open || !looking_at(l, "/*"))
        return 0;
    l->inside = false;
    return skip_comment(l);
}

/* One escape behind a backslash of "..."; at stands behind it. */
static int
lex_escape(tpl_lexer *l, cli_buf *b)
{
    static const char from[] = "abfnrtv\\\"'";
    static const char to[] = "\a\b\f\n\r\t\v\\\"'";
    const char *known;
    char digits[5] = "";
    size_t want = 0;
    char c = peek(l, 0);

    l->at++;
    known = c ? strchr(from, c) : NULL;
    if (known) {
        cli_buf_putc(b, to[known - from]);
        return 0;
    }
    if (c == 'x')
        want = 2;
    if (c == 'u')
        want = 4;
    for (size_t i = 0; i < want; i++) {
        digits[i] = peek(l, 0);
        if (!isxdigit((unsigned char)digits[i]))
            want = 0;
        l->at++;
    }
    if (!want)
        return fail(l, l->at - 1, "unknown escape in string");
    c = (char)strtol(digits, NULL, 16);
    if (want == 2) {
        cli_buf_putc(b, c);
        return 0;
    }
    CLI_AUTO_FREE char *quoted = cli_sprintf("\"\\u%s\"", digits);
    CLI_AUTO_JSON pp_json *v = NULL;

    if (pp_json_parse(quoted, strlen(quoted), "escape", &v, NULL) < 0)
        return fail(l, l->at - 1, "unknown escape in string");
    cli_buf_puts(b, pp_json_str(v));
    return 0;
}

static int
lex_string(tpl_lexer *l, tpl_token *token)
{
    CLI_AUTO(cli_buf_clear) cli_buf b = CLI_BUF_INIT;
    char quote = peek(l, 0);
    int rc;

    l->at++;
    while (l->at < l->n && peek(l, 0) != quote) {
        char c = peek(l, 0);

        if (c == '\n' && quote == '"')
            break;
        l->at++;
        if (c != '\\' || quote == '`') {
            cli_buf_putc(&b, c);
            continue;
        }
        rc = lex_escape(l, &b);
        if (rc < 0)
            return rc;
    }
    if (peek(l, 0) != quote)
        return fail(l, token->pos, "unterminated quoted string");
    l->at++;
    token->kind = TOK_STRING;
    token->s = tpl_arena_dup(l->arena, cli_buf_get(&b), b.n);
    token->n = b.n;
    return 0;
}

static int
lex_number(tpl_lexer *l, tpl_token *token)
{
    CLI_AUTO_FREE char *word = NULL;
    size_t n = 1;
    char *end;
    long long whole;
    double real;

    while (is_word(peek(l, n)) || peek(l, n) == '.' ||
           (strchr("+-", peek(l, n)) && peek(l, n) &&
            strchr("eE", peek(l, n - 1))))
        n++;
    word = cli_dup_n(l->text + l->at, n);
    l->at += n;
    token->kind = TOK_NUMBER;
    errno = 0;
    whole = strtoll(word, &end, 0);
    if (!*end && errno == 0 && n > 0) {
        token->number = tpl_arena_keep(l->arena, cli_json(pp_json_int(whole)));
        return 0;
    }
    real = strtod(word, &end);
    if (*end || end == word || strpbrk(word, "nNiI") || real > 1e308 ||
        real < -1e308)
        return fail(l, token->pos, "bad number syntax: \"%s\"", word);
    token->number = tpl_arena_keep(l->arena, cli_json(pp_json_double(real)));
    return 0;
}

/* A character constant is a number, as in Go. */
static int
lex_char(tpl_lexer *l, tpl_token *token)
{
    CLI_AUTO(cli_buf_clear) cli_buf b = CLI_BUF_INIT;
    int rc = 0;

    l->at++;
    if (peek(l, 0) == '\\') {
        l->at++;
        rc = lex_escape(l, &b);
    } else if (peek(l, 0) && peek(l, 0) != '\'') {
        cli_buf_putc(&b, peek(l, 0));
        l->at++;
    }
    if (rc < 0)
        return rc;
    if (b.n != 1 || peek(l, 0) != '\'')
        return fail(l, token->pos, "bad character constant");
    l->at++;
    token->kind = TOK_NUMBER;
    token->number =
        tpl_arena_keep(l->arena, cli_json(pp_json_int((unsigned char)b.p[0])));
    return 0;
}

/* A name, field or variable; skip is 1 for the "." or "$" before it. */
static int
lex_word(tpl_lexer *l, tpl_token *token, int kind, size_t skip)
{
    size_t n = skip;

    while (is_word(peek(l, n)))
        n++;
    token->kind = kind;
    token->s = tpl_arena_dup(l->arena, l->text + l->at + (kind == TOK_FIELD),
                             n - (kind == TOK_FIELD));
    l->at += n;
    return 0;
}

static int
lex_sign(tpl_lexer *l, tpl_token *token, int kind, size_t n)
{
    token->kind = kind;
    l->at += n;
    return 0;
}

static int
lex_dot(tpl_lexer *l, tpl_token *token)
{
    char next = peek(l, 1);

    if (isdigit((unsigned char)next))
        return lex_number(l, token);
    if (is_word(next))
        return lex_word(l, token, TOK_FIELD, 1);
    return lex_sign(l, token, TOK_DOT, 1);
}

static int
lex_inside(tpl_lexer *l, tpl_token *token)
{
    char c;

    if (take_close(l)) {
        l->inside = false;
        token->kind = TOK_CLOSE;
        return 0;
    }
    while (is_space(peek(l, 0))) {
        token->spaced = true;
        l->at++;
    }
    token->pos = l->at;
    c = peek(l, 0);
    if (l->at >= l->n)
        return fail(l, l->at, "unclosed action");
    if (c == '"' || c == '`')
        return lex_string(l, token);
    if (c == '\'')
        return lex_char(l, token);
    if (c == '.')
        return lex_dot(l, token);
    if (c == '$')
        return lex_word(l, token, TOK_VARIABLE, 1);
    if (isdigit((unsigned char)c) ||
        ((c == '-' || c == '+') && isdigit((unsigned char)peek(l, 1))))
        return lex_number(l, token);
    if (is_word(c))
        return lex_word(l, token, TOK_NAME, 0);
    if (c == '|')
        return lex_sign(l, token, TOK_PIPE, 1);
    if (c == '(')
        return lex_sign(l, token, TOK_LPAREN, 1);
    if (c == ')')
        return lex_sign(l, token, TOK_RPAREN, 1);
    if (c == ',')
        return lex_sign(l, token, TOK_COMMA, 1);
    if (c == ':' && peek(l, 1) == '=')
        return lex_sign(l, token, TOK_DECLARE, 2);
    if (c == '=')
        return lex_sign(l, token, TOK_ASSIGN, 1);
    if (isprint((unsigned char)c))
        return fail(l, l->at, "unexpected '%c'", c);
    return fail(l, l->at, "unexpected byte 0x%02x", (unsigned char)c);
}

int
tpl_lex(tpl_lexer *l, tpl_token *token)
{
    *token = (tpl_token){.pos = l->at};
    if (l->inside)
        return lex_inside(l, token);
    return lex_text(l, token);
}
