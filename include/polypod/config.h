/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * polypod/config.h - settings: one table of keys, several layers of values
 *
 * A key is written "section.key", for example "engine.cgroup_manager".
 * Layers, lowest first: built-in defaults, the files, options.  A list in a
 * higher layer replaces the lower one's.  "Where does this value come from"
 * always has one answer: its origin.
 *
 * Ownership  strings and lists are borrowed until the settings are changed or
 *            freed.
 * Threads    one thread at a time.
 * See also   polypod.conf(5)
 */
#ifndef POLYPOD_CONFIG_H
#define POLYPOD_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <polypod/error.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct pp_settings pp_settings;

/* pp_settings_dump flags */
#define PP_DUMP_ORIGIN 0x1u  /* "; from FILE:LINE" behind each value        */
#define PP_DUMP_DEFAULT 0x2u /* the default file: every key, help as comment */
#define PP_DUMP_CHANGED 0x4u /* only what differs from the defaults         */

/*
 * The built-in defaults, for root or rootless as the process is.
 *
 * returns  caller frees (pp_settings_free); NULL when out of memory
 * since    1.0
 */
PP_API pp_settings *pp_settings_new(void);
PP_API pp_settings *pp_settings_dup(const pp_settings *s); /* deep */
PP_API void pp_settings_free(pp_settings *s);

/*
 * Read a file, or the files of the look-up order.
 *
 * Every error of a file is found in one go; err has the first, and
 * pp_settings_report all, one line each:
 * FILE:LINE: [section] key: what is wrong (did you mean "X"?)
 *
 * file     NULL: /usr/share, /etc, drop-ins; rootless: the user's
 * returns  0 | -PP_E_CONFIG (nothing of the bad file is taken)
 * since    1.0
 */
PP_API int pp_settings_load(pp_settings *s, const char *file, pp_err *err);
PP_API const char *pp_settings_report(const pp_settings *s);

/*
 * Set one option, the highest layer, with the checks of polypod.conf(5).
 *
 * key      "section.key"
 * values   NULL-terminated; more than one only for a list
 * origin   for people: "flag --root", "option"
 * returns  0 | -PP_E_INVAL (nothing changed)
 * since    1.0
 */
PP_API int pp_settings_set(pp_settings *s, const char *key,
                           const char *const *values, const char *origin,
                           pp_err *err);
/* The same for one value. */
PP_API int pp_settings_set1(pp_settings *s, const char *key,
                            const char *value, const char *origin,
                            pp_err *err);

/* Reading: an unknown key is a programmer's error and gives "", 0, NULL.
 * i64 serves sizes (bytes), durations (nanoseconds) and booleans too.
 * since 1.0 */
PP_API const char *pp_settings_str(const pp_settings *s, const char *key);
PP_API int64_t pp_settings_i64(const pp_settings *s, const char *key);
PP_API bool pp_settings_bool(const pp_settings *s, const char *key);
/* NULL-terminated, never NULL */
PP_API const char *const *pp_settings_list(const pp_settings *s,
                                           const char *key);
/* "default", "FILE:LINE", "derived from KEY" or the option's origin */
PP_API const char *pp_settings_origin(const pp_settings *s, const char *key);
/* set by a file or an option, not a default */
PP_API bool pp_settings_is_set(const pp_settings *s, const char *key);

/*
 * The settings as text in the form of a file.
 *
 * flags    PP_DUMP_*
 * text     caller frees
 * returns  0 | -PP_E_NOMEM
 * since    1.0
 */
PP_API int pp_settings_dump(const pp_settings *s, uint32_t flags, char **text,
                            pp_err *err);

/* One row of the key table, for help, completion and the man page. */
typedef struct pp_setting_key {
    const char *section;
    const char *name;
    uint32_t type;    /* PP_KEY_* of polypod/plugin.h                       */
    uint32_t flags;   /* 0                                                  */
    const char *def;  /* NULL: none or derived                              */
    const char *def_rootless; /* NULL: as def                               */
    const char *range;
    const char *help;
    const char *option; /* the reference's RuntimeOption, or NULL           */
} pp_setting_key;

/* Row i of the key table, or NULL past the end. since 1.0 */
PP_API const pp_setting_key *pp_settings_key(size_t i);

#ifdef __cplusplus
}
#endif

#endif
