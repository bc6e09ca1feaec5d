/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/spec.c - the flags of run and create as a pp_container_spec
 */
#include "spec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "env.h"
#include "value.h"

const cli_todo cli_spec_todo[] = {{"annotation", 0},
                                  {"arch", 0},
                                  {"attach", 'a'},
                                  {"authfile", 0},
                                  {"blkio-weight", 0},
                                  {"blkio-weight-device", 0},
                                  {"cgroup-conf", 0},
                                  {"cgroupns", 0},
                                  {"cgroups", 0},
                                  {"chrootdirs", 0},
                                  {"cpu-period", 0},
                                  {"cpu-quota", 0},
                                  {"cpu-rt-period", 0},
                                  {"cpu-rt-runtime", 0},
                                  {"cpu-shares", 'c'},
                                  {"cpuset-cpus", 0},
                                  {"cpuset-mems", 0},
                                  {"creds", 0},
                                  {"decryption-key", 0},
                                  {"detach-keys", 0},
                                  {"device", 0},
                                  {"device-cgroup-rule", 0},
                                  {"device-read-bps", 0},
                                  {"device-read-iops", 0},
                                  {"device-write-bps", 0},
                                  {"device-write-iops", 0},
                                  {"disable-content-trust", 0},
                                  {"dns-opt", 0},
                                  {"dns-option", 0},
                                  {"dns-search", 0},
                                  {"env-host", 0},
                                  {"env-merge", 0},
                                  {"expose", 0},
                                  {"gidmap", 0},
                                  {"gpus", 0},
                                  {"group-add", 0},
                                  {"group-entry", 0},
                                  {"health-cmd", 0},
                                  {"health-interval", 0},
                                  {"health-on-failure", 0},
                                  {"health-retries", 0},
                                  {"health-start-period", 0},
                                  {"health-startup-cmd", 0},
                                  {"health-startup-interval", 0},
                                  {"health-startup-retries", 0},
                                  {"health-startup-success", 0},
                                  {"health-startup-timeout", 0},
                                  {"health-timeout", 0},
                                  {"hosts-file", 0},
                                  {"hostuser", 0},
                                  {"http-proxy", 0},
                                  {"image-volume", 0},
                                  {"init", 0},
                                  {"init-ctr", 0},
                                  {"init-path", 0},
                                  {"interactive", 'i'},
                                  {"ipc", 0},
                                  {"label-file", 0},
                                  {"link-local-ip", 0},
                                  {"memory-reservation", 0},
                                  {"memory-swap", 0},
                                  {"memory-swappiness", 0},
                                  {"mount", 0},
                                  {"no-healthcheck", 0},
                                  {"no-hostname", 0},
                                  {"no-hosts", 0},
                                  {"oom-kill-disable", 0},
                                  {"oom-score-adj", 0},
                                  {"os", 0},
                                  {"passwd", 0},
                                  {"passwd-entry", 0},
                                  {"personality", 0},
                                  {"pid", 0},
                                  {"pidfile", 0},
                                  {"platform", 0},
                                  {"pod", 0},
                                  {"pod-id-file", 0},
                                  {"preserve-fd", 0},
                                  {"preserve-fds", 0},
                                  {"publish-all", 'P'},
                                  {"pull", 0},
                                  {"quiet", 'q'},
                                  {"rdt-class", 0},
                                  {"read-only-tmpfs", 0},
                                  {"replace", 0},
                                  {"requires", 0},
                                  {"restart", 0},
                                  {"retry", 0},
                                  {"retry-delay", 0},
                                  {"rmi", 0},
                                  {"sdnotify", 0},
                                  {"seccomp-policy", 0},
                                  {"secret", 0},
                                  {"security-opt", 0},
                                  {"shm-size", 0},
                                  {"shm-size-systemd", 0},
                                  {"storage-opt", 0},
                                  {"subgidname", 0},
                                  {"subuidname", 0},
                                  {"sysctl", 0},
                                  {"systemd", 0},
                                  {"timeout", 0},
                                  {"tls-verify", 0},
                                  {"tty", 't'},
                                  {"tz", 0},
                                  {"uidmap", 0},
                                  {"umask", 0},
                                  {"unsetenv", 0},
                                  {"unsetenv-all", 0},
                                  {"userns", 0},
                                  {"uts", 0},
                                  {"variant", 0},
                                  {"volumes-from", 0},
                                  {NULL, 0}};

