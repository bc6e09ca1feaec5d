/* SPDX-License-Identifier: MIT */
/*
 * sdk/kit/state_basic.c - one transaction at a time: what each op promises
 */
#include "store.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int
info_keeps_the_minimum(kit *k)
{
    store s;

    if (store_open(&s, k) < 0)
        return -1;
    KIT_CHECK(s.ops->struct_size >= sizeof(pp_state_ops));
    KIT_CHECK(s.info.max_key >= 480);
    KIT_CHECK(s.info.max_val >= (16u << 20));
    if (s.info.caps & PP_STATE_GENERATION)
        KIT_CHECK(s.ops->generation != NULL);
    if (s.info.caps & PP_STATE_BACKUP)
        KIT_CHECK(s.ops->backup != NULL);
    store_close(&s);
    return 0;
}

static int
put_get_del(kit *k)
{
    store s;
    void *t;

    if (store_open(&s, k) < 0)
        return -1;
    STORE_OK(&s, store_begin(&s, PP_TXN_RW, &t));
    KIT_CHECK(store_has(&s, t, "a", NULL));
    STORE_OK(&s, store_put(&s, t, "a", "1"));
    KIT_CHECK(store_has(&s, t, "a", "1"));
    STORE_OK(&s, store_put(&s, t, "a", "22"));
    STORE_OK(&s, store_put(&s, t, "b", "3"));
    STORE_OK(&s, store_commit(&s, t));
    STORE_OK(&s, store_begin(&s, PP_TXN_RW, &t));
    KIT_CHECK(store_has(&s, t, "a", "22"));
    STORE_OK(&s, store_del(&s, t, "a"));
    STORE_GIVES(&s, 0, store_del(&s, t, "a"));
    STORE_GIVES(&s, 0, store_del(&s, t, "never"));
    KIT_CHECK(store_has(&s, t, "a", NULL));
    STORE_OK(&s, store_commit(&s, t));
    STORE_OK(&s, store_begin(&s, 0, &t));
    KIT_CHECK(store_has(&s, t, "a", NULL));
    KIT_CHECK(store_has(&s, t, "b", "3"));
    s.ops->abort(t);
    store_close(&s);
    return 0;
}

static int
put_new_refuses_a_key_that_is_there(kit *k)
{
    store s;
    void *t;

    if (store_open(&s, k) < 0)
        return -1;
    STORE_OK(&s, store_begin(&s, PP_TXN_RW, &t));
    STORE_OK(&s, s.ops->put(t, store_slice("a"), store_slice("1"), PP_PUT_NEW,
                            &s.err));
    STORE_GIVES(
        &s, -PP_E_EXISTS,
        s.ops->put(t, store_slice("a"), store_slice("2"), PP_PUT_NEW, &s.err));
    KIT_CHECK(store_has(&s, t, "a", "1"));
    STORE_OK(&s, store_commit(&s, t));
    STORE_OK(&s, store_begin(&s, PP_TXN_RW, &t));
    STORE_GIVES(
        &s, -PP_E_EXISTS,
        s.ops->put(t, store_slice("a"), store_slice("2"), PP_PUT_NEW, &s.err));
    STORE_OK(&s, store_del(&s, t, "a"));
    STORE_OK(&s, s.ops->put(t, store_slice("a"), store_slice("3"), PP_PUT_NEW,
                            &s.err));
    STORE_OK(&s, store_commit(&s, t));
    STORE_OK(&s, store_begin(&s, 0, &t));
    KIT_CHECK(store_has(&s, t, "a", "3"));
    s.ops->abort(t);
    store_close(&s);
    return 0;
}

