/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bench/readfile.c - the floor of a listing: read a file of that size
 *
 * bench-readfile FILE
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
    static char buf[1 << 16];
    unsigned long lines = 0;
    ssize_t n, i;
    int fd;

    fd = argc == 2 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0)
        return 1;
    while ((n = read(fd, buf, sizeof buf)) > 0)
        for (i = 0; i < n; i++)
            lines += buf[i] == '\n';
    printf("%lu\n", lines);
    return n < 0;
}
