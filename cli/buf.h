/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/buf.h - growing bytes and lists of strings of the command
 *
 * The command is no library: when memory runs out it says so and ends with
 * 125.  Nothing here returns NULL.
 *
 * Ownership  a buf and a list own what they hold (_clear); lists copy what
 *            is added.  CLI_AUTO (cli_buf_clear) cli_buf b = CLI_BUF_INIT;
 */
#ifndef CLI_BUF_H
#define CLI_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <polypod/json.h>

#define CLI_AUTO(fn) __attribute__((cleanup(fn)))
#define CLI_AUTO_FREE __attribute__((cleanup(cli_auto_free)))
#define CLI_AUTO_FD __attribute__((cleanup(cli_auto_fd)))
#define CLI_AUTO_JSON __attribute__((cleanup(cli_auto_json)))

void cli_auto_free(void *p);
void cli_auto_fd(int *fd);
void cli_auto_json(pp_json **v);

void *cli_alloc(size_t n); /* zeroed */
void *cli_grow(void *p, size_t count, size_t size);
char *cli_dup(const char *s); /* NULL gives NULL */
char *cli_dup_n(const char *s, size_t n);
char *cli_sprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* A JSON value that has to be there: ends the process when it is NULL. */
pp_json *cli_json(pp_json *v);
/* The same for pp_json_put and pp_json_add. */
void cli_json_put(pp_json *object, const char *key, pp_json *v);
void cli_json_add(pp_json *array, pp_json *v);

typedef struct cli_buf {
    char *p; /* NUL-terminated once anything was added */
    size_t n;
    size_t cap;
} cli_buf;

#define CLI_BUF_INIT                                                           \
    {                                                                          \
        NULL, 0, 0                                                             \
    }

void cli_buf_add(cli_buf *b, const char *p, size_t n);
void cli_buf_puts(cli_buf *b, const char *s);
void cli_buf_putc(cli_buf *b, char c);
void cli_buf_fill(cli_buf *b, char c, size_t n);
void cli_buf_printf(cli_buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void cli_buf_vprintf(cli_buf *b, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));
const char *cli_buf_get(const cli_buf *b); /* "" if empty; borrowed */
char *cli_buf_steal(cli_buf *b);           /* caller owns; b is empty */
void cli_buf_clear(cli_buf *b);

typedef struct cli_list {
    char **v; /* NULL-terminated once anything was added */
    size_t n;
} cli_list;

void cli_list_add(cli_list *l, const char *s);
void cli_list_take(cli_list *l, char *s); /* takes over s */
void cli_list_sort(cli_list *l);
/* As the API wants it: never NULL. Borrowed. */
const char *const *cli_list_get(const cli_list *l);
void cli_list_clear(cli_list *l);

#endif
