/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tests/slow/replay.c - what a disk may hold after a power cut */
#include "replay.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "core/util/file.h"

#define PAGE 4096u
#define MAX_FILES 256
#define MAX_SIZE ((size_t)8 << 20)
#define MAX_TRACE ((size_t)256 << 20)

struct entry {
    disk_record rec;
    const char *data;
};

struct replay {
    char *text;
    struct entry *v;
    size_t n;
};

/* A file as it comes to be. */
typedef struct image {
    uint64_t ino;
    char *p; /* MAX_SIZE bytes, zeros past the size */
    size_t size;
} image;

/* The names of the folder, while it comes to be. */
typedef struct names {
    struct {
        char name[56];
        uint64_t ino;
    } v[MAX_FILES];
    size_t n;
} names;

static void
die(const char *what, const char *name)
{
    fprintf(stderr, "replay: %s %s\n", what, name);
    exit(99);
}

replay *
replay_new(const char *trace)
{
    replay *r = calloc(1, sizeof *r);
    pp_err err = {0, 0, ""};
    size_t n = 0, at;

    if (!r || ppc_file_read(trace, MAX_TRACE, &r->text, &n, &err) < 0)
        die("cannot read", trace);
    r->v = calloc(n / sizeof(disk_record) + 1, sizeof *r->v);
    if (!r->v)
        die("no memory for", trace);
    for (at = 0; at + sizeof(disk_record) <= n;) {
        struct entry *e = &r->v[r->n++];

        memcpy(&e->rec, r->text + at, sizeof e->rec);
        at += sizeof e->rec;
        e->data = r->text + at;
        at += e->rec.n;
    }
    return r;
}

void
replay_free(replay *r)
{
    free(r->text);
    free(r->v);
    free(r);
}

size_t
replay_first(const replay *r)
{
    size_t i;

    for (i = 0; i < r->n; i++)
        if (r->v[i].rec.op == DISK_BEGIN)
            return i + 1;
    die("no beginning in", "a record");
    return 0;
}

size_t
replay_count(const replay *r)
{
    return r->n;
}

int
replay_acked(const replay *r, size_t cut, int none)
{
    size_t i;

    for (i = cut; i > 0; i--)
        if (r->v[i - 1].rec.op == DISK_ACK)
            return (int)r->v[i - 1].rec.at;
    return none;
}

const char *
replay_alien(const replay *r)
{
    size_t i;

    for (i = 0; i < r->n; i++)
        if (r->v[i].rec.op == DISK_ALIEN)
            return r->v[i].rec.name;
    return NULL;
}

static size_t
find(const names *d, const char *name)
{
    size_t i;

    for (i = 0; i < d->n; i++)
        if (!strcmp(d->v[i].name, name))
            break;
    return i;
}

static void
drop(names *d, const char *name)
{
    size_t i = find(d, name);

    if (i < d->n)
        d->v[i] = d->v[--d->n];
}

static void
enter(names *d, const char *name, uint64_t ino)
{
    drop(d, name);
    if (d->n == MAX_FILES)
        die("too many files", name);
    snprintf(d->v[d->n].name, sizeof d->v->name, "%s", name);
    d->v[d->n++].ino = ino;
}

static bool
is_naming(const disk_record *r)
{
    return r->op == DISK_CREATE || r->op == DISK_RENAME || r->op == DISK_UNLINK;
}

static void
name_apply(names *d, const disk_record *r)
{
    size_t i;

    if (r->op == DISK_CREATE)
        enter(d, r->name, r->ino);
    if (r->op == DISK_UNLINK)
        drop(d, r->name);
    if (r->op != DISK_RENAME)
        return;
    i = find(d, r->name);
    if (i < d->n)
        enter(d, r->other, d->v[i].ino);
    drop(d, r->name);
}

/* The name whose history a naming belongs to. */
static const char *
subject(const disk_record *r)
{
    return r->op == DISK_RENAME ? r->other : r->name;
}

