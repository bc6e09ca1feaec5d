/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/unit/test_state_admin.c - check, repair, export, import and copy on
 * one back end
 *
 * test_state_admin [BACKEND]: "map" (the default) or a plugin.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <polypod/plugin.h>

#include "core/util/log.h"
#include "core/util/sha256.h"
#include "core/util/strv.h"
#include "engine/json.h"
#include "engine/state/aside.h"
#include "engine/state/copy.h"
#include "engine/state/line.h"
#include "engine/state/transfer.h"
#include "scenario.h"

#define ID1 "11111111111111111111111111111111"
#define ID2 "22222222222222222222222222222222"
#define ID3 "33333333333333333333333333333333"
#define ID4 "44444444444444444444444444444444"
#define GONE "99999999999999999999999999999999"

static const char *backend_name = "map";

struct world {
    backend b;
    ppc_state *st;
    ppc_report r;
};

static void
must(int rc, const pp_err *err)
{
    if (rc < 0)
        print_error("%d %s\n", rc, err->msg);
    assert_int_equal(rc, 0);
}

/* Pod 1 with containers 2 and 3, which needs 2; container 4, with request
 * and intent, in namespace "ns". */
static void
fill(ppc_state *st)
{
    PP_AUTO(ppc_pod_free) ppc_pod *p = fixture_pod('1');
    PP_AUTO(pp_json_unref) pp_json *spec = pp_json_object();
    pp_err err = {0, 0, ""};
    char digit;

    free(pp_steal(&p->state->infra_id));
    p->state->infra_id = strdup(ID2);
    must(ppc_state_add_pod(st, p, &err), &err);
    pp_json_put(spec, "b", pp_json_string("x\ty\"\\\x01"));
    pp_json_put(spec, "a", pp_json_double(1.5));
    for (digit = '2'; digit <= '4'; digit++) {
        PP_AUTO(ppc_ctr_free) ppc_ctr *c = fixture_ctr(digit);

        c->state->state = PPC_CTR_CONFIGURED;
        if (digit == '3')
            ppc_strv_add(&c->config->dependencies, ID2);
        if (digit == '4') {
            c->config->nspace = strdup("ns");
            c->intent = strdup("start");
            must(ppc_state_add_container(st, c, spec, &err), &err);
            continue;
        }
        c->config->pod = strdup(ID1);
        must(ppc_state_add_container_to_pod(st, p, c, NULL, &err), &err);
    }
}

static int
set_up(void **state)
{
    static struct world w;
    pp_err err = {0, 0, ""};

    memset(&w, 0, sizeof w);
    backend_open(&w.b, backend_name);
    must(ppc_state_open(w.b.ops, w.b.self, 5000, NULL, &w.st, &err), &err);
    fill(w.st);
    *state = &w;
    return 0;
}

static int
tear_down(void **state)
{
    struct world *w = *state;

    ppc_report_clear(&w->r);
    ppc_state_free(w->st);
    backend_close(&w->b);
    return 0;
}

static void
audit(struct world *w, bool repair)
{
    pp_err err = {0, 0, ""};

    ppc_report_clear(&w->r);
    must(ppc_state_audit(w->st, repair, &w->r, &err), &err);
}

/* The findings as text; caller frees. */
static char *
texts(const ppc_report *r)
{
    ppc_str s = PPC_STR_INIT;
    size_t i;

    for (i = 0; i < r->n; i++) {
        ppc_finding_text(&r->v[i], &s);
        ppc_str_putc(&s, '\n');
    }
    return ppc_str_steal(&s);
}

#define POKE(w, key, val) backend_put(&(w)->b, key, sizeof(key) - 1, val)
#define UNPOKE(w, key) backend_del(&(w)->b, key, sizeof(key) - 1)

static void
test_a_sound_store_has_no_findings(void **state)
{
    struct world *w = *state;

    audit(w, false);
    assert_int_equal(w->r.n, 0);
    assert_int_equal(w->r.containers, 3);
    assert_int_equal(w->r.pods, 1);
    assert_int_equal(w->r.running, 0);
}

/* Each kind of damage: what the check says, and that the repair holds. */
struct damage {
    const char *key;
    size_t n;
    const char *val; /* NULL: deleted */
    const char *says;
    size_t left; /* findings after the repair          */
    size_t ctrs; /* readable containers after it       */
    size_t aside;
};

#define D(key) key, sizeof(key) - 1

