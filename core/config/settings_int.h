/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * core/config/settings_int.h - what settings are made of, for core/config
 *
 * A value knows its layer and where it came from.  The engine's own keys are
 * an array beside the key table; the keys of plugins' sections are raw
 * entries, texts with their origins, until they are bound.
 */
#ifndef CORE_CONFIG_SETTINGS_INT_H
#define CORE_CONFIG_SETTINGS_INT_H

#include "core/config/keys.h"
#include "core/config/paths.h"
#include "core/config/settings.h"
#include "core/util/str.h"

/* lowest first */
enum { PPC_LAYER_DEFAULT, PPC_LAYER_FILE, PPC_LAYER_OPTION };

typedef struct ppc_value {
    char *text;  /* a scalar; NULL: none                                   */
    char **list; /* a list; NULL: empty                                    */
    int64_t num;
    char *origin; /* NULL: default                                          */
    int layer;
    bool derived; /* follows from another key or the host                   */
} ppc_value;

void ppc_value_clear(ppc_value *v);
int ppc_value_dup(ppc_value *to, const ppc_value *from);
/* Put from in the place of to; from is empty afterwards. */
void ppc_value_move(ppc_value *to, ppc_value *from);
/* Make v the default of its key, of root or of users: 0 | -1 (no memory) |
 * -PP_E_INVAL (the default does not fit the key's own type or range). */
int ppc_value_default(ppc_value *v, const ppc_key *key, bool rootless);
/* The entries of a list's default, one to a line: 0 | -1 */
int ppc_list_split(const char *text, char ***list);

/* A key of a plugin's section, as it was written. */
typedef struct ppc_raw {
    char *section;
    char *name;
    char **texts;   /* one per line; "" empties a list                      */
    char **origins; /* of each                                              */
    int layer;
    bool secret; /* known once bound                                        */
} ppc_raw;

typedef struct ppc_raws {
    ppc_raw *v;
    size_t n;
} ppc_raws;

void ppc_raws_clear(ppc_raws *r);
ppc_raw *ppc_raws_find(const ppc_raws *r, const char *section,
                       const char *name);
/* Found or added: NULL when out of memory. Valid until the next add. */
ppc_raw *ppc_raws_need(ppc_raws *r, const char *section, const char *name);
int ppc_raw_add(ppc_raw *raw, const char *text, const char *origin);
int ppc_raw_dup(ppc_raws *to, const ppc_raw *from);

struct pp_settings {
    bool rootless;
    ppc_value *values; /* a row each of the key table */
    ppc_raws raws;
    struct pp_config *views;
    ppc_str report;
};

/* Compute what follows from other values; last step of every change. */
int ppc_settings_derive(pp_settings *s, pp_err *err);
void ppc_views_free(struct pp_config *views);

/* Faults of one load or bind: the first into err, all into the report. */
typedef struct ppc_faults {
    ppc_str text; /* a line each */
    size_t n;
} ppc_faults;

void ppc_faults_add(ppc_faults *f, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* 0 when there are none, else -PP_E_CONFIG; f is empty afterwards. */
int ppc_faults_end(ppc_faults *f, pp_settings *s, pp_err *err);

/*
 * Merge one file's text.
 *
 * file     its name, for messages and origins
 * data     n bytes and a NUL behind them; used up
 */
int ppc_settings_load_text(pp_settings *s, const char *file, char *data,
                           size_t n, ppc_faults *faults);
/* pp_settings_load with a look-up order of one's own. */
int ppc_settings_load_places(pp_settings *s, const ppc_places *places,
                             pp_err *err);

#endif
