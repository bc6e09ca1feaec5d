/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/container/start.c - bring a container to life
 *
 * intent -> namespace -> networks -> saved -> rules -> files and spec ->
 * conmon and OCI create -> OCI start -> saved, intent cleared.  Whatever
 * fails, ppc_held_teardown undoes it, now or by the next one who holds it.
 */
#include <string.h>

#include "core/util/clock.h"
#include "core/util/fault.h"
#include "core/util/file.h"
#include "core/util/log.h"
#include "core/util/process.h"
#include "core/util/str.h"
#include "core/util/strv.h"
#include "core/util/versioned.h"
#include "engine/container/container.h"
#include "engine/firewall/firewall.h"
#include "engine/json.h"
#include "engine/lock/lock.h"
#include "engine/network/network.h"
#include "engine/spec/spec.h"

#define EXIT_KILLED (128 + 9)
#define MAX_NAP (250 * PPC_MS)

static int
announce(pp_runtime *rt, ppc_held *h, pp_err *err)
{
    ppc_ctr *c = h->ctr;
    int rc = 0;

    if (c->intent && !c->config->create_net_ns)
        return 0; /* the record says already that it may be half made */
    if (c->config->create_net_ns)
        rc = ppc_firewall_prepare(rt, c, err);
    if (rc < 0)
        return rc;
    if (!c->intent)
        c->intent = strdup(PPC_INTENT_START);
    if (c->config->create_net_ns)
        c->netns = ppc_sprintf("%s/%s", rt->netns_dir, c->config->id);
    if (!c->intent || (c->config->create_net_ns && !c->netns))
        return pp_fail(err, PP_E_NOMEM, 0, "no memory to start %s",
                       c->config->name);
    rc = ppc_state_save_container(rt->state, c, err);
    return rc < 0 ? rc : ppc_fault("start.announced", err);
}

static int
connect_network(pp_runtime *rt, ppc_held *h, pp_err *err)
{
    PP_AUTO_FD int lock = -1;
    int rc;

    if (!h->ctr->config->create_net_ns)
        return 0;
    lock = ppc_network_lock(rt, err);
    if (lock < 0)
        return lock;
    /* a leftover of a boot or a crash would be somebody else's namespace */
    rc = ppc_netns_remove(h->ctr->netns, err);
    if (rc >= 0)
        rc = ppc_netns_create(h->ctr->netns, err);
    if (rc >= 0)
        rc = ppc_fault("start.namespace", err);
    if (rc >= 0)
        rc = ppc_network_attach(rt, h->ctr, err);
    if (rc >= 0)
        rc = ppc_fault("start.attached", err);
    /* the cookies are durable before anything uses the addresses */
    if (rc >= 0)
        rc = ppc_state_save_container(rt->state, h->ctr, err);
    close(pp_steal_fd(&lock));
    if (rc >= 0)
        rc = ppc_fault("start.saved", err);
    if (rc >= 0)
        rc = ppc_firewall_apply(rt, h->ctr, err);
    if (rc >= 0)
        rc = ppc_fault("start.ruled", err);
    if (rc >= 0)
        ppc_firewall_warn(rt, h->ctr);
    return rc;
}

static int
write_spec(pp_runtime *rt, ppc_held *h, pp_err *err)
{
    PP_AUTO(pp_json_unref) pp_json *request = NULL;
    PP_AUTO(pp_json_unref) pp_json *binds = NULL;
    PP_AUTO(pp_json_unref) pp_json *spec = NULL;
    PP_AUTO(ppc_ctr_free) ppc_ctr *other = NULL;
    PP_AUTO_FREE char *text = NULL;
    PP_AUTO_FREE char *netns = NULL;
    ppc_spec_in in = {.rt = rt, .ctr = h->ctr};
    int rc;

    rc = ppc_state_container_spec(rt->state, h->ctr, &request, err);
    if (rc >= 0)
        rc = ppc_dir_make(h->bundle.run, 0700, err);
    if (rc >= 0)
        rc = ppc_network_shared(rt, h->ctr, &other, &netns, err);
    if (rc >= 0)
        rc = ppc_ctr_files(h, request, other, &binds, err);
    in.request = request;
    in.bind_mounts = binds;
    in.netns = netns;
    if (rc >= 0)
        rc = ppc_spec_make(&in, &spec, err);
    if (rc < 0)
        return rc;
    text = pp_json_text(spec, 0);
    if (!text)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for the OCI spec");
    rc = ppc_file_write(h->bundle.config, text, strlen(text), 0600, err);
    if (rc < 0)
        return rc;
    pp_json_unref(h->ctr->state->bind_mounts);
    h->ctr->state->bind_mounts = pp_steal(&binds);
    free(h->ctr->state->config_path);
    h->ctr->state->config_path = strdup(h->bundle.config);
    free(h->ctr->state->run_dir);
    h->ctr->state->run_dir = strdup(h->bundle.run);
    return 0;
}

