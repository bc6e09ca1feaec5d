/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * core/util/versioned.h - structs that callers of another version fill
 *
 * The first member of such a struct is a uint32_t, its size where it was
 * filled.  Members are only ever appended, and zero means "default".
 */
#ifndef CORE_UTIL_VERSIONED_H
#define CORE_UTIL_VERSIONED_H

#include <stddef.h>

#include <polypod/error.h>

/*
 * Copy a caller's struct.  Members that an older caller does not have are
 * zero; of those that only a newer caller has, none may be used.
 *
 * least    size up to the last member of the first version
 * name     of the struct's type, for messages
 * returns  0 | -PP_E_INVAL (shorter than any version) | -PP_E_NOTSUP
 */
int ppc_versioned_take(void *own, size_t size, size_t least,
                       const void *theirs, const char *name, pp_err *err);

/* The same with types; last is the last member of version 1.0. */
#define PPC_TAKE(type, last, own, theirs, err)                                 \
    ppc_versioned_take((own), sizeof(type),                                    \
                       offsetof(type, last) + sizeof (own)->last,              \
                       1 ? (theirs) : (own), #type, (err))

#endif
