/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/session.c - global flags, the runtime behind a command, its errors
 */
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "cmd.h"

#define ROW(name, field, arg, help)                                            \
    {                                                                          \
        name, 0, CLI_STR, offsetof(cli_globals, field), arg, NULL, help        \
    }

const cli_flag cli_global_flags[] = {
    ROW("cgroup-manager", cgroup_manager, "NAME",
        "Who makes cgroups: cgroupfs or systemd"),
    ROW("config", config, "FILE", "Read this configuration file only"),
    ROW("conmon", conmon, "PATH", "The conmon program"),
    ROW("firewall", firewall, "DRIVER",
        "Firewall: nftables, iptables, firewalld, none"),
    {"help", 'h', CLI_BOOL, offsetof(cli_globals, help), NULL, NULL,
     "Show help"},
    ROW("log-level", log_level, "LEVEL",
        "Show messages from: error, warn, info, debug"),
    ROW("namespace", nspace, "NAME",
        "See and make containers of this namespace only"),
    ROW("network-driver", network_driver, "DRIVER",
        "Network plugin: cni, bridge"),
    {"plugin-dir", 0, CLI_LIST, offsetof(cli_globals, plugin_dirs), "DIR", NULL,
     "Look for plugins here (may be repeated)"},
    ROW("root", root, "DIR", "Where containers are kept"),
    ROW("runroot", runroot, "DIR", "Where their state of this boot is kept"),
    ROW("runtime", runtime, "PATH", "The OCI runtime program"),
    ROW("state", state, "DRIVER", "State plugin: bdb, sqlite, memory"),
    ROW("tmpdir", tmpdir, "DIR", "The engine's own files of this boot"),
    {"version", 'v', CLI_BOOL, offsetof(cli_globals, version), NULL, NULL,
     "Show the version"},
    {NULL, 0, 0, 0, NULL, NULL, NULL}};

/* What a global flag is called among the settings. */
typedef struct option_row {
    const char *flag;
    const char *key;
    size_t offset;
} option_row;

static const option_row options[] = {
    {"cgroup-manager", "engine.cgroup_manager",
     offsetof(cli_globals, cgroup_manager)},
    {"conmon", "engine.conmon_path", offsetof(cli_globals, conmon)},
    {"firewall", "firewall.driver", offsetof(cli_globals, firewall)},
    {"namespace", "engine.namespace", offsetof(cli_globals, nspace)},
    {"network-driver", "network.driver", offsetof(cli_globals, network_driver)},
    {"root", "storage.graph_root", offsetof(cli_globals, root)},
    {"runroot", "storage.run_root", offsetof(cli_globals, runroot)},
    {"runtime", "engine.runtime_path", offsetof(cli_globals, runtime)},
    {"state", "state.driver", offsetof(cli_globals, state)},
    {"tmpdir", "engine.tmp_dir", offsetof(cli_globals, tmpdir)}};

/* The levels of pp_log_set_level are syslog's. */
static int
set_log_level(const char *name, pp_err *err)
{
    static const struct {
        const char *name;
        uint32_t level;
    } levels[] = {{"debug", LOG_DEBUG},     {"trace", LOG_DEBUG},
                  {"info", LOG_INFO},       {"warn", LOG_WARNING},
                  {"warning", LOG_WARNING}, {"error", LOG_ERR},
                  {"fatal", LOG_ERR},       {"panic", LOG_ERR}};

    if (!name)
        return 0;
    for (size_t i = 0; i < sizeof(levels) / sizeof(*levels); i++) {
        if (strcmp(levels[i].name, name) == 0) {
            pp_log_set_level(levels[i].level);
            return 0;
        }
    }
    return pp_fail(err, PP_E_INVAL, 0,
                   "log level \"%s\" is not supported, choose from: error, "
                   "warn, info, debug",
                   name);
}

static int
set_options(cli *c, pp_err *err)
{
    for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++) {
        const option_row *row = &options[i];
        const char *value =
            *(char *const *)((const char *)&c->globals + row->offset);
        const char *const values[] = {value, NULL};
        CLI_AUTO_FREE char *origin = cli_sprintf("flag --%s", row->flag);
        int rc;

        if (!value)
            continue;
        rc = pp_options_set(c->rt, row->key, values, origin, err);
        if (rc < 0)
            return pp_wrap(err, rc, "--%s", row->flag);
    }
    if (c->globals.plugin_dirs.n == 0)
        return 0;
    return pp_options_set(c->rt, "engine.plugin_dirs",
                          cli_list_get(&c->globals.plugin_dirs),
                          "flag --plugin-dir", err);
}

/* All faults of a file in one go: every line but the last is printed here,
 * the last becomes the error. */
static void
tell_faults(const char *report, pp_err *err)
{
    const char *end;

    for (; report && *report; report = end + 1) {
        end = strchr(report, '\n');
        if (!end || !end[1]) {
            snprintf(err->msg, sizeof(err->msg), "%.*s",
                     (int)strcspn(report, "\n"), report);
            return;
        }
        fprintf(stderr, "Error: %.*s\n", (int)(end - report), report);
    }
}

int
cli_load(cli *c, pp_err *err)
{
    int rc = set_log_level(c->globals.log_level, err);

    if (rc < 0 || c->rt)
        return rc;
    c->rt = pp_runtime_new();
    if (!c->rt)
        return pp_fail(err, PP_E_NOMEM, 0, "out of memory");
    rc = pp_options_load(c->rt, c->globals.config, err);
    if (rc == -PP_E_CONFIG)
        tell_faults(pp_settings_report(pp_runtime_settings(c->rt)), err);
    return rc < 0 ? rc : set_options(c, err);
}

int
cli_open(cli *c, pp_err *err)
{
    return cli_open_with(c, c->looks ? PP_OPEN_READONLY : 0, err);
}

int
cli_open_with(cli *c, uint32_t flags, pp_err *err)
{
    int rc;

    if (c->open)
        return 0;
    rc = cli_load(c, err);
    if (rc == 0)
        rc = pp_runtime_open(c->rt, flags, err);
    c->open = rc == 0;
    return rc;
}

void
cli_close(cli *c)
{
    pp_err err = {0};

    if (c->open && pp_runtime_shutdown(c->rt, false, &err) < 0)
        fprintf(stderr, "Error: %s\n", err.msg);
    pp_runtime_free(c->rt);
    c->rt = NULL;
    c->open = false;
}

bool
cli_state_is_lasting(cli *c)
{
    const char *driver =
        pp_settings_str(pp_runtime_settings(c->rt), "state.driver");

    return strcmp(driver, "memory") != 0;
}

int
cli_need_lasting_state(cli *c, const char *what, pp_err *err)
{
    if (cli_state_is_lasting(c))
        return 0;
    return pp_fail(err, PP_E_NOTSUP, 0,
                   "state driver \"memory\" forgets everything when this "
                   "command ends, so it cannot %s; choose another with "
                   "--state or [state] driver",
                   what);
}

int
cli_exit_code(int rc)
{
    if (rc == -PP_E_CMDNOTEXEC)
        return CLI_EXIT_CANNOT_INVOKE;
    if (rc == -PP_E_CMDNOTFOUND)
        return CLI_EXIT_NOT_FOUND;
    return rc < 0 ? CLI_EXIT_ENGINE : 0;
}

int
cli_fail(int rc, const pp_err *err)
{
    const char *text = err->msg[0] ? err->msg : pp_error_kind(rc);

    fprintf(stderr, "Error: %s\n", text);
    return cli_exit_code(rc);
}