static int
any_bytes_in_keys_and_values(kit *k)
{
    static const unsigned char key[] = {0, 0xff, 0, '\n', 0x80};
    unsigned char val[256];
    pp_slice got;
    size_t i;
    store s;
    void *t;

    for (i = 0; i < sizeof(val); i++)
        val[i] = (unsigned char)i;
    if (store_open(&s, k) < 0)
        return -1;
    STORE_OK(&s, store_begin(&s, PP_TXN_RW, &t));
    for (i = 1; i <= sizeof(key); i++)
        STORE_OK(&s, s.ops->put(t, pp_slice_of(key, i),
                                pp_slice_of(val, i == 2 ? 0 : sizeof(val)), 0,
                                &s.err));
    STORE_OK(&s, store_commit(&s, t));
    STORE_OK(&s, store_begin(&s, 0, &t));
    for (i = 1; i <= sizeof(key); i++) {
        STORE_OK(&s, s.ops->get(t, pp_slice_of(key, i), &got, &s.err));
        KIT_CHECK(got.n == (i == 2 ? 0 : sizeof(val)));
        KIT_CHECK(got.n == 0 || memcmp(got.p, val, got.n) == 0);
    }
    s.ops->abort(t);
    store_close(&s);
    return 0;
}

static int
fill(store *s)
{
    static const char *const keys[] = {"b",    "a",   "ab", "c/2",
                                       "c/10", "c/1", "c",  "d"};
    void *t;
    size_t i;

    STORE_OK(s, store_begin(s, PP_TXN_RW, &t));
    for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        STORE_OK(s, store_put(s, t, keys[i], ""));
    STORE_OK(s, store_commit(s, t));
    return 0;
}

static int
scans_as(store *s, void *t, const char *lo, const char *hi, uint32_t flags,
         const char *want)
{
    char got[512];

    STORE_OK(s, store_list(s, t, lo, hi, flags, got, sizeof(got)));
    if (strcmp(got, want) != 0)
        return KIT_FAIL("[%s, %s)%s is \"%s\", not \"%s\"", lo, hi,
                        flags ? " reversed" : "", got, want);
    return 0;
}

static int
all_scans(store *s, void *t)
{
    const uint32_t rev = PP_SCAN_REVERSE;

    if (scans_as(s, t, "", "", 0, "a= ab= b= c= c/1= c/10= c/2= d= ") < 0 ||
        scans_as(s, t, "c/", "c0", 0, "c/1= c/10= c/2= ") < 0 ||
        scans_as(s, t, "ab", "c/10", 0, "ab= b= c= c/1= ") < 0 ||
        scans_as(s, t, "aa", "bb", 0, "ab= b= ") < 0 ||
        scans_as(s, t, "x", "", 0, "") < 0 ||
        scans_as(s, t, "b", "b", 0, "") < 0 ||
        scans_as(s, t, "c", "a", 0, "") < 0)
        return -1;
    if (scans_as(s, t, "", "", rev, "d= c/2= c/10= c/1= c= b= ab= a= ") < 0 ||
        scans_as(s, t, "c/", "c0", rev, "c/2= c/10= c/1= ") < 0 ||
        scans_as(s, t, "ab", "c/10", rev, "c/1= c= b= ab= ") < 0 ||
        scans_as(s, t, "aa", "bb", rev, "b= ab= ") < 0 ||
        scans_as(s, t, "", "a", rev, "") < 0 ||
        scans_as(s, t, "x", "", rev, "") < 0 ||
        scans_as(s, t, "b", "b", rev, "") < 0)
        return -1;
    return 0;
}

static int
scans_are_ordered_and_half_open(kit *k)
{
    store s;
    void *t;

    if (store_open(&s, k) < 0)
        return -1;
    STORE_OK(&s, store_begin(&s, 0, &t));
    if (scans_as(&s, t, "", "", 0, "") < 0)
        return -1;
    s.ops->abort(t);
    if (fill(&s) < 0)
        return -1;
    STORE_OK(&s, store_begin(&s, 0, &t));
    if (all_scans(&s, t) < 0)
        return -1;
    s.ops->abort(t);
    store_close(&s);
    return 0;
}

