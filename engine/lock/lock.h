/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/lock/lock.h - one lock per object, between processes
 *
 * A file per object, locked as an open file description: the lock dies with
 * the descriptor, so a crash never leaves one taken, and it never reaches
 * conmon or a container because the descriptor is close-on-exec.  The file
 * holds the pid of the last holder, for messages.
 *
 * Order, outer to inner: alive lock, pod, container, store.
 */
#ifndef ENGINE_LOCK_LOCK_H
#define ENGINE_LOCK_LOCK_H

#include <stdint.h>

#include <polypod/error.h>

#include "core/util/cleanup.h"

/*
 * Take the lock DIR/NAME, waiting at most timeout.
 *
 * timeout  nanoseconds; 0: do not wait
 * what     for the message: "container web"
 * key      the setting that raises the timeout, for the message
 * returns  a descriptor (close releases) | -PP_E_BUSY (names the holder) |
 *          -PP_E_IO
 */
int ppc_lock_take(const char *dir, const char *name, int64_t timeout,
                  const char *what, const char *key, pp_err *err);

/* The same, together with others that share it. */
int ppc_lock_share(const char *dir, const char *name, int64_t timeout,
                   const char *what, const char *key, pp_err *err);

/* Remove the file of a lock that is held; waiters notice and start over. */
void ppc_lock_forget(const char *dir, const char *name);

#endif
