/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/container/request.c - check and translate; see request.h */
#include "engine/container/request.h"

#include <arpa/inet.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include "core/util/clock.h"
#include "core/util/path.h"
#include "core/util/str.h"
#include "core/util/strv.h"
#include "engine/json.h"
#include "engine/network/network.h"
#include "engine/spec/spec.h"

#define STOP_TIMEOUT 10
#define MAX_SIGNAL 64
#define MAX_HOSTNAME 64
#define MAX_CPUS_MILLI INT64_C(1000000000)

static int
fail_memory(pp_err *err)
{
    return pp_fail(err, PP_E_NOMEM, 0, "no memory for a container");
}

/* A copy in *out; NULL stays NULL. */
static int
copy(char **out, const char *s)
{
    *out = s ? strdup(s) : NULL;
    return s && !*out ? -1 : 0;
}

static int
copy_list(char ***out, const char *const *v)
{
    *out = ppc_strv_dup(v);
    return v && !*out ? -1 : 0;
}

static int
take_rootfs(const pp_container_spec *spec, ppc_ctr_config *c, pp_err *err)
{
    struct stat st;

    if (ppc_str_is_empty(spec->rootfs))
        return pp_fail(err, PP_E_INVAL, 0,
                       "no root file system is given: use --rootfs FOLDER");
    c->rootfs = realpath(spec->rootfs, NULL);
    if (!c->rootfs)
        return pp_fail(err, errno == ENOENT ? PP_E_NOTFOUND : PP_E_IO, errno,
                       "root file system \"%s\"", spec->rootfs);
    if (stat(c->rootfs, &st) || !S_ISDIR(st.st_mode))
        return pp_fail(err, PP_E_INVAL, 0,
                       "root file system \"%s\" is not a folder",
                       spec->rootfs);
    return 0;
}

static int
take_command(const pp_container_spec *spec, ppc_ctr_config *c, pp_err *err)
{
    if (copy_list(&c->entrypoint, spec->entrypoint) ||
        copy_list(&c->command, spec->command))
        return fail_memory(err);
    if ((c->entrypoint && *c->entrypoint) || (c->command && *c->command))
        return 0;
    return pp_fail(err, PP_E_INVAL, 0,
                   "no command is given, and the root file system names "
                   "none: add one at the end");
}

static int
take_labels(const pp_container_spec *spec, ppc_ctr_config *c, pp_err *err)
{
    const char *const *l = spec->labels;
    char key[256];
    size_t n;

    c->labels = pp_json_object();
    for (; l && *l; l++) {
        n = strcspn(*l, "=");
        if (!n || n >= sizeof key)
            return pp_fail(err, PP_E_INVAL, 0,
                           "--label \"%s\" must be KEY[=VALUE]", *l);
        memcpy(key, *l, n);
        key[n] = '\0';
        if (pp_json_put(c->labels, key,
                        pp_json_string((*l)[n] ? *l + n + 1 : "")))
            return fail_memory(err);
    }
    return c->labels ? 0 : fail_memory(err);
}

/* The options of one network, made if there are none. */
static pp_json *
network_options(ppc_ctr_config *c, const char *net)
{
    if (!c->network_options)
        c->network_options = pp_json_object();
    if (!pp_json_has(c->network_options, net))
        pp_json_put(c->network_options, net, pp_json_object());
    return pp_json_get(c->network_options, net);
}

/* --ip, --ip6, --mac-address: of the one network there is. */
static int
take_addresses(const pp_container_spec *spec, ppc_ctr_config *c, pp_err *err)
{
    const struct {
        const char *flag, *key, *value;
    } wishes[] = {{"--ip", "ip", spec->ip},
                  {"--ip6", "ip6", spec->ip6},
                  {"--mac-address", "mac", spec->mac}};
    size_t i;
    int rc = 0;

    for (i = 0; i < sizeof wishes / sizeof wishes[0]; i++) {
        if (ppc_str_is_empty(wishes[i].value))
            continue;
        if (ppc_strv_len(ppc_strv_c(c->networks)) != 1)
            return pp_fail(err, PP_E_INVAL, 0,
                           "%s needs exactly one network: with several, say "
                           "--network NAME:%s=...",
                           wishes[i].flag, wishes[i].key);
        rc = ppc_network_option(network_options(c, c->networks[0]),
                                wishes[i].key, wishes[i].value, err);
        if (rc < 0)
            return pp_wrap(err, rc, "%s", wishes[i].flag);
    }
    return 0;
}