static const struct damage damages[] = {
    {D("c/" ID3 "\0config"), "{", "container " ID3 ": its config", 0, 2, 2},
    {D("c/" ID3 "\0config"), "{\"id\":\"x\"}", "another ID", 0, 2, 2},
    {D("c/" ID3 "\0config"), NULL, "it has no config", 0, 2, 1},
    {D("c/" ID3 "\0state"), "[]", "its state cannot be read", 0, 2, 2},
    {D("c/" ID3 "\0state"), "{\"state\":77}", "77 is no state", 0, 2, 2},
    {D("c/" ID3 "\0state"), NULL, "it has no state", 0, 2, 1},
    {D("c/" ID4 "\0config"), "", "container " ID4 ": its config", 0, 2, 4},
    {D("c/" ID2 "\0config"), "{", "container " ID2 ": its config", 0, 2, 2},
    {D("p/" ID1 "\0config"), "{", "pod " ID1 ": its config", 0, 3, 2},
    {D("p/" ID1 "\0state"), NULL, "pod " ID1 ": it has no state", 0, 3, 1},
    {D("x/" ID4), "{", "its request cannot be read", 0, 3, 1},
    {D("n/test3"), NULL, "name \"test3\": the store lacks it", 0, 3, 0},
    {D("n/test3"), "c" ID2, "does not name its owner, " ID3, 0, 3, 0},
    {D("n/ghost"), "c" GONE, "name \"ghost\": the store lists", 0, 3, 0},
    {D("n/other"), "c" ID2, "name \"other\": the store lists", 0, 3, 0},
    {D("g/" ID1 "\0" ID2), NULL, "pod " ID1 ": the store lacks", 0, 3, 0},
    {D("g/" ID1 "\0" ID4), "", "pod " ID1 ": the store lists", 0, 3, 0},
    {D("g/" ID1 "\0" ID2), "x", "which is empty, holds data", 0, 3, 0},
    {D("d/" ID2 "\0" ID3), NULL, "container " ID2 ": the store lacks", 0, 3, 0},
    {D("d/" GONE "\0" ID3), "", "container " GONE, 0, 3, 0},
    {D("s/ns\0c\0" ID4), NULL, "lacks it in the index of namespaces", 0, 3, 0},
    {D("s/ns\0c\0" ID2), "", "lists it in the index of namespaces", 0, 3, 0},
    {D("x/" GONE), "{}", "its request is there, but nothing else", 0, 3, 0},
    {D("i/" GONE), "start", "its intent is there, but nothing else", 0, 3, 0},
    {D("c/" GONE "\0netns"), "/run/x", "it has no config", 0, 3, 1},
    {D("z/what"), "?", "key z/what: no version", 0, 3, 1},
    {D("c/" ID3 "\0more"), "?", "no version of the store", 0, 3, 1},
    {D("\x01"), "?", "no version of the store", 0, 3, 1},
    {D("m/else"), "?", "key m/else: no version", 0, 3, 1},
    {D("m/schema"), NULL, "no schema version", 0, 3, 0},
    {D("m/schema"), "two", "is not a number", 0, 3, 0},
};

static void
try_damage(struct world *w, const struct damage *d)
{
    PP_AUTO_FREE char *found = NULL;
    PP_AUTO_FREE char *after = NULL;
    PP_AUTO(ppc_ctrs_free) ppc_ctr **list = NULL;
    pp_err err = {0, 0, ""};
    size_t n = 0;

    if (d->val)
        backend_put(&w->b, d->key, d->n, d->val);
    else
        backend_del(&w->b, d->key, d->n);
    audit(w, false);
    found = texts(&w->r);
    assert_true(w->r.n > 0);
    if (!strstr(found, d->says))
        fail_msg("\"%s\" is not in:\n%s", d->says, found);
    audit(w, true);
    assert_int_equal(ppc_report_open(&w->r), d->left);
    audit(w, false);
    after = texts(&w->r);
    if (w->r.n != d->left)
        fail_msg("after the repair: %s", after);
    assert_int_equal(ppc_strv_len(ppc_strv_c(w->r.aside)), d->aside);
    must(ppc_state_every_container(w->st, &list, &err), &err);
    while (list[n])
        n++;
    assert_int_equal(n, d->ctrs);
}

static void
test_damage_is_found_and_repaired(void **state)
{
    struct world *w = *state;
    pp_err err = {0, 0, ""};
    size_t i;

    for (i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        backend_wipe(&w->b);
        ppc_state_free(pp_steal(&w->st));
        must(ppc_state_open(w->b.ops, w->b.self, 5000, NULL, &w->st, &err),
             &err);
        fill(w->st);
        try_damage(w, &damages[i]);
    }
}

