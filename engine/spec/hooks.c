/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/spec/hooks.c - which OCI hooks a container gets
 *
 * A file of a hooks folder says what to run, at which stages, and for which
 * containers.  A later folder overrides files of the same name in earlier
 * ones; hooks run in the order of their files' names.  The OCI runtime runs
 * them all.
 *
 * A hook that cannot be read or makes no sense is a failure: it may be there
 * to keep something safe.
 *
 * Source: oci-hooks(5), version 1.0.0; OCI runtime specification 1.0.2,
 * "POSIX-platform Hooks".
 */
#include <dirent.h>
#include <regex.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "core/util/file.h"
#include "core/util/log.h"
#include "core/util/str.h"
#include "core/util/strv.h"
#include "engine/json.h"
#include "engine/spec/spec.h"

#define MAX_FILE (1u << 20)

static const char *const stages[] = {"prestart",        "createRuntime",
                                     "createContainer", "startContainer",
                                     "poststart",       "poststop",
                                     NULL};

/* What the conditions of a hook are held against. */
typedef struct target {
    const pp_json *annotations;
    const char *command;
    bool has_bind_mounts;
} target;

static int
fail_memory(pp_err *err)
{
    return pp_fail(err, PP_E_NOMEM, 0, "no memory for the OCI hooks");
}

static const char *
base_name(const char *path)
{
    return strrchr(path, '/') + 1;
}

static int
by_name(const void *a, const void *b)
{
    const char *x = base_name(*(char *const *)a);
    const char *y = base_name(*(char *const *)b);
    int order = strcasecmp(x, y);

    return order ? order : strcmp(x, y);
}

/* A file of this name in an earlier folder gives way. */
static int
add_file(const char *dir, const char *name, char ***files)
{
    char *path = ppc_sprintf("%s/%s", dir, name);
    size_t i;

    for (i = 0; path && *files && (*files)[i]; i++)
        if (!strcmp(base_name((*files)[i]), name)) {
            free((*files)[i]);
            (*files)[i] = path;
            return 0;
        }
    return ppc_strv_take(files, path);
}

static int
read_dir(const pp_settings *s, const char *dir, char ***files, pp_err *err)
{
    DIR *d = opendir(dir);
    struct dirent *e;
    const char *end;
    int rc = 0;

    if (!d && errno == ENOENT &&
        !pp_settings_bool(s, "engine.hooks_dir_not_exist_fatal")) {
        ppc_log(PP_LOG_DEBUG, "there is no folder of OCI hooks %s", dir);
        return 0;
    }
    if (!d)
        return pp_fail(err, PP_E_NOTFOUND, errno,
                       "cannot read the folder of OCI hooks %s: make it, or "
                       "change [engine] hooks_dir",
                       dir);
    while (!rc && (e = readdir(d))) {
        end = strrchr(e->d_name, '.');
        if (*e->d_name != '.' && end && !strcmp(end, ".json"))
            rc = add_file(dir, e->d_name, files) ? fail_memory(err) : 0;
    }
    closedir(d);
    return rc;
}

static bool
is_strings(const pp_json *v)
{
    size_t i;

    if (!v)
        return true;
    for (i = 0; i < pp_json_len(v); i++)
        if (pp_json_type(pp_json_at(v, i)) != PP_JSON_STRING)
            return false;
    return pp_json_type(v) == PP_JSON_ARRAY;
}

/* Any other program, say an older runtime, may have a stage of its own. */
static int
check_stages(const pp_json *list, const char *file, pp_err *err)
{
    size_t i;

    if (!is_strings(list) || !pp_json_len(list))
        return pp_fail(err, PP_E_CORRUPT, 0,
                       "hook %s: stages is not a list of names", file);
    for (i = 0; i < pp_json_len(list); i++)
        if (!ppc_strv_has(stages, pp_json_str(pp_json_at(list, i))))
            return pp_fail(err, PP_E_NOTSUP, 0,
                           "hook %s: there is no stage \"%s\"", file,
                           pp_json_str(pp_json_at(list, i)));
    return 0;
}

static int
check_hook(const pp_json *hook, const char *file, pp_err *err)
{
    const char *path = pp_json_get_str(hook, "path");
    const pp_json *timeout = pp_json_get(hook, "timeout");

    if (*path != '/' || access(path, X_OK))
        return pp_fail(err, PP_E_NOTFOUND, *path == '/' ? errno : 0,
                       "hook %s: cannot run \"%s\"", file, path);
    if (!is_strings(pp_json_get(hook, "args")) ||
        !is_strings(pp_json_get(hook, "env")))
        return pp_fail(err, PP_E_CORRUPT, 0,
                       "hook %s: args or env is not a list of strings", file);
    if (timeout && pp_json_i64(timeout) <= 0)
        return pp_fail(err, PP_E_CORRUPT, 0,
                       "hook %s: timeout is not a number of seconds", file);
    return 0;
}

static int
load(const char *file, pp_json **out, pp_err *err)
{
    PP_AUTO(pp_json_unref) pp_json *v = NULL;
    PP_AUTO_FREE char *text = NULL;
    size_t n = 0;
    int rc = ppc_file_read(file, MAX_FILE, &text, &n, err);

    if (rc >= 0)
        rc = pp_json_parse(text, n, file, &v, err);
    if (rc < 0)
        return rc;
    if (strcmp(pp_json_get_str(v, "version"), "1.0.0"))
        return pp_fail(err, PP_E_NOTSUP, 0,
                       "hook %s: version is \"%s\", not \"1.0.0\": rewrite it "
                       "as oci-hooks(5) says, or remove it",
                       file, pp_json_get_str(v, "version"));
    rc = check_hook(pp_json_get(v, "hook"), file, err);
    if (rc >= 0)
        rc = check_stages(pp_json_get(v, "stages"), file, err);
    if (rc >= 0)
        *out = pp_steal(&v);
    return rc;
}

