/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/net-cni/attach.c - set-up, teardown and check of one attachment
 *
 * Between the request of the host and the chain of CNI calls: which list,
 * which arguments, which cookie.
 */
#include "cni.h"

#include <stdio.h>

static int
check_request(const pp_net_request *req, bool names_iface, cni_why *why)
{
    if (req->flags)
        return cni_say(why, PP_E_NOTSUP, 0, "unknown request flags 0x%x",
                       (unsigned)req->flags);
    if (!cni_id_valid(req->id))
        return cni_say(why, PP_E_INVAL, 0,
                       "container ID \"%.64s\" must be letters, digits and "
                       "\"_.-\"",
                       req->id ? req->id : "");
    if (names_iface && !cni_ifname_valid(req->ifname))
        return cni_say(why, PP_E_INVAL, 0,
                       "\"%.64s\" is not a valid interface name",
                       req->ifname ? req->ifname : "");
    return 0;
}

/* For ADD, the whole way; what is attached after a failure is undone. */
static int
attach(cni_att *att, const pp_net_request *req, const pp_net_result *out,
       cni_why *why)
{
    JSON_AUTO json_object *result = NULL;
    LOCK_AUTO int lock =
        cni_lock_take(&att->self->conf, false, att->deadline, why);

    if (lock < 0)
        return lock;
    int rc = cni_chain_add(att, &result, why);

    if (rc < 0)
        return rc;
    rc = cni_fault("cni.attached", why);
    if (rc == 0)
        rc = cni_result_wanted(att, result, req, why);
    if (rc == 0)
        rc = cni_result_emit(att, result, out, why);
    if (rc == 0)
        rc = cni_cookie_write(att, result, out->cookie, why);
    if (rc == 0)
        return 0;
    cni_why undo = {.err = NULL};

    att->deadline = cni_now_ms() + att->self->conf.timeout_ms;
    if (cni_chain_del(att, cni_list_n(att->list), result, false, &undo) < 0)
        cni_why_log(&att->self->conf, &undo, PP_LOG_WARNING);
    return rc;
}

static int64_t
deadline_of(const cni *c, const pp_net_request *req)
{
    return cni_now_ms() +
           (req->timeout_ms ? req->timeout_ms : c->conf.timeout_ms);
}

int
cni_attach_setup(const cni *c, const pp_net_request *req,
                 const pp_net_result *out, cni_why *why)
{
    LISTS_AUTO cni_lists all = {0};
    FREE_AUTO char *args = NULL;
    JSON_AUTO json_object *caps = NULL;
    cni_att att = {
        .self = c,
        .id = req->id,
        .ifname = req->ifname,
        .netns = req->netns_path,
        .deadline = deadline_of(c, req),
    };
    int rc = check_request(req, true, why);

    if (rc == 0 && !cni_word_valid(req->netns_path))
        rc = cni_say(why, PP_E_INVAL, 0,
                     "container %s has no network namespace", req->id);
    if (rc == 0)
        rc = cni_lists_load(&c->conf, &all, why);
    if (rc == 0)
        rc = cni_lists_find(&c->conf, &all, req->net, &att.list, why);
    if (rc == 0)
        rc = cni_exec_ready(c, att.list, why);
    if (rc == 0)
        rc = cni_args_make(att.list, req, &args, &caps, why);
    if (rc == 0)
        rc = cni_list_ready(c, att.list, att.deadline, why);
    if (rc < 0)
        return rc;
    att.args = args;
    att.caps = caps;
    return attach(&att, req, out, why);
}

static int
detach(cni_att *att, json_object *result, bool lenient, cni_why *why)
{
    LOCK_AUTO int lock =
        cni_lock_take(&att->self->conf, false, att->deadline, why);

    if (lock < 0)
        return lock;
    return cni_chain_del(att, cni_list_n(att->list), result, lenient, why);
}

/*
 * Without a cookie: the process died in setup, or setup failed.  What is
 * configured today is all that is known; there may be nothing to undo.
 */
static int
teardown_blind(cni_att *att, const pp_net_request *req, cni_why *why)
{
    LISTS_AUTO cni_lists all = {0};
    FREE_AUTO char *args = NULL;
    JSON_AUTO json_object *caps = NULL;
    int rc = check_request(req, true, why);

    if (rc == 0)
        rc = cni_lists_load(&att->self->conf, &all, why);
    if (rc == 0)
        rc = cni_lists_find(&att->self->conf, &all, req->net, &att->list, why);
    if (rc == -PP_E_NOTFOUND) {
        cni_why_log(&att->self->conf, why, PP_LOG_WARNING);
        return 0;
    }
    if (rc == 0)
        rc = cni_args_make(att->list, req, &args, &caps, why);
    if (rc < 0)
        return rc;
    att->ifname = req->ifname;
    att->args = args;
    att->caps = caps;
    return detach(att, NULL, true, why);
}

int
cni_attach_teardown(const cni *c, const pp_net_request *req, pp_slice bytes,
                    cni_why *why)
{
    COOKIE_AUTO cni_cookie cookie = {0};
    cni_att att = {
        .self = c,
        .id = req->id,
        .netns = cni_word_valid(req->netns_path) ? req->netns_path : "",
        .deadline = deadline_of(c, req),
    };
    int rc = check_request(req, false, why);

    if (rc < 0)
        return rc;
    rc = cni_cookie_read(req->id, bytes, &cookie, why);
    if (rc < 0)
        cni_why_log(&c->conf, why, PP_LOG_WARNING);
    if (rc <= 0)
        return teardown_blind(&att, req, why);
    att.list = cookie.list;
    att.ifname = cookie.ifname;
    att.args = cookie.args;
    att.caps = cookie.caps;
    return detach(&att, cookie.result, false, why);
}

int
cni_attach_check(const cni *c, const pp_net_request *req, pp_slice bytes,
                 cni_why *why)
{
    COOKIE_AUTO cni_cookie cookie = {0};
    cni_att att = {
        .self = c,
        .id = req->id,
        .netns = req->netns_path,
        .deadline = deadline_of(c, req),
    };
    int rc = check_request(req, false, why);

    if (rc == 0)
        rc = cni_cookie_read(req->id, bytes, &cookie, why);
    if (rc < 0)
        return rc;
    if (rc == 0)
        return cni_say(why, PP_E_DRIFT, 0,
                       "container %s was never attached: its cookie is empty",
                       req->id);
    if (!cni_word_valid(req->netns_path))
        return cni_say(why, PP_E_DRIFT, 0,
                       "network %s: the namespace of container %s is gone",
                       cookie.list->name, req->id);
    if (cookie.list->version < CNI_0_4_0 || cookie.list->no_check) {
        note(&c->conf, PP_LOG_DEBUG, "network %s: there is no CHECK for it",
             cookie.list->name);
        return 0;
    }
    att.list = cookie.list;
    att.ifname = cookie.ifname;
    att.args = cookie.args;
    att.caps = cookie.caps;
    LOCK_AUTO int lock = cni_lock_take(&c->conf, false, att.deadline, why);

    return lock < 0 ? lock : cni_chain_check(&att, cookie.result, why);
}