/* Was the folder, or the new file itself, synced between here and the cut? */
static bool
is_synced(const replay *r, size_t at, size_t cut, bool by_file)
{
    const disk_record *rec = &r->v[at].rec;
    size_t i;

    for (i = at + 1; i < cut; i++)
        if (r->v[i].rec.op == DISK_SYNC &&
            (!r->v[i].rec.ino || (by_file && rec->op == DISK_CREATE &&
                                  r->v[i].rec.ino == rec->ino)))
            return true;
    return false;
}

/* A journal: everything up to the last naming that had to be there, and a
 * part of what follows. */
static size_t
journal_end(const replay *r, size_t cut, uint64_t *chance)
{
    size_t first = 0, i;

    for (i = 0; i < cut; i++)
        if (is_naming(&r->v[i].rec) && is_synced(r, i, cut, true))
            first = i + 1;
    return first + slow_below(chance, cut - first + 1);
}

/* Loose: may the naming at i be lost, when an earlier one of its name was? */
static bool
is_lost(const replay *r, size_t i, size_t cut, replay_names how,
        const names *lost, uint64_t *chance)
{
    const char *name = subject(&r->v[i].rec);

    if (is_synced(r, i, cut, how == REPLAY_LOOSE))
        return false;
    return find(lost, name) < lost->n || slow_below(chance, 2);
}

static void
choose_names(const replay *r, size_t cut, replay_names how, uint64_t *chance,
             names *d)
{
    size_t end = cut, i;
    names lost;

    lost.n = d->n = 0;
    if (how == REPLAY_JOURNAL)
        end = journal_end(r, cut, chance);
    for (i = 0; i < end; i++) {
        const disk_record *rec = &r->v[i].rec;

        if (!is_naming(rec))
            continue;
        if (how != REPLAY_JOURNAL && is_lost(r, i, cut, how, &lost, chance))
            enter(&lost, subject(rec), 0);
        else
            name_apply(d, rec);
    }
}

/* Apply a write or a new size, to all pages or to one. */
static void
data_apply(image *f, const struct entry *e, size_t lo, size_t hi)
{
    size_t from = e->rec.at, to = e->rec.at + e->rec.n;

    if (to > MAX_SIZE)
        die("too large", "a file");
    if (e->rec.op == DISK_RESIZE)
        to = MAX_SIZE;
    from = from > lo ? from : lo;
    to = to < hi ? to : hi;
    if (from >= to)
        return;
    if (e->rec.op == DISK_RESIZE)
        memset(f->p + from, 0, to - from);
    else
        memcpy(f->p + from, e->data + (from - e->rec.at), to - from);
}

static size_t
size_after(size_t size, const disk_record *r)
{
    if (r->op == DISK_RESIZE)
        return r->at;
    return r->at + r->n > size ? r->at + r->n : size;
}

static bool
is_data(const disk_record *r, uint64_t ino)
{
    return r->ino == ino && (r->op == DISK_WRITE || r->op == DISK_RESIZE);
}

/* Does the record touch this page? */
static bool
touches(const disk_record *r, size_t lo)
{
    return r->at < lo + PAGE && (r->op == DISK_RESIZE || r->at + r->n > lo);
}

/* Some of the first changes since the sync, for each page on its own. */
static void
choose_pages(const replay *r, image *f, size_t from, size_t cut, size_t end,
             uint64_t *chance)
{
    size_t lo, i, n, keep;

    for (lo = 0; lo < end; lo += PAGE) {
        for (i = from, n = 0; i < cut; i++)
            n += is_data(&r->v[i].rec, f->ino) && touches(&r->v[i].rec, lo);
        keep = slow_below(chance, n + 1);
        for (i = from; i < cut && keep; i++)
            if (is_data(&r->v[i].rec, f->ino) && touches(&r->v[i].rec, lo)) {
                data_apply(f, &r->v[i], lo, lo + PAGE);
                keep--;
            }
    }
}

