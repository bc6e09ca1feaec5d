/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/container/inspect.c - everything about one container */
#include <string.h>

#include "core/util/clock.h"
#include "core/util/str.h"
#include "core/util/strv.h"
#include "engine/container/container.h"
#include "engine/container/show.h"
#include "engine/json.h"

/* Small words for long lists: each adds and remembers a failure. */
typedef struct builder {
    pp_json *object;
    int bad;
} builder;

static void
put(builder *b, const char *key, pp_json *v)
{
    b->bad |= pp_json_put(b->object, key, v);
}

static void
put_str(builder *b, const char *key, const char *s)
{
    put(b, key, pp_json_string(s));
}

static void
put_int(builder *b, const char *key, int64_t v)
{
    put(b, key, pp_json_int(v));
}

static void
put_bool(builder *b, const char *key, bool v)
{
    put(b, key, pp_json_bool(v));
}

static void
put_time(builder *b, const char *key, int64_t ns)
{
    char text[40];

    ppc_time_format(ns, text);
    put_str(b, key, text);
}

static pp_json *
finish(builder *b)
{
    if (!b->bad)
        return b->object;
    pp_json_unref(b->object);
    return NULL;
}

static pp_json *
show_state(const ppc_ctr *c)
{
    const ppc_ctr_state *s = c->state;
    builder b = {pp_json_object(), 0};

    put_str(&b, "OciVersion", "1.0.2");
    put_str(&b, "Status", ppc_show_state(s->state));
    put_bool(&b, "Running", s->state == PPC_CTR_RUNNING);
    put_bool(&b, "Paused", s->state == PPC_CTR_PAUSED);
    put_bool(&b, "Restarting", false);
    put_bool(&b, "OOMKilled", s->oom_killed);
    put_bool(&b, "Dead", false);
    put_int(&b, "Pid", s->pid);
    put_int(&b, "ConmonPid", s->conmon_pid);
    put_int(&b, "ExitCode", s->exit_code);
    put_str(&b, "Error", "");
    put_time(&b, "StartedAt", s->started);
    put_time(&b, "FinishedAt", s->finished);
    return finish(&b);
}

/* "10.88.0.2/16" in address and prefix length. */
static int64_t
split_prefix(const char *cidr, char *address, size_t n)
{
    const char *slash = strchr(cidr, '/');
    int64_t bits = 0;

    snprintf(address, n, "%.*s", (int)strcspn(cidr, "/"), cidr);
    if (slash && ppc_parse_i64(slash + 1, 0, 128, &bits))
        bits = 0;
    return bits;
}

static const char *
container_mac(const pp_json *att)
{
    const pp_json *list = pp_json_get(att, "interfaces");
    size_t i;

    for (i = 0; i < pp_json_len(list); i++)
        if (*pp_json_get_str(pp_json_at(list, i), "sandbox"))
            return pp_json_get_str(pp_json_at(list, i), "mac");
    return "";
}

/* Addresses of one attachment, under the names people know. */
static void
put_addresses(builder *b, const pp_json *att)
{
    const pp_json *ips = pp_json_get(att, "ips");
    char v4[64] = "", gw4[64] = "", v6[64] = "", gw6[64] = "";
    int64_t len4 = 0, len6 = 0;
    size_t i;

    for (i = 0; i < pp_json_len(ips); i++) {
        const pp_json *ip = pp_json_at(ips, i);
        const char *cidr = pp_json_get_str(ip, "address");
        const char *gw = pp_json_get_str(ip, "gateway");

        if (strchr(cidr, ':')) {
            len6 = split_prefix(cidr, v6, sizeof v6);
            snprintf(gw6, sizeof gw6, "%s", gw);
        } else {
            len4 = split_prefix(cidr, v4, sizeof v4);
            snprintf(gw4, sizeof gw4, "%s", gw);
        }
    }
    put_str(b, "Gateway", gw4);
    put_str(b, "IPAddress", v4);
    put_int(b, "IPPrefixLen", len4);
    put_str(b, "IPv6Gateway", gw6);
    put_str(b, "GlobalIPv6Address", v6);
    put_int(b, "GlobalIPv6PrefixLen", len6);
    put_str(b, "MacAddress", container_mac(att));
}

static pp_json *
show_network(const pp_json *att)
{
    builder b = {pp_json_object(), 0};

    put_str(&b, "NetworkID", pp_json_get_str(att, "network"));
    put_str(&b, "InterfaceName", pp_json_get_str(att, "ifname"));
    put_str(&b, "Driver", pp_json_get_str(att, "driver"));
    put_addresses(&b, att);
    return finish(&b);
}

