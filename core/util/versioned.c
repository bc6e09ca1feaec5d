/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* core/util/versioned.c - structs that callers of another version fill */
#include "core/util/versioned.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static bool
is_zero(const unsigned char *p, size_t n)
{
    while (n && !*p) {
        p++;
        n--;
    }
    return !n;
}

int
ppc_versioned_take(void *own, size_t size, size_t least, const void *theirs,
                   const char *name, pp_err *err)
{
    const uint32_t mine = (uint32_t)size;
    uint32_t n = 0;

    if (theirs)
        memcpy(&n, theirs, sizeof n);
    if (n < least)
        return pp_fail(err, PP_E_INVAL, 0,
                       "%s has %u bytes, and never had less than %zu: set "
                       "struct_size to its sizeof",
                       name, n, least);
    if (n > size &&
        !is_zero((const unsigned char *)theirs + size, n - size))
        return pp_fail(err, PP_E_NOTSUP, 0,
                       "%s uses what came after version %s of the library",
                       name, POLYPOD_VERSION);
    memset(own, 0, size);
    memcpy(own, theirs, n < size ? n : size);
    memcpy(own, &mine, sizeof mine);
    return 0;
}
