/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/oci/runtime.c - the OCI runtime's command line; see oci.h */
#include <string.h>

#include "core/util/run.h"
#include "core/util/str.h"
#include "core/util/strv.h"
#include "engine/json.h"
#include "engine/oci/oci.h"

#define OCI_TIMEOUT_MS 60000
#define MAX_ARGS 8

/* What it said, as one line without its log decoration. */
static const char *
last_words(struct pp_sink *errout)
{
    char *text = errout->s.p;
    char *msg;
    char *p;

    if (errout->s.nomem || !text)
        return "it gave no reason";
    for (p = text; *p; p++)
        if (*p == '\n')
            *p = ' ';
    while (p > text && (p[-1] == ' ' || p[-1] == '"'))
        *--p = '\0';
    msg = strstr(text, "msg=\"");
    return msg ? msg + 5 : text;
}

static int
call(pp_runtime *rt, const char *const *args, struct pp_sink *out,
     struct pp_sink *errout, int *status, pp_err *err)
{
    const char *argv[MAX_ARGS + 2] = {rt->oci_path};
    PP_AUTO(ppc_strv_free) char **envp = NULL;
    pp_run run = {.struct_size = sizeof run,
                  .argv = argv,
                  .out = out,
                  .errout = errout,
                  .netns_fd = -1,
                  .timeout_ms = OCI_TIMEOUT_MS};
    const char *xdg = getenv("XDG_RUNTIME_DIR");
    size_t i;

    for (i = 0; args[i] && i < MAX_ARGS; i++)
        argv[i + 1] = args[i];
    if (ppc_strv_add(&envp, "PATH=/usr/local/sbin:/usr/local/bin:"
                            "/usr/sbin:/usr/bin:/sbin:/bin") ||
        (xdg && ppc_strv_addf(&envp, "XDG_RUNTIME_DIR=%s", xdg)))
        return pp_fail(err, PP_E_NOMEM, 0, "no memory to run %s",
                       rt->oci_path);
    run.envp = ppc_strv_c(envp);
    return ppc_run(&run, status, err);
}

/* Run a verb whose only result is success. */
static int
call_verb(pp_runtime *rt, const char *const *args, const char *what,
          pp_err *err)
{
    struct pp_sink errout = {.max = 65536};
    int status = 0;
    int rc = call(rt, args, NULL, &errout, &status, err);

    if (rc >= 0 && status)
        rc = pp_fail(err, PP_E_INTERNAL, 0, "%s: %s", what,
                     last_words(&errout));
    ppc_sink_clear(&errout);
    return rc;
}

int
ppc_oci_start(pp_runtime *rt, const char *id, pp_err *err)
{
    const char *const args[] = {"start", id, NULL};

    return call_verb(rt, args, "OCI runtime start", err);
}

int
ppc_oci_kill(pp_runtime *rt, const char *id, int sig, bool all, pp_err *err)
{
    char number[16];
    const char *const one[] = {"kill", id, number, NULL};
    const char *const every[] = {"kill", "--all", id, number, NULL};

    snprintf(number, sizeof number, "%d", sig);
    return call_verb(rt, all ? every : one, "OCI runtime kill", err);
}

int
ppc_oci_state(pp_runtime *rt, const char *id, char **status, int64_t *pid,
              pp_err *err)
{
    const char *const args[] = {"state", id, NULL};
    struct pp_sink out = {.max = 1 << 20};
    struct pp_sink errout = {.max = 65536};
    PP_AUTO(pp_json_unref) pp_json *v = NULL;
    int code = 0;
    int rc = call(rt, args, &out, &errout, &code, err);

    if (rc >= 0 && !code)
        rc = pp_json_parse(ppc_str_get(&out.s), out.s.n, "OCI runtime state",
                           &v, err);
    /* runc and crun word "unknown" differently: any failure is unknown */
    if (rc >= 0) {
        *status = strdup(pp_json_get_str(v, "status"));
        *pid = pp_json_get_i64(v, "pid");
        if (!*status)
            rc = pp_fail(err, PP_E_NOMEM, 0, "no memory for a state");
    }
    ppc_sink_clear(&out);
    ppc_sink_clear(&errout);
    return rc;
}

/* What it does not know needs no delete, whatever it says to one. */
static bool
is_unknown(pp_runtime *rt, const char *id)
{
    PP_AUTO_FREE char *status = NULL;
    int64_t pid = 0;

    return ppc_oci_state(rt, id, &status, &pid, NULL) >= 0 && !*status;
}

int
ppc_oci_delete(pp_runtime *rt, const char *id, pp_err *err)
{
    const char *const args[] = {"delete", "--force", id, NULL};
    int rc = call_verb(rt, args, "OCI runtime delete", err);

    return rc == -PP_E_INTERNAL && is_unknown(rt, id) ? 0 : rc;
}