/* Set aside means: byte for byte, name free, and known to the sweep. */
static void
test_a_damaged_record_is_kept(void **state)
{
    PP_AUTO(ppc_ctr_free) ppc_ctr *again = fixture_ctr('3');
    PP_AUTO_FREE char *dump = NULL;
    PP_AUTO(ppc_strv_free) char **ids = NULL;
    struct world *w = *state;
    pp_err err = {0, 0, ""};

    POKE(w, "c/" ID3 "\0config", "not JSON \x7f");
    audit(w, true);
    assert_int_equal(w->r.n, w->r.n - ppc_report_open(&w->r));
    dump = backend_dump(&w->b);
    assert_non_null(strstr(dump, "/config/data = not JSON \x7f\n"));
    assert_non_null(strstr(dump, "/config/why = {"));
    must(ppc_state_known_ids(w->st, &ids, &err), &err);
    assert_true(ppc_strv_has(ppc_strv_c(ids), ID3));
    must(ppc_state_add_container(w->st, again, NULL, &err), &err);
}

/* The sets in quarantine, of which there has to be one; its name. */
static pp_json *
the_set(struct world *w, char ref[200])
{
    pp_json *list = NULL;
    pp_err err = {0, 0, ""};

    must(ppc_state_aside_list(w->st, NULL, &list, &err), &err);
    assert_int_equal(pp_json_len(list), 1);
    snprintf(ref, 200, "%s", pp_json_get_str(pp_json_at(list, 0), "Ref"));
    return list;
}

/* Write a part of a record in quarantine, behind the engine. */
static void
poke_aside(struct world *w, const char *ref, const char *rec, const char *part,
           const char *val)
{
    const ppc_key k = ppc_key_aside(ID3, strchr(ref, '@') + 1, rec, part);

    backend_put(&w->b, k.b, k.n, val);
}

/* The store as text, but for the time of the last check. */
static char *
dump_of(struct world *w)
{
    char *text = backend_dump(&w->b);
    char *at = strstr(text, "m/fact/state-check");
    char *end = at ? strchr(at, '\n') : NULL;

    if (end)
        memmove(at, end + 1, strlen(end));
    return text;
}

/* Set the config of 3 aside as damaged; gives back its right bytes. */
static char *
damage_and_repair(struct world *w, char ref[200], pp_json **list)
{
    char *text, *at, *end, *config;

    text = backend_dump(&w->b);
    at = strstr(text, "c/" ID3 "/config = ");
    assert_non_null(at);
    at += strlen("c/" ID3 "/config = ");
    end = strstr(at, "\nc/" ID3 "/state");
    assert_non_null(end);
    config = strndup(at, (size_t)(end - at));
    free(text);
    POKE(w, "c/" ID3 "\0config", "not JSON \x7f");
    audit(w, true);
    *list = the_set(w, ref);
    return config;
}

static void
refused(struct world *w, const char *ref, int code, const char *why)
{
    PP_AUTO_FREE char *before = dump_of(w);
    PP_AUTO_FREE char *after = NULL;
    pp_json *out = NULL;
    pp_err err = {0, 0, ""};

    assert_int_equal(ppc_state_aside_restore(w->st, ref, &out, &err), -code);
    assert_null(out);
    if (!strstr(err.msg, why))
        fail_msg("%s", err.msg);
    after = dump_of(w);
    assert_string_equal(before, after);
}

/* What can be read again comes back as if nothing had been. */
static void
test_quarantine_gives_back(void **state)
{
    PP_AUTO(pp_json_unref) pp_json *list = NULL;
    PP_AUTO(pp_json_unref) pp_json *set = NULL;
    PP_AUTO_FREE char *before = NULL;
    PP_AUTO_FREE char *after = NULL;
    PP_AUTO_FREE char *config = NULL;
    PP_AUTO_FREE char *data = NULL;
    struct world *w = *state;
    pp_err err = {0, 0, ""};
    char ref[200];
    size_t n = 0;

    before = dump_of(w);
    config = damage_and_repair(w, ref, &list);
    set = pp_json_ref(pp_json_at(list, 0));
    assert_string_equal(pp_json_get_str(set, "Kind"), "container");
    assert_string_equal(pp_json_get_str(set, "Name"), "");
    assert_non_null(strstr(pp_json_get_str(set, "Reason"), "config"));
    must(ppc_state_aside_read(w->st, "333", "config", &data, &n, &err), &err);
    assert_int_equal(n, 10);
    assert_memory_equal(data, "not JSON \x7f", 10);
    assert_int_equal(
        ppc_state_aside_read(w->st, "333", "spec", &data, &n, NULL),
        -PP_E_NOTFOUND);
    refused(w, ref, PP_E_CORRUPT, "its config cannot be read");
    refused(w, "4", PP_E_NOTFOUND, "called");
    poke_aside(w, ref, "config", "data", config);
    pp_json_unref(pp_steal(&set));
    must(ppc_state_aside_restore(w->st, "3333", &set, &err), &err);
    assert_string_equal(pp_json_get_str(set, "Name"), "test3");
    after = dump_of(w);
    assert_string_equal(before, after);
    assert_true(store_is_sound(&w->b));
}