static int
scans_see_the_transactions_own_writes(kit *k)
{
    const uint32_t rev = PP_SCAN_REVERSE;
    store s;
    void *t;

    if (store_open(&s, k) < 0 || fill(&s) < 0)
        return -1;
    STORE_OK(&s, store_begin(&s, PP_TXN_RW, &t));
    STORE_OK(&s, store_del(&s, t, "a"));
    STORE_OK(&s, store_del(&s, t, "c/10"));
    STORE_OK(&s, store_del(&s, t, "d"));
    STORE_OK(&s, store_put(&s, t, "c", "x"));
    STORE_OK(&s, store_put(&s, t, "0", "y"));
    STORE_OK(&s, store_put(&s, t, "e", "z"));
    if (scans_as(&s, t, "", "", 0, "0=y ab= b= c=x c/1= c/2= e=z ") < 0 ||
        scans_as(&s, t, "", "", rev, "e=z c/2= c/1= c=x b= ab= 0=y ") < 0 ||
        scans_as(&s, t, "a", "c/2", rev, "c/1= c=x b= ab= ") < 0)
        return -1;
    STORE_OK(&s, store_put(&s, t, "a", "back"));
    if (scans_as(&s, t, "", "b", 0, "0=y a=back ab= ") < 0)
        return -1;
    s.ops->abort(t);
    STORE_OK(&s, store_begin(&s, 0, &t));
    if (all_scans(&s, t) < 0)
        return -1;
    s.ops->abort(t);
    store_close(&s);
    return 0;
}

static int
writes_invalidate_iterators(kit *k)
{
    pp_slice key, val;
    void *t, *it, *other;
    store s;

    if (store_open(&s, k) < 0 || fill(&s) < 0)
        return -1;
    STORE_OK(&s, store_begin(&s, PP_TXN_RW, &t));
    STORE_OK(
        &s, s.ops->scan(t, store_slice("c/"), store_slice(""), 0, &it, &s.err));
    STORE_OK(&s, s.ops->scan(t, store_slice(""), store_slice(""),
                             PP_SCAN_REVERSE, &other, &s.err));
    STORE_GIVES(&s, 1, s.ops->next(it, &key, &val, &s.err));
    KIT_CHECK(key.n == 3 && memcmp(key.p, "c/1", 3) == 0);
    STORE_GIVES(&s, 1, s.ops->next(other, &key, &val, &s.err));
    KIT_CHECK(key.n == 1 && memcmp(key.p, "d", 1) == 0);
    STORE_GIVES(&s, 1, s.ops->next(it, &key, &val, &s.err));
    KIT_CHECK(key.n == 4 && memcmp(key.p, "c/10", 4) == 0);
    STORE_OK(&s, store_put(&s, t, "zz", "1"));
    STORE_GIVES(&s, -PP_E_INVAL, s.ops->next(it, &key, &val, &s.err));
    STORE_GIVES(&s, -PP_E_INVAL, s.ops->next(other, &key, &val, &s.err));
    s.ops->end(it);
    s.ops->end(other);
    STORE_OK(&s,
             s.ops->scan(t, store_slice("z"), store_slice(""), 0, &it, &s.err));
    STORE_GIVES(&s, 1, s.ops->next(it, &key, &val, &s.err));
    STORE_GIVES(&s, 0, s.ops->next(it, &key, &val, &s.err));
    STORE_GIVES(&s, 0, s.ops->next(it, &key, &val, &s.err));
    s.ops->end(it);
    s.ops->abort(t);
    store_close(&s);
    return 0;
}

static int
readers_cannot_write(kit *k)
{
    store s;
    void *t;

    if (store_open(&s, k) < 0 || fill(&s) < 0)
        return -1;
    STORE_OK(&s, store_begin(&s, 0, &t));
    KIT_CHECK(store_put(&s, t, "a", "1") < 0);
    KIT_CHECK(store_del(&s, t, "a") < 0);
    KIT_CHECK(store_has(&s, t, "a", ""));
    STORE_OK(&s, store_commit(&s, t));
    store_close(&s);
    return 0;
}

