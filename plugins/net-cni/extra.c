/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* plugins/net-cni/extra.c - operations on a network, not an attachment */
#include "cni.h"

#include <string.h>

static int
call_net(const cni *self, const cni_list *list, const char *command, size_t i,
         json_object *conf, cni_call *call, int64_t timeout, cni_why *why)
{
    *call = (cni_call){
        .command = command,
        .net = list->name,
        .type = cni_plugin_type(list, i),
        .conf = conf,
        .timeout_ms = timeout > 100 ? timeout : 100,
    };
    if (!conf)
        return cni_say(why, PP_E_NOMEM, 0, "no memory to call %s", call->type);
    return cni_exec(self, call, why);
}

static json_object *
make_alive(const pp_net_attachment *const *alive, uint32_t n)
{
    JSON_AUTO json_object *all = json_object_new_array();

    for (uint32_t i = 0; i < n; i++) {
        JSON_AUTO json_object *o = json_object_new_object();

        if (!cni_json_put(o, "containerID",
                          json_object_new_string(alive[i]->id)) ||
            !cni_json_put(o, "ifname",
                          json_object_new_string(alive[i]->ifname)) ||
            !cni_json_add(all, json_object_get(o)))
            return NULL;
    }
    return all ? json_object_get(all) : NULL;
}

/* Every plugin is called, whatever the others say; the first failure wins. */
static int
gc_list(const cni *self, const cni_list *list,
        const pp_net_attachment *const *alive, uint32_t n, cni_why *why)
{
    JSON_AUTO json_object *keep = make_alive(alive, n);
    int64_t deadline = cni_now_ms() + self->conf.timeout_ms;
    size_t plugins = cni_list_n(list);
    int first = 0;

    if (!keep)
        return cni_say(why, PP_E_NOMEM, 0, "no memory for %u attachments",
                       (unsigned)n);
    for (size_t i = 0; i < plugins; i++) {
        int64_t share = (deadline - cni_now_ms()) / (int64_t)(plugins - i);
        JSON_AUTO json_object *conf = cni_plugin_conf(list, i);
        cni_why bad = {.err = first < 0 ? NULL : why->err};
        cni_call call;

        if (!cni_json_put(conf, "cni.dev/valid-attachments",
                          json_object_get(keep)))
            return cni_say(why, PP_E_NOMEM, 0, "no memory for attachments");
        int rc = call_net(self, list, "GC", i, conf, &call, share, &bad);

        if (rc == 0)
            continue;
        if (first < 0) {
            cni_why_log(&self->conf, &bad, PP_LOG_WARNING);
            continue;
        }
        first = rc;
        *why = bad;
    }
    return first;
}

/* Lists older than GC, and host-local as it is, cannot be asked: what a boot
 * has orphaned is taken back here. */
int
cni_net_gc(const cni *c, const char *net, const pp_net_attachment *const *alive,
           uint32_t n, cni_why *why)
{
    LISTS_AUTO cni_lists all = {0};
    const cni_list *list = NULL;
    int rc = cni_lists_load(&c->conf, &all, why);

    if (rc == 0)
        rc = cni_lists_find(&c->conf, &all, net, &list, why);
    if (rc < 0)
        return rc;
    LOCK_AUTO int lock =
        cni_lock_take(&c->conf, true, cni_now_ms() + c->conf.timeout_ms, why);

    if (lock < 0)
        return lock;
    rc = cni_leases_gc(&c->conf, list, alive, n, why);
    if (list->version >= CNI_1_1_0 && !list->no_gc && rc == 0)
        rc = gc_list(c, list, alive, n, why);
    return rc;
}

/* Before STATUS existed: does the plugin run, and speak the version? */
static int
probe_version(const cni *self, const cni_list *list, size_t i, int64_t timeout,
              cni_why *why)
{
    JSON_AUTO json_object *conf = json_object_new_object();
    const char *version = cni_version_text(list->version);
    cni_call call;

    if (!cni_json_put(conf, "cniVersion", json_object_new_string(version)))
        return cni_say(why, PP_E_NOMEM, 0, "no memory to call VERSION");
    int rc = call_net(self, list, "VERSION", i, conf, &call, timeout, why);

    if (rc < 0)
        return rc;
    JSON_AUTO json_object *answer = call.result;
    json_object *known = cni_json_array(answer, "supportedVersions");

    if (!known && list->version == CNI_0_1_0)
        return 0;
    for (size_t k = 0; known && k < json_object_array_length(known); k++) {
        const char *s = cni_json_str(json_object_array_get_idx(known, k), NULL);

        if (s && !strcmp(s, version))
            return 0;
    }
    return cni_say(why, PP_E_UNAVAIL, 0,
                   "network %s: CNI plugin %s does not support version %s",
                   list->name, call.type, version);
}

/*
 * Since 1.1.0: can the plugins serve an ADD now?  One that does not know the
 * question (code 4) is asked by ADD itself, which says what it lacks.
 *
 * returns  0 | -PP_E_UNAVAIL (codes 50 and 51) | the kind of its error
 */
int
cni_list_ready(const cni *self, const cni_list *list, int64_t deadline,
               cni_why *why)
{
    int rc = 0;

    for (size_t i = 0;
         rc == 0 && list->version >= CNI_1_1_0 && i < cni_list_n(list); i++) {
        JSON_AUTO json_object *conf = cni_plugin_conf(list, i);
        cni_call call;

        rc = call_net(self, list, "STATUS", i, conf, &call,
                      deadline - cni_now_ms(), why);
        if (rc < 0 && call.code == 4)
            rc = 0;
    }
    return rc;
}

/* Whatever is wrong with it makes it unavailable; the text says what. */
static int
status_list(const cni *self, const cni_list *list, cni_why *why)
{
    int64_t deadline = cni_now_ms() + self->conf.timeout_ms;
    int rc = cni_exec_ready(self, list, why);

    for (size_t i = 0; rc == 0 && i < cni_list_n(list); i++) {
        int64_t left = deadline - cni_now_ms();
        JSON_AUTO json_object *conf = cni_plugin_conf(list, i);
        cni_call call;

        if (list->version < CNI_1_1_0)
            rc = probe_version(self, list, i, left, why);
        else
            rc = call_net(self, list, "STATUS", i, conf, &call, left, why);
    }
    return rc < 0 && rc != -PP_E_NOMEM ? -PP_E_UNAVAIL : rc;
}

/* returns  0 | -PP_E_UNAVAIL with the reason | -PP_E_NOTFOUND */
int
cni_net_status(const cni *self, const char *net, cni_why *why)
{
    LISTS_AUTO cni_lists all = {0};
    const cni_list *list = NULL;
    int rc = cni_lists_load(&self->conf, &all, why);

    if (rc == 0)
        rc = cni_lists_find(&self->conf, &all, net, &list, why);
    return rc < 0 ? rc : status_list(self, list, why);
}
