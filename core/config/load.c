/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * core/config/load.c - files into the file layer
 *
 * A file is read whole, checked whole and only then merged: a bad one leaves
 * no trace but its report.
 */
#include <stdlib.h>
#include <string.h>

#include "core/config/ini.h"
#include "core/config/settings_int.h"
#include "core/util/file.h"
#include "core/util/strv.h"

#define FILE_MAX (1024 * 1024)
#define ENTRIES_MAX 4096
#define RAWS_MAX 1024

enum section_kind { SECTION_NONE, SECTION_OURS, SECTION_PLUGIN, SECTION_BAD };

/* One file while it is read. */
struct reading {
    const char *file;
    ppc_faults *faults;
    char *section;
    enum section_kind kind;
    ppc_value *values; /* a row each of the key table; layer FILE: set */
    unsigned *lines;   /* where each was set first */
    ppc_raws raws;
    bool nomem;
};

static void
take_section(void *arg, unsigned line, const char *name)
{
    struct reading *r = arg;
    ppc_why hint;

    free(r->section);
    r->section = strdup(name);
    r->nomem = r->nomem || !r->section;
    r->kind = SECTION_BAD;
    if (ppc_key_has_section(name)) {
        r->kind = SECTION_OURS;
        return;
    }
    if (ppc_section_is_plugin(name)) {
        r->kind = SECTION_PLUGIN;
        return;
    }
    ppc_section_hint(name, &hint);
    ppc_faults_add(r->faults, "%s:%u: [%s]: unknown section%s", r->file, line,
                   name, hint.text);
}

static void
take_fault(void *arg, unsigned line, const char *what)
{
    struct reading *r = arg;

    if (r->section)
        ppc_faults_add(r->faults, "%s:%u: [%s]: %s", r->file, line, r->section,
                       what);
    else
        ppc_faults_add(r->faults, "%s:%u: %s", r->file, line, what);
}

static void
key_fault(struct reading *r, const ppc_ini_value *v, const char *what,
          const char *hint)
{
    ppc_faults_add(r->faults, "%s:%u: [%s] %.80s: %s%s", r->file, v->line,
                   r->section ? r->section : "", v->name, what, hint);
}

static int
note_origin(struct reading *r, ppc_value *value, const ppc_ini_value *v)
{
    if (value->origin)
        return 0;
    value->origin = ppc_sprintf("%s:%u", r->file, v->line);
    value->layer = PPC_LAYER_FILE;
    return value->origin ? 0 : -1;
}

/* One more line of a list; an empty one begins it anew. */
static void
take_entry(struct reading *r, const ppc_key *key, ppc_value *value,
           const ppc_ini_value *v)
{
    ppc_why why;
    int64_t num;

    if (note_origin(r, value, v)) {
        r->nomem = true;
        return;
    }
    if (!*v->text) {
        ppc_strv_free(value->list);
        value->list = NULL;
        return;
    }
    if (ppc_key_check(key, v->text, &num, &why))
        key_fault(r, v, why.text, "");
    else if (ppc_strv_len(ppc_strv_c(value->list)) >= ENTRIES_MAX)
        key_fault(r, v, "the list has too many entries", "");
    else if (ppc_strv_add(&value->list, v->text))
        r->nomem = true;
}

static void
take_scalar(struct reading *r, size_t row, const ppc_ini_value *v)
{
    ppc_value *value = &r->values[row];
    ppc_why why;
    int64_t num;

    if (v->more) {
        key_fault(r, v,
                  "takes one value, but an indented line continues it; "
                  "begin the next key at the left margin",
                  "");
        return;
    }
    if (r->lines[row]) {
        ppc_why_set(&why, "is set twice, first in line %u", r->lines[row]);
        key_fault(r, v, why.text, "");
        return;
    }
    r->lines[row] = v->line;
    if (ppc_key_check(ppc_key_at(row), v->text, &num, &why)) {
        key_fault(r, v, why.text, "");
        return;
    }
    value->text = strdup(v->text);
    value->num = num;
    r->nomem = r->nomem || !value->text || note_origin(r, value, v);
}

static void
take_raw(struct reading *r, const ppc_ini_value *v)
{
    PP_AUTO_FREE char *origin = NULL;
    ppc_raw *raw;

    if (!ppc_name_is_key(v->name)) {
        key_fault(r, v, "is not a key's name", "");
        return;
    }
    if (r->raws.n >= RAWS_MAX) {
        key_fault(r, v, "there are too many keys", "");
        return;
    }
    origin = ppc_sprintf("%s:%u", r->file, v->line);
    raw = ppc_raws_need(&r->raws, r->section, v->name);
    if (raw && ppc_strv_len(ppc_strv_c(raw->texts)) >= ENTRIES_MAX) {
        key_fault(r, v, "the list has too many entries", "");
        return;
    }
    if (!origin || !raw || ppc_raw_add(raw, v->text, origin)) {
        r->nomem = true;
        return;
    }
    raw->layer = PPC_LAYER_FILE;
}