static int
abort_undoes(kit *k)
{
    store s;
    void *t;

    if (store_open(&s, k) < 0 || fill(&s) < 0)
        return -1;
    STORE_OK(&s, store_begin(&s, PP_TXN_RW, &t));
    STORE_OK(&s, store_put(&s, t, "a", "changed"));
    STORE_OK(&s, store_put(&s, t, "new", "1"));
    STORE_OK(&s, store_del(&s, t, "b"));
    s.ops->abort(t);
    STORE_OK(&s, store_begin(&s, 0, &t));
    if (all_scans(&s, t) < 0)
        return -1;
    s.ops->abort(t);
    store_close(&s);
    return 0;
}

static int
unknown_flags_are_refused(kit *k)
{
    const uint32_t odd = 0x40000000u;
    pp_slice one = store_slice("1");
    void *t = NULL, *it = NULL;
    store s;

    if (store_open(&s, k) < 0)
        return -1;
    STORE_GIVES(&s, -PP_E_NOTSUP, s.ops->begin(s.self, odd, 0, &t, &s.err));
    KIT_CHECK(t == NULL);
    STORE_OK(&s, store_begin(&s, PP_TXN_RW, &t));
    STORE_GIVES(&s, -PP_E_NOTSUP, s.ops->put(t, one, one, odd, &s.err));
    KIT_CHECK(store_has(&s, t, "1", NULL));
    STORE_GIVES(&s, -PP_E_NOTSUP, s.ops->scan(t, one, one, odd, &it, &s.err));
    KIT_CHECK(it == NULL);
    STORE_OK(&s, store_put(&s, t, "a", "1"));
    STORE_GIVES(&s, -PP_E_NOTSUP, s.ops->commit(t, odd, &s.err));
    STORE_OK(&s, store_begin(&s, PP_TXN_RW, &t)); /* it was consumed */
    KIT_CHECK(store_has(&s, t, "a", NULL));
    s.ops->abort(t);
    store_close(&s);
    return 0;
}

static int
errors_may_be_null(kit *k)
{
    pp_slice a = store_slice("a"), val;
    void *t;
    store s;

    if (store_open(&s, k) < 0)
        return -1;
    KIT_CHECK(s.ops->begin(s.self, 0x40000000u, 0, &t, NULL) < 0);
    KIT_CHECK(s.ops->begin(s.self, PP_TXN_RW, 0, &t, NULL) == 0);
    KIT_CHECK(s.ops->get(t, a, &val, NULL) == -PP_E_NOTFOUND);
    KIT_CHECK(s.ops->put(t, a, a, PP_PUT_NEW, NULL) == 0);
    KIT_CHECK(s.ops->put(t, a, a, PP_PUT_NEW, NULL) == -PP_E_EXISTS);
    KIT_CHECK(s.ops->commit(t, 0, NULL) == 0);
    store_close(&s);
    return 0;
}

static int
one_size(store *s, size_t key_n, size_t val_n, unsigned char fill_with)
{
    unsigned char *key = malloc(key_n), *val = malloc(val_n);
    pp_slice got;
    void *t;
    size_t i;

    KIT_CHECK(key && val);
    memset(key, fill_with, key_n);
    for (i = 0; i < val_n; i++)
        val[i] = (unsigned char)(i * 7 + i / 251 + fill_with);
    STORE_OK(s, store_begin(s, PP_TXN_RW, &t));
    STORE_OK(s, s->ops->put(t, pp_slice_of(key, key_n), pp_slice_of(val, val_n),
                            0, &s->err));
    STORE_OK(s, store_commit(s, t));
    STORE_OK(s, store_begin(s, 0, &t));
    STORE_OK(s, s->ops->get(t, pp_slice_of(key, key_n), &got, &s->err));
    KIT_CHECK(got.n == val_n && memcmp(got.p, val, val_n) == 0);
    s->ops->abort(t);
    free(key);
    free(val);
    return 0;
}

