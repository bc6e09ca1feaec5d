/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/container/logline.c - log lines, and the last of them; see
 * logline.h */
#include "engine/container/logline.h"

#include <string.h>

#include "core/util/clock.h"
#include "core/util/cleanup.h"

#define CHUNK 65536
#define MAX_TIME 40
#define MAX_HEAD 96 /* time, stream, tag and more */

/* Take the word up to the next space: it, or NULL; *n is its length. */
static const char *
take_word(const char **p, const char *end, size_t *n)
{
    const char *word = *p;
    const char *space = memchr(word, ' ', (size_t)(end - word));

    if (!space)
        return NULL;
    *n = (size_t)(space - word);
    *p = space + 1;
    return word;
}

int
ppc_log_line_parse(const char *line, size_t n, pp_log_line *out)
{
    const char *end = line + n;
    char when[MAX_TIME];
    size_t n_time, n_stream, n_tag;
    const char *time = take_word(&line, end, &n_time);
    const char *stream = time ? take_word(&line, end, &n_stream) : NULL;
    const char *tag = stream ? take_word(&line, end, &n_tag) : NULL;

    if (!tag || n_time >= sizeof when || n_stream != strlen("stdout") ||
        n_tag != 1 || (*tag != 'P' && *tag != 'F'))
        return -1;
    if (memcmp(stream, "stdout", n_stream) &&
        memcmp(stream, "stderr", n_stream))
        return -1;
    memcpy(when, time, n_time);
    when[n_time] = '\0';
    if (ppc_time_parse(when, &out->time))
        return -1;
    out->stream = memcmp(stream, "stderr", n_stream) ? 1 : 2;
    out->partial = *tag == 'P';
    out->text = line;
    out->n = (uint64_t)(end - line);
    return 0;
}

/* The walk from the end of the file to its beginning. */
typedef struct walk {
    int64_t left; /* lines that are still wanted                           */
    off_t *from;
    bool open[PPC_LOG_STREAMS];   /* one of the stream was counted         */
    bool closed[PPC_LOG_STREAMS]; /* ... and it begins where from says     */
} walk;

static bool
is_done(const walk *w)
{
    return !w->left && (w->closed[1] || !w->open[1]) &&
           (w->closed[2] || !w->open[2]);
}

/* The line before those that were seen. */
static void
step(walk *w, const pp_log_line *line, off_t at)
{
    const int s = line->stream;

    if (w->closed[s])
        return;
    if (!line->partial || !w->open[s]) {
        if (!w->left) {
            w->closed[s] = true;
            return;
        }
        w->left--;
        w->open[s] = true;
    }
    w->from[s] = at;
}

static int
look(int fd, off_t at, walk *w, pp_err *err)
{
    char head[MAX_HEAD];
    ssize_t n = pread(fd, head, sizeof head, at);
    pp_log_line line = {0};
    const char *nl;

    if (n < 0)
        return pp_fail(err, PP_E_IO, errno, "cannot read the log");
    nl = memchr(head, '\n', (size_t)n);
    if (!ppc_log_line_parse(head, nl ? (size_t)(nl - head) : (size_t)n, &line))
        step(w, &line, at);
    return 0;
}

int
ppc_log_tail(int fd, int64_t n, off_t from[PPC_LOG_STREAMS], pp_err *err)
{
    off_t pos = lseek(fd, 0, SEEK_END);
    walk w = {.left = n, .from = from};
    bool at_end = true; /* no newline was met: this is no line yet */
    char buf[CHUNK];
    char *nl;
    int rc = 0;

    if (pos < 0)
        return pp_fail(err, PP_E_IO, errno, "cannot seek in the log");
    from[1] = from[2] = pos;
    while (pos > 0 && !is_done(&w)) {
        size_t len = pos < CHUNK ? (size_t)pos : CHUNK;

        pos -= (off_t)len;
        if (pread(fd, buf, len, pos) != (ssize_t)len)
            return pp_fail(err, PP_E_IO, errno, "cannot read the log");
        while (!is_done(&w) && (nl = memrchr(buf, '\n', len))) {
            len = (size_t)(nl - buf);
            rc = at_end ? 0 : look(fd, pos + (off_t)len + 1, &w, err);
            if (rc < 0)
                return rc;
            at_end = false;
        }
    }
    return at_end || is_done(&w) ? 0 : look(fd, 0, &w, err);
}
