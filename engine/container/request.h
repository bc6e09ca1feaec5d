/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/container/request.h - from what the user asked to what is stored
 *
 * Everything is checked here, before anything is made.
 */
#ifndef ENGINE_CONTAINER_REQUEST_H
#define ENGINE_CONTAINER_REQUEST_H

#include <polypod/container.h>

#include "engine/runtime/runtime.h"

/* Fill the record's config. */
int ppc_request_config(pp_runtime *rt, const pp_container_spec *spec,
                       ppc_ctr_config *c, pp_err *err);

/* The creation request of engine/spec/spec.h. Caller unrefs. */
int ppc_request_json(const pp_container_spec *spec, pp_json **out,
                     pp_err *err);

#endif