/* The engine's helpers run elsewhere, so a path has to be absolute. */
static int
make_absolute(const char *path, char **out, pp_err *err)
{
    CLI_AUTO_FREE char *here = NULL;

    if (path[0] == '/') {
        *out = cli_dup(path);
        return 0;
    }
    here = getcwd(NULL, 0);
    if (!here)
        return pp_fail(err, PP_E_IO, errno,
                       "cannot tell the current directory for \"%s\"", path);
    *out = cli_sprintf("%s%s%s", here, here[1] ? "/" : "", path);
    return 0;
}

static int
build_env(const cli_spec_values *v, cli_spec *s, pp_err *err)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < v->env_files.n; i++)
        rc = cli_env_add_file(&s->env, v->env_files.v[i], err);
    for (size_t i = 0; rc == 0 && i < v->env.n; i++)
        rc = cli_env_add(&s->env, v->env.v[i], err);
    s->spec.env = cli_list_get(&s->env);
    return rc;
}

static int
build_labels(const cli_spec_values *v, cli_spec *s, pp_err *err)
{
    for (size_t i = 0; i < v->labels.n; i++) {
        const char *label = v->labels.v[i];

        if (*label == '=' || !*label)
            return pp_fail(err, PP_E_INVAL, 0, "invalid label: \"%s\"", label);
        cli_list_take(&s->labels, cli_sprintf("%s%s", label,
                                              strchr(label, '=') ? "" : "="));
    }
    s->spec.labels = cli_list_get(&s->labels);
    return 0;
}

/* A source that begins with a dot is a path from here. */
static int
build_volumes(const cli_spec_values *v, cli_spec *s, pp_err *err)
{
    for (size_t i = 0; i < v->volumes.n; i++) {
        char *absolute = NULL;
        int rc;

        if (v->volumes.v[i][0] != '.') {
            cli_list_add(&s->volumes, v->volumes.v[i]);
            continue;
        }
        rc = make_absolute(v->volumes.v[i], &absolute, err);
        if (rc < 0)
            return rc;
        cli_list_take(&s->volumes, absolute);
    }
    s->spec.volumes = cli_list_get(&s->volumes);
    return 0;
}

static int
build_log_opts(const cli_spec_values *v, cli_spec *s, pp_err *err)
{
    for (size_t i = 0; i < v->log_opts.n; i++) {
        const char *opt = v->log_opts.v[i];
        CLI_AUTO_FREE char *absolute = NULL;
        int rc;

        if (strncmp(opt, "path=", 5) != 0 || !opt[5]) {
            cli_list_add(&s->log_opts, opt);
            continue;
        }
        rc = make_absolute(opt + 5, &absolute, err);
        if (rc < 0)
            return rc;
        cli_list_take(&s->log_opts, cli_sprintf("path=%s", absolute));
    }
    s->spec.log_opts = cli_list_get(&s->log_opts);
    return 0;
}

/* A JSON array of strings, or one word; "" is none. */
static int
build_entrypoint(const cli_spec_values *v, cli_spec *s, pp_err *err)
{
    CLI_AUTO_JSON pp_json *words = NULL;
    const char *text = v->entrypoint;

    if (!text || !*text)
        return 0;
    if (text[0] != '[' ||
        pp_json_parse(text, strlen(text), "--entrypoint", &words, NULL) < 0) {
        cli_list_add(&s->entrypoint, text);
    } else {
        for (size_t i = 0; i < pp_json_len(words); i++) {
            const pp_json *word = pp_json_at(words, i);

            if (pp_json_type(word) != PP_JSON_STRING)
                return pp_fail(err, PP_E_INVAL, 0,
                               "--entrypoint: item %zu of the array is no "
                               "string",
                               i + 1);
            cli_list_add(&s->entrypoint, pp_json_str(word));
        }
    }
    s->spec.entrypoint = cli_list_get(&s->entrypoint);
    return 0;
}

static int
build_limits(const cli_spec_values *v, pp_container_spec *spec, pp_err *err)
{
    if (v->memory != CLI_UNSET)
        spec->memory = v->memory;
    if (v->pids_limit != CLI_UNSET) {
        if (v->pids_limit < -1)
            return pp_fail(err, PP_E_INVAL, 0,
                           "--pids-limit: must be -1 (no limit) or more");
        spec->pids_limit = v->pids_limit ? v->pids_limit : -1;
    }
    if (v->cpus && *v->cpus) {
        int rc = cli_value_milli(v->cpus, &spec->cpus_milli, err);

        if (rc < 0)
            return pp_wrap(err, rc, "--cpus \"%s\"", v->cpus);
    }
    return 0;
}