/* chance NULL: all changes are there. */
static void
file_make(const replay *r, image *f, size_t cut, uint64_t *chance)
{
    size_t synced = 0, i, n = 0, size, end;

    f->size = 0;
    memset(f->p, 0, MAX_SIZE);
    for (i = 0; i < cut; i++)
        if (r->v[i].rec.op == DISK_SYNC && r->v[i].rec.ino == f->ino)
            synced = i;
    if (!chance)
        synced = cut;
    for (i = 0; i < synced; i++)
        if (is_data(&r->v[i].rec, f->ino)) {
            data_apply(f, &r->v[i], 0, MAX_SIZE);
            f->size = size_after(f->size, &r->v[i].rec);
        }
    size = end = f->size;
    for (i = synced; i < cut; i++)
        if (is_data(&r->v[i].rec, f->ino)) {
            n++;
            size = size_after(size, &r->v[i].rec);
            end = size > end ? size : end;
        }
    if (!n)
        return;
    choose_pages(r, f, synced, cut, end, chance);
    n = slow_below(chance, n + 1);
    for (i = synced; i < cut && n; i++)
        if (is_data(&r->v[i].rec, f->ino)) {
            f->size = size_after(f->size, &r->v[i].rec);
            n--;
        }
}

void
replay_write(const replay *r, size_t cut, replay_names how, uint64_t *chance,
             const char *dir)
{
    image f = {.p = malloc(MAX_SIZE)};
    int dir_fd, fd;
    names d;
    size_t i;

    if (!f.p)
        die("no memory for", dir);
    choose_names(r, cut, how, chance, &d);
    slow_empty(dir);
    dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (i = 0; i < d.n; i++) {
        f.ino = d.v[i].ino;
        file_make(r, &f, cut, chance);
        fd = openat(dir_fd, d.v[i].name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        if (fd < 0 || write(fd, f.p, f.size) != (ssize_t)f.size)
            die("cannot write", d.v[i].name);
        close(fd);
    }
    close(dir_fd);
    free(f.p);
}

/* Is the file just as the record says? */
static bool
is_same(const char *dir, const char *name, const image *f)
{
    char path[320];
    char *text = NULL;
    pp_err err = {0, 0, ""};
    size_t n = 0;
    bool same;

    snprintf(path, sizeof path, "%s/%s", dir, name);
    if (ppc_file_read(path, MAX_SIZE, &text, &n, &err) < 0)
        return false;
    same = n == f->size && !memcmp(text, f->p, n);
    free(text);
    return same;
}

bool
replay_is_complete(const replay *r, const char *dir)
{
    image f = {.p = malloc(MAX_SIZE)};
    struct dirent *e;
    bool same = true;
    names d;
    DIR *all;
    size_t i, n = 0;

    d.n = 0;
    for (i = 0; i < r->n; i++)
        if (is_naming(&r->v[i].rec))
            name_apply(&d, &r->v[i].rec);
    for (i = 0; i < d.n && f.p && same; i++) {
        size_t len = strlen(d.v[i].name);

        if (len > 4 && !strcmp(d.v[i].name + len - 4, "-shm"))
            continue; /* memory */
        f.ino = d.v[i].ino;
        file_make(r, &f, r->n, NULL);
        same = is_same(dir, d.v[i].name, &f);
        if (!same)
            printf("not as recorded: %s\n", d.v[i].name);
    }
    all = opendir(dir);
    while (all && (e = readdir(all))) {
        n += e->d_type == DT_REG;
        if (e->d_type == DT_REG && find(&d, e->d_name) == d.n)
            printf("not in the record: %s\n", e->d_name);
    }
    if (n < d.n)
        printf("%zu files recorded, %zu there\n", d.n, n);
    if (all)
        closedir(all);
    free(f.p);
    return same && n == d.n;
}
