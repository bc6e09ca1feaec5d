/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/spec/spec.c - put the parts of config.json together; see spec.h */
#include "engine/spec/spec.h"

#include <string.h>
#include <sys/statfs.h>

#include "core/util/clock.h"
#include "core/util/str.h"
#include "core/util/strv.h"
#include "engine/json.h"

#define CGROUP2_MAGIC 0x63677270 /* linux/magic.h */
#define SHORT_ID 12

static const char *const masked[] = {
    "/proc/acpi",        "/proc/kcore",       "/proc/keys",
    "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats",
    "/proc/sched_debug", "/proc/scsi",        "/sys/firmware", NULL};
static const char *const read_only[] = {
    "/proc/asound", "/proc/bus", "/proc/fs",
    "/proc/irq",    "/proc/sys", "/proc/sysrq-trigger", NULL};

static int
fail_memory(pp_err *err)
{
    return pp_fail(err, PP_E_NOMEM, 0, "no memory for the OCI spec");
}

/* Set K=V in a list: a later value takes the place of an earlier one. */
static int
set_env(char ***env, const char *pair)
{
    size_t n = strcspn(pair, "=");
    char *copy;
    size_t i;

    for (i = 0; *env && (*env)[i]; i++)
        if (!strncmp((*env)[i], pair, n) && (*env)[i][n] == '=') {
            copy = strdup(pair);
            if (!copy)
                return -1;
            free((*env)[i]);
            (*env)[i] = copy;
            return 0;
        }
    return ppc_strv_add(env, pair);
}

static int
put_env(const ppc_spec_in *in, const ppc_user *user, const char *hostname,
        pp_json *process)
{
    const pp_json *wanted = pp_json_get(in->request, "env");
    PP_AUTO(ppc_strv_free) char **env = NULL;
    size_t i;
    int bad;

    bad = ppc_strv_add(&env, "PATH=/usr/local/sbin:/usr/local/bin:"
                             "/usr/sbin:/usr/bin:/sbin:/bin") ||
          ppc_strv_add(&env, "TERM=xterm") ||
          ppc_strv_addf(&env, "HOSTNAME=%s", hostname) ||
          ppc_strv_add(&env, "container=polypod") ||
          ppc_strv_addf(&env, "HOME=%s",
                        user->home ? user->home
                                   : user->uid ? "/" : "/root");
    for (i = 0; i < pp_json_len(wanted) && !bad; i++)
        bad = set_env(&env, pp_json_str(pp_json_at(wanted, i)));
    return bad || pp_json_put(process, "env",
                              pp_json_strv(ppc_strv_c(env)));
}

static int
put_user(const ppc_user *u, pp_json *process)
{
    pp_json *v = pp_json_object();
    pp_json *groups = pp_json_array();
    size_t i;

    for (i = 0; i < u->n_groups; i++)
        if (pp_json_add(groups, pp_json_int(u->groups[i])))
            break;
    if (i < u->n_groups || pp_json_put(v, "uid", pp_json_int(u->uid)) ||
        pp_json_put(v, "gid", pp_json_int(u->gid))) {
        pp_json_unref(groups);
        pp_json_unref(v);
        return -1;
    }
    if (pp_json_put(v, "additionalGids", groups)) {
        pp_json_unref(v);
        return -1;
    }
    return pp_json_put(process, "user", v);
}

static int
put_args(const ppc_ctr_config *c, pp_json *process)
{
    pp_json *args = pp_json_strv(ppc_strv_c(c->entrypoint));
    size_t i;

    for (i = 0; c->command && c->command[i]; i++)
        if (pp_json_add(args, pp_json_string(c->command[i]))) {
            pp_json_unref(args);
            return -1;
        }
    return pp_json_put(process, "args", args);
}

static int
put_process(const ppc_spec_in *in, const char *hostname, pp_json *spec,
            char ***bounding, pp_err *err)
{
    const ppc_ctr_config *c = in->ctr->config;
    __attribute__((cleanup(ppc_user_clear))) ppc_user user = {0};
    const char *cwd = pp_json_get_str(in->request, "workdir");
    pp_json *p = pp_json_object();
    int rc;

    if (pp_json_put(spec, "process", p))
        return fail_memory(err);
    rc = ppc_user_resolve(c->rootfs, c->user, &user, err);
    if (rc < 0)
        return rc;
    if (pp_json_put(p, "terminal", pp_json_bool(c->terminal)) ||
        put_user(&user, p) || put_args(c, p) ||
        put_env(in, &user, hostname, p) ||
        pp_json_put(p, "cwd", pp_json_string(*cwd ? cwd : "/")))
        return fail_memory(err);
    rc = ppc_caps_make(in, !user.uid, p, bounding, err);
    return rc < 0 ? rc : ppc_limits_make(in, p, err);
}

static int
put_root(const ppc_spec_in *in, pp_json *spec)
{
    pp_json *root = pp_json_object();

    if (pp_json_put(root, "path", pp_json_string(in->ctr->config->rootfs)) ||
        pp_json_put(root, "readonly",
                    pp_json_bool(pp_json_get_bool(in->request,
                                                  "read_only")))) {
        pp_json_unref(root);
        return -1;
    }
    return pp_json_put(spec, "root", root);
}

