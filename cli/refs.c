/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/refs.c - which containers a command is for
 */
#include "refs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static int
add_all(cli *c, const cli_refs_options *o, cli_list *out, pp_err *err)
{
    CLI_AUTO_JSON pp_json *list = NULL;
    int rc = pp_container_list(c->rt, o->running ? 0 : PP_LIST_ALL, &list, err);

    if (rc < 0)
        return rc;
    for (size_t i = 0; i < pp_json_len(list); i++)
        cli_list_add(out, pp_json_get_str(pp_json_at(list, i), "Id"));
    return 0;
}

/* The list is newest first. */
static int
add_latest(cli *c, cli_list *out, pp_err *err)
{
    CLI_AUTO_JSON pp_json *list = NULL;
    int rc = pp_container_list(c->rt, PP_LIST_ALL, &list, err);

    if (rc < 0)
        return rc;
    if (pp_json_len(list) == 0)
        return pp_fail(err, PP_E_NOSUCHCTR, 0, "there is no container");
    cli_list_add(out, pp_json_get_str(pp_json_at(list, 0), "Id"));
    return 0;
}

static int
add_cidfile(const char *path, bool ignore, cli_list *out, pp_err *err)
{
    CLI_AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    char text[256];
    ssize_t n;

    if (fd < 0 && ignore && errno == ENOENT)
        return 0;
    if (fd < 0)
        return pp_fail(err, PP_E_IO, errno, "cannot open CID file \"%s\"",
                       path);
    n = read(fd, text, sizeof(text) - 1);
    if (n < 0)
        return pp_fail(err, PP_E_IO, errno, "cannot read CID file \"%s\"",
                       path);
    text[n] = '\0';
    text[strcspn(text, " \t\r\n")] = '\0';
    if (!text[0])
        return pp_fail(err, PP_E_INVAL, 0, "CID file \"%s\" is empty", path);
    cli_list_add(out, text);
    return 0;
}

static int
check_choice(const cli_refs_options *o, const cli_args *args, pp_err *err)
{
    bool cidfiles = o->cidfiles && o->cidfiles->n;

    if (o->all && o->latest)
        return pp_fail(err, PP_E_INVAL, 0,
                       "--all and --latest cannot be used together");
    if ((o->all || o->latest) && cidfiles)
        return pp_fail(err, PP_E_INVAL, 0,
                       "--all, --latest, and --cidfile cannot be used "
                       "together");
    if ((o->all || o->latest) && args->n)
        return pp_fail(err, PP_E_INVAL, 0, "no arguments are needed with --%s",
                       o->all ? "all" : "latest");
    if (!o->all && !o->latest && !cidfiles && args->n == 0)
        return pp_fail(err, PP_E_INVAL, 0,
                       "you must provide at least one name or id");
    return 0;
}

int
cli_refs_collect(cli *c, const cli_refs_options *o, const cli_args *args,
                 cli_list *out, pp_err *err)
{
    int rc = check_choice(o, args, err);

    if (rc == 0)
        rc = cli_open(c, err);
    if (rc < 0)
        return rc;
    if (o->all)
        return add_all(c, o, out, err);
    if (o->latest)
        return add_latest(c, out, err);
    for (size_t i = 0; o->cidfiles && i < o->cidfiles->n; i++) {
        rc = add_cidfile(o->cidfiles->v[i], o->ignore, out, err);
        if (rc < 0)
            return rc;
    }
    for (size_t i = 0; i < args->n; i++)
        cli_list_add(out, args->v[i]);
    return 0;
}

bool
cli_ref_is_in_state(cli *c, const char *ref, const char *state)
{
    CLI_AUTO_JSON pp_json *v = NULL;

    if (pp_container_inspect(c->rt, ref, &v, NULL) < 0)
        return false;
    return strcmp(pp_json_str(pp_json_path(v, "State.Status")), state) == 0;
}

int
cli_refs_each(cli *c, const cli_list *refs, cli_ref_fn *fn, const void *values)
{
    int code = 0;

    for (size_t i = 0; i < refs->n; i++) {
        pp_err err = {0};
        int rc = fn(c, refs->v[i], values, &err);

        if (rc < 0)
            code = cli_fail(rc, &err);
        else if (rc == 0)
            puts(refs->v[i]);
    }
    return code;
}
