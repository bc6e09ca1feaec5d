/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/state/marker.c - which driver's store counts; see marker.h */
#include "engine/state/marker.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "core/util/cleanup.h"
#include "core/util/file.h"
#include "core/util/str.h"

#define MARKER "state.driver"
#define JOURNAL "state.migrating"
#define FILE_MAX 256

bool
ppc_driver_is_name(const char *name)
{
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");

    return n && n <= PPC_DRIVER_MAX && !name[n] && *name != '-';
}

static int
no_memory(pp_err *err)
{
    return pp_fail(err, PP_E_NOMEM, 0, "no memory for a path");
}

int
ppc_dir_sync(const char *dir, pp_err *err)
{
    PP_AUTO_FD int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0 || fsync(fd))
        return pp_fail(err, PP_E_IO, errno, "cannot sync folder \"%s\"", dir);
    return 0;
}

/* A file of a few bytes on the disk, whole. */
static int
write_synced(const char *path, const char *text, pp_err *err)
{
    PP_AUTO_FD int fd =
        open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);

    if (fd < 0 || ppc_write_all(fd, text, strlen(text)) || fsync(fd))
        return pp_fail(err, errno == ENOSPC ? PP_E_FULL : PP_E_IO, errno,
                       "cannot write \"%s\"", path);
    return 0;
}

/* Put a file in its place: by rename, which one process at a time does, or by
 * link if it has to be new. */
static int
publish(const char *dir, const char *name, const char *text, bool anew,
        pp_err *err)
{
    PP_AUTO_FREE char *path = ppc_sprintf("%s/%s", dir, name);
    PP_AUTO_FREE char *tmp =
        ppc_sprintf("%s/%s.%d.tmp", dir, name, anew ? (int)getpid() : 0);
    int rc;

    if (!path || !tmp)
        return no_memory(err);
    rc = write_synced(tmp, text, err);
    if (!rc && (anew ? link(tmp, path) : rename(tmp, path)))
        rc = anew && errno == EEXIST
                 ? -PP_E_EXISTS
                 : pp_fail(err, PP_E_IO, errno, "cannot write \"%s\"", path);
    if (anew || rc < 0)
        unlink(tmp);
    return rc < 0 ? rc : ppc_dir_sync(dir, err);
}

/* NULL if the file is absent. */
static int
read_small(const char *dir, const char *name, char **text, pp_err *err)
{
    PP_AUTO_FREE char *path = ppc_sprintf("%s/%s", dir, name);
    int rc;

    if (!path)
        return no_memory(err);
    rc = ppc_file_read(path, FILE_MAX, text, NULL, err);
    return rc == -PP_E_NOTFOUND ? 0 : rc;
}

int
ppc_marker_read(const char *dir, char driver[PPC_DRIVER_MAX + 1], pp_err *err)
{
    PP_AUTO_FREE char *text = NULL;
    int rc = read_small(dir, MARKER, &text, err);

    if (rc < 0)
        return rc;
    if (!text) {
        driver[0] = '\0';
        return 0;
    }
    text[strcspn(text, "\n")] = '\0';
    if (!ppc_driver_is_name(text))
        return pp_fail(err, PP_E_CORRUPT, 0,
                       "\"%s/" MARKER "\" does not hold the name of a driver: "
                       "write the one whose folder state-NAME beside it has "
                       "the containers",
                       dir);
    memcpy(driver, text, strlen(text) + 1);
    return 0;
}

static int
put_marker(const char *dir, const char *driver, bool anew, pp_err *err)
{
    char text[PPC_DRIVER_MAX + 2];

    snprintf(text, sizeof text, "%s\n", driver);
    return publish(dir, MARKER, text, anew, err);
}

int
ppc_marker_make(const char *dir, const char *driver, pp_err *err)
{
    return put_marker(dir, driver, true, err);
}

int
ppc_marker_replace(const char *dir, const char *driver, pp_err *err)
{
    return put_marker(dir, driver, false, err);
}

int
ppc_journal_read(const char *dir, ppc_journal *out, pp_err *err)
{
    PP_AUTO_FREE char *text = NULL;
    ppc_journal j = {"", "", ""};
    int rc = read_small(dir, JOURNAL, &text, err);

    if (rc < 0)
        return rc;
    memset(out, 0, sizeof *out);
    if (!text)
        return 0;
    if (sscanf(text, "%31s %31s %19s", j.from, j.to, j.stamp) != 3 ||
        !ppc_driver_is_name(j.from) || !ppc_driver_is_name(j.to) ||
        strspn(j.stamp, "0123456789TZ") != strlen(j.stamp))
        return pp_fail(err, PP_E_CORRUPT, 0,
                       "\"%s/" JOURNAL "\" is damaged: if no migration is "
                       "under way, delete it",
                       dir);
    *out = j;
    return 0;
}

int
ppc_journal_write(const char *dir, const ppc_journal *j, pp_err *err)
{
    char text[FILE_MAX];

    snprintf(text, sizeof text, "%s %s %s\n", j->from, j->to, j->stamp);
    return publish(dir, JOURNAL, text, false, err);
}

int
ppc_journal_remove(const char *dir, pp_err *err)
{
    PP_AUTO_FREE char *path = ppc_sprintf("%s/" JOURNAL, dir);

    if (!path)
        return no_memory(err);
    if (unlink(path) && errno != ENOENT)
        return pp_fail(err, PP_E_IO, errno, "cannot remove \"%s\"", path);
    return ppc_dir_sync(dir, err);
}