static void
test_quarantine_takes_nobodys_place(void **state)
{
    PP_AUTO(ppc_ctr_free) ppc_ctr *again = fixture_ctr('3');
    PP_AUTO(ppc_ctr_free) ppc_ctr *other = fixture_ctr('8');
    PP_AUTO(ppc_pod_free) ppc_pod *pod = fixture_pod('3');
    PP_AUTO(pp_json_unref) pp_json *list = NULL;
    PP_AUTO(pp_json_unref) pp_json *set = NULL;
    PP_AUTO_FREE char *config = NULL;
    struct world *w = *state;
    pp_err err = {0, 0, ""};
    char ref[200];

    config = damage_and_repair(w, ref, &list);
    poke_aside(w, ref, "config", "data", config);
    must(ppc_state_add_container(w->st, again, NULL, &err), &err);
    refused(w, ref, PP_E_EXISTS, "has such a record again");
    must(ppc_state_remove_container(w->st, again, &err), &err);
    other->config->name[4] = '3';
    must(ppc_state_add_container(w->st, other, NULL, &err), &err);
    refused(w, ref, PP_E_EXISTS, "name \"test3\": both container " ID3);
    must(ppc_state_remove_container(w->st, other, &err), &err);
    free(pp_steal(&pod->state->infra_id));
    pod->config->name[4] = '9';
    must(ppc_state_add_pod(w->st, pod, &err), &err);
    refused(w, ref, PP_E_CORRUPT, "a container has the same ID");
    must(ppc_state_remove_pod(w->st, pod, &err), &err);
    POKE(w, "i/" ID3, "start"); /* an older fault keeps nobody out ... */
    poke_aside(w, ref, "config", "why", "{\"reason\":\"x\"}");
    refused(w, ref, PP_E_CORRUPT, "does not say where it was");
    must(ppc_state_aside_remove(w->st, ref, &set, &err), &err);
    assert_int_equal(ppc_state_aside_restore(w->st, ref, &set, NULL),
                     -PP_E_NOTFOUND);
    audit(w, true);
    assert_true(store_is_sound(&w->b));
}

/* After a boot nothing of it runs, whatever its record said. */
static void
test_quarantine_over_a_boot(void **state)
{
    PP_AUTO(pp_json_unref) pp_json *list = NULL;
    PP_AUTO(pp_json_unref) pp_json *set = NULL;
    PP_AUTO(pp_json_unref) pp_json *why = NULL;
    PP_AUTO(ppc_ctr_free) ppc_ctr *c = NULL;
    PP_AUTO_FREE char *config = NULL;
    PP_AUTO_FREE char *note = NULL;
    PP_AUTO_FREE char *text = NULL;
    struct world *w = *state;
    pp_err err = {0, 0, ""};
    char ref[200], *at;

    must(ppc_state_container(w->st, ID3, &c, &err), &err);
    c->state->state = PPC_CTR_RUNNING;
    c->state->pid = 1;
    must(ppc_state_save_container(w->st, c, &err), &err);
    config = damage_and_repair(w, ref, &list);
    poke_aside(w, ref, "config", "data", config);
    text = backend_dump(&w->b);
    at = strstr(text, "/state/why = ");
    assert_non_null(at);
    at += strlen("/state/why = ");
    must(pp_json_parse(at, strcspn(at, "\n"), "a note", &why, &err), &err);
    assert_int_equal(strlen(pp_json_get_str(why, "boot")), 36);
    pp_json_put(why, "boot", pp_json_string("another"));
    note = pp_json_text(why, 0);
    poke_aside(w, ref, "state", "why", note);
    must(ppc_state_aside_restore(w->st, ref, &set, &err), &err);
    ppc_ctr_free(pp_steal(&c));
    must(ppc_state_container(w->st, ID3, &c, &err), &err);
    assert_int_equal(c->state->state, PPC_CTR_EXITED);
    assert_int_equal(c->state->pid, 0);
    assert_true(store_is_sound(&w->b));
}

