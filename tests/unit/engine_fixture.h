/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/unit/engine_fixture.h - an open runtime in a folder of its own
 *
 * State in memory; in the places of conmon and of the OCI runtime are small
 * scripts.  A container's process is a sleep.  The OCI runtime writes what it
 * is asked into "calls", and fails a verb for which there is "fail-VERB".
 */
#ifndef TESTS_UNIT_ENGINE_FIXTURE_H
#define TESTS_UNIT_ENGINE_FIXTURE_H

/* cmocka wants these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/config/settings_int.h"
#include "core/util/clock.h"
#include "core/util/file.h"
#include "core/util/process.h"
#include "core/util/str.h"
#include "core/util/strv.h"
#include "engine/container/container.h"
#include "engine/json.h"
#include "engine/lock/lock.h"

struct engine {
    pp_runtime *rt;
    pp_err err;
    char dir[64];
    char path[512]; /* of engine_path */
};

static const char fake_conmon[] =
    "#!/bin/sh\n"
    "while [ $# -gt 0 ]; do\n"
    "    case $1 in\n"
    "    -c) id=$2; shift ;;\n"
    "    -p) pidfile=$2; shift ;;\n"
    "    --conmon-pidfile) own=$2; shift ;;\n"
    "    --exit-dir) exits=$2; shift ;;\n"
    "    esac\n"
    "    shift\n"
    "done\n"
    "head -c1 <&4 >/dev/null\n"
    "(\n"
    "    sleep 100 &\n"
    "    p=$!\n"
    "    printf %s $p >\"$pidfile\"\n"
    "    printf %s $p >\"@DIR@/pids/$id\"\n"
    "    echo \"{\\\"pid\\\": $p}\" >&3\n"
    "    wait $p\n"
    "    printf %s $? >\"@DIR@/exit.tmp\"\n"
    "    while [ -e \"@DIR@/slow\" ]; do sleep 0.01; done\n"
    "    mv \"@DIR@/exit.tmp\" \"$exits/$id\"\n"
    ") 2>/dev/null &\n"
    "printf %s $! >\"$own\"\n"
    "printf %s $! >\"@DIR@/pids/conmon-$id\"\n";

static const char fake_runtime[] =
    "#!/bin/sh\n"
    "echo \"$*\" >>\"@DIR@/calls\"\n"
    "verb=$1\n"
    "[ \"$2\" = --all ] || [ \"$2\" = --force ] && shift\n"
    "pid=$(cat \"@DIR@/pids/$2\" 2>/dev/null)\n"
    "if [ -e \"@DIR@/fail-$verb\" ]; then echo \"no $verb\" >&2; exit 1; fi\n"
    "case $verb in\n"
    "kill) kill -\"$3\" \"$pid\" ;;\n"
    "delete) [ -z \"$pid\" ] || kill -9 \"$pid\" 2>/dev/null; true ;;\n"
    "state) [ -n \"$pid\" ] && kill -0 \"$pid\" 2>/dev/null &&\n"
    "    echo \"{\\\"status\\\":\\\"running\\\",\\\"pid\\\":$pid}\" ;;\n"
    "esac\n";

static inline const char *
engine_path(struct engine *e, const char *name)
{
    snprintf(e->path, sizeof e->path, "%s/%s", e->dir, name);
    return e->path;
}

/* Write a file of the folder; "@DIR@" in it is the folder. */
static inline const char *
engine_write(struct engine *e, const char *name, const char *text, mode_t mode)
{
    PP_AUTO_STR ppc_str out = PPC_STR_INIT;
    const char *at;

    while ((at = strstr(text, "@DIR@"))) {
        ppc_str_add(&out, text, (size_t)(at - text));
        ppc_str_puts(&out, e->dir);
        text = at + 5;
    }
    ppc_str_puts(&out, text);
    assert_int_equal(ppc_file_write(engine_path(e, name), ppc_str_get(&out),
                                    out.n, mode, &e->err),
                     0);
    return e->path;
}

static inline void
engine_set(struct engine *e, const char *key, const char *value)
{
    const char *const list[] = {value, NULL};

    assert_int_equal(pp_options_set(e->rt, key, list, "test", &e->err), 0);
}

/* A runtime that is not open. */
static inline void
engine_new(struct engine *e)
{
    e->rt = pp_runtime_new();
    assert_non_null(e->rt);
    engine_set(e, "state.driver", "memory");
    engine_set(e, "firewall.driver", "none");
    engine_set(e, "engine.plugin_dirs", TEST_PLUGINS);
    engine_set(e, "engine.cgroup_manager", "cgroupfs");
    engine_set(e, "engine.lock_timeout", "200ms");
    engine_set(e, "engine.conmon_path",
               engine_write(e, "conmon", fake_conmon, 0755));
    engine_set(e, "engine.runtime_path",
               engine_write(e, "runtime", fake_runtime, 0755));
    engine_set(e, "storage.graph_root", engine_path(e, "graph"));
    engine_set(e, "storage.run_root", engine_path(e, "run"));
}