static void
take_value(void *arg, const ppc_ini_value *v)
{
    struct reading *r = arg;
    ppc_why hint;
    int row;

    if (r->nomem || r->kind == SECTION_BAD)
        return;
    if (r->kind == SECTION_NONE) {
        ppc_key_hint("", v->name, &hint);
        ppc_faults_add(r->faults,
                       "%s:%u: %.80s: stands before any "
                       "[section]%s",
                       r->file, v->line, v->name, hint.text);
        return;
    }
    if (r->kind == SECTION_PLUGIN) {
        take_raw(r, v);
        return;
    }
    row = ppc_key_find(r->section, v->name);
    if (row < 0) {
        ppc_key_hint(r->section, v->name, &hint);
        key_fault(r, v, "unknown key", hint.text);
        return;
    }
    if (ppc_key_at((size_t)row)->pub.type == PP_KEY_LIST)
        take_entry(r, ppc_key_at((size_t)row), &r->values[row], v);
    else
        take_scalar(r, (size_t)row, v);
}

/* All of what was read is in s, or out of memory. */
static int
merge(pp_settings *s, struct reading *r)
{
    size_t i;

    for (i = 0; i < r->raws.n; i++) {
        ppc_raw *raw = &r->raws.v[i];
        ppc_raw *old = ppc_raws_find(&s->raws, raw->section, raw->name);

        if (old && old->layer > PPC_LAYER_FILE)
            continue;
        if (ppc_raw_dup(&s->raws, raw))
            return -1;
    }
    for (i = 0; i < ppc_key_count(); i++)
        if (r->values[i].layer == PPC_LAYER_FILE &&
            s->values[i].layer <= PPC_LAYER_FILE)
            ppc_value_move(&s->values[i], &r->values[i]);
    return 0;
}

static void
end_reading(struct reading *r)
{
    size_t i;

    for (i = 0; r->values && i < ppc_key_count(); i++)
        ppc_value_clear(&r->values[i]);
    free(r->values);
    free(r->lines);
    free(r->section);
    ppc_raws_clear(&r->raws);
}

int
ppc_settings_load_text(pp_settings *s, const char *file, char *data, size_t n,
                       ppc_faults *faults)
{
    struct reading r = {.file = file, .faults = faults};
    const ppc_ini_events events = {&r, take_section, take_value, take_fault};
    size_t before = faults->n;
    int rc = 0;

    r.values = calloc(ppc_key_count(), sizeof *r.values);
    r.lines = calloc(ppc_key_count(), sizeof *r.lines);
    if (!r.values || !r.lines || ppc_ini_parse(data, n, &events) || r.nomem)
        rc = -PP_E_NOMEM;
    if (!rc && faults->n == before && merge(s, &r))
        rc = -PP_E_NOMEM;
    end_reading(&r);
    return rc;
}

/* Read and merge one file; an absent one is fine when optional. */
static int
load_file(pp_settings *s, const char *file, bool optional, ppc_faults *faults)
{
    PP_AUTO_FREE char *data = NULL;
    pp_err why = {0};
    size_t n = 0;
    int rc = ppc_file_read(file, FILE_MAX, &data, &n, &why);

    if (rc == -PP_E_NOTFOUND && optional)
        return 0;
    if (rc == -PP_E_NOMEM)
        return rc;
    if (rc < 0) {
        ppc_faults_add(faults, "%s: %s", file, why.msg);
        return 0;
    }
    return ppc_settings_load_text(s, file, data, n, faults);
}

/* The end of a load: faults reported, derived values follow. */
static int
finish(pp_settings *s, int rc, ppc_faults *faults, pp_err *err)
{
    int derived = ppc_settings_derive(s, err);

    if (rc < 0)
        rc = pp_fail(err, PP_E_NOMEM, 0, "no memory for settings");
    else if (derived < 0)
        rc = derived;
    else
        rc = ppc_faults_end(faults, s, err);
    ppc_str_clear(&faults->text);
    return rc;
}

int
ppc_settings_load_places(pp_settings *s, const ppc_places *places, pp_err *err)
{
    PP_AUTO(ppc_strv_free) char **files = NULL;
    ppc_faults faults = {.text = PPC_STR_INIT};
    int rc = ppc_places_files(places, &files, err);
    size_t i;

    if (rc < 0)
        return rc;
    for (i = 0; !rc && files && files[i]; i++)
        rc = load_file(s, files[i], true, &faults);
    return finish(s, rc, &faults, err);
}

int
pp_settings_load(pp_settings *s, const char *file, pp_err *err)
{
    PP_AUTO_FREE char *data = NULL;
    PP_AUTO_FREE char *config = NULL;
    ppc_faults faults = {.text = PPC_STR_INIT};
    ppc_places places;
    int rc;

    if (file)
        return finish(s, load_file(s, file, false, &faults), &faults, err);
    rc = ppc_places_own(&data, &config, err);
    if (rc < 0)
        return rc;
    places = (ppc_places){data, config};
    return ppc_settings_load_places(s, &places, err);
}

const char *
pp_settings_report(const pp_settings *s)
{
    const char *text = ppc_str_get(&s->report);

    return text ? text : "";
}
