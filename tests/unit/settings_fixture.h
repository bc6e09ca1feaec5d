/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/unit/settings_fixture.h - settings and a folder of files for them
 *
 * A test gets a struct fixture as *state: default settings, and a fresh
 * folder that is removed behind it.
 */
#ifndef TESTS_UNIT_SETTINGS_FIXTURE_H
#define TESTS_UNIT_SETTINGS_FIXTURE_H

/* cmocka wants these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/config/settings_int.h"
#include "core/util/file.h"
#include "core/util/strv.h"

struct fixture {
    pp_settings *s;
    pp_err err;
    char dir[64];
    char report[16384]; /* without the folder's name */
};

static inline int
fixture_setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    assert_non_null(f);
    strcpy(f->dir, "/tmp/polypod-config-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    f->s = pp_settings_new();
    assert_non_null(f->s);
    *state = f;
    return 0;
}

static inline int
fixture_teardown(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(ppc_dir_remove(f->dir, NULL), 0);
    pp_settings_free(f->s);
    free(f);
    return 0;
}

/* Write bytes into NAME of the folder, which may lie in a new subfolder. */
static inline const char *
fixture_write(struct fixture *f, const char *name, const void *data, size_t n)
{
    static char path[256];
    char *slash;

    snprintf(path, sizeof path, "%s/%s", f->dir, name);
    slash = strrchr(path, '/');
    *slash = '\0';
    assert_int_equal(ppc_dir_make(path, 0755, &f->err), 0);
    *slash = '/';
    assert_int_equal(ppc_file_write(path, data, n, 0644, &f->err), 0);
    return path;
}

/* The report as if the files were named without their folder. */
static inline const char *
fixture_report(struct fixture *f)
{
    const char *p = pp_settings_report(f->s);
    size_t skip = strlen(f->dir) + 1;
    size_t n = 0;

    while (*p && n + 1 < sizeof f->report) {
        if (!strncmp(p, f->dir, skip - 1) && p[skip - 1] == '/')
            p += skip;
        f->report[n++] = *p++;
    }
    f->report[n] = '\0';
    return f->report;
}

/* Load bytes as the file "t". */
static inline int
fixture_load_n(struct fixture *f, const char *data, size_t n)
{
    memset(&f->err, 0, sizeof f->err);
    return pp_settings_load(f->s, fixture_write(f, "t", data, n), &f->err);
}

static inline int
fixture_load(struct fixture *f, const char *text)
{
    return fixture_load_n(f, text, strlen(text));
}

static inline void
fixture_new(struct fixture *f)
{
    pp_settings_free(f->s);
    f->s = pp_settings_new();
    assert_non_null(f->s);
}

/* The entries of a list, joined by "|". */
static inline const char *
fixture_list(struct fixture *f, const char *key)
{
    static char joined[4096];
    const char *const *v = pp_settings_list(f->s, key);
    size_t n = 0;

    joined[0] = '\0';
    for (; *v; v++)
        n += (size_t)snprintf(joined + n, sizeof joined - n, "%s%s",
                              n ? "|" : "", *v);
    return joined;
}

#define FIXTURE_TEST(fn)                                                       \
    cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

#endif