static int
build_stop(const cli_spec_values *v, pp_container_spec *spec, pp_err *err)
{
    spec->stop_timeout = -1;
    if (v->stop_timeout != CLI_UNSET) {
        if (v->stop_timeout < 0)
            return pp_fail(err, PP_E_INVAL, 0,
                           "--stop-timeout: must not be negative");
        spec->stop_timeout = v->stop_timeout;
    }
    if (v->stop_signal) {
        int rc = cli_value_signal(v->stop_signal, &spec->stop_signal, err);

        if (rc < 0)
            return pp_wrap(err, rc, "--stop-signal \"%s\"", v->stop_signal);
    }
    return 0;
}

static int
build_paths(const cli_spec_values *v, const cli_args *args, cli_spec *s,
            pp_err *err)
{
    int rc;

    if (!v->rootfs)
        return pp_fail(err, PP_E_NOTSUP, 0,
                       "images are not supported yet, so \"%s\" cannot be "
                       "run: name the folder of a root file system with "
                       "--rootfs DIR",
                       args->v[0]);
    if (!args->v[0][0])
        return pp_fail(err, PP_E_INVAL, 0,
                       "--rootfs: the name of the folder is empty");
    rc = make_absolute(args->v[0], &s->rootfs, err);
    if (rc == 0 && v->conmon_pidfile)
        rc = make_absolute(v->conmon_pidfile, &s->conmon_pidfile, err);
    s->spec.rootfs = s->rootfs;
    s->spec.conmon_pidfile = s->conmon_pidfile;
    s->spec.cidfile = v->cidfile;
    s->spec.command = (const char *const *)args->v + 1;
    return rc;
}

static void
copy_plain(const cli_spec_values *v, pp_container_spec *spec)
{
    spec->flags = (v->privileged ? PP_SPEC_PRIVILEGED : 0) |
                  (v->read_only ? PP_SPEC_READ_ONLY : 0) |
                  (v->remove ? PP_SPEC_AUTO_REMOVE : 0);
    spec->name = v->name;
    spec->nspace = v->nspace;
    spec->hostname = v->hostname;
    spec->workdir = v->workdir;
    spec->user = v->user;
    spec->ip = v->ip;
    spec->ip6 = v->ip6;
    spec->mac = v->mac;
    spec->aliases = cli_list_get(&v->aliases);
    spec->cgroup_parent = v->cgroup_parent;
    spec->log_driver = v->log_driver;
    spec->tmpfs = cli_list_get(&v->tmpfs);
    spec->networks = cli_list_get(&v->networks);
    spec->publish = cli_list_get(&v->publish);
    spec->dns = cli_list_get(&v->dns);
    spec->add_host = cli_list_get(&v->add_host);
    spec->cap_add = cli_list_get(&v->cap_add);
    spec->cap_drop = cli_list_get(&v->cap_drop);
    spec->ulimits = cli_list_get(&v->ulimits);
}

int
cli_spec_build(const cli_spec_values *values, const cli_args *args,
               cli_spec *out, pp_err *err)
{
    int rc;

    *out = (cli_spec){.spec = {.struct_size = sizeof(out->spec)}};
    copy_plain(values, &out->spec);
    rc = build_paths(values, args, out, err);
    if (rc == 0)
        rc = build_env(values, out, err);
    if (rc == 0)
        rc = build_labels(values, out, err);
    if (rc == 0)
        rc = build_volumes(values, out, err);
    if (rc == 0)
        rc = build_log_opts(values, out, err);
    if (rc == 0)
        rc = build_entrypoint(values, out, err);
    if (rc == 0)
        rc = build_limits(values, &out->spec, err);
    if (rc == 0)
        rc = build_stop(values, &out->spec, err);
    if (rc < 0)
        cli_spec_clear(out);
    return rc;
}

void
cli_spec_clear(cli_spec *spec)
{
    cli_list_clear(&spec->env);
    cli_list_clear(&spec->labels);
    cli_list_clear(&spec->volumes);
    cli_list_clear(&spec->entrypoint);
    cli_list_clear(&spec->log_opts);
    free(spec->rootfs);
    free(spec->conmon_pidfile);
    *spec = (cli_spec){.rootfs = NULL};
}
