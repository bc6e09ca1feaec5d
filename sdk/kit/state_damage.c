/* SPDX-License-Identifier: MIT */
/*
 * sdk/kit/state_damage.c - files that were damaged while nobody looked
 *
 * A store is written and closed; then, again and again, one of its files is
 * cut, removed or written over at random, and a process opens it, checks it
 * and reads it all.  It may refuse with words; it may not crash or hang, and
 * an error that is not of the three kinds for damage is a wrong one.
 */
#include "workers.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 120
#define MAX_FILES 64
#define FILE_MAX ((size_t)4 << 20)

typedef struct copy {
    char name[64];
    char *p;
    size_t n;
} copy;

typedef struct copies {
    copy v[MAX_FILES];
    unsigned n;
} copies;

static int
read_copy(const char *dir, const char *name, copy *c)
{
    char path[PATH_MAX + 272];
    struct stat st;
    int fd;

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    snprintf(c->name, sizeof(c->name), "%.63s", name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    KIT_CHECK(fd >= 0 && fstat(fd, &st) == 0);
    c->n = (size_t)st.st_size < FILE_MAX ? (size_t)st.st_size : FILE_MAX;
    c->p = malloc(c->n + 1);
    KIT_CHECK(c->p && read(fd, c->p, c->n) == (ssize_t)c->n);
    close(fd);
    return 0;
}

static int
read_copies(const char *dir, copies *all)
{
    DIR *d = opendir(dir);
    struct dirent *entry;
    int rc = 0;

    KIT_CHECK(d != NULL);
    while (rc == 0 && (entry = readdir(d)) && all->n < MAX_FILES)
        if (entry->d_type == DT_REG)
            rc = read_copy(dir, entry->d_name, &all->v[all->n++]);
    closedir(d);
    KIT_CHECK(all->n > 0);
    return rc;
}

static int
write_copy(const char *dir, const copy *c)
{
    char path[PATH_MAX + 272];
    int fd;

    snprintf(path, sizeof(path), "%s/%s", dir, c->name);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    KIT_CHECK(fd >= 0 && write(fd, c->p, c->n) == (ssize_t)c->n);
    close(fd);
    return 0;
}

/* What was done, in words. */
static void
damage(const char *dir, const copy *c, kit_rng *r, char *what, size_t max)
{
    char path[PATH_MAX + 272], junk[4096];
    uint32_t at = kit_rng_below(r, (uint32_t)c->n + 1);
    uint32_t kind = kit_rng_below(r, 8), n;
    int fd;

    snprintf(path, sizeof(path), "%s/%s", dir, c->name);
    snprintf(what, max, "%s: kind %u at %u of %zu", c->name, kind, at, c->n);
    if (kind == 0) {
        unlink(path);
        return;
    }
    fd = open(path, O_WRONLY | O_CLOEXEC);
    if (kind == 1 && ftruncate(fd, at) < 0)
        snprintf(what, max, "%s: cannot cut", c->name);
    if (kind == 2)
        at = kit_rng_below(r, 128); /* headers deserve more of it */
    n = kind < 5 ? 1 + kit_rng_below(r, 8) : kind == 5 ? 4096 : 64;
    memset(junk, kind == 6 ? 0 : 0xff, sizeof(junk));
    if (kind < 5)
        memset(junk, (int)kit_rng_below(r, 256), sizeof(junk));
    if (kind > 1 && pwrite(fd, junk, n, at) < 0)
        snprintf(what, max, "%s: cannot write", c->name);
    close(fd);
}

static int
is_honest(int rc)
{
    return rc >= 0 || rc == -PP_E_CORRUPT || rc == -PP_E_RECOVER ||
           rc == -PP_E_NOTSUP;
}

/* 0: all read; 1: refused; 2: read something else; negative: wrong. */
static int
look_at_it(kit *k, uint32_t how)
{
    pp_sink report = {0};
    uint64_t n = 0, sum = 0;
    pp_slice key, val;
    void *t, *it;
    store s;
    int rc;

    memset(&s, 0, sizeof(s));
    s.ops = k->plugin->ops;
    rc = kit_open(k, &s.self, &s.err);
    if (rc == 0 && how % 2 && s.ops->check)
        rc = s.ops->check(s.self, 0, &report, &s.err);
    if (rc == 0)
        rc = s.ops->begin(s.self, how % 3 ? 0 : PP_TXN_RW, STORE_WAIT, &t,
                          &s.err);
    if (rc < 0)
        return is_honest(rc) ? 1 : KIT_FAIL("%d: %s", rc, s.err.msg);
    rc = s.ops->scan(t, store_slice(""), store_slice(""), how % 5 == 0, &it,
                     &s.err);
    while (rc >= 0 && (rc = s.ops->next(it, &key, &val, &s.err)) == 1) {
        n++;
        sum += key.n + val.n;
    }
    if (rc < 0)
        return is_honest(rc) ? 1 : KIT_FAIL("%d: %s", rc, s.err.msg);
    s.ops->end(it);
    if (how % 3 == 0) {
        rc = s.ops->put(t, store_slice("k010"), store_slice("new"), 0, NULL);
        rc = s.ops->commit(t, 0, &s.err);
        if (!is_honest(rc))
            return KIT_FAIL("%d: %s", rc, s.err.msg);
    }
    return n == 400 && sum == 400 * 404 ? 0 : 2;
}

static int
write_store(kit *k)
{
    char key[16], val[401];
    store s;
    void *t;
    int i;

    if (store_open(&s, k) < 0)
        return -1;
    memset(val, 'v', sizeof(val));
    val[400] = '\0';
    STORE_OK(&s, store_begin(&s, PP_TXN_RW, &t));
    for (i = 0; i < 400; i++) {
        snprintf(key, sizeof(key), "k%03d", i);
        STORE_OK(&s, store_put(&s, t, key, val));
    }
    STORE_OK(&s, store_commit(&s, t));
    store_close(&s);
    return 0;
}

static int
one_round(kit *k, const copies *all, kit_rng *r, unsigned tally[3])
{
    const char *dir = k->ctx.dir[PP_DIR_STATE];
    char what[128];
    int status = 0, late = 0;
    unsigned i;
    pid_t pid;

    if (kit_fresh(k) < 0)
        return -1;
    for (i = 0; i < all->n; i++)
        if (write_copy(dir, &all->v[i]) < 0)
            return -1;
    i = kit_rng_below(r, all->n);
    damage(dir, &all->v[i], r, what, sizeof(what));
    i = kit_rng_below(r, 30);
    fflush(stdout);
    pid = fork();
    if (pid == 0) {
        int rc = look_at_it(k, i);

        fflush(stdout);
        _exit(rc < 0 ? 3 : rc);
    }
    while (late < 5000 && waitpid(pid, &status, WNOHANG) == 0) {
        worker_sleep_us(1000);
        late++;
    }
    if (late >= 5000) {
        kill(pid, SIGKILL);
        return KIT_FAIL("%s: hangs", what);
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) > 2)
        return KIT_FAIL("%s: status 0x%x", what, status);
    tally[WEXITSTATUS(status)]++;
    return 0;
}

static int
damage_is_refused_not_suffered(kit *k)
{
    kit_rng r = kit_rng_of(k->seed);
    unsigned tally[3] = {0, 0, 0}, i;
    copies all = {.n = 0};
    store s;
    int durable, rc = 0;

    if (store_open(&s, k) < 0)
        return -1;
    durable = (s.info.caps & PP_STATE_DURABLE) != 0;
    store_close(&s);
    if (!durable)
        return kit_skip("not claimed: PP_STATE_DURABLE");
    if (write_store(k) < 0 || read_copies(k->ctx.dir[PP_DIR_STATE], &all) < 0)
        return -1;
    for (i = 0; i < ROUNDS && rc == 0; i++)
        rc = one_round(k, &all, &r, tally);
    for (i = 0; i < all.n; i++)
        free(all.v[i].p);
    printf("# damaged stores: %u read whole, %u refused, %u read otherwise\n",
           tally[0], tally[1], tally[2]);
    return rc;
}

const kit_case kit_damage_cases[] = {
    {"damage is refused, not suffered", damage_is_refused_not_suffered, 120},
    {NULL, NULL, 0},
};
