/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/net-cni/exec.c - one call of one CNI plugin
 *
 * The protocol: the command and its parameters in the environment, the
 * configuration on standard input, a result or an error as JSON on standard
 * output, anything for people on standard error.
 */
#include "cni.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Fixed, so that DEL finds the same programs as ADD, whoever calls it. */
#define HELPER_PATH                                                            \
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define MAX_ENV 8
#define TAIL 240

/* The first executable file named TYPE; the caller frees *path. */
int
cni_exec_find(const cni *self, const char *net, const char *type, char **path,
              cni_why *why)
{
    for (char *const *dir = self->plugin_dirs; *dir; dir++) {
        FREE_AUTO char *p = NULL;
        struct stat st;

        if (asprintf(&p, "%s/%s", *dir, type) < 0) {
            p = NULL;
            return cni_say(why, PP_E_NOMEM, 0, "no memory for a path");
        }
        if (stat(p, &st) < 0 || !S_ISREG(st.st_mode) || access(p, X_OK) < 0)
            continue;
        *path = p;
        p = NULL;
        return 0;
    }
    return cni_say(why, PP_E_UNAVAIL, 0,
                   "network %s: CNI plugin %s is not in %.200s, install the "
                   "package containernetworking-plugins or set cni_plugin_dir",
                   net, type, self->path);
}

/* Is every program there, before the first one changes anything? */
int
cni_exec_ready(const cni *self, const cni_list *list, cni_why *why)
{
    for (size_t i = 0; i < cni_list_n(list); i++) {
        json_object *p = json_object_array_get_idx(list->plugins, i);
        const char *ipam = cni_json_str(cni_json_get(p, "ipam"), "type");
        FREE_AUTO char *path = NULL;
        FREE_AUTO char *ipam_path = NULL;
        int rc = cni_exec_find(self, list->name, cni_plugin_type(list, i),
                               &path, why);

        if (rc == 0 && cni_type_valid(ipam))
            rc = cni_exec_find(self, list->name, ipam, &ipam_path, why);
        if (rc < 0)
            return rc;
    }
    return 0;
}

typedef struct env {
    char *v[MAX_ENV + 1];
    size_t n;
    bool failed;
} env;

static void
env_clear(env *e)
{
    for (size_t i = 0; i < e->n; i++)
        free(e->v[i]);
}

static void
env_put(env *e, const char *name, const char *value)
{
    if (e->failed || e->n == MAX_ENV ||
        asprintf(&e->v[e->n], "%s=%s", name, value) < 0) {
        e->failed = true;
        return;
    }
    e->v[++e->n] = NULL;
}

/* VERSION gets stand-ins, because old plugins insist on them. */
static void
env_fill(env *e, const cni *self, const cni_call *call)
{
    const cni_att *att = call->att;
    bool version = !strcmp(call->command, "VERSION");

    env_put(e, "CNI_COMMAND", call->command);
    if (att || version) {
        env_put(e, "CNI_CONTAINERID", att ? att->id : "none");
        env_put(e, "CNI_NETNS", att ? att->netns : "none");
        env_put(e, "CNI_IFNAME", att ? att->ifname : "none");
    }
    if (att)
        env_put(e, "CNI_ARGS", att->args);
    env_put(e, "CNI_PATH", self->path);
    env_put(e, "PATH", HELPER_PATH);
}

/* The end of what was printed, on one line, with ": " in front; or "". */
static void
tail_of(pp_slice bytes, char *out, size_t size)
{
    size_t n = bytes.n < TAIL ? bytes.n : TAIL;
    char text[TAIL + 1];

    out[0] = '\0';
    if (n == 0)
        return;
    memcpy(text, (const char *)bytes.p + bytes.n - n, n);
    text[n] = '\0';
    for (size_t i = 0; i < n; i++)
        if (!text[i])
            text[i] = ' ';
    cni_text_clean(text);
    if (text[0])
        snprintf(out, size, ": %s%s", n < bytes.n ? "..." : "", text);
}

/* The kind of failure behind a code of the specification. */
static int
kind_of(int code)
{
    switch (code) {
    case 1:
    case 2:
        return PP_E_NOTSUP;
    case 3:
        return PP_E_NOTFOUND;
    case 4:
    case 6:
        return PP_E_INTERNAL;
    case 7:
        return PP_E_INVAL;
    case 11:
        return PP_E_BUSY;
    case 50:
    case 51:
        return PP_E_UNAVAIL;
    default:
        return PP_E_IO;
    }
}

/* The plugin ended with a status: its own words if it has some. */
static int
say_failed(cni_call *call, int status, json_object *error, const char *tail,
           cni_why *why)
{
    json_object *number = cni_json_get(error, "code");
    const char *msg = cni_json_str(error, "msg");
    const char *more = cni_json_str(error, "details");
    char text[420];

    bool own_words = json_object_is_type(number, json_type_int) && msg && *msg;

    if (!own_words && status > 128)
        return cni_say(
            why, PP_E_IO, 0,
            "network %s: CNI plugin %s: %s was killed by signal %d%s",
            call->net, call->type, call->command, status - 128, tail);
    if (!own_words)
        return cni_say(
            why, PP_E_IO, 0,
            "network %s: CNI plugin %s: %s failed with status %d and "
            "no error in JSON%s",
            call->net, call->type, call->command, status, tail);
    call->code = json_object_get_int(number);
    snprintf(text, sizeof(text), "%s%s%s", msg, more && *more ? ": " : "",
             more && *more ? more : "");
    cni_text_clean(text);
    return cni_say(why, kind_of(call->code), 0,
                   "network %s: CNI plugin %s: %s (code %d)", call->net,
                   call->type, text, call->code);
}

