/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/main.c - the polypod command
 */
#include <fcntl.h>
#include <unistd.h>

#include "cmd.h"

/* A closed standard stream would lend its number to the next open file. */
static int
fill_standard_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
            return -1;
    }
    return 0;
}

int
main(int argc, char **argv)
{
    if (argc < 1 || fill_standard_streams() < 0)
        return CLI_EXIT_ENGINE;
    return cli_main(argv);
}
