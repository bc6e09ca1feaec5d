/* SPDX-License-Identifier: MIT */
/*
 * sdk/kit/state_readonly.c - a store on a read-only file system (-r, needs
 * root), and the contents of any store as text (-l)
 */
#include "store.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>

static int
make_read_only(const char *dir)
{
    KIT_CHECK(unshare(CLONE_NEWNS) == 0);
    KIT_CHECK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
    KIT_CHECK(mount(dir, dir, NULL, MS_BIND, NULL) == 0);
    KIT_CHECK(mount(NULL, dir, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) ==
              0);
    return 0;
}

static int
a_read_only_store_can_be_read(kit *k)
{
    pp_sink report = {0};
    void *t = NULL;
    store s;

    if (store_open(&s, k) < 0)
        return -1;
    STORE_OK(&s, store_begin(&s, PP_TXN_RW, &t));
    STORE_OK(&s, store_put(&s, t, "a", "1"));
    STORE_OK(&s, store_commit(&s, t));
    store_close(&s);
    if (make_read_only(k->ctx.dir[PP_DIR_STATE]) < 0 || store_open(&s, k) < 0)
        return -1;
    STORE_OK(&s, store_begin(&s, 0, &t));
    KIT_CHECK(store_has(&s, t, "a", "1"));
    s.ops->abort(t);
    KIT_CHECK(store_begin(&s, PP_TXN_RW, &t) < 0);
    if (s.ops->check)
        STORE_OK(&s, s.ops->check(s.self, 0, &report, &s.err));
    kit_sink_clear(&report);
    store_close(&s);
    return 0;
}

const kit_case kit_readonly_cases[] = {
    {"a read-only store can be read", a_read_only_store_can_be_read, 0},
    {NULL, NULL, 0},
};

static void
print_slice(pp_slice p, char end)
{
    const unsigned char *c = p.p;
    size_t i;

    for (i = 0; i < p.n; i++) {
        if (c[i] > ' ' && c[i] < 0x7f && c[i] != '\\' && c[i] != '=')
            putchar(c[i]);
        else
            printf("\\x%02x", c[i]);
    }
    putchar(end);
}

/* Print every item of the store in this folder as key=value. */
int
kit_list(kit *k, const char *dir)
{
    pp_slice none = {NULL, 0}, key, val;
    void *t, *it;
    store s;
    int rc;

    if (k->plugin->kind != PP_KIND_STATE)
        return KIT_FAIL("-l is for a state plugin");
    snprintf(k->ctx.dir[PP_DIR_STATE], sizeof(k->ctx.dir[0]), "%s", dir);
    if (store_open(&s, k) < 0)
        return -1;
    STORE_OK(&s, store_begin(&s, 0, &t));
    STORE_OK(&s, s.ops->scan(t, none, none, 0, &it, &s.err));
    while ((rc = s.ops->next(it, &key, &val, &s.err)) == 1) {
        print_slice(key, '=');
        print_slice(val, '\n');
    }
    STORE_OK(&s, rc);
    s.ops->end(it);
    s.ops->abort(t);
    store_close(&s);
    return 0;
}