/* --network-alias: on all networks. */
static int
take_aliases(const pp_container_spec *spec, ppc_ctr_config *c, pp_err *err)
{
    const char *const *l = spec->aliases;
    size_t i;
    int rc = 0;

    if (l && *l && !c->networks)
        return pp_fail(err, PP_E_INVAL, 0,
                       "--network-alias needs a network, and not %s",
                       c->net_mode);
    for (; l && *l; l++)
        for (i = 0; c->networks[i] && rc >= 0; i++)
            rc = ppc_network_option(network_options(c, c->networks[i]),
                                    "alias", *l, err);
    return rc < 0 ? pp_wrap(err, rc, "--network-alias") : 0;
}

static int
take_ports(const pp_container_spec *spec, ppc_ctr_config *c, pp_err *err)
{
    int rc = ppc_ports_parse(spec->publish, &c->port_mappings, err);

    if (rc < 0)
        return rc;
    if (pp_json_len(c->port_mappings) && !c->networks)
        return pp_fail(err, PP_E_INVAL, 0,
                       "ports cannot be published with --network %s",
                       c->net_mode);
    return 0;
}

/* Letters, digits, dots and dashes: a line of /etc/hosts takes no other. */
static bool
is_host(const char *name, size_t n)
{
    return n && strspn(name, "abcdefghijklmnopqrstuvwxyz"
                             "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") >= n;
}

static int
take_names(const pp_container_spec *spec, ppc_ctr_config *c, pp_err *err)
{
    const char *const *l;
    unsigned char raw[16];
    const char *colon;

    for (l = spec->dns; l && *l; l++)
        if (inet_pton(AF_INET, *l, raw) != 1 &&
            inet_pton(AF_INET6, *l, raw) != 1)
            return pp_fail(err, PP_E_INVAL, 0, "--dns \"%s\" is no address",
                           *l);
    for (l = spec->add_host; l && *l; l++) {
        colon = strchr(*l, ':');
        if (!colon || !is_host(*l, (size_t)(colon - *l)) ||
            (inet_pton(AF_INET, colon + 1, raw) != 1 &&
             inet_pton(AF_INET6, colon + 1, raw) != 1))
            return pp_fail(err, PP_E_INVAL, 0,
                           "--add-host \"%s\" must be NAME:ADDRESS", *l);
    }
    if (c->ns_ctr[PPC_NS_NET] && ((spec->dns && *spec->dns) ||
                                  (spec->add_host && *spec->add_host)))
        return pp_fail(err, PP_E_INVAL, 0,
                       "--dns and --add-host are those of the container "
                       "whose network is shared");
    if (copy_list(&c->dns_server, spec->dns) ||
        copy_list(&c->hosts_add, spec->add_host))
        return fail_memory(err);
    return 0;
}

/* The cgroup parent has the form of the cgroup manager. */
static int
take_cgroup_parent(pp_runtime *rt, const pp_container_spec *spec,
                   ppc_ctr_config *c, pp_err *err)
{
    const bool systemd = !strcmp(
        pp_settings_str(rt->settings, "engine.cgroup_manager"), "systemd");
    const char *parent = spec->cgroup_parent;

    if (ppc_str_is_empty(parent))
        parent = systemd ? "machine.slice" : "/polypod_parent";
    if (systemd != ppc_str_has_suffix(parent, ".slice"))
        return pp_fail(err, PP_E_INVAL, 0,
                       "--cgroup-parent \"%s\" must%s end in .slice with the "
                       "cgroup manager %s",
                       parent, systemd ? "" : " not",
                       systemd ? "systemd" : "cgroupfs");
    if (systemd)
        return copy(&c->cgroup_parent, parent) ? fail_memory(err) : 0;
    c->cgroup_parent = ppc_path_clean(parent);
    return c->cgroup_parent ? 0 : fail_memory(err);
}

