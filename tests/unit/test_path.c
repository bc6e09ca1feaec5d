/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tests/unit/test_path.c - paths as text, opening in a root, whole trees */
#include "settings_fixture.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "core/util/path.h"
#include "core/util/str.h"

static void
cleans_to(const char *path, const char *want)
{
    char *got = ppc_path_clean(path);

    assert_string_equal(got, want);
    free(got);
}

static void
test_path__clean(void **state)
{
    (void)state;
    cleans_to("", "/");
    cleans_to("/", "/");
    cleans_to("//a///b/", "/a/b");
    cleans_to("/a/./b/../c", "/a/c");
    cleans_to("/../../a", "/a");
    cleans_to("/a/..", "/");
    cleans_to("/a/b/../..", "/");
    cleans_to("/..a/b..", "/..a/b..");
    cleans_to("a/b", "/a/b");
}

/* What "leak" opens in the root is the root's file, not the host's. */
static void
opens_inner(const char *dir, const char *name, const char *target)
{
    PP_AUTO_FREE char *link = ppc_sprintf("%s/root/%s", dir, name);
    PP_AUTO_FREE char *root = ppc_sprintf("%s/root", dir);
    char buf[16] = "";
    int fd;

    assert_int_equal(symlink(target, link), 0);
    fd = ppc_open_in_root(root, name, O_RDONLY);
    assert_true(fd >= 0);
    assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    assert_int_equal(read(fd, buf, sizeof buf - 1), 5);
    assert_string_equal(buf, "inner");
    close(fd);
}

static void
test_path__links_stay_in_the_root(void **state)
{
    struct fixture *f = *state;
    PP_AUTO_FREE char *root = ppc_sprintf("%s/root", f->dir);

    fixture_write(f, "secret", "outer", 5);
    fixture_write(f, "root/secret", "inner", 5);
    opens_inner(f->dir, "absolute", "/secret");
    opens_inner(f->dir, "upwards", "../../../../secret");
    assert_int_equal(ppc_open_in_root(root, "/absent", O_RDONLY), -1);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(ppc_open_in_root(f->dir, "root/../../..", O_RDONLY) >= 0,
                     1);
}

static void
test_path__tree_is_removed_but_no_link_followed(void **state)
{
    struct fixture *f = *state;
    PP_AUTO_FREE char *tree = ppc_sprintf("%s/tree", f->dir);
    PP_AUTO_FREE char *link = ppc_sprintf("%s/tree/a/link", f->dir);
    PP_AUTO_FREE char *keep = ppc_sprintf("%s/keep", f->dir);

    fixture_write(f, "keep/file", "x", 1);
    fixture_write(f, "tree/a/b/file", "x", 1);
    assert_int_equal(symlink(keep, link), 0);
    assert_int_equal(ppc_dir_remove(tree, &f->err), 0);
    assert_int_equal(access(tree, F_OK), -1);
    assert_int_equal(access(keep, F_OK), 0);
    assert_int_equal(ppc_dir_remove(tree, &f->err), 0); /* again */
}

/* A folder bound into the tree, of the same file system, keeps its files. */
static int
remove_around_mount(struct fixture *f)
{
    PP_AUTO_FREE char *tree = ppc_sprintf("%s/tree", f->dir);
    PP_AUTO_FREE char *on = ppc_sprintf("%s/tree/on", f->dir);
    PP_AUTO_FREE char *keep = ppc_sprintf("%s/keep", f->dir);
    PP_AUTO_FREE char *file = ppc_sprintf("%s/keep/file", f->dir);

    if (unshare(CLONE_NEWNS) ||
        mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
        mount(keep, on, NULL, MS_BIND, NULL))
        return 77;
    if (ppc_dir_remove(tree, NULL) != -PP_E_IO)
        return 1;
    return access(file, F_OK) ? 2 : 0;
}

static void
test_path__removal_stops_at_a_mount(void **state)
{
    struct fixture *f = *state;
    int status;
    pid_t child;

    fixture_write(f, "keep/file", "x", 1);
    fixture_write(f, "tree/on/file", "x", 1);
    child = fork();
    if (!child)
        _exit(remove_around_mount(f));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77)
        skip();
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* Somebody else may have made our descriptor non-blocking. */
static void
test_path__write_all_waits_for_a_slow_reader(void **state)
{
    static char data[1 << 20];
    size_t left = sizeof data;
    int p[2];
    int status;
    pid_t child;

    (void)state;
    assert_int_equal(pipe2(p, O_CLOEXEC | O_NONBLOCK), 0);
    child = fork();
    if (!child) {
        close(p[0]);
        _exit(ppc_write_all(p[1], data, sizeof data) ? 1 : 0);
    }
    close(p[1]);
    usleep(20000);
    assert_int_equal(fcntl(p[0], F_SETFL, 0), 0);
    while (left) {
        static char buf[65536];
        ssize_t n = read(p[0], buf, sizeof buf);

        if (n <= 0)
            break;
        left -= (size_t)n;
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(left, 0);
    close(p[0]);
}

static void
test_path__file_read_is_bounded(void **state)
{
    struct fixture *f = *state;
    const char *path = fixture_write(f, "file", "12345", 5);
    char *text = NULL;
    size_t n = 0;

    assert_int_equal(ppc_file_read(path, 5, &text, &n, &f->err), 0);
    assert_int_equal(n, 5);
    assert_string_equal(text, "12345");
    free(text);
    text = NULL;
    assert_int_equal(ppc_file_read(path, 4, &text, &n, &f->err), -PP_E_FULL);
    assert_null(text);
    assert_int_equal(ppc_file_read("/absent/x", 4, &text, &n, &f->err),
                     -PP_E_NOTFOUND);
}

static void
test_path__file_write_replaces_and_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    PP_AUTO_FREE char *in_file = NULL;
    const char *path = fixture_write(f, "d/file", "old", 3);
    char *text = NULL;
    struct stat st;

    assert_int_equal(ppc_file_write(path, "new!", 4, 0600, &f->err), 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(ppc_file_read(path, 9, &text, NULL, &f->err), 0);
    assert_string_equal(text, "new!");
    free(text);
    in_file = ppc_sprintf("%s/below", path);
    assert_int_equal(ppc_file_write(in_file, "x", 1, 0600, &f->err),
                     -PP_E_NOTFOUND);
    assert_int_equal(ppc_dir_make(in_file, 0700, &f->err), -PP_E_NOTFOUND);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_path__clean),
        FIXTURE_TEST(test_path__links_stay_in_the_root),
        FIXTURE_TEST(test_path__tree_is_removed_but_no_link_followed),
        FIXTURE_TEST(test_path__removal_stops_at_a_mount),
        cmocka_unit_test(test_path__write_all_waits_for_a_slow_reader),
        FIXTURE_TEST(test_path__file_read_is_bounded),
        FIXTURE_TEST(test_path__file_write_replaces_and_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