/* {"80/tcp": [{"HostIp": "", "HostPort": "8080"}]} */
static pp_json *
show_ports(const ppc_ctr_config *c)
{
    pp_json *ports = pp_json_object();
    size_t i;
    int64_t k;
    int bad = !ports;

    for (i = 0; i < pp_json_len(c->port_mappings) && !bad; i++) {
        const pp_json *m = pp_json_at(c->port_mappings, i);

        for (k = 0; k < pp_json_get_i64(m, "range") && !bad; k++) {
            builder one = {pp_json_object(), 0};
            char key[32], host[16];

            snprintf(key, sizeof key, "%d/%s",
                     (int)(pp_json_get_i64(m, "containerPort") + k),
                     pp_json_get_str(m, "protocol"));
            snprintf(host, sizeof host, "%d",
                     (int)(pp_json_get_i64(m, "hostPort") + k));
            put_str(&one, "HostIp", pp_json_get_str(m, "hostIP"));
            put_str(&one, "HostPort", host);
            bad = !pp_json_has(ports, key) &&
                  pp_json_put(ports, key, pp_json_array());
            bad = bad || pp_json_add(pp_json_get(ports, key), finish(&one));
        }
    }
    if (bad) {
        pp_json_unref(ports);
        return NULL;
    }
    return ports;
}

static pp_json *
show_networks(const ppc_ctr *c)
{
    const pp_json *status = c->state->network_status;
    builder b = {pp_json_object(), 0};
    builder nets = {pp_json_object(), 0};
    size_t i;

    put_str(&b, "SandboxKey", c->netns);
    put_addresses(&b, pp_json_at(status, 0));
    put(&b, "Ports", show_ports(c->config));
    for (i = 0; i < pp_json_len(status); i++)
        put(&nets, pp_json_get_str(pp_json_at(status, i), "network"),
            show_network(pp_json_at(status, i)));
    put(&b, "Networks", finish(&nets));
    return finish(&b);
}

static pp_json *
show_mounts(const pp_json *request)
{
    const pp_json *list = pp_json_get(request, "mounts");
    pp_json *mounts = pp_json_array();
    size_t i;

    for (i = 0; i < pp_json_len(list); i++) {
        const pp_json *m = pp_json_at(list, i);
        const pp_json *options = pp_json_get(m, "options");
        builder b = {pp_json_object(), 0};
        bool rw = true;
        size_t k;

        for (k = 0; k < pp_json_len(options); k++)
            rw = rw && strcmp(pp_json_str(pp_json_at(options, k)), "ro");
        put_str(&b, "Type", pp_json_get_str(m, "type"));
        put_str(&b, "Source", pp_json_get_str(m, "source"));
        put_str(&b, "Destination", pp_json_get_str(m, "destination"));
        put(&b, "Options", pp_json_dup(options));
        put_bool(&b, "RW", rw);
        if (pp_json_add(mounts, finish(&b))) {
            pp_json_unref(mounts);
            return NULL;
        }
    }
    return mounts;
}

static pp_json *
show_config(const ppc_ctr *c, const pp_json *request)
{
    const ppc_ctr_config *k = c->config;
    builder b = {pp_json_object(), 0};
    char short_id[13];
    const char *hostname = pp_json_get_str(request, "hostname");
    const char *cwd = pp_json_get_str(request, "workdir");

    snprintf(short_id, sizeof short_id, "%s", k->id);
    put_str(&b, "Hostname", *hostname ? hostname : short_id);
    put_str(&b, "User", k->user);
    put_bool(&b, "Tty", k->terminal);
    put_bool(&b, "OpenStdin", k->stdin_open);
    put(&b, "Env", pp_json_dup(pp_json_get(request, "env")));
    put(&b, "Cmd", pp_json_strv(ppc_strv_c(k->command)));
    put(&b, "Entrypoint", pp_json_strv(ppc_strv_c(k->entrypoint)));
    put_str(&b, "WorkingDir", *cwd ? cwd : "/");
    put(&b, "Labels", k->labels ? pp_json_ref(k->labels) : pp_json_object());
    put_int(&b, "StopSignal", k->stop_signal);
    put_int(&b, "StopTimeout", k->stop_timeout);
    return finish(&b);
}