static void
test_what_no_repair_can_know_stays(void **state)
{
    PP_AUTO_FREE char *found = NULL;
    PP_AUTO(ppc_ctr_free) ppc_ctr *c = fixture_ctr('5');
    struct world *w = *state;
    pp_err err = {0, 0, ""};

    c->config->ns_ctr[PPC_NS_NET] = strdup(ID4);
    c->config->nspace = strdup("ns");
    must(ppc_state_add_container(w->st, c, NULL, &err), &err);
    POKE(w, "c/" ID4 "\0state", "{");
    audit(w, true);
    found = texts(&w->r);
    assert_int_equal(ppc_report_open(&w->r), 1);
    assert_non_null(strstr(found, "shares the network namespace"));
}

static void
test_two_owners_of_a_name(void **state)
{
    PP_AUTO_FREE char *found = NULL;
    PP_AUTO(ppc_ctr_free) ppc_ctr *c = fixture_ctr('5');
    PP_AUTO(pp_json_unref) pp_json *v = NULL;
    PP_AUTO_FREE char *text = NULL;
    struct world *w = *state;
    pp_err err = {0, 0, ""};

    must(ppc_state_add_container(w->st, c, NULL, &err), &err);
    free(c->config->name);
    c->config->name = strdup("test4");
    v = ppc_ctr_config_encode(c->config);
    text = pp_json_text(v, 0);
    backend_put(&w->b, D("c/55555555555555555555555555555555\0config"), text);
    audit(w, true);
    found = texts(&w->r);
    assert_int_equal(ppc_report_open(&w->r), 1);
    assert_non_null(strstr(found, "both container " ID4));
}

static void
test_a_newer_store_is_left_alone(void **state)
{
    struct world *w = *state;
    PP_AUTO_FREE char *before = NULL;
    PP_AUTO_FREE char *after = NULL;
    pp_err err = {0, 0, ""};

    POKE(w, "m/schema", "99");
    before = backend_dump(&w->b);
    assert_int_equal(ppc_state_audit(w->st, true, &w->r, &err), -PP_E_NOTSUP);
    after = backend_dump(&w->b);
    assert_string_equal(before, after);
}

static char *
export_of(ppc_state *st)
{
    ppc_str s = PPC_STR_INIT;
    pp_err err = {0, 0, ""};

    must(ppc_state_export(st, &s, NULL, &err), &err);
    return ppc_str_steal(&s);
}

/* Import text into st: the result, and the faults. */
static int
import(ppc_state *st, const char *text, uint32_t flags, char **faults,
       pp_err *err)
{
    ppc_import im = {NULL, 0, 0, 0};
    ppc_report r = {NULL};
    ppc_str s = PPC_STR_INIT;
    int rc = ppc_import_parse(pp_slice_of(text, strlen(text)), "FILE", NULL,
                              &im, &s, err);

    if (!rc)
        rc = ppc_state_import(st, &im, flags, &r, &s, err);
    *faults = ppc_str_steal(&s);
    ppc_import_clear(&im);
    ppc_report_clear(&r);
    return rc;
}

static void
test_export_import_export(void **state)
{
    PP_AUTO_FREE char *first = NULL;
    PP_AUTO_FREE char *second = NULL;
    PP_AUTO_FREE char *faults = NULL;
    PP_AUTO(ppc_state_free) ppc_state *st = NULL;
    struct world *w = *state;
    pp_err err = {0, 0, ""};
    backend map;

    audit(w, false); /* leaves its time behind, which is not exported */
    POKE(w, "m/fact\0binary", "\xff\xfe");
    POKE(w, "m/fact\0text", "line\nnext\t\"");
    first = export_of(w->st);
    assert_non_null(strstr(first, "\"base64\":\"//4=\""));
    assert_non_null(strstr(first, "\"json\":{\"a\":1.5,\"b\":"));
    assert_null(strstr(first, "state-check"));
    backend_open(&map, "map");
    must(ppc_state_open(map.ops, map.self, 5000, NULL, &st, &err), &err);
    must(import(st, first, 0, &faults, &err), &err);
    assert_string_equal(faults, "");
    assert_true(store_is_sound(&map));
    second = export_of(st);
    assert_string_equal(first, second);
    backend_close(&map);
}