static int
large_keys_and_values(kit *k)
{
    static const unsigned char one = 1;
    unsigned char *key;
    store s;
    void *t;

    if (store_open(&s, k) < 0)
        return -1;
    if (one_size(&s, 480, 10, 'a') < 0 || one_size(&s, 480, 100000, 'b') < 0 ||
        one_size(&s, 3, 16u << 20, 'c') < 0 ||
        one_size(&s, 3, 10, 'c') < 0 || /* and small again */
        one_size(&s, (size_t)s.info.max_key, 1u << 20, 'd') < 0)
        return -1;
    key = calloc(1, (size_t)s.info.max_key + 1);
    KIT_CHECK(key != NULL);
    STORE_OK(&s, store_begin(&s, PP_TXN_RW, &t));
    KIT_CHECK(s.ops->put(t, pp_slice_of(key, (size_t)s.info.max_key + 1),
                         pp_slice_of(&one, 1), 0, &s.err) < 0);
    s.ops->abort(t);
    free(key);
    store_close(&s);
    return 0;
}

static int
many_keys_in_one_transaction(kit *k)
{
    char key[32], val[600];
    pp_slice got_key, got_val;
    unsigned i;
    store s;
    void *t, *it;

    memset(val, 'v', sizeof(val));
    val[sizeof(val) - 1] = '\0';
    if (store_open(&s, k) < 0)
        return -1;
    STORE_OK(&s, store_begin(&s, PP_TXN_RW, &t));
    for (i = 0; i < 5000; i++) {
        snprintf(key, sizeof(key), "%08u", i * 7919 % 5000);
        STORE_OK(&s, store_put(&s, t, key, val));
    }
    STORE_OK(&s, store_commit(&s, t));
    STORE_OK(&s, store_begin(&s, 0, &t));
    STORE_OK(&s,
             s.ops->scan(t, store_slice(""), store_slice(""), 0, &it, &s.err));
    for (i = 0; s.ops->next(it, &got_key, &got_val, &s.err) == 1; i++) {
        snprintf(key, sizeof(key), "%08u", i);
        KIT_CHECK(got_key.n == 8 && memcmp(got_key.p, key, 8) == 0);
        KIT_CHECK(got_val.n == sizeof(val) - 1);
    }
    KIT_CHECK(i == 5000);
    s.ops->end(it);
    s.ops->abort(t);
    store_close(&s);
    return 0;
}

static int
generation_follows_commits(kit *k)
{
    uint64_t a, b, c, d;
    store s;
    void *t;

    if (store_open(&s, k) < 0)
        return -1;
    if (!(s.info.caps & PP_STATE_GENERATION)) {
        store_close(&s);
        return kit_skip("no generation");
    }
    STORE_OK(&s, s.ops->generation(s.self, &a, &s.err));
    if (fill(&s) < 0)
        return -1;
    STORE_OK(&s, s.ops->generation(s.self, &b, &s.err));
    KIT_CHECK(a != b);
    STORE_OK(&s, store_begin(&s, PP_TXN_RW, &t));
    STORE_OK(&s, store_put(&s, t, "a", "1"));
    s.ops->abort(t);
    STORE_OK(&s, store_begin(&s, 0, &t));
    STORE_OK(&s, store_commit(&s, t));
    STORE_OK(&s, s.ops->generation(s.self, &c, &s.err));
    KIT_CHECK(b == c);
    STORE_OK(&s, store_begin(&s, PP_TXN_RW, &t));
    STORE_OK(&s, store_del(&s, t, "a"));
    STORE_OK(&s, store_commit(&s, t));
    STORE_OK(&s, s.ops->generation(s.self, &d, &s.err));
    KIT_CHECK(d != c);
    store_close(&s);
    return 0;
}

