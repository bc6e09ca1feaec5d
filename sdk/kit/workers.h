/* SPDX-License-Identifier: MIT */
/*
 * sdk/kit/workers.h - processes that use the store at the same time
 *
 * A worker opens its own instance; none is ever carried across a fork.
 */
#ifndef POLYPOD_KIT_WORKERS_H
#define POLYPOD_KIT_WORKERS_H

#include <sys/types.h>

#include "store.h"

typedef int worker_fn(store *s, unsigned index, void *arg);

/* Fork a process that opens the store and runs fn; its pid, or -1. */
pid_t worker_start(kit *k, worker_fn *fn, unsigned index, void *arg);

/* 0 if it ended well; KIT_FAIL has spoken otherwise. */
int worker_wait(pid_t pid);

/* Start n, wait for all. */
int workers_run(kit *k, worker_fn *fn, unsigned n, void *arg);

int64_t worker_now_us(void);
void worker_sleep_us(unsigned us);

#endif
