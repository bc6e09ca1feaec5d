/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bench/state_look.c - look-ups in, and additions to, stores of many sizes
 *
 * DRIVER=FOLDER=OBJECTS: the folder of a store into which "polypod state
 * import" put that many containers of bench/many.c.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/state/state.h"
#include "many.h"
#include "sample.h"
#include "state_int.h"

#define TIMEOUT_MS 60000

typedef struct filled {
    char *driver;
    const char *dir;
    uint32_t objects;
    uint32_t next; /* number of the container that is asked for, or added */
    bench_plugin plugin;
    ppc_state *state;
} filled;

static void
filled_open(filled *f, const char *word)
{
    char *copy = strdup(word);
    char *dir = copy ? strchr(copy, '=') : NULL;
    char *objects = dir ? strchr(dir + 1, '=') : NULL;
    pp_err err = {0, 0, ""};

    if (!objects)
        bench_die("\"%s\" is not DRIVER=FOLDER=OBJECTS", word);
    *dir++ = '\0';
    *objects++ = '\0';
    f->driver = copy;
    f->dir = dir;
    f->objects = (uint32_t)bench_number(objects);
    f->next = f->objects;
    bench_plugin_open(&f->plugin, PP_KIND_STATE, f->driver, dir);
    if (ppc_state_open(f->plugin.ops, f->plugin.self, TIMEOUT_MS, NULL,
                       &f->state, &err) < 0)
        bench_die("%s: %s", word, err.msg);
}

static void
filled_close(filled *f)
{
    ppc_state_free(f->state);
    bench_plugin_close(&f->plugin);
    free(f->driver);
}

static filled *
filled_open_all(int n, char **words)
{
    filled *all = bench_alloc((size_t)n * sizeof *all);
    int k;

    for (k = 0; k < n; k++)
        filled_open(&all[k], words[k]);
    return all;
}

static void
filled_close_all(filled *all, int n)
{
    int k;

    for (k = 0; k < n; k++)
        filled_close(&all[k]);
    free(all);
}

static void
reference(char how, uint32_t i, char ref[65])
{
    if (how == 'n') {
        snprintf(ref, 65, "c%u", i);
        return;
    }
    many_id(i, ref);
    if (how == 'p')
        ref[10] = '\0';
}

static void
look_up(filled *f, const char *how, unsigned long count)
{
    double begin = bench_now();
    pp_err err = {0, 0, ""};
    char label[96], ref[65];
    ppc_ctr *c = NULL;
    unsigned long i;

    for (i = 0; i < count; i++) {
        f->next = f->next * 1664525u + 1013904223u; /* any order */
        reference(how[0], f->next % f->objects, ref);
        if (ppc_state_lookup_container(f->state, ref, &c, &err) < 0)
            bench_die("%s: %s", f->dir, err.msg);
        ppc_ctr_free(c);
        c = NULL;
    }
    snprintf(label, sizeof label, "state-%s, by %s|%u", f->driver, how,
             f->objects);
    bench_sample("lookup", label, (bench_now() - begin) / (double)count);
}

int
measure_lookup(int argc, char **argv)
{
    static const char *const how[] = {"ID", "name", "prefix"};
    unsigned long rounds, count, r;
    filled *all = NULL;
    size_t h;
    int k;

    if (argc < 3)
        return 2;
    rounds = bench_number(argv[0]);
    count = bench_number(argv[1]);
    all = filled_open_all(argc - 2, argv + 2);
    for (r = 0; r < rounds; r++)
        for (h = 0; h < sizeof how / sizeof how[0]; h++)
            for (k = 0; k < argc - 2; k++)
                look_up(&all[k], how[h], count);
    filled_close_all(all, argc - 2);
    return 0;
}

static void
set_text(char **field, const char *text)
{
    free(*field);
    *field = strdup(text);
    if (!*field)
        bench_die("no memory");
}

/* Add copies of container 0, each with an ID and a name of its own. */
static void
add_some(filled *f, unsigned long count)
{
    pp_err err = {0, 0, ""};
    pp_json *spec = NULL;
    char id[65], label[96];
    ppc_ctr *c = NULL;
    unsigned long i;
    double begin;

    many_id(0, id);
    if (ppc_state_container(f->state, id, &c, &err) < 0 ||
        ppc_state_container_spec(f->state, c, &spec, &err) < 0)
        bench_die("%s: %s", f->dir, err.msg);
    begin = bench_now();
    for (i = 0; i < count; i++) {
        many_id(f->next++, id);
        set_text(&c->config->id, id);
        snprintf(label, sizeof label, "added%u", f->next);
        set_text(&c->config->name, label);
        if (ppc_state_add_container(f->state, c, spec, &err) < 0)
            bench_die("%s: %s", f->dir, err.msg);
    }
    snprintf(label, sizeof label, "state-%s, %u there", f->driver, f->objects);
    bench_sample("add", label, (double)count * 1e6 / (bench_now() - begin));
    pp_json_unref(spec);
    ppc_ctr_free(c);
}

static void
floor_some(party *p, unsigned long count)
{
    double begin = bench_now();
    char label[64];
    unsigned long i;

    for (i = 0; i < count; i++)
        party_commit(p, i);
    snprintf(label, sizeof label, "floor: %s, fdatasync", p->name);
    bench_sample("add", label, (double)count * 1e6 / (bench_now() - begin));
}

int
measure_add(int argc, char **argv)
{
    unsigned long rounds, count, r;
    filled *all = NULL;
    party floors[2];
    int k;

    if (argc < 4)
        return 2;
    rounds = bench_number(argv[0]);
    count = bench_number(argv[1]);
    party_init(&floors[0], "overwrite", argv[2], 0);
    party_init(&floors[1], "append", argv[2], 0);
    party_open(&floors[0]);
    party_open(&floors[1]);
    all = filled_open_all(argc - 3, argv + 3);
    for (r = 0; r < rounds; r++) {
        floor_some(&floors[0], count);
        floor_some(&floors[1], count);
        for (k = 0; k < argc - 3; k++)
            add_some(&all[k], count);
    }
    filled_close_all(all, argc - 3);
    party_close(&floors[0]);
    party_close(&floors[1]);
    return 0;
}