static inline int
engine_setup(void **state)
{
    struct engine *e = calloc(1, sizeof *e);

    assert_non_null(e);
    strcpy(e->dir, "/tmp/polypod-engine-XXXXXX");
    assert_non_null(mkdtemp(e->dir));
    assert_int_equal(mkdir(engine_path(e, "rootfs"), 0755), 0);
    assert_int_equal(mkdir(engine_path(e, "pids"), 0755), 0);
    engine_new(e);
    if (pp_runtime_open(e->rt, 0, &e->err) < 0)
        fail_msg("%s", e->err.msg);
    *state = e;
    return 0;
}

static inline int64_t
engine_pid(struct engine *e, const char *prefix, const char *id)
{
    PP_AUTO_FREE char *name = ppc_sprintf("pids/%s%s", prefix, id);
    PP_AUTO_FREE char *text = NULL;
    int64_t pid = 0;

    if (ppc_file_read(engine_path(e, name), 32, &text, NULL, NULL) < 0 ||
        ppc_parse_i64(text, 2, INT32_MAX, &pid))
        return 0;
    return pid;
}

/* End the processes that the scripts started, and no other. */
static inline void
engine_kill_all(struct engine *e)
{
    PP_AUTO(closedir) DIR *dir = opendir(engine_path(e, "pids"));
    struct dirent *d;

    unlink(engine_path(e, "slow"));
    while (dir && (d = readdir(dir))) {
        int64_t pid = engine_pid(e, "", d->d_name);

        if (pid)
            kill((pid_t)pid, SIGKILL);
    }
}

static inline int
engine_teardown(void **state)
{
    struct engine *e = *state;

    pp_runtime_free(e->rt);
    engine_kill_all(e);
    while (ppc_dir_remove(e->dir, NULL) < 0) /* a script may still write */
        ppc_sleep(10 * PPC_MS);
    free(e);
    return 0;
}

static inline pp_container_spec
engine_spec(struct engine *e, const char *name)
{
    static const char *const command[] = {"/bin/true", NULL};
    static const char *const networks[] = {"none", NULL};

    return (pp_container_spec){.struct_size = sizeof(pp_container_spec),
                               .rootfs = engine_path(e, "rootfs"),
                               .command = command,
                               .networks = networks,
                               .name = name,
                               .stop_timeout = 5};
}

static inline void
engine_create(struct engine *e, const char *name, uint32_t flags,
              char id[PP_ID_MAX])
{
    pp_container_spec spec = engine_spec(e, name);

    spec.flags = flags;
    if (pp_container_create(e->rt, &spec, id, &e->err) < 0)
        fail_msg("%s", e->err.msg);
}

/* The record as it is stored; the caller frees it. */
static inline ppc_ctr *
engine_record(struct engine *e, const char *id)
{
    ppc_ctr *c = NULL;

    return ppc_state_container(e->rt->state, id, &c, NULL) < 0 ? NULL : c;
}

static inline size_t
engine_count(struct engine *e, const char *name)
{
    PP_AUTO(closedir) DIR *dir = opendir(engine_path(e, name));
    struct dirent *d;
    size_t n = 0;

    while (dir && (d = readdir(dir)))
        n += *d->d_name != '.';
    return n;
}

/* Nothing is left of any container. */
static inline void
engine_is_empty(struct engine *e)
{
    PP_AUTO(ppc_ctrs_free) ppc_ctr **list = NULL;

    assert_int_equal(ppc_state_all_containers(e->rt->state, &list, &e->err),
                     0);
    assert_null(list[0]);
    assert_int_equal(engine_count(e, "graph/containers"), 0);
    assert_int_equal(engine_count(e, "run/containers"), 0);
    assert_int_equal(engine_count(e, "run/tmp/exits"), 0);
    assert_int_equal(engine_count(e, "run/tmp/lock"), 0);
}

static inline bool
engine_was_asked(struct engine *e, const char *verb, const char *id)
{
    PP_AUTO_FREE char *line = ppc_sprintf("%s %s", verb, id);
    PP_AUTO_FREE char *text = NULL;

    if (ppc_file_read(engine_path(e, "calls"), 1 << 20, &text, NULL, NULL) < 0)
        return false;
    return strstr(text, line) != NULL;
}

#define ENGINE_TEST(fn)                                                        \
    cmocka_unit_test_setup_teardown(fn, engine_setup, engine_teardown)

#endif