static int64_t
now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int
a_second_writer_gets_busy_in_time(kit *k)
{
    void *t, *t2 = NULL;
    int64_t begin;
    store s;

    if (store_open(&s, k) < 0)
        return -1;
    STORE_OK(&s, store_begin(&s, PP_TXN_RW, &t));
    STORE_OK(&s, store_put(&s, t, "a", "1"));
    begin = now_ms();
    STORE_GIVES(&s, -PP_E_BUSY,
                s.ops->begin(s.self, PP_TXN_RW, 0, &t2, &s.err));
    KIT_CHECK(now_ms() - begin < 500);
    begin = now_ms();
    STORE_GIVES(&s, -PP_E_BUSY,
                s.ops->begin(s.self, PP_TXN_RW, 300, &t2, &s.err));
    /* Where only this thread can end the first one, waiting is in vain. */
    if (k->plugin->threads == PP_THREADS_PARALLEL)
        KIT_CHECK(now_ms() - begin >= 250);
    KIT_CHECK(now_ms() - begin < 1500);
    KIT_CHECK(t2 == NULL);
    KIT_CHECK(s.err.msg[0] != '\0');
    STORE_OK(&s, store_commit(&s, t)); /* the first one is unharmed */
    STORE_OK(&s, s.ops->begin(s.self, PP_TXN_RW, 0, &t, &s.err));
    KIT_CHECK(store_has(&s, t, "a", "1"));
    s.ops->abort(t);
    store_close(&s);
    return 0;
}

/*
 * A reader begun before a commit sees nothing of it.  If the commit cannot
 * be done while the reader is there, busy is the honest answer.
 */
static int
a_reader_sees_one_committed_state(kit *k)
{
    void *r, *w, *late;
    store s;
    int rc;

    if (store_open(&s, k) < 0 || fill(&s) < 0)
        return -1;
    STORE_OK(&s, store_begin(&s, 0, &r));
    KIT_CHECK(store_has(&s, r, "a", ""));
    rc = s.ops->begin(s.self, PP_TXN_RW, 200, &w, &s.err);
    if (rc == -PP_E_BUSY && !(s.info.caps & PP_STATE_RO_CONCURRENT)) {
        s.ops->abort(r);
        store_close(&s);
        return 0;
    }
    STORE_OK(&s, rc);
    STORE_OK(&s, store_put(&s, w, "a", "changed"));
    STORE_OK(&s, store_del(&s, w, "b"));
    if (all_scans(&s, r) < 0)
        return -1;
    if (s.info.caps & PP_STATE_RO_CONCURRENT) {
        STORE_OK(&s, s.ops->begin(s.self, 0, 200, &late, &s.err));
        if (all_scans(&s, late) < 0)
            return -1;
        s.ops->abort(late);
    }
    rc = store_commit(&s, w);
    if (rc != 0 && rc != -PP_E_BUSY)
        return KIT_FAIL("commit beside a reader: %d: %s", rc, s.err.msg);
    if (all_scans(&s, r) < 0)
        return -1;
    s.ops->abort(r);
    STORE_OK(&s, store_begin(&s, 0, &r));
    KIT_CHECK(store_has(&s, r, "a", rc == 0 ? "changed" : ""));
    KIT_CHECK(store_has(&s, r, "b", rc == 0 ? NULL : ""));
    s.ops->abort(r);
    store_close(&s);
    return 0;
}

