/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/container/logs.c - read the log that conmon writes
 *
 * A line is "<RFC 3339 time> <stdout|stderr> <P|F> <text>"; P pieces of a
 * stream go on in its next line, F ends it.  The file is the container's
 * word: bounded, and a line that does not fit the form is passed over.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <poll.h>

#include "core/util/clock.h"
#include "core/util/str.h"
#include "engine/container/container.h"

#define CHUNK 65536
#define MAX_LINE (1 << 20)
#define LOOK_INTERVAL 250 /* ms: is the container still there? */

typedef struct reader {
    const pp_logs_options *o;
    int fd;
    ppc_str buf;
    bool stop;
} reader;

static int
parse_line(char *line, pp_log_line *out)
{
    char *stream = strchr(line, ' ');
    char *tag = stream ? strchr(stream + 1, ' ') : NULL;
    char *text = tag ? strchr(tag + 1, ' ') : NULL;

    if (!text)
        return -1;
    *stream++ = '\0';
    *tag++ = '\0';
    *text++ = '\0';
    if (ppc_time_parse(line, &out->time) || (strcmp(tag, "F") &&
                                             strcmp(tag, "P")))
        return -1;
    out->stream = strcmp(stream, "stderr") ? 1 : 2;
    out->partial = *tag == 'P';
    out->text = text;
    return 0;
}

static void
give(reader *r, char *line, size_t n)
{
    pp_log_line out = {0};

    line[n] = '\0';
    if (parse_line(line, &out))
        return;
    if ((r->o->since && out.time < r->o->since) ||
        (r->o->until && out.time > r->o->until))
        return;
    out.n = n - (size_t)(out.text - line);
    if (r->o->line(r->o->arg, &out))
        r->stop = true;
}

/* Give out the whole lines of the buffer; keep the rest. */
static void
give_lines(reader *r)
{
    char *p = r->buf.p;
    char *end = p + r->buf.n;
    char *nl;

    while (!r->stop && p < end &&
           (nl = memchr(p, '\n', (size_t)(end - p)))) {
        give(r, p, (size_t)(nl - p));
        p = nl + 1;
    }
    if (p >= end || end - p > MAX_LINE) {
        r->buf.n = 0;
        return;
    }
    memmove(r->buf.p, p, (size_t)(end - p));
    r->buf.n = (size_t)(end - p);
}