static void
test_import_modes(void **state)
{
    PP_AUTO_FREE char *all = NULL;
    PP_AUTO_FREE char *faults = NULL;
    PP_AUTO_FREE char *before = NULL;
    PP_AUTO_FREE char *after = NULL;
    PP_AUTO(ppc_ctr_free) ppc_ctr *c = fixture_ctr('7');
    struct world *w = *state;
    pp_err err = {0, 0, ""};

    all = export_of(w->st);
    before = backend_dump(&w->b);
    assert_int_equal(import(w->st, all, 0, &faults, &err), -PP_E_EXISTS);
    free(faults);
    assert_int_equal(import(w->st, all, PPC_IMPORT_MERGE, &faults, &err),
                     -PP_E_EXISTS);
    assert_non_null(strstr(faults, "the ID " ID3));
    assert_non_null(strstr(faults, "the ID " ID1));
    assert_non_null(strstr(faults, "the name test4"));
    after = backend_dump(&w->b);
    assert_string_equal(before, after);
    free(pp_steal(&faults));
    c->state->state = PPC_CTR_RUNNING;
    must(ppc_state_add_container(w->st, c, NULL, &err), &err);
    assert_int_equal(import(w->st, all, PPC_IMPORT_REPLACE, &faults, &err),
                     -PP_E_CTRSTATE);
    free(pp_steal(&faults));
    must(import(w->st, all, PPC_IMPORT_REPLACE | PPC_IMPORT_FORCE, &faults,
                &err),
         &err);
    free(pp_steal(&after));
    after = export_of(w->st);
    assert_string_equal(all, after);
}

static void
test_merge_adds(void **state)
{
    PP_AUTO(ppc_ctr_free) ppc_ctr *c = fixture_ctr('7');
    PP_AUTO(ppc_state_free) ppc_state *st = NULL;
    PP_AUTO_FREE char *other = NULL;
    PP_AUTO_FREE char *faults = NULL;
    struct world *w = *state;
    pp_err err = {0, 0, ""};
    backend map;

    backend_open(&map, "map");
    must(ppc_state_open(map.ops, map.self, 5000, NULL, &st, &err), &err);
    must(ppc_state_add_container(st, c, NULL, &err), &err);
    other = export_of(st);
    must(import(w->st, other, PPC_IMPORT_MERGE, &faults, &err), &err);
    audit(w, false);
    assert_int_equal(w->r.n, 0);
    assert_int_equal(w->r.containers, 4);
    ppc_state_free(pp_steal(&st));
    backend_close(&map);
}

/* A line that does not fit is refused before, a record that does not fit
 * behind the writing; either way nothing changes. */
static void
test_bad_imports(void **state)
{
    static const char head[] =
        "{\"format\":\"polypod-state\",\"schema\":1,\"version\":1}\n";
    static const struct {
        const char *text; /* behind the head, unless it begins with ! */
        const char *says;
    } cases[] = {
        {"!", "FILE:1: the file is empty"},
        {"!hello\n", "FILE:1: this is no export"},
        {"!{\"format\":\"polypod-state\",\"schema\":1,\"version\":2}\n",
         "version 2, this polypod reads"},
        {"!{\"format\":\"polypod-state\",\"schema\":9,\"version\":1}\n",
         "schema version 9"},
        {"", "FILE:1: the last line is missing"},
        {"{\"records\":1}\n", "FILE:2: there should be 1 records"},
        {"{\"records\":x}\n", "FILE:2: the number of records"},
        {"{\"records\":0}\n{\"records\":0}\n", "FILE:3: there is something"},
        {"nonsense\n{\"records\":1}\n", "FILE:2: the line is not JSON"},
        {"[]\n{\"records\":1}\n", "FILE:2: it is no object"},
        {"{\"key\":[\"i\",\"a\"]}\n", "FILE:2: it is no object"},
        {"{\"key\":[\"i\"],\"text\":\"\"}\n", "FILE:2: it has no key"},
        {"{\"key\":[\"ii\",\"a\"],\"text\":\"\"}\n", "a letter"},
        {"{\"key\":[\"i\",\"a\\u0000b\"],\"text\":\"\"}\n", "a letter"},
        {"{\"key64\":\"@@@@\",\"text\":\"\"}\n", "key64 is not base64"},
        {"{\"key\":[\"i\",\"a\"],\"text\":5}\n", "text is no string"},
        {"{\"key\":[\"i\",\"a\"],\"json\":5}\n", "json is neither"},
        {"{\"key\":[\"i\",\"a\"],\"base64\":\"AA\"}\n", "not base64"},
        {"{\"key\":[\"i\",\"a\"],\"data\":\"\"}\n", "has not one value"},
        {"{\"key\":[\"m\",\"fact\",\"a\"],\"text\":\"1\"}\n"
         "{\"key\":[\"m\",\"fact\",\"a\"],\"text\":\"2\"}\n{\"records\":2}\n",
         "FILE:3: this key is in line 2"},
        {"{\"key\":[\"i\",\"a\"],\"text\":\"start\"}\n{\"records\":1}\n",
         "container a: its intent is there"},
        {"{\"key\":[\"c\",\"a\",\"config\"],\"json\":{\"id\":\"a\"}}\n"
         "{\"records\":1}\n",
         "container a: its config cannot be read"},
    };
    PP_AUTO_FREE char *before = NULL;
    struct world *w = *state;
    pp_err err = {0, 0, ""};
    size_t i;

    before = backend_dump(&w->b);
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool whole = cases[i].text[0] == '!';
        PP_AUTO_FREE char *text =
            ppc_sprintf("%s%s", whole ? "" : head, cases[i].text + whole);
        PP_AUTO_FREE char *faults = NULL;
        PP_AUTO_FREE char *after = NULL;

        assert_true(import(w->st, text, PPC_IMPORT_REPLACE, &faults, &err) < 0);
        if (!strstr(faults, cases[i].says))
            fail_msg("\"%s\" is not in:\n%s", cases[i].says, faults);
        after = backend_dump(&w->b);
        assert_string_equal(before, after);
    }
}