static int
create_process(pp_runtime *rt, ppc_held *h, const int *ports, size_t n_ports,
               pp_err *err)
{
    const ppc_ctr_config *c = h->ctr->config;
    ppc_ctr_state *s = h->ctr->state;
    PP_AUTO(ppc_strv_free) char **exit_command = NULL;
    ppc_conmon m = {.id = c->id,
                    .bundle = &h->bundle,
                    .log_driver = c->log_driver,
                    .log_path = c->log_path,
                    .log_size_max = c->log_size_max,
                    .pid_file = c->conmon_pid_file,
                    .keep_fds = ports,
                    .n_keep_fds = n_ports,
                    .terminal = c->terminal,
                    .stdin_open = c->stdin_open};
    int rc;

    rc = ppc_ctr_exit_command(rt, c->id, &exit_command, err);
    if (rc < 0)
        return rc;
    m.exit_command = ppc_strv_c(exit_command);
    rc = ppc_conmon_create(rt, &m, &s->pid, &s->conmon_pid, err);
    if (rc < 0)
        return rc;
    s->state = PPC_CTR_CREATED;
    s->pid_start = ppc_process_start(s->pid);
    s->conmon_start = ppc_process_start(s->conmon_pid);
    if (!s->conmon_start)
        s->conmon_pid = 0; /* a pid alone could be anybody's one day */
    if (!s->pid_start)
        return pp_fail(err, PP_E_INTERNAL, 0,
                       "the process of container %s ended before its start",
                       c->name);
    return 0;
}

static int
start_process(pp_runtime *rt, ppc_held *h, pp_err *err)
{
    ppc_ctr_state *s = h->ctr->state;
    int rc = ppc_oci_start(rt, h->ctr->config->id, err);

    if (rc >= 0)
        rc = ppc_fault("start.started", err);
    if (rc < 0)
        return rc;
    s->state = PPC_CTR_RUNNING;
    s->started = ppc_now();
    s->finished = 0;
    s->exit_code = 0;
    s->exited = false;
    s->oom_killed = false;
    free(pp_steal(&h->ctr->intent));
    return ppc_state_save_container(rt->state, h->ctr, err);
}

/* The port is in use: perhaps by a container, which can be named. */
static int
name_holder(pp_runtime *rt, const ppc_ctr *c, int rc, pp_err *err)
{
    PP_AUTO(ppc_ctrs_free) ppc_ctr **all = NULL;
    size_t i;

    if (ppc_state_all_containers(rt->state, &all, NULL) < 0)
        return rc;
    for (i = 0; all[i]; i++)
        if (strcmp(all[i]->config->id, c->config->id) &&
            ppc_ctr_has_process(all[i]->state) &&
            ppc_ports_clash(all[i]->config->port_mappings,
                            c->config->port_mappings))
            return pp_wrap(err, rc, "container %s has the port",
                           all[i]->config->name);
    return rc;
}

/* All steps; stream receives a connection to the streams when it is wanted,
 * made before the first byte can be written. */
static int
run_steps(pp_runtime *rt, ppc_held *h, int *stream, pp_err *err)
{
    int *ports = NULL;
    size_t n_ports = 0;
    int rc = 0;

    if (h->ctr->config->create_net_ns &&
        pp_settings_bool(rt->settings, "engine.enable_port_reservation"))
        rc = ppc_ports_reserve(h->ctr->config, &ports, &n_ports, err);
    if (rc >= 0)
        rc = announce(rt, h, err);
    if (rc >= 0)
        rc = connect_network(rt, h, err);
    if (rc >= 0)
        rc = write_spec(rt, h, err);
    if (rc >= 0)
        rc = ppc_fault("start.specified", err);
    if (rc >= 0)
        rc = create_process(rt, h, ports, n_ports, err);
    if (rc >= 0)
        rc = ppc_fault("start.created", err);
    if (rc >= 0 && stream) {
        *stream = ppc_attach_connect(&h->bundle, err);
        rc = *stream;
    }
    if (rc >= 0)
        rc = start_process(rt, h, err);
    ppc_ports_release(ports, n_ports);
    return rc;
}

/* A start that failed leaves the container as it was before: with the intent
 * "create" that is not at all. */
static void
undo_start(pp_runtime *rt, ppc_held *h, int32_t before)
{
    ppc_ctr_state *s = h->ctr->state;
    const bool unfinished = ppc_str_eq(h->ctr->intent, PPC_INTENT_CREATE);
    pp_err err = {0};
    int rc;

    s->pid = 0;
    s->pid_start = 0;
    s->state = before == PPC_CTR_EXITED ? PPC_CTR_STOPPED
                                        : PPC_CTR_CONFIGURED;
    rc = unfinished ? ppc_held_discard(rt, h, &err)
                    : ppc_held_teardown(rt, h, &err);
    if (rc < 0)
        ppc_log(PP_LOG_WARNING, "undoing the start of container %s: %s",
                h->ctr->config->name, err.msg);
}

/* After the streams have closed: wait for the end without holding anything,
 * then undo the start; what did it end with? */