/* What the host could not do, or stopped. */
static int
say_stopped(const cni_call *call, int rc, const char *tail, cni_why *why)
{
    if (rc == -PP_E_TIMEOUT)
        return cni_say(why, PP_E_TIMEOUT, 0,
                       "network %s: CNI plugin %s: %s did not end within %lld "
                       "ms and was killed%s",
                       call->net, call->type, call->command,
                       (long long)call->timeout_ms, tail);
    if (rc == -PP_E_FULL)
        return cni_say(why, PP_E_IO, 0,
                       "network %s: CNI plugin %s: %s printed more than 1 MiB "
                       "and was killed%s",
                       call->net, call->type, call->command, tail);
    return rc;
}

/* Judge an end within the deadline. */
static int
judge(const cni *self, cni_call *call, int status, pp_slice out,
      const char *tail, cni_why *why)
{
    bool wants =
        !strcmp(call->command, "ADD") || !strcmp(call->command, "VERSION");
    JSON_AUTO json_object *v = NULL;
    const char *bad = "it is not an object";
    int parsed =
        out.n > 0 ? cni_json_parse(out.p, out.n, CNI_MAX_DEPTH, &v, &bad) : -1;
    bool object = parsed == 0 && json_object_is_type(v, json_type_object);

    if (status != 0)
        return say_failed(call, status, v, tail, why);
    if (tail[0])
        note(&self->conf, PP_LOG_DEBUG, "network %s: CNI plugin %s: %s%s",
             call->net, call->type, call->command, tail);
    if (!wants)
        return 0;
    if (!object)
        return cni_say(why, PP_E_CORRUPT, 0,
                       "network %s: CNI plugin %s: %s printed no result: %s%s",
                       call->net, call->type, call->command,
                       out.n > 0 ? bad : "it is empty", tail);
    call->result = json_object_get(v);
    return 0;
}

static int
run(const cni *self, cni_call *call, const char *path, env *e, pp_slice in,
    cni_why *why)
{
    const pp_host *h = self->conf.host;
    const char *argv[] = {path, NULL};
    pp_run r = {
        .struct_size = sizeof(r),
        .argv = argv,
        .envp = (const char *const *)e->v,
        .in = in,
        .out = h->sink_new(h->ctx, CNI_MAX_OUT),
        .errout = h->sink_new(h->ctx, CNI_MAX_OUT),
        .netns_fd = -1,
        .timeout_ms = (uint32_t)(call->timeout_ms > 0 ? call->timeout_ms : 1),
    };
    int status = 0;
    int rc = -PP_E_NOMEM;
    char tail[TAIL + 8] = "";

    if (!r.out || !r.errout) {
        cni_say(why, PP_E_NOMEM, 0, "no memory for the output of %s", path);
    } else {
        why->text[0] = '\0';
        rc = h->run(h->ctx, &r, &status, why->err);
        tail_of(h->sink_data(r.errout), tail, sizeof(tail));
        rc = rc < 0 ? say_stopped(call, rc, tail, why)
                    : judge(self, call, status, h->sink_data(r.out), tail, why);
    }
    h->sink_free(r.out);
    h->sink_free(r.errout);
    return rc;
}

/* After "incompatible version": what the plugin would understand. */
static void
add_versions(const cni *self, const cni_call *failed, cni_why *why)
{
    JSON_AUTO json_object *in = json_object_new_object();
    cni_call call = {.command = "VERSION",
                     .net = failed->net,
                     .type = failed->type,
                     .conf = in,
                     .timeout_ms = 5000};
    cni_why quiet = {.err = NULL};
    json_object *asked = cni_json_get(failed->conf, "cniVersion");
    size_t n = strlen(why->text);

    if (!cni_json_put(in, "cniVersion", json_object_get(asked)) ||
        cni_exec(self, &call, &quiet) < 0)
        return;
    json_object *known = cni_json_array(call.result, "supportedVersions");
    const char *text = known ? cni_json_text(known) : NULL;

    if (text)
        snprintf(why->text + n, sizeof(why->text) - n,
                 ", it supports %.100s, the network asks for %s", text,
                 json_object_get_string(asked));
    json_object_put(call.result);
}

/*
 * Run one plugin.
 *
 * returns  0 | -PP_E_UNAVAIL (not installed) | -PP_E_TIMEOUT | the kind of
 *          its error; call->code has the error's number
 */
int
cni_exec(const cni *self, cni_call *call, cni_why *why)
{
    FREE_AUTO char *path = NULL;
    __attribute__((cleanup(env_clear))) env e = {.n = 0};
    const char *in = cni_json_text(call->conf);
    int rc = cni_exec_find(self, call->net, call->type, &path, why);

    if (rc < 0)
        return rc;
    env_fill(&e, self, call);
    if (e.failed || !in)
        return cni_say(why, PP_E_NOMEM, 0, "no memory to run %s", path);
    note(&self->conf, PP_LOG_DEBUG, "network %s: running %s %s", call->net,
         path, call->command);
    rc = run(self, call, path, &e, pp_slice_of(in, strlen(in)), why);
    if (rc < 0 && call->code == 1 && strcmp(call->command, "VERSION") != 0)
        add_versions(self, call, why);
    return rc;
}