/* 1: it matches, somewhere; 0: it does not. */
static int
matches(const char *file, const char *pattern, const char *text, pp_err *err)
{
    regex_t re;
    int bad = regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB);

    if (bad)
        return pp_fail(err, PP_E_CORRUPT, 0,
                       "hook %s: \"%s\" is not a regular expression", file,
                       pattern);
    bad = regexec(&re, text, 0, NULL, 0);
    regfree(&re);
    return !bad;
}

/* Does a pair of patterns match some annotation? */
static int
has_annotation(const char *file, const pp_json_iter *wanted,
               const pp_json *annotations, pp_err *err)
{
    pp_json_iter is = {0};
    int rc = 0;

    while (rc == 0 && pp_json_next(annotations, &is)) {
        rc = matches(file, wanted->key, is.key, err);
        if (rc > 0)
            rc = matches(file, pp_json_str(wanted->value),
                         pp_json_str(is.value), err);
    }
    return rc;
}

static int
has_annotations(const char *file, const pp_json *wanted, const target *t,
                pp_err *err)
{
    pp_json_iter it = {0};
    int rc = 1;

    while (rc > 0 && pp_json_next(wanted, &it))
        rc = has_annotation(file, &it, t->annotations, err);
    return rc;
}

static int
has_command(const char *file, const pp_json *wanted, const target *t,
            pp_err *err)
{
    size_t i;
    int rc = 0;

    for (i = 0; rc == 0 && i < pp_json_len(wanted); i++)
        rc = matches(file, pp_json_str(pp_json_at(wanted, i)), t->command,
                     err);
    return rc;
}

/* All conditions that there are, and there has to be one. */
static int
applies(const char *file, const pp_json *when, const target *t, pp_err *err)
{
    const pp_json *annotations = pp_json_get(when, "annotations");
    const pp_json *commands = pp_json_get(when, "commands");
    const pp_json *always = pp_json_get(when, "always");
    const pp_json *binds = pp_json_get(when, "hasBindMounts");
    int rc = 1;

    if (!always && !binds && !pp_json_len(annotations) &&
        !pp_json_len(commands)) {
        ppc_log(PP_LOG_WARNING,
                "hook %s never runs: it has no condition; \"always\": true "
                "would do",
                file);
        return 0;
    }
    if ((always && !pp_json_is_true(always)) ||
        (binds && !(pp_json_is_true(binds) && t->has_bind_mounts)))
        return 0;
    if (pp_json_len(annotations))
        rc = has_annotations(file, annotations, t, err);
    if (rc > 0 && pp_json_len(commands))
        rc = has_command(file, commands, t, err);
    return rc;
}

/* Only what the OCI specification knows of it. */
static pp_json *
copy_hook(const pp_json *hook)
{
    static const char *const members[] = {"path", "args", "env", "timeout"};
    PP_AUTO(pp_json_unref) pp_json *copy = pp_json_object();
    const pp_json *v;
    size_t i;

    for (i = 0; i < sizeof members / sizeof members[0]; i++) {
        v = pp_json_get(hook, members[i]);
        if (v && pp_json_put(copy, members[i], pp_json_dup(v)))
            return NULL;
    }
    return pp_steal(&copy);
}

static int
add_hook(const pp_json *file, pp_json *hooks, pp_err *err)
{
    const pp_json *list = pp_json_get(file, "stages");
    const char *stage;
    size_t i;

    for (i = 0; i < pp_json_len(list); i++) {
        stage = pp_json_str(pp_json_at(list, i));
        if (!pp_json_has(hooks, stage) &&
            pp_json_put(hooks, stage, pp_json_array()))
            return fail_memory(err);
        if (pp_json_add(pp_json_get(hooks, stage),
                        copy_hook(pp_json_get(file, "hook"))))
            return fail_memory(err);
    }
    return 0;
}

static int
add_files(char **files, const target *t, pp_json *hooks, pp_err *err)
{
    int rc = 0;

    for (; rc >= 0 && files && *files; files++) {
        PP_AUTO(pp_json_unref) pp_json *v = NULL;

        rc = load(*files, &v, err);
        if (rc >= 0)
            rc = applies(*files, pp_json_get(v, "when"), t, err);
        if (rc > 0)
            rc = add_hook(v, hooks, err);
    }
    return rc;
}

int
ppc_hooks_make(const ppc_spec_in *in, pp_json *spec, pp_err *err)
{
    const char *const *dir =
        pp_settings_list(in->rt->settings, "engine.hooks_dir");
    const pp_json *args = pp_json_path(spec, "process.args");
    const target t = {
        .annotations = pp_json_get(spec, "annotations"),
        .command = pp_json_str(pp_json_at(args, 0)),
        .has_bind_mounts = ppc_strv_len(ppc_strv_c(
                               in->ctr->config->user_volumes)) > 0};
    PP_AUTO(ppc_strv_free) char **files = NULL;
    pp_json *hooks;
    int rc = 0;

    for (; rc >= 0 && dir && *dir; dir++)
        if (**dir)
            rc = read_dir(in->rt->settings, *dir, &files, err);
    if (rc < 0 || !files)
        return rc;
    qsort(files, ppc_strv_len(ppc_strv_c(files)), sizeof *files, by_name);
    hooks = pp_json_object();
    if (pp_json_put(spec, "hooks", hooks))
        return fail_memory(err);
    rc = add_files(files, &t, hooks, err);
    if (!pp_json_len(hooks))
        pp_json_del(spec, "hooks");
    return rc < 0 ? rc : 0;
}
