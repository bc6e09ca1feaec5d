/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bench/floor.c - the least a container can cost: conmon and runc, bare
 *
 * floor BUNDLE ID: has conmon create the container of BUNDLE/config.json,
 * starts it, waits for its exit file and deletes it; no record, no log, no
 * lock, no clean-up command.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int
call(const char *a, const char *b, const char *c, const char *d)
{
    const char *const argv[] = {a, b, c, d, NULL};
    union {
        const char *const *c;
        char *const *m;
    } u = {argv};
    int status = 0;
    pid_t child = fork();

    if (!child) {
        execvp(a, u.m);
        _exit(127);
    }
    waitpid(child, &status, 0);
    return status;
}

static void
become_conmon(const char *bundle, const char *id, int sync, int start)
{
    char pidfile[4096], log[4096];

    snprintf(pidfile, sizeof pidfile, "%s/pidfile", bundle);
    snprintf(log, sizeof log, "k8s-file:%s/ctr.log", bundle);
    if (chdir(bundle) || dup2(sync, 13) < 0 || dup2(start, 14) < 0)
        _exit(126);
    setenv("_OCI_SYNCPIPE", "13", 1);
    setenv("_OCI_STARTPIPE", "14", 1);
    execlp("conmon", "conmon", "-c", id, "-u", id, "-r", "/usr/sbin/runc", "-b",
           bundle, "-p", pidfile, "-l", log, "--exit-dir", bundle,
           "--socket-dir-path", bundle, "--log-level", "warning", (char *)NULL);
    _exit(127);
}

int
main(int argc, char **argv)
{
    const struct timespec nap = {0, 1000000};
    char exitfile[4096], line[4096];
    int sync[2], start[2];
    struct stat st;
    pid_t child;
    int i;

    if (argc != 3)
        return 2;
    snprintf(exitfile, sizeof exitfile, "%s/%s", argv[1], argv[2]);
    unlink(exitfile);
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, sync) ||
        socketpair(AF_UNIX, SOCK_STREAM, 0, start))
        return 1;
    child = fork();
    if (!child)
        become_conmon(argv[1], argv[2], sync[1], start[1]);
    close(sync[1]);
    close(start[1]);
    if (write(start[0], "", 1) != 1)
        return 1;
    waitpid(child, NULL, 0);
    if (read(sync[0], line, sizeof line) <= 0 || !strstr(line, "\"pid\"") ||
        strstr(line, "-1"))
        return 1;
    if (call("/usr/sbin/runc", "start", argv[2], NULL))
        return 1;
    for (i = 0; i < 5000 && stat(exitfile, &st); i++)
        nanosleep(&nap, NULL);
    unlink(exitfile);
    return call("/usr/sbin/runc", "delete", "--force", argv[2]);
}