static int
add_namespace(pp_json *list, const char *type, const char *path)
{
    pp_json *v = pp_json_object();

    if (pp_json_put(v, "type", pp_json_string(type)) ||
        (path && pp_json_put(v, "path", pp_json_string(path)))) {
        pp_json_unref(v);
        return -1;
    }
    return pp_json_add(list, v);
}

static bool
is_cgroup2(void)
{
    struct statfs fs;

    return !statfs("/sys/fs/cgroup", &fs) && fs.f_type == CGROUP2_MAGIC;
}

static int
put_namespaces(const ppc_spec_in *in, pp_json *linux_)
{
    const char *mode = in->ctr->config->net_mode;
    pp_json *list = pp_json_array();
    const char *path = in->netns ? in->netns : in->ctr->netns;
    int bad;

    if (mode && ppc_str_has_prefix(mode, "ns:"))
        path = mode + 3;
    bad = add_namespace(list, "pid", NULL) ||
          add_namespace(list, "ipc", NULL) ||
          add_namespace(list, "uts", NULL) ||
          add_namespace(list, "mount", NULL) ||
          (!ppc_str_eq(mode, "host") && add_namespace(list, "network", path)) ||
          (is_cgroup2() && add_namespace(list, "cgroup", NULL));
    if (bad) {
        pp_json_unref(list);
        return -1;
    }
    return pp_json_put(linux_, "namespaces", list);
}

/* cgroupfs: <parent>/polypod-ID; systemd: slice:prefix:name. */
static char *
cgroups_path(const ppc_spec_in *in)
{
    const ppc_ctr_config *c = in->ctr->config;
    const char *slash;

    if (!strcmp(pp_settings_str(in->rt->settings, "engine.cgroup_manager"),
                "systemd")) {
        slash = strrchr(c->cgroup_parent, '/');
        return ppc_sprintf("%s:polypod:%s",
                           slash ? slash + 1 : c->cgroup_parent, c->id);
    }
    return ppc_sprintf("%s/polypod-%s", c->cgroup_parent, c->id);
}

static int
put_linux(const ppc_spec_in *in, const char *const *bounding, pp_json *spec,
          pp_err *err)
{
    PP_AUTO_FREE char *cgroups = cgroups_path(in);
    pp_json *l = pp_json_object();
    int rc;

    if (pp_json_put(spec, "linux", l) || !cgroups ||
        pp_json_put(l, "cgroupsPath", pp_json_string(cgroups)) ||
        put_namespaces(in, l))
        return fail_memory(err);
    if (!in->ctr->config->privileged &&
        (pp_json_put(l, "maskedPaths", pp_json_strv(masked)) ||
         pp_json_put(l, "readonlyPaths", pp_json_strv(read_only))))
        return fail_memory(err);
    rc = ppc_resources_make(in, l, err);
    return rc < 0 ? rc : ppc_seccomp_make(in, bounding, l, err);
}

static int
put_annotations(const ppc_ctr_config *c, pp_json *spec)
{
    pp_json *v = pp_json_object();
    char created[40];
    char sig[16];

    ppc_time_format(c->created, created);
    snprintf(sig, sizeof sig, "%u", c->stop_signal);
    if (pp_json_put(v, "io.container.manager", pp_json_string("polypod")) ||
        pp_json_put(v, "org.opencontainers.image.stopSignal",
                    pp_json_string(sig)) ||
        pp_json_put(v, "io.kubernetes.cri-o.Created",
                    pp_json_string(created))) {
        pp_json_unref(v);
        return -1;
    }
    return pp_json_put(spec, "annotations", v);
}

int
ppc_spec_make(const ppc_spec_in *in, pp_json **out, pp_err *err)
{
    PP_AUTO(pp_json_unref) pp_json *spec = pp_json_object();
    PP_AUTO(ppc_strv_free) char **bounding = NULL;
    char hostname[256];
    const char *wanted = pp_json_get_str(in->request, "hostname");
    int rc;

    if (*wanted)
        snprintf(hostname, sizeof hostname, "%s", wanted);
    else
        snprintf(hostname, sizeof hostname, "%.*s", SHORT_ID,
                 in->ctr->config->id);
    if (pp_json_put(spec, "ociVersion", pp_json_string("1.0.2")) ||
        pp_json_put(spec, "hostname", pp_json_string(hostname)) ||
        put_root(in, spec) || put_annotations(in->ctr->config, spec))
        return fail_memory(err);
    rc = put_process(in, hostname, spec, &bounding, err);
    if (rc >= 0)
        rc = ppc_mounts_make(in, spec, err);
    if (rc >= 0)
        rc = put_linux(in, ppc_strv_c(bounding), spec, err);
    if (rc >= 0)
        rc = ppc_hooks_make(in, spec, err);
    if (rc >= 0)
        *out = pp_steal(&spec);
    return rc;
}