static void
test_import_repairs_if_asked(void **state)
{
    PP_AUTO_FREE char *text = NULL;
    PP_AUTO_FREE char *faults = NULL;
    struct world *w = *state;
    pp_err err = {0, 0, ""};

    POKE(w, "c/" ID3 "\0config", "{");
    UNPOKE(w, "n/test4");
    text = export_of(w->st);
    assert_int_equal(import(w->st, text, PPC_IMPORT_REPLACE, &faults, &err),
                     -PP_E_CORRUPT);
    free(pp_steal(&faults));
    must(import(w->st, text, PPC_IMPORT_REPLACE | PPC_IMPORT_REPAIR, &faults,
                &err),
         &err);
    audit(w, false);
    assert_int_equal(w->r.n, 0);
    assert_int_equal(w->r.containers, 2);
}

static void
test_paths_have_to_fit(void **state)
{
    static const char text[] =
        "{\"format\":\"polypod-state\",\"schema\":1,\"version\":1}\n"
        "{\"key\":[\"m\",\"path\",\"graph-root\"],\"text\":\"/a\"}\n"
        "{\"records\":1}\n";
    const ppc_state_paths here = {.graph_root = "/b"};
    const ppc_state_paths there = {.graph_root = "/a/"};
    ppc_import im = {NULL, 0, 0, 0};
    ppc_str s = PPC_STR_INIT;
    pp_err err = {0, 0, ""};

    (void)state;
    assert_int_equal(ppc_import_parse(pp_slice_of(text, strlen(text)), "F",
                                      &here, &im, &s, &err),
                     -PP_E_DBBADCONFIG);
    assert_non_null(strstr(err.msg, "F:2: "));
    assert_non_null(strstr(err.msg, "graph_root in [storage]"));
    ppc_str_clear(&s);
    must(ppc_import_parse(pp_slice_of(text, strlen(text)), "F", &there, &im, &s,
                          &err),
         &err);
    ppc_str_clear(&s);
    ppc_import_clear(&im);
}

static void
test_copy_and_compare(void **state)
{
    PP_AUTO(ppc_state_free) ppc_state *st = NULL;
    struct world *w = *state;
    char key[32];
    pp_err err = {0, 0, ""};
    size_t n = 0, m = 0;
    backend map;
    int i;

    backend_wipe(&w->b);
    backend_open(&map, "map");
    for (i = 0; i < 1500; i++) { /* several batches */
        snprintf(key, sizeof key, "z%05d", i);
        mapstore_poke(map.map, key, 6, i % 7 ? key : "");
    }
    st = ppc_state_new(map.ops, map.self, 5000);
    assert_non_null(st);
    must(ppc_store_copy(&st->store, &w->st->store, &n, &err), &err);
    must(ppc_store_compare(&w->st->store, &st->store, &m, &err), &err);
    assert_int_equal(n, 1500);
    assert_int_equal(m, 1500);
    backend_put(&map, D("z01499"), "other");
    assert_int_equal(ppc_store_compare(&w->st->store, &st->store, &m, &err),
                     -PP_E_CORRUPT);
    assert_non_null(strstr(err.msg, "z01499"));
    backend_put(&map, D("z01499"), "z01499");
    must(ppc_store_compare(&w->st->store, &st->store, &m, &err), &err);
    backend_put(&map, D("z1"), "");
    assert_int_equal(ppc_store_compare(&w->st->store, &st->store, &m, &err),
                     -PP_E_CORRUPT);
    backend_del(&map, D("z1"));
    backend_del(&map, D("z00000"));
    assert_int_equal(ppc_store_compare(&w->st->store, &st->store, &m, &err),
                     -PP_E_CORRUPT);
    backend_close(&map);
}