static int
reap(pp_runtime *rt, const char *id, int *exit_code, pp_err *err)
{
    int64_t nap = PPC_MS;
    int rc;

    for (;;) {
        PP_AUTO_HELD ppc_held h = PPC_HELD_INIT;

        rc = ppc_held_take(rt, id, &h, err);
        if (rc == -PP_E_NOSUCHCTR) {
            *exit_code = EXIT_KILLED; /* somebody else's rm --force */
            return 0;
        }
        if (rc < 0)
            return rc;
        *exit_code = h.ctr->state->exit_code;
        if (h.ctr->state->state != PPC_CTR_RUNNING &&
            h.ctr->state->state != PPC_CTR_PAUSED)
            return ppc_held_end(rt, &h, err);
        ppc_held_release(&h);
        ppc_sleep(nap);
        nap = nap * 2 > MAX_NAP ? MAX_NAP : nap * 2;
    }
}

/* The foreground lock tells conmon's clean-up that somebody is here to do its
 * work, and falls when we die.  Taken before there is a conmon.  Somebody of
 * an earlier run may still have it, and wait for the container that we hold:
 * then conmon's clean-up does the work. */
static int
lock_foreground(pp_runtime *rt, const char *id, pp_err *err)
{
    PP_AUTO_FREE char *name = ppc_foreground_lock(id);

    if (!name)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory to attach");
    return ppc_lock_take(rt->lock_dir, name, 0, "the foreground",
                         "engine.lock_timeout", err);
}

static void
forget_foreground(pp_runtime *rt, const char *id)
{
    PP_AUTO_FREE char *name = ppc_foreground_lock(id);

    if (name)
        ppc_lock_forget(rt->lock_dir, name);
}

/* Bring it up from a state that allows it. */
static int
start_held(pp_runtime *rt, ppc_held *h, int *stream, pp_err *err)
{
    const char *name = h->ctr->config->name;
    int32_t before;
    int rc = 0;

    if (h->ctr->state->state == PPC_CTR_STOPPED)
        rc = ppc_held_teardown(rt, h, err);
    if (rc < 0)
        return pp_wrap(err, rc, "starting container %s", name);
    before = h->ctr->state->state;
    if (before != PPC_CTR_CONFIGURED && before != PPC_CTR_EXITED)
        return pp_fail(err, PP_E_CTRSTATE, 0,
                       "container %s is %s: it cannot be started", name,
                       ppc_ctr_state_name(before));
    rc = run_steps(rt, h, stream, err);
    if (rc >= 0)
        return 0;
    if (rc == -PP_E_PORTINUSE)
        rc = name_holder(rt, h->ctr, rc, err);
    undo_start(rt, h, before);
    return pp_wrap(err, rc, "starting container %s", name);
}

static int
start_attached(pp_runtime *rt, ppc_held *h, const pp_attach *attach,
               int *exit_code, pp_err *err)
{
    PP_AUTO_FREE char *id = strdup(h->ctr->config->id);
    PP_AUTO_FD int stream = -1;
    PP_AUTO_FD int lock = -1;
    int ignored = 0;
    int rc, back;

    if (!id)
        return pp_fail(err, PP_E_NOMEM, 0, "no memory to attach");
    lock = lock_foreground(rt, id, err);
    if (lock < 0 && lock != -PP_E_BUSY)
        return lock;
    rc = start_held(rt, h, &stream, err);
    ppc_held_release(h); /* not held while it runs */
    if (rc >= 0)
        rc = ppc_attach_pump(rt, id, stream, attach, err);
    back = ppc_runtime_find_store(rt, rc < 0 ? NULL : err);
    if (rc >= 0)
        rc = back;
    if (rc >= 0)
        rc = reap(rt, id, exit_code ? exit_code : &ignored, err);
    if (lock >= 0)
        forget_foreground(rt, id);
    return rc;
}

static int
start_either(pp_runtime *rt, ppc_held *h, const pp_attach *attach,
             int *exit_code, pp_err *err)
{
    if (!attach)
        return start_held(rt, h, NULL, err);
    return start_attached(rt, h, attach, exit_code, err);
}

int
pp_container_start(pp_runtime *rt, const char *ref, const pp_attach *attach,
                   int *exit_code, pp_err *err)
{
    PP_AUTO_HELD ppc_held h = PPC_HELD_INIT;
    pp_attach own;
    int rc = attach ? PPC_TAKE(pp_attach, reserved, &own, attach, err) : 0;

    if (rc >= 0)
        rc = ppc_held_take(rt, ref, &h, err);
    if (rc < 0)
        return rc;
    if (h.ctr->state->state == PPC_CTR_RUNNING && !attach)
        return 0;
    return start_either(rt, &h, attach ? &own : NULL, exit_code, err);
}

int
pp_container_run(pp_runtime *rt, const pp_container_spec *spec,
                 const pp_attach *attach, char id[PP_ID_MAX], int *exit_code,
                 pp_err *err)
{
    PP_AUTO_HELD ppc_held h = PPC_HELD_INIT;
    pp_attach own;
    int rc = attach ? PPC_TAKE(pp_attach, reserved, &own, attach, err) : 0;

    if (rc >= 0)
        rc = ppc_held_make(rt, spec, true, &h, err);
    if (rc < 0)
        return rc;
    snprintf(id, PP_ID_MAX, "%s", h.ctr->config->id);
    return start_either(rt, &h, attach ? &own : NULL, exit_code, err);
}