static int
take_log(pp_runtime *rt, const pp_container_spec *spec, ppc_ctr_config *c,
         pp_err *err)
{
    const char *driver = spec->log_driver;
    const char *const *o = spec->log_opts;

    if (ppc_str_is_empty(driver) || !strcmp(driver, "json-file"))
        driver = "k8s-file";
    if (strcmp(driver, "k8s-file") && strcmp(driver, "none"))
        return pp_fail(err, PP_E_NOTSUP, 0,
                       "--log-driver %s is not implemented yet: use k8s-file "
                       "or none",
                       driver);
    c->log_size_max = pp_settings_i64(rt->settings, "engine.max_log_size");
    for (; o && *o; o++) {
        if (ppc_str_has_prefix(*o, "path=")) {
            free(c->log_path);
            if (copy(&c->log_path, *o + strlen("path=")))
                return fail_memory(err);
        } else if (!ppc_str_has_prefix(*o, "max-size=") ||
                   ppc_parse_i64(*o + strlen("max-size="), 0, INT64_MAX,
                                 &c->log_size_max)) {
            return pp_fail(err, PP_E_INVAL, 0,
                           "--log-opt \"%s\": known are path=FILE and "
                           "max-size=BYTES",
                           *o);
        }
    }
    if (!c->log_path)
        c->log_path = ppc_sprintf("%s/%s/ctr.log", rt->ctr_dir, c->id);
    if (c->log_path && (*c->log_path != '/' || strchr(c->log_path, ':')))
        return pp_fail(err, PP_E_INVAL, 0,
                       "the path of the log, \"%s\", must be absolute and "
                       "without a colon",
                       c->log_path);
    return !c->log_path || copy(&c->log_driver, driver) ? fail_memory(err)
                                                        : 0;
}

static int
take_rest(pp_runtime *rt, const pp_container_spec *spec, ppc_ctr_config *c,
          pp_err *err)
{
    const char *ns = ppc_str_is_empty(spec->nspace)
                         ? pp_settings_str(rt->settings, "engine.namespace")
                         : spec->nspace;

    if (spec->stop_signal < 0 || spec->stop_signal > MAX_SIGNAL)
        return pp_fail(err, PP_E_INVAL, 0, "--stop-signal %d is no signal",
                       spec->stop_signal);
    if (spec->hostname && *spec->hostname &&
        (strlen(spec->hostname) > MAX_HOSTNAME ||
         !is_host(spec->hostname, strlen(spec->hostname))))
        return pp_fail(err, PP_E_INVAL, 0,
                       "--hostname \"%s\" is no name of a host of at most %d "
                       "characters",
                       spec->hostname, MAX_HOSTNAME);
    c->stop_signal = spec->stop_signal ? (uint32_t)spec->stop_signal
                                       : (uint32_t)SIGTERM;
    c->stop_timeout = spec->stop_timeout < 0 ? STOP_TIMEOUT
                                             : spec->stop_timeout;
    c->created = ppc_now();
    c->privileged = spec->flags & PP_SPEC_PRIVILEGED;
    c->auto_remove = spec->flags & PP_SPEC_AUTO_REMOVE;
    c->stdin_open = spec->flags & PP_SPEC_STDIN;
    c->terminal = spec->flags & PP_SPEC_TERMINAL;
    c->static_dir = ppc_sprintf("%s/%s", rt->ctr_dir, c->id);
    if (!c->static_dir || (*ns && copy(&c->nspace, ns)) ||
        copy(&c->user, spec->user) ||
        copy_list(&c->user_volumes, spec->volumes) ||
        copy(&c->conmon_pid_file, spec->conmon_pidfile) ||
        copy(&c->cid_file, spec->cidfile))
        return fail_memory(err);
    return 0;
}

int
ppc_request_config(pp_runtime *rt, const pp_container_spec *spec,
                   ppc_ctr_config *c, pp_err *err)
{
    char id[PP_ID_MAX];
    int rc = ppc_generate_id(id, err);

    if (rc < 0)
        return rc;
    if (copy(&c->id, id))
        return fail_memory(err);
    if (spec->name)
        rc = ppc_check_name(spec->name, err);
    if (rc >= 0)
        rc = take_rootfs(spec, c, err);
    if (rc >= 0)
        rc = take_command(spec, c, err);
    if (rc >= 0)
        rc = take_labels(spec, c, err);
    if (rc >= 0)
        rc = ppc_networks_parse(rt, spec->networks, c, err);
    if (rc >= 0)
        rc = take_addresses(spec, c, err);
    if (rc >= 0)
        rc = take_aliases(spec, c, err);
    if (rc >= 0)
        rc = take_ports(spec, c, err);
    if (rc >= 0)
        rc = take_names(spec, c, err);
    if (rc >= 0)
        rc = take_cgroup_parent(rt, spec, c, err);
    if (rc >= 0)
        rc = take_log(rt, spec, c, err);
    if (rc >= 0)
        rc = take_rest(rt, spec, c, err);
    if (rc < 0)
        return rc;
    if (!spec->name)
        return ppc_generate_name(rt, &c->name, err);
    return copy(&c->name, spec->name) ? fail_memory(err) : 0;
}

