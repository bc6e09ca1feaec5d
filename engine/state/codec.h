/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/state/codec.h - structs to JSON and back, driven by a table
 *
 * A field table ends with a NULL key.  A key with a dot names a member of a
 * nested object.  Reading skips unknown keys and leaves missing and null
 * ones zero; a value of the wrong type or out of range is an error that
 * names the key.
 */
#ifndef ENGINE_STATE_CODEC_H
#define ENGINE_STATE_CODEC_H

#include <stddef.h>
#include <stdint.h>

#include <polypod/error.h>
#include <polypod/json.h>

/* What a field is in C, and in JSON. */
enum {
    PPC_F_STR = 1, /* char *           string                               */
    PPC_F_STRV,    /* char **          array of strings                     */
    PPC_F_BOOL,    /* bool             boolean                              */
    PPC_F_I32,     /* int32_t          integer                              */
    PPC_F_U32,     /* uint32_t         integer                              */
    PPC_F_I64,     /* int64_t          integer                              */
    PPC_F_TIME,    /* int64_t ns       RFC 3339 text                        */
    PPC_F_OBJ,     /* pp_json *        object                               */
    PPC_F_ARR      /* pp_json *        array                                */
};

typedef struct ppc_field {
    const char *key;
    size_t off;
    uint8_t type;
    uint8_t always; /* written also when empty */
} ppc_field;

/* A new object, caller unrefs; NULL when out of memory. */
pp_json *ppc_fields_encode(const ppc_field *table, const void *base);

/*
 * Fill a zeroed struct.  On failure it may be filled in part: free it.
 *
 * returns  0 | -PP_E_CORRUPT (names the key) | -PP_E_NOMEM
 */
int ppc_fields_decode(const ppc_field *table, const pp_json *v, void *base,
                      pp_err *err);

/* Free what the fields own, not the struct. */
void ppc_fields_clear(const ppc_field *table, void *base);

#endif
