/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * core/plugin/trust.c - may a file's code run with our rights?
 *
 * The way to the file is walked component by component, each opened relative
 * to the one before it and never followed, so what was judged is what is
 * used.  Once every folder is out of others' reach, no one can put another
 * file in its place between the walk and the load.
 */
#include "core/plugin/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/util/cleanup.h"

enum { MAX_LINKS = 40 };

struct walk {
    const char *subject; /* the path asked about */
    int fd;              /* the folder reached */
    char here[PATH_MAX]; /* its path; "" is the root */
    char rest[PATH_MAX]; /* what is still to walk */
    unsigned links;
};

static int
distrust(const struct walk *w, int e, const char *what, pp_err *err)
{
    return pp_fail(err, PP_E_PLUGINTRUST, e, "\"%s\" is not trusted: %s",
                   w->subject, what);
}

static int
distrust_path(const struct walk *w, const char *path, const struct stat *st,
              const char *why, pp_err *err)
{
    return pp_fail(err, PP_E_PLUGINTRUST, 0,
                   "\"%s\" is not trusted: \"%s\" %s (uid %u, mode %04o)",
                   w->subject, *path ? path : "/", why, st->st_uid,
                   st->st_mode & 07777u);
}

/* NULL, or what is wrong with the thing. */
static const char *
judge(const struct stat *st)
{
    bool open_to_others = st->st_mode & (S_IWGRP | S_IWOTH);

    if (st->st_uid != 0 && st->st_uid != geteuid())
        return "belongs neither to root nor to this user";
    if (S_ISLNK(st->st_mode))
        return NULL; /* its mode means nothing; its target is walked */
    if (S_ISDIR(st->st_mode)) {
        if (open_to_others && !(st->st_mode & S_ISVTX))
            return "can be written by others";
        return NULL;
    }
    if (!S_ISREG(st->st_mode))
        return "is not a regular file";
    if (open_to_others)
        return "can be written by others";
    if (st->st_mode & (S_ISUID | S_ISGID))
        return "is setuid or setgid";
    return NULL;
}

static int
enter_root(struct walk *w, pp_err *err)
{
    struct stat st;
    const char *why;

    if (w->fd >= 0)
        close(w->fd);
    w->here[0] = '\0';
    w->fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (w->fd < 0 || fstat(w->fd, &st))
        return distrust(w, errno, "cannot look at \"/\"", err);
    why = judge(&st);
    return why ? distrust_path(w, "", &st, why, err) : 0;
}

/* Take the next component off rest. Empty at the end of the way. */
static void
next_name(struct walk *w, char name[NAME_MAX + 1])
{
    const char *p = w->rest + strspn(w->rest, "/");
    size_t n = strcspn(p, "/");

    if (n > NAME_MAX)
        n = NAME_MAX; /* openat will say that there is no such file */
    memcpy(name, p, n);
    name[n] = '\0';
    p += strcspn(p, "/");
    memmove(w->rest, p, strlen(p) + 1);
}

static int
follow(struct walk *w, int fd, const char *path, pp_err *err)
{
    char target[PATH_MAX];
    char joined[PATH_MAX];
    ssize_t n = readlinkat(fd, "", target, sizeof target - 1);

    if (n <= 0)
        return distrust(w, errno, "cannot read a symbolic link", err);
    target[n] = '\0';
    if (++w->links > MAX_LINKS)
        return distrust(w, ELOOP, path, err);
    n = snprintf(joined, sizeof joined, "%s/%s", target, w->rest);
    if (n < 0 || (size_t)n >= sizeof joined)
        return distrust(w, ENAMETOOLONG, path, err);
    memcpy(w->rest, joined, (size_t)n + 1);
    return target[0] == '/' ? enter_root(w, err) : 0;
}

/* The path of a component of the folder reached: 0 or -1. */
static int
path_of(const struct walk *w, const char *name, char path[PATH_MAX])
{
    size_t n = strlen(w->here);
    int len;

    if (!strcmp(name, "..")) {
        memcpy(path, w->here, n + 1);
        if (strrchr(path, '/'))
            *strrchr(path, '/') = '\0';
        return 0;
    }
    len = snprintf(path, PATH_MAX, "%s/%s", w->here, name);
    return len < 0 || len >= PATH_MAX ? -1 : 0;
}

/* One component: 0 go on, 1 the file was reached and is trusted, or -code. */
static int
step(struct walk *w, const char *name, pp_err *err)
{
    char path[PATH_MAX];
    PP_AUTO_FD int fd = -1;
    struct stat st;
    const char *why;

    if (path_of(w, name, path))
        return distrust(w, ENAMETOOLONG, "its path", err);
    fd = openat(w->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st))
        return pp_fail(err, PP_E_PLUGINTRUST, errno,
                       "\"%s\" is not trusted: cannot look at \"%s\"",
                       w->subject, path);
    why = judge(&st);
    if (why)
        return distrust_path(w, path, &st, why, err);
    if (S_ISLNK(st.st_mode))
        return follow(w, fd, path, err);
    if (S_ISREG(st.st_mode)) {
        if (w->rest[strspn(w->rest, "/")])
            return distrust_path(w, path, &st, "is not a folder", err);
        return 1;
    }
    close(w->fd);
    w->fd = pp_steal_fd(&fd);
    memcpy(w->here, path, strlen(path) + 1);
    return 0;
}

int
ppc_trust_check(const char *path, pp_err *err)
{
    struct walk w = {.subject = path, .fd = -1};
    char name[NAME_MAX + 1];
    int rc;

    if (path[0] != '/')
        return distrust(&w, 0, "its path is not absolute", err);
    if (strlen(path) >= sizeof w.rest)
        return distrust(&w, ENAMETOOLONG, "its path", err);
    memcpy(w.rest, path, strlen(path) + 1);
    rc = enter_root(&w, err);
    while (rc == 0) {
        next_name(&w, name);
        if (!name[0])
            rc = distrust(&w, 0, "it is a folder", err);
        else if (strcmp(name, ".") != 0)
            rc = step(&w, name, err);
    }
    if (w.fd >= 0)
        close(w.fd);
    return rc < 0 ? rc : 0;
}