static int
check_compact_and_status(kit *k)
{
    pp_sink out = {0};
    store s;
    void *t;

    if (store_open(&s, k) < 0 || fill(&s) < 0)
        return -1;
    if (s.ops->check) {
        STORE_OK(&s, s.ops->check(s.self, 0, &out, &s.err));
        STORE_OK(&s, s.ops->check(s.self, PP_CHECK_QUICK, &out, &s.err));
        STORE_GIVES(&s, -PP_E_NOTSUP,
                    s.ops->check(s.self, 0x40000000u, &out, &s.err));
    }
    if (s.ops->compact)
        STORE_OK(&s, s.ops->compact(s.self, 0, &s.err));
    kit_sink_clear(&out);
    if (k->plugin->status) {
        STORE_OK(&s, k->plugin->status(s.self, &out, &s.err));
        KIT_CHECK(out.n > 1 && out.p[0] == '{');
    }
    kit_sink_clear(&out);
    STORE_OK(&s, store_begin(&s, 0, &t));
    if (all_scans(&s, t) < 0)
        return -1;
    s.ops->abort(t);
    store_close(&s);
    return 0;
}

static int
backup_writes_something(kit *k)
{
    char path[PATH_MAX + 32];
    FILE *f;
    store s;

    if (store_open(&s, k) < 0 || fill(&s) < 0)
        return -1;
    if (!(s.info.caps & PP_STATE_BACKUP)) {
        store_close(&s);
        return kit_skip("no backup");
    }
    snprintf(path, sizeof(path), "%s/backup", k->ctx.root);
    f = fopen(path, "we");
    KIT_CHECK(f != NULL);
    STORE_OK(&s, s.ops->backup(s.self, fileno(f), 0, &s.err));
    KIT_CHECK(lseek(fileno(f), 0, SEEK_CUR) > 0);
    fclose(f);
    store_close(&s);
    return 0;
}

static int
descriptors_do_not_leak(kit *k)
{
    kit_fds before;
    void *t, *r, *it;
    pp_slice key, val;
    store s;
    int i;

    kit_fds_note(&before);
    for (i = 0; i < 3; i++) {
        if (store_open(&s, k) < 0 || fill(&s) < 0)
            return -1;
        STORE_OK(&s, store_begin(&s, PP_TXN_RW, &t));
        STORE_OK(&s, store_begin(&s, 0, &r));
        STORE_OK(&s, s.ops->scan(r, store_slice(""), store_slice(""), 0, &it,
                                 &s.err));
        STORE_GIVES(&s, 1, s.ops->next(it, &key, &val, &s.err));
        if (kit_fds_check(&before, 1) < 0)
            return -1;
        s.ops->end(it);
        s.ops->abort(r);
        STORE_OK(&s, store_put(&s, t, "a", "1"));
        STORE_OK(&s, store_commit(&s, t));
        if (kit_fds_check(&before, 1) < 0)
            return -1;
        store_close(&s);
        if (kit_fds_check(&before, 0) < 0)
            return -1;
    }
    return 0;
}

const kit_case kit_state_cases[] = {
    {"info keeps the minimum", info_keeps_the_minimum, 0},
    {"put, get, del", put_get_del, 0},
    {"put-new refuses a key that is there", put_new_refuses_a_key_that_is_there,
     0},
    {"any bytes in keys and values", any_bytes_in_keys_and_values, 0},
    {"scans are ordered and half open", scans_are_ordered_and_half_open, 0},
    {"scans see the transaction's own writes",
     scans_see_the_transactions_own_writes, 0},
    {"writes invalidate iterators", writes_invalidate_iterators, 0},
    {"readers cannot write", readers_cannot_write, 0},
    {"abort undoes", abort_undoes, 0},
    {"unknown flags are refused", unknown_flags_are_refused, 0},
    {"errors may be null", errors_may_be_null, 0},
    {"large keys and values", large_keys_and_values, 0},
    {"many keys in one transaction", many_keys_in_one_transaction, 0},
    {"generation follows commits", generation_follows_commits, 0},
    {"a second writer gets busy in time", a_second_writer_gets_busy_in_time, 0},
    {"a reader sees one committed state", a_reader_sees_one_committed_state, 0},
    {"check, compact and status", check_compact_and_status, 0},
    {"backup writes something", backup_writes_something, 0},
    {"descriptors do not leak", descriptors_do_not_leak, 0},
    {NULL, NULL, 0},
};
