/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * core/util/file.h - whole files and folders, with messages that name them
 *
 * Every descriptor is close-on-exec.
 */
#ifndef CORE_UTIL_FILE_H
#define CORE_UTIL_FILE_H

#include <stddef.h>
#include <sys/types.h>

#include <polypod/error.h>

/* All of a file of at most max bytes, NUL-terminated. Caller frees *data.
 * n may be NULL. 0 | -PP_E_NOTFOUND | -PP_E_FULL (too large) | -PP_E_IO */
int ppc_file_read(const char *path, size_t max, char **data, size_t *n,
                  pp_err *err);

/* Replace a file: written beside it, then renamed; never half there.
 * 0 | -PP_E_FULL | -PP_E_IO */
int ppc_file_write(const char *path, const void *data, size_t n, mode_t mode,
                   pp_err *err);

/* The same, on the disk when it returns: a power cut leaves the old file or
 * the new one. */
int ppc_file_write_synced(const char *path, const void *data, size_t n,
                          mode_t mode, pp_err *err);

/* Make a folder and its parents; an existing folder is fine. */
int ppc_dir_make(const char *path, mode_t mode, pp_err *err);

/* Remove a tree, never crossing a mount point and never following a symbolic
 * link. An absent one is fine. */
int ppc_dir_remove(const char *path, pp_err *err);

/* Write all of it, through EINTR, short writes and a descriptor that somebody
 * made non-blocking: 0, or -1 with errno. */
int ppc_write_all(int fd, const void *data, size_t n);

#endif
