/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/state/gate.h - who uses the state store of a folder
 *
 * Whoever opens a store enters through the gate and stays inside until it
 * closes the store; whoever moves the store to another driver, or replaces
 * it, is alone inside.  So nobody goes on using a store that was moved.
 *
 * Kernel locks of open file descriptions on DIR/state.lck: they end with the
 * descriptor, so a crash leaves none, and their place bears the pid of the
 * holder, for messages.
 *
 * Order, outer to inner: gate, alive lock, pod, container, store.
 */
#ifndef ENGINE_STATE_GATE_H
#define ENGINE_STATE_GATE_H

#include <stdbool.h>
#include <stdint.h>

#include <polypod/error.h>

/*
 * Enter, and wait at most timeout for it.
 *
 * alone    nobody else is inside, and nobody enters
 * timeout  nanoseconds
 * returns  a descriptor (close leaves) | -PP_E_BUSY (names the holder and
 *          state.timeout) | -PP_E_NOTFOUND (no folder) | -PP_E_IO
 */
int ppc_gate_enter(const char *dir, bool alone, int64_t timeout, pp_err *err);

#endif
