/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* core/util/process.c - identity of processes; see process.h */
#include "core/util/process.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "core/util/cleanup.h"
#include "core/util/str.h"

/* Fields behind the command name, which may hold blanks and parentheses. */
#define FIELD_STATE 0
#define FIELD_START 19

int64_t
ppc_process_start(int64_t pid)
{
    char path[48];
    char buf[1024];
    char *save = NULL;
    char *word;
    int64_t start = 0;
    ssize_t n;
    int i = 0;

    if (pid <= 0)
        return 0;
    snprintf(path, sizeof path, "/proc/%lld/stat", (long long)pid);
    PP_AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    n = read(fd, buf, sizeof buf - 1);
    if (n <= 0)
        return 0;
    buf[n] = '\0';
    word = strrchr(buf, ')');
    if (!word)
        return 0;
    for (word = strtok_r(word + 1, " ", &save); word;
         word = strtok_r(NULL, " ", &save), i++) {
        if (i == FIELD_STATE && (*word == 'Z' || *word == 'X'))
            return 0;
        if (i == FIELD_START)
            break;
    }
    if (ppc_parse_i64(word, 0, INT64_MAX, &start))
        return 0;
    return start ? start : 1;
}

bool
ppc_process_is_alive(int64_t pid, int64_t start)
{
    int64_t now = ppc_process_start(pid);

    return now && (!start || now == start);
}