/* To the present end of the file: 0, or negative. */
static int
drain(reader *r, pp_err *err)
{
    char chunk[CHUNK];
    ssize_t n;

    while (!r->stop) {
        n = read(r->fd, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return pp_fail(err, PP_E_IO, errno, "cannot read the log");
        if (!n)
            return 0;
        ppc_str_add(&r->buf, chunk, (size_t)n);
        if (r->buf.nomem)
            return pp_fail(err, PP_E_NOMEM, 0, "no memory for the log");
        give_lines(r);
    }
    return 0;
}

/* Does the line that ends at end (exclusive, without newline) continue?  A
 * whole line of the container is one F line and the P lines before it. */
static bool
is_partial(const char *line, size_t n)
{
    const char *p = memchr(line, ' ', n);
    const char *q = p ? memchr(p + 1, ' ', n - (size_t)(p + 1 - line)) : NULL;

    return q && (size_t)(q - line) + 1 < n && q[1] == 'P';
}

/* Position the file so that the last tail lines are left. */
static int
seek_tail(reader *r, int64_t tail, pp_err *err)
{
    PP_AUTO_STR ppc_str back = PPC_STR_INIT;
    off_t size = lseek(r->fd, 0, SEEK_END);
    off_t pos = size;
    char chunk[CHUNK];
    int64_t lines = 0;
    off_t end = size;
    bool first = true;

    if (tail <= 0) /* none */
        return 0;
    while (pos > 0) {
        size_t n = pos < CHUNK ? (size_t)pos : CHUNK;
        size_t i = n;

        pos -= (off_t)n;
        if (pread(r->fd, chunk, n, pos) != (ssize_t)n)
            return pp_fail(err, PP_E_IO, errno, "cannot read the log");
        while (i--) {
            char head[128];
            off_t start = pos + (off_t)i + 1;
            ssize_t got;

            if (chunk[i] != '\n')
                continue;
            if (first && start == size) { /* the final newline */
                first = false;
                end = start - 1;
                continue;
            }
            got = pread(r->fd, head, sizeof head,
                        start);
            if (got > end - start)
                got = (ssize_t)(end - start);
            if (got > 0 && !is_partial(head, (size_t)got))
                lines++;
            if (lines > tail) {
                /* one too many: what follows it is wanted */
                lseek(r->fd, end + 1, SEEK_SET);
                return 0;
            }
            end = start - 1;
        }
    }
    if (lines + 1 > tail && lines == tail && size > 0) {
        char head[128];
        ssize_t got = pread(r->fd, head, sizeof head, 0);

        if (got > 0 && !is_partial(head, (size_t)got)) {
            lseek(r->fd, end + 1, SEEK_SET);
            return 0;
        }
    }
    lseek(r->fd, 0, SEEK_SET);
    return 0;
}

/* Has the container ended?  A container that is gone has. */
static bool
has_ended(pp_runtime *rt, ppc_ctr *c, const ppc_bundle *b)
{
    if (ppc_state_update_container(rt->state, c, NULL) < 0)
        return true;
    ppc_ctr_sync(b, c, 0);
    return c->state->state != PPC_CTR_RUNNING &&
           c->state->state != PPC_CTR_PAUSED &&
           c->state->state != PPC_CTR_CREATED;
}

static int
follow(pp_runtime *rt, ppc_ctr *c, reader *r, pp_err *err)
{
    PP_AUTO_BUNDLE ppc_bundle b = {0};
    PP_AUTO_FD int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    struct pollfd p = {.fd = watch, .events = POLLIN};
    char events[4096];
    bool ended = false;
    int rc = ppc_bundle_init(rt, c->config->id, &b, err);

    if (rc < 0)
        return rc;
    if (watch >= 0)
        inotify_add_watch(watch, c->config->log_path, IN_MODIFY);
    while (!r->stop) {
        ended = has_ended(rt, c, &b);
        rc = drain(r, err); /* after the look, so that nothing is missed */
        if (rc < 0 || ended)
            return rc;
        poll(&p, 1, LOOK_INTERVAL);
        while (watch >= 0 && read(watch, events, sizeof events) > 0)
            ;
    }
    return 0;
}

int
pp_container_logs(pp_runtime *rt, const char *ref,
                  const pp_logs_options *options, pp_err *err)
{
    PP_AUTO(ppc_ctr_free) ppc_ctr *c = NULL;
    reader r = {.o = options, .fd = -1, .buf = PPC_STR_INIT};
    int rc = ppc_runtime_check(rt, err);

    if (rc >= 0)
        rc = ppc_state_lookup_container(rt->state, ref, &c, err);
    if (rc < 0)
        return rc;
    if (!strcmp(c->config->log_driver, "none"))
        return pp_fail(err, PP_E_NOTSUP, 0,
                       "container %s has the log driver none: there is no "
                       "log",
                       c->config->name);
    r.fd = open(c->config->log_path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (r.fd < 0 && errno == ENOENT && !c->state->started)
        return 0; /* it never ran */
    if (r.fd < 0)
        return pp_fail(err, PP_E_IO, errno, "cannot open log \"%s\"",
                       c->config->log_path);
    if (options->tail >= 0)
        rc = seek_tail(&r, options->tail, err);
    if (rc >= 0)
        rc = options->follow ? follow(rt, c, &r, err) : drain(&r, err);
    close(r.fd);
    ppc_str_clear(&r.buf);
    return rc;
}
