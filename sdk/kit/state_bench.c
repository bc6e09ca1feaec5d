/* SPDX-License-Identifier: MIT */
/*
 * sdk/kit/state_bench.c - what a state plugin costs, beside a bare fdatasync
 */
#include "workers.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define TIMES 500

static double
each(int64_t begin, int times)
{
    return (double)(worker_now_us() - begin) / times;
}

static int
bench_sync(kit *k)
{
    char path[PATH_MAX + 32], block[2048];
    int64_t begin;
    int fd, i;

    snprintf(path, sizeof(path), "%s/raw", k->ctx.root);
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    KIT_CHECK(fd >= 0);
    memset(block, 'x', sizeof(block));
    begin = worker_now_us();
    for (i = 0; i < TIMES; i++) {
        KIT_CHECK(write(fd, block, sizeof(block)) == sizeof(block));
        KIT_CHECK(fdatasync(fd) == 0);
    }
    printf("# append 2 KiB and fdatasync: %.0f us\n", each(begin, TIMES));
    close(fd);
    return 0;
}

static int
bench_ops(kit *k)
{
    char key[64], val[2048];
    int64_t begin;
    store s;
    void *t;
    int i;

    memset(val, 'v', sizeof(val));
    val[sizeof(val) - 1] = '\0';
    if (store_open(&s, k) < 0)
        return -1;
    begin = worker_now_us();
    for (i = 0; i < TIMES; i++) {
        snprintf(key, sizeof(key), "c/%032d/state", i * 7919 % TIMES);
        STORE_OK(&s, store_begin(&s, PP_TXN_RW, &t));
        STORE_OK(&s, store_put(&s, t, key, val));
        STORE_OK(&s, store_commit(&s, t));
    }
    printf("# commit of one 2 KiB value: %.0f us\n", each(begin, TIMES));
    begin = worker_now_us();
    for (i = 0; i < TIMES; i++) {
        snprintf(key, sizeof(key), "c/%032d/state", i);
        STORE_OK(&s, store_begin(&s, 0, &t));
        KIT_CHECK(store_has(&s, t, key, val));
        s.ops->abort(t);
    }
    printf("# read-only transaction, one get: %.1f us\n", each(begin, TIMES));
    store_close(&s);
    return 0;
}

static int
bench_open(kit *k)
{
    int64_t begin;
    store s;
    void *t;
    int i;

    if (store_open(&s, k) < 0)
        return -1;
    STORE_OK(&s, store_begin(&s, PP_TXN_RW, &t));
    STORE_OK(&s, store_put(&s, t, "a", "1"));
    STORE_OK(&s, store_commit(&s, t));
    store_close(&s);
    begin = worker_now_us();
    for (i = 0; i < TIMES; i++) {
        if (store_open(&s, k) < 0)
            return -1;
        store_close(&s);
    }
    printf("# open and close: %.0f us\n", each(begin, TIMES));
    begin = worker_now_us();
    for (i = 0; i < TIMES; i++) {
        if (store_open(&s, k) < 0)
            return -1;
        STORE_OK(&s, store_begin(&s, PP_TXN_RW, &t));
        STORE_OK(&s, store_put_n(&s, t, "a", (uint64_t)i));
        STORE_OK(&s, store_commit(&s, t));
        store_close(&s);
    }
    printf("# open, commit, close: %.0f us\n", each(begin, TIMES));
    return 0;
}

const kit_case kit_bench_cases[] = {
    {"the file system", bench_sync, 0},
    {"transactions", bench_ops, 0},
    {"open", bench_open, 0},
    {NULL, NULL, 0},
};
