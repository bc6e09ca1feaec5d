/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* core/util/process.c - identity of processes; see process.h */
#include "core/util/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "core/util/cleanup.h"
#include "core/util/str.h"

/* Fields behind the command name, which may hold blanks and parentheses. */
#define FIELD_STATE 0
#define FIELD_THREADS 17
#define FIELD_START 19

/* A leader that left its threads alone looks dead, but the process is not. */
static bool
is_dead(char state, int64_t threads)
{
    return state == 'X' || (state == 'Z' && threads <= 1);
}

/* The fields behind the name: the start time, or 0. */
static int64_t
parse_stat(char *text)
{
    char *save = NULL;
    char *word;
    char state = 'X';
    int64_t threads = 0;
    int64_t start = 0;
    int i = 0;

    for (word = strtok_r(text, " ", &save); word && i <= FIELD_START;
         word = strtok_r(NULL, " ", &save), i++) {
        if (i == FIELD_STATE)
            state = *word;
        if ((i == FIELD_THREADS &&
             ppc_parse_i64(word, 0, INT64_MAX, &threads)) ||
            (i == FIELD_START && ppc_parse_i64(word, 0, INT64_MAX, &start)))
            return 0;
    }
    if (i <= FIELD_START || is_dead(state, threads))
        return 0;
    return start ? start : 1;
}

/* The start time, 0 for none, -1 when /proc cannot be asked. */
static int64_t
read_start(int64_t pid)
{
    char path[48];
    char buf[1024];
    ssize_t n;
    char *paren;

    snprintf(path, sizeof path, "/proc/%lld/stat", (long long)pid);
    PP_AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : -1;
    n = read(fd, buf, sizeof buf - 1);
    if (n < 0)
        return errno == ESRCH ? 0 : -1;
    buf[n] = '\0';
    paren = strrchr(buf, ')');
    return paren ? parse_stat(paren + 1) : 0;
}

int64_t
ppc_process_start(int64_t pid)
{
    int64_t start = pid > 0 ? read_start(pid) : 0;

    return start > 0 ? start : 0;
}

bool
ppc_process_is_alive(int64_t pid, int64_t start)
{
    int64_t now = pid > 0 && pid <= INT32_MAX ? read_start(pid) : 0;

    if (now < 0) /* no descriptor left, say: that is nobody's death */
        return !kill((pid_t)pid, 0) || errno == EPERM;
    return now && (!start || now == start);
}
