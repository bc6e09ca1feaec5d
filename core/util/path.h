/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* core/util/path.h - paths as text, and opening below a trusted root */
#ifndef CORE_UTIL_PATH_H
#define CORE_UTIL_PATH_H

/* Without doubled slashes, "." and ".."; ".." stops at the root. Caller
 * frees; NULL when out of memory. */
char *ppc_path_clean(const char *path);

/*
 * Open a file as a process chrooted to root would: links and ".." never lead
 * out (openat2(2), RESOLVE_IN_ROOT).
 *
 * returns  a close-on-exec descriptor, or -1 with errno
 */
int ppc_open_in_root(const char *root, const char *path, int flags);

#endif
