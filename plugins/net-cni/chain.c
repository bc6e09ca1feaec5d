/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/net-cni/chain.c - the order of calls
 *
 * ADD and CHECK go from the first plugin to the last, DEL from the last to
 * the first.  Each ADD is told the result of the one before; DEL and CHECK
 * are told the final one.
 */
#include "cni.h"

#include <string.h>

const char *
cni_plugin_type(const cni_list *list, size_t i)
{
    return cni_json_str(json_object_array_get_idx(list->plugins, i), "type");
}

/* The configuration of one plugin as it goes to it; NULL without memory. */
json_object *
cni_plugin_conf(const cni_list *list, size_t i)
{
    JSON_AUTO json_object *conf =
        cni_json_dup(json_object_array_get_idx(list->plugins, i));

    if (!conf ||
        !cni_json_put(conf, "name", json_object_new_string(list->name)) ||
        !cni_json_put(conf, "cniVersion",
                      json_object_new_string(cni_version_text(list->version))))
        return NULL;
    json_object_object_del(conf, "capabilities");
    json_object_object_del(conf, "prevResult");
    return json_object_get(conf);
}

/* Give the plugin those arguments whose capability it declares. */
static bool
put_runtime(const cni_att *att, size_t i, json_object *conf)
{
    json_object *plugin = json_object_array_get_idx(att->list->plugins, i);
    json_object *declared = cni_json_get(plugin, "capabilities");
    JSON_AUTO json_object *mine = json_object_new_object();

    if (!mine)
        return false;
    if (!json_object_is_type(declared, json_type_object) ||
        !json_object_is_type(att->caps, json_type_object))
        return true;
    json_object_object_foreach(att->caps, key, value)
    {
        if (cni_json_true(declared, key) &&
            !cni_json_put(mine, key, json_object_get(value)))
            return false;
    }
    if (json_object_object_length(mine) == 0)
        return true;
    return cni_json_put(conf, "runtimeConfig", json_object_get(mine));
}

static int
call_one(const cni_att *att, size_t i, const char *command, json_object *prev,
         int64_t timeout_ms, cni_call *call, cni_why *why)
{
    JSON_AUTO json_object *conf = cni_plugin_conf(att->list, i);

    *call = (cni_call){
        .command = command,
        .net = att->list->name,
        .type = cni_plugin_type(att->list, i),
        .att = att,
        .conf = conf,
        .timeout_ms = timeout_ms,
    };
    if (!conf || !put_runtime(att, i, conf) ||
        (prev && !cni_json_put(conf, "prevResult", json_object_get(prev))))
        return cni_say(why, PP_E_NOMEM, 0, "no memory to call %s", call->type);
    if (timeout_ms <= 0)
        return cni_say(why, PP_E_TIMEOUT, 0,
                       "network %s: no time is left for %s of CNI plugin %s",
                       call->net, command, call->type);
    return cni_exec(att->self, call, why);
}

/* Undo the first N plugins, with time of its own. */
static void
roll_back(const cni_att *att, size_t n, json_object *result)
{
    cni_att undo = *att;
    cni_why quiet = {.err = NULL};

    undo.deadline = cni_now_ms() + att->self->conf.timeout_ms;
    if (cni_chain_del(&undo, n, result, false, &quiet) < 0)
        cni_why_log(&att->self->conf, &quiet, PP_LOG_WARNING);
}

/*
 * Attach; after a failure everything attempted has been undone.
 *
 * result   owned by the caller
 */
int
cni_chain_add(const cni_att *att, json_object **result, cni_why *why)
{
    JSON_AUTO json_object *prev = NULL;
    size_t n = cni_list_n(att->list);

    for (size_t i = 0; i < n; i++) {
        cni_call call;
        int rc = call_one(att, i, "ADD", prev, att->deadline - cni_now_ms(),
                          &call, why);

        if (rc == 0)
            rc = cni_fault("cni.added", why);
        if (rc == 0 && !cni_json_get(call.result, "cniVersion") &&
            !cni_json_put(
                call.result, "cniVersion",
                json_object_new_string(cni_version_text(att->list->version))))
            rc = cni_say(why, PP_E_NOMEM, 0, "no memory for a result");
        if (rc < 0) {
            json_object_put(call.result);
            roll_back(att, i + 1, prev);
            return rc;
        }
        json_object_put(prev);
        prev = call.result;
    }
    *result = json_object_get(prev);
    return 0;
}

/* May this failure of DEL be taken for success? */
static bool
is_gone(int rc, const cni_call *call)
{
    return rc < 0 && call->code == 3;
}

static bool
is_installed(const cni_att *att, size_t i)
{
    FREE_AUTO char *path = NULL;
    cni_why why = {.err = NULL};
    int rc = cni_exec_find(att->self, att->list->name,
                           cni_plugin_type(att->list, i), &path, &why);

    if (rc < 0)
        cni_why_log(&att->self->conf, &why, PP_LOG_WARNING);
    return rc == 0;
}

/*
 * Detach from the first N plugins, in reverse.  A failure does not stop the
 * others; the first one is returned, later ones are logged.  Each plugin
 * gets its share of the time that is left, so that one that hangs cannot
 * take it from the others.
 *
 * result   of ADD, or NULL
 * lenient  a plugin that is not installed has nothing to undo
 */
int
cni_chain_del(const cni_att *att, size_t n, json_object *result, bool lenient,
              cni_why *why)
{
    json_object *prev = att->list->version >= CNI_0_4_0 ? result : NULL;
    int first = 0;

    if (result && !prev)
        note(&att->self->conf, PP_LOG_DEBUG,
             "network %s: cniVersion %s has no prevResult in DEL, raise it to "
             "0.4.0 or more",
             att->list->name, cni_version_text(att->list->version));
    for (size_t i = n; i-- > 0;) {
        int64_t share = (att->deadline - cni_now_ms()) / (int64_t)(i + 1);
        cni_why bad = {.err = first < 0 ? NULL : why->err};
        cni_call call;

        if (lenient && !is_installed(att, i))
            continue;
        int rc = call_one(att, i, "DEL", prev, share > 100 ? share : 100, &call,
                          &bad);

        json_object_put(call.result);
        if (rc == 0)
            rc = cni_fault("cni.deleted", &bad);
        if (rc == 0 || is_gone(rc, &call))
            continue;
        if (first < 0) {
            cni_why_log(&att->self->conf, &bad, PP_LOG_WARNING);
            continue;
        }
        first = rc;
        *why = bad;
    }
    return first;
}

/*
 * Is everything as ADD left it?  portmap's answer is only advice: released
 * versions of it miss their own chains in the address family not in use.
 *
 * returns  0 | -PP_E_DRIFT | -PP_E_UNAVAIL | -PP_E_TIMEOUT
 */
int
cni_chain_check(const cni_att *att, json_object *result, cni_why *why)
{
    for (size_t i = 0; i < cni_list_n(att->list); i++) {
        cni_call call;
        int rc = call_one(att, i, "CHECK", result, att->deadline - cni_now_ms(),
                          &call, why);

        json_object_put(call.result);
        if (rc == 0)
            continue;
        if (call.code == 0)
            return rc;
        if (strcmp(call.type, "portmap") != 0)
            return -PP_E_DRIFT;
        cni_why_log(&att->self->conf, why, PP_LOG_WARNING);
    }
    return 0;
}
