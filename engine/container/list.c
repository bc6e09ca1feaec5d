/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/container/list.c - containers as "ps" shows them
 *
 * One scan of the store, one look at /proc for each that should run; no
 * lock, no write, no process.
 */
#include <stdlib.h>
#include <string.h>

#include "core/util/clock.h"
#include "core/util/str.h"
#include "core/util/strv.h"
#include "engine/container/container.h"
#include "engine/container/show.h"
#include "engine/json.h"

static int
oldest_first(const void *a, const void *b)
{
    const ppc_ctr *const *x = a;
    const ppc_ctr *const *y = b;

    if ((*x)->config->created != (*y)->config->created)
        return (*x)->config->created < (*y)->config->created ? -1 : 1;
    return -strcmp((*x)->config->id, (*y)->config->id);
}

static int
put_names(const ppc_ctr_config *c, pp_json *row)
{
    const char *const names[] = {c->name, NULL};

    return ppc_json_put_new(row, "Names", pp_json_strv(names));
}

static int
put_times(const ppc_ctr *c, pp_json *row)
{
    const ppc_ctr_state *s = c->state;
    char created[40];

    ppc_time_format(c->config->created, created);
    return ppc_json_put_new(row, "Created",
                            pp_json_int(c->config->created / PPC_SEC)) ||
           ppc_json_put_new(row, "CreatedAt", pp_json_string(created)) ||
           ppc_json_put_new(row, "StartedAt",
                            pp_json_int(s->started / PPC_SEC)) ||
           ppc_json_put_new(
               row, "ExitedAt",
               pp_json_int(s->finished ? s->finished / PPC_SEC : 0));
}

static pp_json *
make_row(const ppc_ctr *c)
{
    const ppc_ctr_config *k = c->config;
    const ppc_ctr_state *s = c->state;
    PP_AUTO_FREE char *status = ppc_show_status(s);
    pp_json *row = pp_json_object();
    char **command = k->entrypoint && *k->entrypoint && !k->command
                         ? k->entrypoint
                         : k->command;

    if (status && !ppc_json_put_new(row, "Id", pp_json_string(k->id)) &&
        !put_names(k, row) &&
        !ppc_json_put_new(row, "Image", pp_json_string(k->rootfs_image_name)) &&
        !ppc_json_put_new(row, "Rootfs", pp_json_string(k->rootfs)) &&
        !ppc_json_put_new(row, "Command", pp_json_strv(ppc_strv_c(command))) &&
        !put_times(c, row) &&
        !ppc_json_put_new(row, "State",
                          pp_json_string(ppc_show_state(s->state))) &&
        !ppc_json_put_new(row, "Status", pp_json_string(status)) &&
        !ppc_json_put_new(row, "ExitCode", pp_json_int(s->exit_code)) &&
        !ppc_json_put_new(row, "Exited", pp_json_bool(s->exited)) &&
        !ppc_json_put_new(row, "Pid", pp_json_int(s->pid)) &&
        !ppc_json_put_new(row, "Labels",
                          k->labels ? pp_json_ref(k->labels)
                                    : pp_json_object()) &&
        !ppc_json_put_new(row, "Ports", ppc_show_ports(k)) &&
        !ppc_json_put_new(row, "Networks",
                          pp_json_strv(ppc_strv_c(k->networks))) &&
        !ppc_json_put_new(row, "Mounts",
                          pp_json_strv(ppc_strv_c(k->user_volumes))) &&
        !ppc_json_put_new(row, "Pod", pp_json_string(k->pod)) &&
        !ppc_json_put_new(row, "IsInfra", pp_json_bool(k->is_infra)) &&
        !ppc_json_put_new(row, "AutoRemove", pp_json_bool(k->auto_remove)) &&
        !ppc_json_put_new(row, "Namespace", pp_json_string(k->nspace)))
        return row;
    pp_json_unref(row);
    return NULL;
}

/* What the store says, corrected by what can be seen. */
static int
look(pp_runtime *rt, ppc_ctr *c, pp_err *err)
{
    PP_AUTO_BUNDLE ppc_bundle b = {0};
    int rc = 0;

    if (!ppc_ctr_has_process(c->state))
        return 0;
    rc = ppc_bundle_init(rt, c->config->id, &b, err);
    if (rc >= 0)
        ppc_ctr_look(rt, &b, c);
    return rc;
}

static int
add_row(pp_runtime *rt, ppc_ctr *c, uint32_t flags, pp_json *rows, pp_err *err)
{
    int rc = look(rt, c, err);

    if (rc < 0)
        return rc;
    if (!(flags & PP_LIST_ALL) && c->state->state != PPC_CTR_RUNNING &&
        c->state->state != PPC_CTR_PAUSED)
        return 0;
    if (pp_json_add(rows, make_row(c)))
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for the list");
    return 0;
}

int
pp_container_list(pp_runtime *rt, uint32_t flags, pp_json **out, pp_err *err)
{
    PP_AUTO(ppc_ctrs_free) ppc_ctr **list = NULL;
    PP_AUTO(pp_json_unref) pp_json *rows = pp_json_array();
    size_t n = 0;
    int rc = ppc_runtime_check(rt, err);

    if (rc >= 0)
        rc = ppc_state_all_containers(rt->state, &list, err);
    if (rc < 0)
        return rc;
    while (list[n])
        n++;
    qsort(list, n, sizeof(ppc_ctr *), oldest_first);
    /* newest first, each freed at once: its memory becomes the next row */
    while (n-- > 0) {
        PP_AUTO(ppc_ctr_free) ppc_ctr *c = pp_steal(&list[n]);

        rc = add_row(rt, c, flags, rows, err);
        if (rc < 0)
            return rc;
    }
    *out = pp_steal(&rows);
    return 0;
}