static int
parse_mounts(const pp_container_spec *spec, pp_json *request, pp_err *err)
{
    pp_json *mounts = pp_json_array();
    const char *const *l;
    int rc = 0;

    if (pp_json_put(request, "mounts", mounts))
        return fail_memory(err);
    for (l = spec->volumes; l && *l && rc >= 0; l++)
        rc = ppc_volume_parse(*l, mounts, err);
    for (l = spec->tmpfs; l && *l && rc >= 0; l++)
        rc = ppc_tmpfs_parse(*l, mounts, err);
    return rc;
}

static int
parse_ulimits(const pp_container_spec *spec, pp_json *request, pp_err *err)
{
    pp_json *list = pp_json_array();
    const char *const *l;
    int rc = 0;

    if (pp_json_put(request, "ulimits", list))
        return fail_memory(err);
    for (l = spec->ulimits; l && *l && rc >= 0; l++)
        rc = ppc_ulimit_parse(*l, list, err);
    return rc;
}

static int
check_env(const char *const *env, pp_err *err)
{
    for (; env && *env; env++)
        if (**env == '=' || !strchr(*env, '='))
            return pp_fail(err, PP_E_INVAL, 0,
                           "--env \"%s\" must be NAME=VALUE", *env);
    return 0;
}

/* Within what can be doubled (swap) and multiplied (quota). */
static int
check_resources(const pp_container_spec *spec, pp_err *err)
{
    if (spec->memory < 0 || spec->memory > INT64_MAX / 2)
        return pp_fail(err, PP_E_INVAL, 0, "--memory %lld is out of range",
                       (long long)spec->memory);
    if (spec->pids_limit < -1)
        return pp_fail(err, PP_E_INVAL, 0, "--pids-limit %lld is less than -1",
                       (long long)spec->pids_limit);
    if (spec->cpus_milli < 0 || spec->cpus_milli > MAX_CPUS_MILLI)
        return pp_fail(err, PP_E_INVAL, 0, "--cpus is out of range");
    return 0;
}

int
ppc_request_json(const pp_container_spec *spec, pp_json **out, pp_err *err)
{
    PP_AUTO(pp_json_unref) pp_json *r = pp_json_object();
    int rc;

    if (spec->workdir && *spec->workdir != '/')
        return pp_fail(err, PP_E_INVAL, 0,
                       "--workdir \"%s\" must be absolute", spec->workdir);
    rc = check_resources(spec, err);
    if (rc >= 0)
        rc = check_env(spec->env, err);
    if (rc >= 0)
        rc = ppc_caps_check(spec->cap_add, "--cap-add", err);
    if (rc >= 0)
        rc = ppc_caps_check(spec->cap_drop, "--cap-drop", err);
    if (rc < 0)
        return rc;
    if (pp_json_put(r, "env", pp_json_strv(spec->env)) ||
        pp_json_put(r, "workdir", pp_json_string(spec->workdir)) ||
        pp_json_put(r, "hostname", pp_json_string(spec->hostname)) ||
        pp_json_put(r, "read_only",
                    pp_json_bool(spec->flags & PP_SPEC_READ_ONLY)) ||
        pp_json_put(r, "cap_add", pp_json_strv(spec->cap_add)) ||
        pp_json_put(r, "cap_drop", pp_json_strv(spec->cap_drop)) ||
        pp_json_put(r, "memory", pp_json_int(spec->memory)) ||
        pp_json_put(r, "pids_limit", pp_json_int(spec->pids_limit)) ||
        pp_json_put(r, "cpus_milli", pp_json_int(spec->cpus_milli)))
        return fail_memory(err);
    rc = parse_mounts(spec, r, err);
    if (rc >= 0)
        rc = parse_ulimits(spec, r, err);
    if (rc >= 0)
        *out = pp_steal(&r);
    return rc;
}
