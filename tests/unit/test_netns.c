/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tests/unit/test_netns.c - named network namespaces; needs root */
#include "settings_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "core/util/str.h"
#include "engine/network/network.h"

static int
loopback_is_up(int fd)
{
    struct ifreq ifr = {.ifr_name = "lo"};
    int s;

    if (setns(fd, CLONE_NEWNET))
        return 0;
    s = socket(AF_INET, SOCK_DGRAM, 0);
    return s >= 0 && !ioctl(s, SIOCGIFFLAGS, &ifr) && (ifr.ifr_flags & IFF_UP);
}

/* In namespaces of its own; the number of the line that failed. */
static int
live_and_die(const char *path)
{
    pp_err err = {0};
    int fd;

    if (unshare(CLONE_NEWNS | CLONE_NEWNET) ||
        mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
        return 77;
    if (ppc_netns_open(path, &err) != -PP_E_NOTFOUND)
        return 1;
    if (ppc_netns_create(path, &err))
        return 2;
    if (ppc_netns_create(path, &err) >= 0) /* it is somebody's */
        return 3;
    fd = ppc_netns_open(path, &err);
    if (fd < 0 || !(fcntl(fd, F_GETFD) & FD_CLOEXEC))
        return 4;
    if (!loopback_is_up(fd))
        return 5;
    close(fd);
    if (ppc_netns_remove(path, &err) || !access(path, F_OK))
        return 6;
    return ppc_netns_remove(path, &err) ? 7 : 0; /* again */
}

static void
test_netns__lives_and_dies(void **state)
{
    struct fixture *f = *state;
    PP_AUTO_FREE char *path = ppc_sprintf("%s/ns", f->dir);
    pid_t child;
    int status;

    if (geteuid())
        skip();
    child = fork();
    if (!child)
        _exit(live_and_die(path));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77)
        skip();
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* Who died between the file and the mount leaves a file. */
static void
test_netns__a_plain_file_is_none(void **state)
{
    struct fixture *f = *state;
    const char *path = fixture_write(f, "ns", "", 0);

    assert_int_equal(ppc_netns_open(path, &f->err), -PP_E_NOTFOUND);
    assert_int_equal(ppc_netns_open("/proc/self/ns/mnt", &f->err),
                     -PP_E_NOTFOUND);
    if (geteuid())
        return;
    assert_int_equal(ppc_netns_remove(path, &f->err), 0);
    assert_int_equal(access(path, F_OK), -1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_netns__lives_and_dies),
        FIXTURE_TEST(test_netns__a_plain_file_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