static void
test_lines_come_back(void **state)
{
    static const struct {
        const char *key;
        size_t key_n;
        const char *val;
        size_t val_n;
        const char *line;
    } cases[] = {
        {D("i/a"), D("start"), "{\"key\":[\"i\",\"a\"],\"text\":\"start\"}\n"},
        {D("d/a\0b"), D(""), "{\"key\":[\"d\",\"a\",\"b\"],\"text\":\"\"}\n"},
        {D("d/a\0"), D(""), "{\"key\":[\"d\",\"a\",\"\"],\"text\":\"\"}\n"},
        {D("d/\0a"), D(""), "{\"key\":[\"d\",\"\",\"a\"],\"text\":\"\"}\n"},
        {D("\xff/a"), D("{"), "{\"key64\":\"/y9h\",\"text\":\"{\"}\n"},
        {D("n/\xc3\xa4"), D("\xc3"),
         "{\"key\":[\"n\",\"\xc3\xa4\"],\"base64\":\"ww==\"}\n"},
        {D("n/a"), D("a\0b"), "{\"key\":[\"n\",\"a\"],\"base64\":\"YQBi\"}\n"},
        {D("x/a"), D("[9007199254740993,true,null]"),
         "{\"key\":[\"x\",\"a\"],\"json\":[9007199254740993,true,null]}\n"},
        {D("x/a"), D("{\"b\":{\"d\":[],\"c\":1},\"a\":\"\\u00e4/\"}"),
         "{\"key\":[\"x\",\"a\"],\"json\":{\"a\":\"\xc3\xa4/\",\"b\":{\"c\":1,"
         "\"d\":[]}}}\n"},
        {D("x/a"), D("12"), "{\"key\":[\"x\",\"a\"],\"text\":\"12\"}\n"},
        {D("n/a"), D("\xed\xa0\x80"),
         "{\"key\":[\"n\",\"a\"],\"base64\":\"7aCA\"}\n"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        PP_AUTO_STR ppc_str s = PPC_STR_INIT;
        PP_AUTO_STR ppc_str again = PPC_STR_INIT;
        ppc_item item = {.val = NULL};
        pp_err err = {0, 0, ""};

        ppc_line_encode(pp_slice_of(cases[i].key, cases[i].key_n),
                        pp_slice_of(cases[i].val, cases[i].val_n), &s);
        assert_string_equal(ppc_str_get(&s), cases[i].line);
        must(ppc_line_decode(s.p, s.n - 1, &item, &err), &err);
        assert_int_equal(item.key.n, cases[i].key_n);
        assert_memory_equal(item.key.b, cases[i].key, item.key.n);
        ppc_line_encode(ppc_key_slice(&item.key), pp_slice_of(item.val, item.n),
                        &again);
        assert_string_equal(ppc_str_get(&s), ppc_str_get(&again));
        free(item.val);
    }
}

static void
test_sha256(void **state)
{
    static const struct {
        const char *text;
        size_t repeat;
        const char *hex;
    } cases[] = {
        {"", 1,
         "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", 1,
         "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
        {"a", 1000000,
         "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
    };
    ppc_sha256 s;
    char hex[65];
    size_t i, k;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ppc_sha256_init(&s);
        for (k = 0; k < cases[i].repeat; k++)
            ppc_sha256_add(&s, cases[i].text, strlen(cases[i].text));
        ppc_sha256_hex(&s, hex);
        assert_string_equal(hex, cases[i].hex);
    }
}

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sha256),
        cmocka_unit_test(test_lines_come_back),
        cmocka_unit_test(test_paths_have_to_fit),
#define T(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
        T(test_a_sound_store_has_no_findings),
        T(test_damage_is_found_and_repaired),
        T(test_a_damaged_record_is_kept),
        T(test_quarantine_gives_back),
        T(test_quarantine_takes_nobodys_place),
        T(test_quarantine_over_a_boot),
        T(test_what_no_repair_can_know_stays),
        T(test_two_owners_of_a_name),
        T(test_a_newer_store_is_left_alone),
        T(test_export_import_export),
        T(test_import_modes),
        T(test_merge_adds),
        T(test_bad_imports),
        T(test_import_repairs_if_asked),
        T(test_copy_and_compare),
    };

    if (argc > 1)
        backend_name = argv[1];
    ppc_log_set_level(PP_LOG_ERROR - 1); /* damage is part of the tests */
    return cmocka_run_group_tests_name(backend_name, tests, NULL, NULL);
}
