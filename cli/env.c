/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cli/env.c - environment variables from flags and files
 */
#include "env.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX_BYTES ((size_t)4 << 20)

static void
add_matching(cli_list *env, const char *prefix, size_t n)
{
    for (char **e = environ; e && *e; e++) {
        if (strncmp(*e, prefix, n) == 0 && strchr(*e, '='))
            cli_list_add(env, *e);
    }
}

int
cli_env_add(cli_list *env, const char *word, pp_err *err)
{
    size_t n = strcspn(word, "=");
    const char *value;

    if (n == 0)
        return pp_fail(err, PP_E_INVAL, 0,
                       "invalid environment variable: \"%s\"", word);
    if (word[n] == '=') {
        cli_list_add(env, word);
        return 0;
    }
    if (word[n - 1] == '*') {
        add_matching(env, word, n - 1);
        return 0;
    }
    value = getenv(word);
    if (value)
        cli_list_take(env, cli_sprintf("%s=%s", word, value));
    return 0;
}

static int
add_line(cli_list *env, const char *line, const char *path, size_t number,
         pp_err *err)
{
    size_t name;
    int rc;

    line += strspn(line, " \t");
    if (!*line || *line == '#')
        return 0;
    name = strcspn(line, "=");
    if (strcspn(line, " \t") < name)
        return pp_fail(err, PP_E_INVAL, 0,
                       "%s:%zu: variable \"%.*s\" has white space in its name",
                       path, number, (int)(name > 64 ? 64 : name), line);
    rc = cli_env_add(env, line, err);
    return rc < 0 ? pp_wrap(err, rc, "%s:%zu", path, number) : 0;
}

static void
close_file(FILE **f)
{
    if (*f)
        fclose(*f);
}

int
cli_env_add_file(cli_list *env, const char *path, pp_err *err)
{
    CLI_AUTO(close_file) FILE *f = fopen(path, "re");
    CLI_AUTO_FREE char *line = NULL;
    size_t total = 0;
    size_t number = 0;
    size_t cap = 0;
    ssize_t n;

    if (!f)
        return pp_fail(err, PP_E_IO, errno,
                       "cannot open environment file \"%s\"", path);
    while ((n = getline(&line, &cap, f)) >= 0) {
        int rc;

        number++;
        total += (size_t)n;
        if (total > FILE_MAX_BYTES || memchr(line, '\0', (size_t)n))
            return pp_fail(err, PP_E_INVAL, 0,
                           "%s:%zu: this is no environment file", path, number);
        line[strcspn(line, "\r\n")] = '\0';
        rc = add_line(env, line, path, number, err);
        if (rc < 0)
            return rc;
    }
    if (ferror(f))
        return pp_fail(err, PP_E_IO, errno,
                       "cannot read environment file \"%s\"", path);
    return 0;
}
