/* SPDX-License-Identifier: MIT */
/*
 * sdk/kit/generic.c - rules that hold for a plugin of any kind
 *
 * The cases run in a network namespace of their own where that is possible,
 * so that a plugin under test cannot reach the machine's.
 */
#include "kit.h"

#include <errno.h>
#include <ftw.h>
#include <sched.h>
#include <string.h>

#include <polypod/firewall.h>
#include <polypod/network.h>
#include <polypod/state.h>

#define OP(type, name)                                                         \
    {                                                                          \
#name, offsetof(type, name)                                            \
    }

typedef struct op {
    const char *name;
    size_t at;
} op;

static const op state_must[] = {
    OP(pp_state_ops, info),
    OP(pp_state_ops, begin),
    OP(pp_state_ops, get),
    OP(pp_state_ops, put),
    OP(pp_state_ops, del),
    OP(pp_state_ops, scan),
    OP(pp_state_ops, next),
    OP(pp_state_ops, end),
    OP(pp_state_ops, commit),
    OP(pp_state_ops, abort),
    {NULL, 0},
};

static const op fw_must[] = {
    OP(pp_fw_ops, caps),  OP(pp_fw_ops, net_up), OP(pp_fw_ops, net_down),
    OP(pp_fw_ops, apply), OP(pp_fw_ops, remove), OP(pp_fw_ops, check),
    OP(pp_fw_ops, list),  OP(pp_fw_ops, sync),   {NULL, 0},
};

static const op net_must[] = {
    OP(pp_net_ops, caps),
    OP(pp_net_ops, list),
    OP(pp_net_ops, info),
    OP(pp_net_ops, setup),
    OP(pp_net_ops, teardown),
    OP(pp_net_ops, check),
    {NULL, 0},
};

static int
mandatory_ops_are_there(kit *k)
{
    static const op *const lists[] = {NULL, state_must, fw_must, net_must};
    const char *ops = k->plugin->ops;
    const op *o;
    uint32_t size;

    memcpy(&size, ops, sizeof(size));
    for (o = lists[k->plugin->kind]; o->name; o++) {
        void (*fn)(void) = NULL;

        if (o->at + sizeof(fn) > size)
            return KIT_FAIL("struct_size %u ends before op %s", size, o->name);
        memcpy(&fn, ops + o->at, sizeof(fn));
        if (!fn)
            return KIT_FAIL("op %s is mandatory", o->name);
    }
    return 0;
}

static unsigned files_found;

static int
count_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)path;
    (void)st;
    (void)type;
    (void)ftw;
    files_found++;
    return 0;
}

static unsigned
count_files(const kit *k)
{
    files_found = 0;
    nftw(k->ctx.root, count_one, 16, FTW_PHYS);
    return files_found;
}

static int
probe_leaves_no_trace(kit *k)
{
    unsigned before = count_files(k);
    pp_sink why = {0};
    pp_probe probe = {sizeof(probe), -1, &why};
    pp_err err = {0};
    kit_fds fds;
    int rc;

    if (!k->plugin->probe)
        return kit_skip("no probe");
    unshare(CLONE_NEWNET);
    kit_fds_note(&fds);
    rc = k->plugin->probe(&k->host, &k->config, &probe, &err);
    if (rc < 0)
        return KIT_FAIL("probe: %d: %s", rc, err.msg);
    KIT_CHECK(probe.score >= 0);
    printf("# score %d: %.*s\n", probe.score,
           (int)strcspn(why.p ? why.p : "", "\n"), why.p ? why.p : "");
    if (probe.score == 0)
        KIT_CHECK(why.n > 0);
    kit_sink_clear(&why);
    if (count_files(k) != before)
        return KIT_FAIL("probe made or removed files");
    return kit_fds_check(&fds, 0);
}

/* Open and close, with and without success, leave nothing behind. */
static int
open_and_close_leave_no_descriptors(kit *k)
{
    kit_fds fds;
    pp_err err;
    void *self = NULL;
    int rc, i;

    unshare(CLONE_NEWNET);
    kit_fds_note(&fds);
    for (i = 0; i < 3; i++) {
        rc = kit_open(k, &self, &err);
        if (rc == -PP_E_UNAVAIL || rc == -PP_E_PERM) {
            if (kit_fds_check(&fds, 0) < 0)
                return -1;
            return kit_skip("cannot open here: %s", err.msg);
        }
        if (rc < 0)
            return KIT_FAIL("open: %d: %s", rc, err.msg);
        if (kit_fds_check(&fds, 1) < 0)
            return -1;
        k->plugin->close(self);
        if (kit_fds_check(&fds, 0) < 0)
            return -1;
    }
    return 0;
}

/* A host that cannot give a folder or run anything: errors, no crash. */
static const char *
no_dir(pp_host_ctx *ctx, uint32_t which)
{
    (void)ctx;
    (void)which;
    return NULL;
}

static int
a_host_without_folders_is_survived(kit *k)
{
    void *self = NULL;
    pp_err err;
    int rc;

    unshare(CLONE_NEWNET);
    k->host.dir = no_dir;
    rc = kit_open(k, &self, &err);
    if (rc == 0) {
        k->plugin->close(self);
        return 0;
    }
    KIT_CHECK(err.msg[0] != '\0');
    KIT_CHECK(err.code == -rc);
    return 0;
}

const kit_case kit_generic_cases[] = {
    {"mandatory ops are there", mandatory_ops_are_there, 0},
    {"probe leaves no trace", probe_leaves_no_trace, 0},
    {"open and close leave no descriptors", open_and_close_leave_no_descriptors,
     0},
    {"a host without folders is survived", a_host_without_folders_is_survived,
     0},
    {NULL, NULL, 0},
};
