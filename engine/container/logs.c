/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/container/logs.c - read the log that conmon writes
 *
 * The file is the container's word: bounded, and a line that does not have
 * the form is passed over.
 */
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include "core/util/clock.h"
#include "core/util/str.h"
#include "core/util/versioned.h"
#include "engine/container/container.h"
#include "engine/container/logline.h"

#define CHUNK 65536
#define MAX_LINE (1 << 20)
#define LOOK_INTERVAL 250 /* ms: is the container still there? */

typedef struct reader {
    const pp_logs_options *o;
    const char *path;
    int fd;
    off_t at;                     /* of buf in the file                  */
    off_t from[PPC_LOG_STREAMS];  /* what lies before is not wanted      */
    ppc_str buf;
    bool skip; /* the rest of a line that is too long */
    bool stop;
} reader;

static void
give(reader *r, const char *line, size_t n, off_t at)
{
    pp_log_line out = {0};

    if (ppc_log_line_parse(line, n, &out) || at < r->from[out.stream] ||
        (r->o->since && out.time < r->o->since) ||
        (r->o->until && out.time > r->o->until))
        return;
    if (r->o->line(r->o->arg, &out))
        r->stop = true;
}

/* Give out the whole lines of the buffer; keep the rest. */
static void
give_lines(reader *r)
{
    const char *p = r->buf.p;
    const char *end = p + r->buf.n;
    const char *nl;
    size_t rest;

    while (!r->stop && (nl = memchr(p, '\n', (size_t)(end - p)))) {
        if (!r->skip)
            give(r, p, (size_t)(nl - p), r->at + (p - r->buf.p));
        r->skip = false;
        p = nl + 1;
    }
    rest = (size_t)(end - p);
    if (rest > MAX_LINE) {
        r->skip = true;
        rest = 0;
    }
    r->at += (off_t)(r->buf.n - rest);
    memmove(r->buf.p, end - rest, rest);
    r->buf.n = rest;
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
            return pp_fail(err, PP_E_IO, errno, "cannot read log \"%s\"",
                           r->path);
        if (!n)
            return 0;
        ppc_str_add(&r->buf, chunk, (size_t)n);
        if (r->buf.nomem)
            return pp_fail(err, PP_E_NOMEM, 0, "no memory for the log");
        give_lines(r);
    }
    return 0;
}

/* Open the log: 0, 1 when there is none, or negative. */
static int
open_log(reader *r, pp_err *err)
{
    struct stat st;

    r->fd = open(r->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (r->fd < 0 && errno == ENOENT)
        return 1;
    if (r->fd < 0 || fstat(r->fd, &st))
        return pp_fail(err, PP_E_IO, errno, "cannot open log \"%s\"",
                       r->path);
    if (!S_ISREG(st.st_mode))
        return pp_fail(err, PP_E_IO, 0, "log \"%s\" is not a regular file",
                       r->path);
    return 0;
}

/* A log of limited size begins anew in a new file of the same name. */
static int
follow_name(reader *r, pp_err *err)
{
    struct stat now, ours;
    int rc;

    if (stat(r->path, &now) || fstat(r->fd, &ours) ||
        (now.st_ino == ours.st_ino && now.st_dev == ours.st_dev))
        return 0;
    rc = drain(r, err); /* what was written before the change */
    if (rc < 0)
        return rc;
    close(pp_steal_fd(&r->fd));
    r->at = 0;
    memset(r->from, 0, sizeof r->from);
    r->buf.n = 0;
    r->skip = false;
    return open_log(r, err);
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
    bool ended;
    int rc = ppc_bundle_init(rt, c->config->id, &b, err);

    while (rc >= 0 && !r->stop) {
        if (watch >= 0) /* again each time: the file may be a new one */
            inotify_add_watch(watch, r->path, IN_MODIFY);
        ended = has_ended(rt, c, &b) ||
                (r->o->until && ppc_now() > r->o->until);
        /* after the look, so that nothing is missed */
        rc = follow_name(r, err);
        if (rc > 0)
            return 0; /* it is gone */
        if (rc >= 0)
            rc = drain(r, err);
        if (rc < 0 || ended)
            return rc;
        poll(&p, 1, LOOK_INTERVAL);
        while (watch >= 0 && read(watch, events, sizeof events) > 0)
            ;
    }
    return rc;
}

static int
read_log(pp_runtime *rt, ppc_ctr *c, reader *r, pp_err *err)
{
    int rc = open_log(r, err);

    if (rc == 1 && !c->state->started)
        return 0; /* it never ran */
    if (rc == 1)
        return pp_fail(err, PP_E_IO, ENOENT, "cannot open log \"%s\"",
                       r->path);
    if (rc >= 0 && r->o->tail >= 0) {
        rc = ppc_log_tail(r->fd, r->o->tail, r->from, err);
        r->at = r->from[1] < r->from[2] ? r->from[1] : r->from[2];
    }
    if (rc < 0)
        return rc;
    if (lseek(r->fd, r->at, SEEK_SET) < 0)
        return pp_fail(err, PP_E_IO, errno, "cannot seek in log \"%s\"",
                       r->path);
    return r->o->follow ? follow(rt, c, r, err) : drain(r, err);
}

int
pp_container_logs(pp_runtime *rt, const char *ref,
                  const pp_logs_options *options, pp_err *err)
{
    PP_AUTO(ppc_ctr_free) ppc_ctr *c = NULL;
    pp_logs_options own;
    reader r = {.o = &own, .fd = -1, .buf = PPC_STR_INIT};
    int rc = ppc_runtime_check(rt, err);

    if (rc >= 0)
        rc = PPC_TAKE(pp_logs_options, arg, &own, options, err);
    if (rc >= 0 && !own.line)
        rc = pp_fail(err, PP_E_INVAL, 0,
                     "pp_logs_options has no function for a line");
    if (rc >= 0)
        rc = ppc_state_lookup_container(rt->state, ref, &c, err);
    if (rc < 0)
        return rc;
    if (ppc_str_eq(c->config->log_driver, "none"))
        return pp_fail(err, PP_E_NOTSUP, 0,
                       "container %s has the log driver none: there is no "
                       "log",
                       c->config->name);
    r.path = c->config->log_path ? c->config->log_path : "";
    rc = read_log(rt, c, &r, err);
    if (r.fd >= 0)
        close(r.fd);
    ppc_str_clear(&r.buf);
    return rc;
}