static pp_json *
show_host_config(const ppc_ctr *c, const pp_json *request)
{
    const ppc_ctr_config *k = c->config;
    builder b = {pp_json_object(), 0};
    builder log = {pp_json_object(), 0};

    put_str(&log, "Type", k->log_driver);
    put_str(&log, "Path", k->log_path);
    put_int(&log, "Size", k->log_size_max);
    put_str(&b, "NetworkMode", k->net_mode);
    put(&b, "LogConfig", finish(&log));
    put(&b, "PortBindings", show_ports(k));
    put(&b, "CapAdd", pp_json_dup(pp_json_get(request, "cap_add")));
    put(&b, "CapDrop", pp_json_dup(pp_json_get(request, "cap_drop")));
    put(&b, "Dns", pp_json_strv(ppc_strv_c(k->dns_server)));
    put(&b, "ExtraHosts", pp_json_strv(ppc_strv_c(k->hosts_add)));
    put_bool(&b, "AutoRemove", k->auto_remove);
    put_bool(&b, "Privileged", k->privileged);
    put_bool(&b, "ReadonlyRootfs", pp_json_get_bool(request, "read_only"));
    put_int(&b, "Memory", pp_json_get_i64(request, "memory"));
    put_int(&b, "PidsLimit", pp_json_get_i64(request, "pids_limit"));
    put_int(&b, "NanoCpus",
            pp_json_get_i64(request, "cpus_milli") * PPC_MS);
    put(&b, "Ulimits", pp_json_dup(pp_json_get(request, "ulimits")));
    put(&b, "Binds", pp_json_strv(ppc_strv_c(k->user_volumes)));
    put_str(&b, "CgroupParent", k->cgroup_parent);
    put_str(&b, "ContainerIDFile", k->cid_file);
    return finish(&b);
}

static const char *
bind_path(const ppc_ctr_state *s, const char *target)
{
    return pp_json_get_str(s->bind_mounts, target);
}

/* Path is the program, Args all words after it. */
static void
put_command(builder *b, const ppc_ctr_config *c)
{
    PP_AUTO(ppc_strv_free) char **all = ppc_strv_dup(
        ppc_strv_c(c->entrypoint));
    size_t i;

    for (i = 0; c->command && c->command[i]; i++)
        b->bad |= ppc_strv_add(&all, c->command[i]);
    put_str(b, "Path", all ? all[0] : "");
    put(b, "Args", pp_json_strv(all && all[0] ? ppc_strv_c(all + 1) : NULL));
}

static pp_json *
show_container(const ppc_ctr *c, const pp_json *request)
{
    const ppc_ctr_config *k = c->config;
    builder b = {pp_json_object(), 0};

    put_str(&b, "Id", k->id);
    put_time(&b, "Created", k->created);
    put_command(&b, k);
    put(&b, "State", show_state(c));
    put_str(&b, "Image", k->rootfs_image_id);
    put_str(&b, "ImageName", k->rootfs_image_name);
    put_str(&b, "Rootfs", k->rootfs);
    put_str(&b, "Pod", k->pod);
    put_str(&b, "ResolvConfPath", bind_path(c->state, "/etc/resolv.conf"));
    put_str(&b, "HostnamePath", bind_path(c->state, "/etc/hostname"));
    put_str(&b, "HostsPath", bind_path(c->state, "/etc/hosts"));
    put_str(&b, "StaticDir", k->static_dir);
    put_str(&b, "OCIConfigPath", c->state->config_path);
    put_str(&b, "LogPath", k->log_path);
    put_str(&b, "ConmonPidFile", k->conmon_pid_file);
    put_str(&b, "Name", k->name);
    put_int(&b, "RestartCount", 0);
    put_str(&b, "Driver", "rootfs");
    put(&b, "Mounts", show_mounts(request));
    put(&b, "Dependencies", pp_json_strv(ppc_strv_c(k->dependencies)));
    put(&b, "NetworkSettings", show_networks(c));
    put_str(&b, "FirewallDriver", c->state->firewall);
    put_str(&b, "Namespace", k->nspace);
    put_bool(&b, "IsInfra", k->is_infra);
    put(&b, "Config", show_config(c, request));
    put(&b, "HostConfig", show_host_config(c, request));
    return finish(&b);
}

int
pp_container_inspect(pp_runtime *rt, const char *ref, pp_json **out,
                     pp_err *err)
{
    PP_AUTO(ppc_ctr_free) ppc_ctr *c = NULL;
    PP_AUTO(pp_json_unref) pp_json *request = NULL;
    PP_AUTO_BUNDLE ppc_bundle b = {0};
    int rc = ppc_runtime_check(rt, err);

    if (rc >= 0)
        rc = ppc_state_lookup_container(rt->state, ref, &c, err);
    if (rc >= 0)
        rc = ppc_bundle_init(rt, c->config->id, &b, err);
    if (rc >= 0)
        rc = ppc_state_container_spec(rt->state, c, &request, err);
    if (rc < 0)
        return rc;
    ppc_ctr_look(rt, &b, c);
    *out = show_container(c, request);
    return *out ? 0
                : pp_fail(err, PP_E_NOMEM, 0, "no memory for container %s",
                          c->config->name);
}
