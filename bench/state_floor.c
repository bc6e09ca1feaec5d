/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bench/state_floor.c - plugins and floors that commit; see state_int.h */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "sample.h"
#include "state_int.h"

#define FLOOR_SIZE (4L << 20)
#define TIMEOUT_MS 60000

void
party_init(party *p, const char *name, const char *dir, int part)
{
    memset(p, 0, sizeof *p);
    p->name = name;
    p->fd = -1;
    p->appends = !strcmp(name, "append");
    p->floor = p->appends || !strcmp(name, "overwrite");
    if (p->floor)
        snprintf(p->path, sizeof p->path, "%s/%s.%d", dir, name, part);
    else
        snprintf(p->path, sizeof p->path, "%s/%s", dir, name);
}

/* Blocks that are written, not only reserved: an overwrite of those changes
 * nothing but data. */
static void
fill_file(int fd)
{
    static const char zeros[1 << 16];
    long n;

    for (n = 0; n < FLOOR_SIZE; n += (long)sizeof zeros)
        if (pwrite(fd, zeros, sizeof zeros, n) != sizeof zeros)
            bench_die("cannot fill a file: %s", strerror(errno));
    if (fsync(fd))
        bench_die("fsync: %s", strerror(errno));
}

void
party_open(party *p)
{
    off_t size;

    if (!p->floor) {
        bench_plugin_open(&p->plugin, PP_KIND_STATE, p->name, p->path);
        p->store =
            (ppc_store){p->plugin.ops, p->plugin.self, TIMEOUT_MS, false};
        return;
    }
    p->fd = open(p->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (p->fd < 0)
        bench_die("cannot open %s: %s", p->path, strerror(errno));
    size = lseek(p->fd, 0, SEEK_END);
    if (!p->appends && size == 0)
        fill_file(p->fd);
    p->at = p->appends ? size : 0;
}

void
party_close(party *p)
{
    if (!p->floor)
        bench_plugin_close(&p->plugin);
    else
        close(p->fd);
}

struct record {
    char key[64];
    char val[RECORD];
};

static int
put_record(ppc_txn *t, void *arg, pp_err *err)
{
    const struct record *r = arg;

    return ppc_txn_put_raw(t, pp_slice_of(r->key, strlen(r->key)),
                           pp_slice_of(r->val, sizeof r->val), err);
}

static void
commit_file(party *p, const struct record *r)
{
    if (pwrite(p->fd, r->val, sizeof r->val, p->at) != sizeof r->val ||
        fdatasync(p->fd))
        bench_die("%s: %s", p->path, strerror(errno));
    p->at += RECORD;
    if (!p->appends && p->at + RECORD > FLOOR_SIZE)
        p->at = 0;
}

void
party_commit(party *p, unsigned long key)
{
    struct record r;
    pp_err err = {0, 0, ""};

    snprintf(r.key, sizeof r.key, "z/%032lu/state", key);
    memset(r.val, 'a' + (char)(p->at++ % 26), sizeof r.val);
    if (p->floor) {
        p->at--;
        commit_file(p, &r);
    } else if (ppc_store_update(&p->store, put_record, &r, &err) < 0) {
        bench_die("%s: %s", p->name, err.msg);
    }
}
