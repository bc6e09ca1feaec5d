/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/runtime/info.c - facts about host, store and plugins
 *
 * A part that cannot be read is left out or empty; it never makes the whole
 * fail.
 */
#include <sched.h>
#include <string.h>
#include <sys/utsname.h>

#include "core/util/file.h"
#include "core/util/run.h"
#include "core/util/str.h"
#include "engine/json.h"
#include "engine/runtime/runtime.h"

#define VERSION_TIMEOUT_MS 5000

static int
put_str(pp_json *o, const char *key, const char *s)
{
    return pp_json_put(o, key, pp_json_string(s));
}

/* "MemTotal:   123 kB" in bytes */
static int64_t
meminfo(const char *text, const char *key)
{
    const char *p = text ? strstr(text, key) : NULL;
    long long kb = 0;

    if (!p || sscanf(p + strlen(key), ": %lld kB", &kb) != 1)
        return 0;
    return (int64_t)kb * 1024;
}

static int
put_memory(pp_json *host)
{
    static const char *const keys[] = {"MemTotal", "MemFree", "SwapTotal",
                                       "SwapFree"};
    static const char *const names[] = {"memTotal", "memFree", "swapTotal",
                                        "swapFree"};
    PP_AUTO_FREE char *text = NULL;
    size_t i;
    int bad = 0;

    if (ppc_file_read("/proc/meminfo", 65536, &text, NULL, NULL) < 0)
        text = NULL;
    for (i = 0; i < sizeof keys / sizeof keys[0]; i++)
        bad |= pp_json_put(host, names[i],
                           pp_json_int(meminfo(text, keys[i])));
    return bad;
}

/* NAME=value of /etc/os-release, without quotes. Caller frees. */
static char *
os_release(const char *text, const char *name)
{
    size_t n = strlen(name);
    const char *line = text;

    while (line && *line) {
        if (!strncmp(line, name, n) && line[n] == '=') {
            const char *v = line + n + 1;
            size_t len;

            v += *v == '"';
            len = strcspn(v, "\"\n");
            return strndup(v, len);
        }
        line = strchr(line, '\n');
        line += line != NULL;
    }
    return strdup("unknown");
}

static int
put_distribution(pp_json *host)
{
    PP_AUTO_FREE char *text = NULL;
    PP_AUTO_FREE char *id = NULL;
    PP_AUTO_FREE char *version = NULL;
    pp_json *d = pp_json_object();

    if (ppc_file_read("/etc/os-release", 65536, &text, NULL, NULL) < 0)
        text = NULL;
    id = os_release(text, "ID");
    version = os_release(text, "VERSION_ID");
    if (put_str(d, "distribution", id) || put_str(d, "version", version)) {
        pp_json_unref(d);
        return -1;
    }
    return pp_json_put(host, "distribution", d);
}

/* First line of PROGRAM --version. */
static int
put_program(pp_json *host, const char *key, const char *path)
{
    const char *const argv[] = {path, "--version", NULL};
    struct pp_sink out = {.max = 65536};
    pp_run run = {.struct_size = sizeof run,
                  .argv = argv,
                  .out = &out,
                  .netns_fd = -1,
                  .timeout_ms = VERSION_TIMEOUT_MS};
    pp_json *v = pp_json_object();
    int status = 0;
    int bad;

    if (ppc_run(&run, &status, NULL) < 0 || status)
        ppc_sink_clear(&out);
    if (out.s.p)
        out.s.p[strcspn(out.s.p, "\n")] = '\0';
    bad = put_str(v, "path", path) ||
          put_str(v, "version", out.s.p ? out.s.p : "");
    ppc_sink_clear(&out);
    if (bad) {
        pp_json_unref(v);
        return -1;
    }
    return pp_json_put(host, key, v);
}

static int
cpus_usable(void)
{
    cpu_set_t set;

    return sched_getaffinity(0, sizeof set, &set) ? 0 : CPU_COUNT(&set);
}

static int
put_host(pp_runtime *rt, pp_json *info)
{
    pp_json *host = pp_json_object();
    PP_AUTO_FREE char *uptime = NULL;
    struct utsname u = {0};

    if (uname(&u) || pp_json_put(info, "host", host))
        return -1;
    if (ppc_file_read("/proc/uptime", 128, &uptime, NULL, NULL) >= 0)
        uptime[strcspn(uptime, " \n")] = '\0';
    return put_str(host, "os", "linux") || put_str(host, "arch", u.machine) ||
           pp_json_put(host, "cpus", pp_json_int(cpus_usable())) ||
           put_memory(host) ||
           put_program(host, "conmon", rt->conmon_path) ||
           put_program(host, "ociRuntime", rt->oci_path) ||
           put_distribution(host) || put_str(host, "kernel", u.release) ||
           put_str(host, "uptimeSeconds", uptime) ||
           put_str(host, "hostname", u.nodename) ||
           put_str(host, "cgroupManager",
                   pp_settings_str(rt->settings, "engine.cgroup_manager"));
}

