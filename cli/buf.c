/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/buf.c - growing bytes and lists of strings of the command
 */
#include "buf.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void __attribute__((noreturn)) die_nomem(void)
{
    static const char text[] = "Error: out of memory\n";
    ssize_t n = write(STDERR_FILENO, text, sizeof(text) - 1);

    (void)n;
    _exit(125);
}

void
cli_auto_free(void *p)
{
    int saved = errno;

    free(*(void **)p);
    errno = saved;
}

void
cli_auto_fd(int *fd)
{
    int saved = errno;

    if (*fd >= 0)
        close(*fd);
    errno = saved;
}

void
cli_auto_json(pp_json **v)
{
    pp_json_unref(*v);
}

void *
cli_alloc(size_t n)
{
    void *p = calloc(1, n ? n : 1);

    if (!p)
        die_nomem();
    return p;
}

void *
cli_grow(void *p, size_t count, size_t size)
{
    void *grown = reallocarray(p, count ? count : 1, size);

    if (!grown)
        die_nomem();
    return grown;
}

char *
cli_dup_n(const char *s, size_t n)
{
    char *p = cli_alloc(n + 1);

    if (n)
        memcpy(p, s, n);
    return p;
}

char *
cli_dup(const char *s)
{
    return s ? cli_dup_n(s, strlen(s)) : NULL;
}

char *
cli_sprintf(const char *fmt, ...)
{
    cli_buf b = CLI_BUF_INIT;
    va_list ap;

    va_start(ap, fmt);
    cli_buf_vprintf(&b, fmt, ap);
    va_end(ap);
    return cli_buf_steal(&b);
}

pp_json *
cli_json(pp_json *v)
{
    if (!v)
        die_nomem();
    return v;
}

void
cli_json_put(pp_json *object, const char *key, pp_json *v)
{
    if (pp_json_put(object, key, v) < 0)
        die_nomem();
}

void
cli_json_add(pp_json *array, pp_json *v)
{
    if (pp_json_add(array, v) < 0)
        die_nomem();
}

/* Room for n more bytes and the NUL. */
static void
make_room(cli_buf *b, size_t n)
{
    size_t cap = b->cap ? b->cap : 64;

    if (n > SIZE_MAX / 4 - b->n)
        die_nomem();
    while (cap < b->n + n + 1)
        cap *= 2;
    if (cap == b->cap)
        return;
    b->p = cli_grow(b->p, cap, 1);
    b->cap = cap;
}

void
cli_buf_add(cli_buf *b, const char *p, size_t n)
{
    make_room(b, n);
    if (n)
        memcpy(b->p + b->n, p, n);
    b->n += n;
    b->p[b->n] = '\0';
}

void
cli_buf_puts(cli_buf *b, const char *s)
{
    cli_buf_add(b, s, strlen(s));
}

void
cli_buf_putc(cli_buf *b, char c)
{
    cli_buf_add(b, &c, 1);
}

void
cli_buf_fill(cli_buf *b, char c, size_t n)
{
    make_room(b, n);
    memset(b->p + b->n, c, n);
    b->n += n;
    b->p[b->n] = '\0';
}

void
cli_buf_vprintf(cli_buf *b, const char *fmt, va_list ap)
{
    va_list again;
    int n;

    va_copy(again, ap);
    n = vsnprintf(NULL, 0, fmt, ap);
    if (n >= 0) {
        make_room(b, (size_t)n);
        vsnprintf(b->p + b->n, (size_t)n + 1, fmt, again);
        b->n += (size_t)n;
    }
    va_end(again);
}

void
cli_buf_printf(cli_buf *b, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    cli_buf_vprintf(b, fmt, ap);
    va_end(ap);
}

const char *
cli_buf_get(const cli_buf *b)
{
    return b->p ? b->p : "";
}

char *
cli_buf_steal(cli_buf *b)
{
    char *p = b->p ? b->p : cli_dup("");

    *b = (cli_buf)CLI_BUF_INIT;
    return p;
}

void
cli_buf_clear(cli_buf *b)
{
    free(b->p);
    *b = (cli_buf)CLI_BUF_INIT;
}

void
cli_list_take(cli_list *l, char *s)
{
    l->v = cli_grow(l->v, l->n + 2, sizeof(*l->v));
    l->v[l->n++] = s;
    l->v[l->n] = NULL;
}

void
cli_list_add(cli_list *l, const char *s)
{
    cli_list_take(l, cli_dup(s));
}

static int
compare_items(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void
cli_list_sort(cli_list *l)
{
    if (l->n)
        qsort(l->v, l->n, sizeof(*l->v), compare_items);
}

const char *const *
cli_list_get(const cli_list *l)
{
    static const char *const none[] = {NULL};

    return l->v ? (const char *const *)l->v : none;
}

void
cli_list_clear(cli_list *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->v[i]);
    free(l->v);
    *l = (cli_list){NULL, 0};
}
