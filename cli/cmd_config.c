/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/cmd_config.c - polypod config: show, check and write settings
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands.h"

typedef struct show_values {
    bool changed;
    bool origin;
} show_values;

static const cli_flag show_flags[] = {
    {"changed", 0, CLI_BOOL, offsetof(show_values, changed), NULL, NULL,
     "Show what differs from the defaults only"},
    {"origin", 0, CLI_BOOL, offsetof(show_values, origin), NULL, NULL,
     "Show where each value comes from"},
    {NULL, 0, 0, 0, NULL, NULL, NULL}};

typedef struct default_values {
    bool force;
} default_values;

static const cli_flag default_flags[] = {
    {"force", 'f', CLI_BOOL, offsetof(default_values, force), NULL, NULL,
     "Replace the file if it exists"},
    {NULL, 0, 0, 0, NULL, NULL, NULL}};

static int
run_show(cli *c, const void *values, const cli_args *args)
{
    const show_values *v = values;
    uint32_t how =
        (v->origin ? PP_DUMP_ORIGIN : 0) | (v->changed ? PP_DUMP_CHANGED : 0);
    CLI_AUTO_FREE char *text = NULL;
    pp_err err = {0};
    int rc = cli_load(c, &err);

    (void)args;
    if (rc == 0)
        rc = pp_settings_dump(pp_runtime_settings(c->rt), how, &text, &err);
    if (rc < 0)
        return cli_fail(rc, &err);
    fputs(text, stdout);
    return 0;
}

/* A line per fault on standard error; the message if there is no report. */
static int
fail_report(int rc, const char *report, const pp_err *err)
{
    if (!report || !*report)
        return cli_fail(rc, err);
    fputs(report, stderr);
    if (report[strlen(report) - 1] != '\n')
        fputc('\n', stderr);
    return CLI_EXIT_ENGINE;
}

static int
run_check(cli *c, const void *values, const cli_args *args)
{
    CLI_AUTO_FREE char *report = NULL;
    pp_err err = {0};
    int rc = cli_load(c, &err);

    (void)values;
    (void)args;
    if (rc < 0)
        return cli_fail(rc, &err);
    rc = pp_config_check(c->rt, &report, &err);
    return rc < 0 ? fail_report(rc, report, &err) : 0;
}

static int
write_all(int fd, const char *text, const char *path, pp_err *err)
{
    size_t n = strlen(text);

    while (n) {
        ssize_t done = write(fd, text, n);

        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return pp_fail(err, PP_E_IO, errno, "cannot write \"%s\"", path);
        text += done;
        n -= (size_t)done;
    }
    if (fchmod(fd, 0644) < 0 || fsync(fd) < 0)
        return pp_fail(err, PP_E_IO, errno, "cannot write \"%s\"", path);
    return 0;
}

/* The complete file gets its name in one step, or there is none. */
static int
publish(const char *temporary, const char *path, bool force, pp_err *err)
{
    if (force && rename(temporary, path) == 0)
        return 0;
    if (!force && link(temporary, path) == 0) {
        unlink(temporary);
        return 0;
    }
    if (errno == EEXIST)
        return pp_fail(err, PP_E_EXISTS, 0,
                       "\"%s\" exists; use --force to replace it", path);
    return pp_fail(err, PP_E_IO, errno, "cannot make \"%s\"", path);
}

static int
write_file(const char *path, const char *text, bool force, pp_err *err)
{
    CLI_AUTO_FREE char *temporary = cli_sprintf("%s.XXXXXX", path);
    CLI_AUTO_FD int fd = mkostemp(temporary, O_CLOEXEC);
    int rc;

    if (fd < 0)
        return pp_fail(err, PP_E_IO, errno, "cannot make \"%s\"", path);
    rc = write_all(fd, text, path, err);
    if (rc == 0)
        rc = publish(temporary, path, force, err);
    if (rc < 0)
        unlink(temporary);
    return rc;
}

/* Needs no configuration: it has to work where that is broken. */
static int
run_default(cli *c, const void *values, const cli_args *args)
{
    const default_values *v = values;
    pp_settings *settings = pp_settings_new();
    CLI_AUTO_FREE char *text = NULL;
    pp_err err = {0};
    int rc;

    (void)c;
    if (!settings)
        rc = pp_fail(&err, PP_E_NOMEM, 0, "out of memory");
    else
        rc = pp_settings_dump(settings, PP_DUMP_DEFAULT, &text, &err);
    pp_settings_free(settings);
    if (rc == 0 && args->n)
        rc = write_file(args->v[0], text, v->force, &err);
    else if (rc == 0)
        fputs(text, stdout);
    return rc < 0 ? cli_fail(rc, &err) : 0;
}

static const cli_cmd show = {
    .name = "show",
    .args = "",
    .summary = "Show the settings in use",
    .flags = show_flags,
    .values_size = sizeof(show_values),
    .max_args = 0,
    .run = run_show,
};

static const cli_cmd check = {
    .name = "check",
    .args = "",
    .summary = "Look for faults in the configuration",
    .about = "Reads the configuration with the sections of all plugins and "
             "prints a line for each fault.",
    .exits = "0 no fault, 125 faults",
    .max_args = 0,
    .run = run_check,
};

static const cli_cmd defaults = {
    .name = "default",
    .args = "[FILE]",
    .summary = "Write the default configuration, every key explained",
    .about = "Writes to standard output, or to a new file.",
    .flags = default_flags,
    .values_size = sizeof(default_values),
    .max_args = 1,
    .run = run_default,
};

static const cli_cmd *const sub[] = {&check, &defaults, &show, NULL};

const cli_cmd cli_cmd_config = {
    .name = "config",
    .args = "COMMAND [ARG...]",
    .summary = "Show, check and write the configuration",
    .about = "The files and keys are described in polypod.conf(5). Global "
             "flags count as the highest layer of the settings.",
    .examples = "polypod config show --origin\n"
                "polypod --config new.conf config check\n"
                "polypod config default /etc/polypod/polypod.conf",
    .sub = sub,
};