static int
put_store(pp_runtime *rt, pp_json *info, pp_err *err)
{
    PP_AUTO(ppc_ctrs_free) ppc_ctr **list = NULL;
    pp_json *store = pp_json_object();
    pp_json *counts = pp_json_object();
    int64_t n = 0, running = 0;
    int rc = ppc_state_all_containers(rt->state, &list, err);

    for (; rc >= 0 && list[n]; n++)
        running += list[n]->state->state == PPC_CTR_RUNNING;
    if (pp_json_put(counts, "number", pp_json_int(n)) ||
        pp_json_put(counts, "running", pp_json_int(running)) ||
        pp_json_put(counts, "stopped", pp_json_int(n - running)) ||
        pp_json_put(store, "containerStore", pp_json_ref(counts)) ||
        put_str(store, "graphRoot", rt->graph_root) ||
        put_str(store, "runRoot", rt->run_root) ||
        put_str(store, "staticDir", rt->static_dir) ||
        put_str(store, "tmpDir", rt->tmp_dir) ||
        pp_json_put(info, "store", pp_json_ref(store)))
        rc = pp_fail(err, PP_E_NOMEM, 0, "no memory for info");
    pp_json_unref(counts);
    pp_json_unref(store);
    return rc;
}

/* The state plugin's own words about itself. */
static int
put_state(pp_runtime *rt, pp_json *plugins, pp_err *err)
{
    PP_AUTO_STR ppc_str text = PPC_STR_INIT;
    pp_json *state = pp_json_object();
    pp_json *status = NULL;

    if (ppc_instance_status(rt->state_plugin, &text, err) < 0 ||
        pp_json_parse(ppc_str_get(&text), text.n, "plugin status", &status,
                      err) < 0)
        status = pp_json_object();
    if (put_str(state, "driver",
                pp_settings_str(rt->settings, "state.driver")) ||
        put_str(state, "path",
                ppc_plugin_path(ppc_instance_plugin(rt->state_plugin))) ||
        pp_json_put(state, "status", status)) {
        pp_json_unref(state);
        return -1;
    }
    return pp_json_put(plugins, "state", state);
}

static int
put_plugins(pp_runtime *rt, pp_json *info, pp_err *err)
{
    PP_AUTO_FREE char *fw = NULL;
    pp_json *plugins = pp_json_object();
    pp_json *one = pp_json_object();
    pp_json *two = pp_json_object();

    if (pp_json_put(info, "plugins", plugins) ||
        put_state(rt, plugins, err) ||
        put_str(one, "configured",
                pp_settings_str(rt->settings, "firewall.driver")) ||
        (ppc_state_meta_get(rt->state, "firewall", &fw, NULL) >= 0 && fw &&
         put_str(one, "driver", fw)) ||
        put_str(two, "driver",
                pp_settings_str(rt->settings, "network.driver")) ||
        pp_json_put(plugins, "firewall", pp_json_ref(one)) ||
        pp_json_put(plugins, "network", pp_json_ref(two))) {
        pp_json_unref(one);
        pp_json_unref(two);
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for info");
    }
    pp_json_unref(one);
    pp_json_unref(two);
    return 0;
}

int
pp_runtime_info(pp_runtime *rt, pp_json **out, pp_err *err)
{
    PP_AUTO(pp_json_unref) pp_json *info = pp_json_object();
    pp_json *version = pp_json_object();
    int rc = ppc_runtime_check(rt, err);

    if (rc >= 0 && put_host(rt, info))
        rc = pp_fail(err, PP_E_NOMEM, 0, "no memory for info");
    if (rc >= 0)
        rc = put_store(rt, info, err);
    if (rc >= 0)
        rc = put_plugins(rt, info, err);
    if (rc >= 0 && (put_str(version, "Version", pp_version()) ||
                    pp_json_put(info, "version", pp_json_ref(version))))
        rc = pp_fail(err, PP_E_NOMEM, 0, "no memory for info");
    pp_json_unref(version);
    if (rc >= 0)
        *out = pp_steal(&info);
    return rc;
}
