/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/net-bridge/made.c - what this store has made, for its collection
 *
 * Leases and names of interfaces do not say whose they are, and several
 * stores may be on one network.  So a file in the volatile folder, called as
 * the interface on the host, is there from before the lease until after its
 * release: the network, the folder of leases, the container, its interface, a
 * line each.  A boot takes the files, the interfaces, and everything that has
 * leases from before it.
 */
#include "bridge.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DRAFT ".draft" /* behind the name of one that is not whole */
#define MAX_NOTE (4096 + BR_MAX_ALIAS + 512)

/* returns  a descriptor | -PP_E_NOTFOUND (nothing was made yet) | -PP_E_IO */
static int
open_folder(const br *self, bool create, cni_why *why)
{
    const int how = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW;

    if (create && ((mkdir(self->run_dir, 0700) < 0 && errno != EEXIST) ||
                   (mkdir(self->made_dir, 0700) < 0 && errno != EEXIST)))
        return cni_say(why, PP_E_IO, errno, "cannot make \"%s\"",
                       self->made_dir);
    int fd = open(self->made_dir, how);

    if (fd < 0)
        return cni_say(why, errno == ENOENT ? PP_E_NOTFOUND : PP_E_IO, errno,
                       "cannot open \"%s\"", self->made_dir);
    return fd;
}

static bool
write_all(int dir, const char *name, const char *text, size_t n)
{
    int fd = openat(
        dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    ssize_t done = fd >= 0 ? write(fd, text, n) : -1;
    int e = done < 0 ? errno : ENOSPC;

    if (fd >= 0)
        close(fd);
    errno = e;
    return done == (ssize_t)n;
}

int
br_made_note(const br *self, const br_att *att, cni_why *why)
{
    FD_AUTO int dir = open_folder(self, true, why);
    char draft[IF_NAMESIZE + sizeof(DRAFT)];
    char text[MAX_NOTE];

    if (dir < 0)
        return dir;
    snprintf(draft, sizeof(draft), "%s" DRAFT, att->veth);
    int n = snprintf(text, sizeof(text), "%s\n%s\n%s\n%s\n", att->net,
                     att->folder, att->id, att->ifname);

    if (n < 0 || (size_t)n >= sizeof(text))
        return cni_say(why, PP_E_INVAL, 0,
                       "container ID %.64s is too long for a note", att->id);
    if (!write_all(dir, draft, text, (size_t)n) ||
        renameat(dir, draft, dir, att->veth) < 0)
        return cni_say(why, PP_E_IO, errno, "cannot write \"%s/%s\"",
                       self->made_dir, att->veth);
    return 0;
}

/* What cannot be forgotten is collected once more, for nothing. */
void
br_made_forget(const br *self, const char *id, const char *ifname)
{
    char name[IF_NAMESIZE];
    cni_why quiet = {.err = NULL};
    FD_AUTO int dir = open_folder(self, false, &quiet);

    br_host_veth(id, ifname, name);
    if (dir >= 0)
        unlinkat(dir, name, 0);
}

/* The next line of *p, whose end is cut off; NULL: there is none. */
static const char *
take_line(char **p)
{
    char *line = *p;
    char *end = strchr(line, '\n');

    if (!end || end == line)
        return NULL;
    *end = '\0';
    *p = end + 1;
    return line;
}

static bool
read_note(int dir, const char *name, char text[MAX_NOTE], br_made *out)
{
    int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    ssize_t n = fd >= 0 ? read(fd, text, MAX_NOTE - 1) : -1;
    char *p = text;

    if (fd >= 0)
        close(fd);
    text[n < 0 ? 0 : n] = '\0';
    out->net = take_line(&p);
    out->folder = out->net ? take_line(&p) : NULL;
    out->id = out->folder ? take_line(&p) : NULL;
    out->ifname = out->id ? take_line(&p) : NULL;
    return out->ifname && cni_id_valid(out->id) &&
           cni_ifname_valid(out->ifname) && *out->folder == '/';
}

/* CB may have a note forgotten.  Its first failure is returned, and the
 * others are called all the same. */
int
br_made_each(const br *self, br_made_cb cb, void *arg, cni_why *why)
{
    int fd = open_folder(self, false, why);

    if (fd < 0)
        return fd == -PP_E_NOTFOUND ? 0 : fd;
    DIR *d = fdopendir(fd);
    int first = 0;

    if (!d) {
        close(fd);
        return cni_say(why, PP_E_NOMEM, 0, "no memory to read \"%s\"",
                       self->made_dir);
    }
    for (struct dirent *e = readdir(d); e; e = readdir(d)) {
        char text[MAX_NOTE];
        br_made made;

        if (strncmp(e->d_name, BR_VETH_PREFIX, strlen(BR_VETH_PREFIX)) != 0 ||
            strchr(e->d_name, '.') || !read_note(fd, e->d_name, text, &made))
            continue;
        int rc = cb(&made, arg);

        first = first < 0 ? first : rc;
    }
    closedir(d);
    return first;
}
