/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/json.h - a cleanup for the engine's own use of polypod/json.h */
#ifndef ENGINE_JSON_H
#define ENGINE_JSON_H

#include <polypod/json.h>

#include "core/util/cleanup.h"

PP_DEFINE_CLEANUP(pp_json *, pp_json_unref);

/* pp_json_put for a key that is a literal and not in the object yet: it is
 * neither looked for nor copied.  For rows of long lists. */
#define ppc_json_put_new(object, key, v)                                       \
    ppc_json_put_literal((object), "" key, (v))
int ppc_json_put_literal(pp_json *object, const char *key, pp_json *v);

/* A number above INT64_MAX, such as the OCI spec's RLIM_INFINITY. */
pp_json *ppc_json_u64(uint64_t v);

#endif
