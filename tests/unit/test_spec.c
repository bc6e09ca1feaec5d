/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/unit/test_spec.c - config.json: process, capabilities, limits,
 * mounts, namespaces
 */
#include "engine_fixture.h"

#include <linux/capability.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "engine/spec/spec.h"

#define DEFAULT_CAPS UINT64_C(0xa80425fb)

/* What a container made of the request would be run with. */
static pp_json *
make_spec(struct engine *e, const pp_container_spec *spec)
{
    PP_AUTO(pp_json_unref) pp_json *request = NULL;
    PP_AUTO(pp_json_unref) pp_json *binds = pp_json_object();
    PP_AUTO(ppc_ctr_free) ppc_ctr *c = NULL;
    ppc_spec_in in = {.rt = e->rt, .bind_mounts = binds};
    pp_json *out = NULL;
    char id[PP_ID_MAX];

    pp_json_put(binds, "/etc/hosts", pp_json_string("/run/hosts"));
    if (pp_container_create(e->rt, spec, id, &e->err) < 0)
        fail_msg("%s", e->err.msg);
    c = engine_record(e, id);
    assert_int_equal(
        ppc_state_container_spec(e->rt->state, c, &request, &e->err), 0);
    in.ctr = c;
    in.request = request;
    if (ppc_spec_make(&in, &out, &e->err) < 0)
        fail_msg("%s", e->err.msg);
    assert_int_equal(pp_container_remove(e->rt, id, 0, -1, &e->err), 0);
    return out;
}

static int
try_create(struct engine *e, const pp_container_spec *spec)
{
    char id[PP_ID_MAX];

    return pp_container_create(e->rt, spec, id, &e->err);
}

static uint64_t
own_caps(void)
{
    struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2] = {{0, 0, 0}, {0, 0, 0}};

    assert_int_equal(syscall(SYS_capget, &head, data), 0);
    return (uint64_t)data[1].permitted << 32 | data[0].permitted;
}

static uint64_t
mask_of(const pp_json *spec, const char *set)
{
    static const struct {
        const char *name;
        int bit;
    } some[] = {{"CAP_CHOWN", 0},        {"CAP_DAC_OVERRIDE", 1},
                {"CAP_FOWNER", 3},       {"CAP_FSETID", 4},
                {"CAP_KILL", 5},         {"CAP_SETGID", 6},
                {"CAP_SETUID", 7},       {"CAP_SETPCAP", 8},
                {"CAP_NET_BIND_SERVICE", 10}, {"CAP_NET_ADMIN", 12},
                {"CAP_NET_RAW", 13},     {"CAP_SYS_CHROOT", 18},
                {"CAP_SYS_ADMIN", 21},   {"CAP_MKNOD", 27},
                {"CAP_AUDIT_WRITE", 29}, {"CAP_SETFCAP", 31}};
    PP_AUTO_FREE char *path = ppc_sprintf("process.capabilities.%s", set);
    const pp_json *list = pp_json_path(spec, path);
    uint64_t mask = 0;
    size_t i, k;

    assert_int_equal(pp_json_type(list), PP_JSON_ARRAY);
    for (i = 0; i < pp_json_len(list); i++)
        for (k = 0; k < sizeof some / sizeof some[0]; k++)
            if (!strcmp(pp_json_str(pp_json_at(list, i)), some[k].name))
                mask |= UINT64_C(1) << some[k].bit;
    return mask;
}

static void
test_caps__root_has_the_fourteen(void **state)
{
    struct engine *e = *state;
    pp_container_spec s = engine_spec(e, "web");
    PP_AUTO(pp_json_unref) pp_json *spec = make_spec(e, &s);
    const uint64_t want = DEFAULT_CAPS & own_caps();

    assert_int_equal(mask_of(spec, "bounding"), want);
    assert_int_equal(mask_of(spec, "effective"), want);
    assert_int_equal(mask_of(spec, "permitted"), want);
    assert_int_equal(mask_of(spec, "inheritable"), 0);
    assert_int_equal(mask_of(spec, "ambient"), 0);
    assert_true(pp_json_len(pp_json_path(
                    spec, "process.capabilities.bounding")) <= 14);
}

static void
test_caps__others_have_what_is_added(void **state)
{
    static const char *const add[] = {"net_admin", NULL};
    static const char *const drop[] = {"CAP_MKNOD", NULL};
    struct engine *e = *state;
    pp_container_spec s = engine_spec(e, "web");
    PP_AUTO(pp_json_unref) pp_json *spec = NULL;
    const uint64_t added = (UINT64_C(1) << 12) & own_caps();

    s.user = "1000";
    s.cap_add = add;
    s.cap_drop = drop;
    spec = make_spec(e, &s);
    assert_int_equal(mask_of(spec, "bounding"),
                     ((DEFAULT_CAPS & ~(UINT64_C(1) << 27)) |
                      UINT64_C(1) << 12) &
                         own_caps());
    assert_int_equal(mask_of(spec, "effective"), added);
    assert_int_equal(mask_of(spec, "permitted"), added);
    assert_int_equal(mask_of(spec, "inheritable"), added);
    assert_int_equal(mask_of(spec, "ambient"), added);
}

static void
test_caps__drop_all_add_one(void **state)
{
    static const char *const add[] = {"KILL", NULL};
    static const char *const all[] = {"all", NULL};
    static const char *const bad[] = {"CAP_FLY", NULL};
    struct engine *e = *state;
    pp_container_spec s = engine_spec(e, "web");
    PP_AUTO(pp_json_unref) pp_json *spec = NULL;

    s.cap_add = add;
    s.cap_drop = all;
    spec = make_spec(e, &s);
    assert_int_equal(mask_of(spec, "bounding"), 1 << 5);
    assert_int_equal(mask_of(spec, "effective"), 1 << 5);
    s.cap_drop = bad;
    assert_int_equal(try_create(e, &s), -PP_E_INVAL);
    assert_non_null(strstr(e->err.msg, "CAP_FLY"));
}

static bool
has(const pp_json *list, const char *s)
{
    size_t i;

    for (i = 0; i < pp_json_len(list); i++)
        if (!strcmp(pp_json_str(pp_json_at(list, i)), s))
            return true;
    return false;
}

static void
test_spec__proc_is_masked(void **state)
{
    static const char *const masked[] = {
        "/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
        "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug",
        "/proc/scsi", "/sys/firmware"};
    static const char *const read_only[] = {
        "/proc/asound", "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
        "/proc/sysrq-trigger"};
    struct engine *e = *state;
    pp_container_spec s = engine_spec(e, "web");
    PP_AUTO(pp_json_unref) pp_json *spec = make_spec(e, &s);
    PP_AUTO(pp_json_unref) pp_json *open = NULL;
    size_t i;

    for (i = 0; i < sizeof masked / sizeof masked[0]; i++)
        assert_true(has(pp_json_path(spec, "linux.maskedPaths"), masked[i]));
    for (i = 0; i < sizeof read_only / sizeof read_only[0]; i++)
        assert_true(
            has(pp_json_path(spec, "linux.readonlyPaths"), read_only[i]));
    s.flags = PP_SPEC_PRIVILEGED;
    open = make_spec(e, &s);
    assert_null(pp_json_path(open, "linux.maskedPaths"));
    assert_null(pp_json_path(open, "linux.readonlyPaths"));
    assert_null(pp_json_path(open, "linux.seccomp"));
}

static void
test_spec__process_is_what_was_asked(void **state)
{
    static const char *const entry[] = {"/init", "-x", NULL};
    static const char *const env[] = {"A=1", "PATH=/mine", "A=2", NULL};
    struct engine *e = *state;
    pp_container_spec s = engine_spec(e, "web");
    PP_AUTO(pp_json_unref) pp_json *spec = NULL;
    const pp_json *args, *vars;

    s.entrypoint = entry;
    s.env = env;
    s.workdir = "/srv";
    s.hostname = "box";
    s.flags = PP_SPEC_READ_ONLY;
    spec = make_spec(e, &s);
    args = pp_json_path(spec, "process.args");
    vars = pp_json_path(spec, "process.env");
    assert_int_equal(pp_json_len(args), 3);
    assert_string_equal(pp_json_str(pp_json_at(args, 0)), "/init");
    assert_string_equal(pp_json_str(pp_json_at(args, 2)), "/bin/true");
    assert_true(has(vars, "A=2") && has(vars, "PATH=/mine"));
    assert_false(has(vars, "A=1"));
    assert_true(has(vars, "HOSTNAME=box") && has(vars, "container=polypod"));
    assert_string_equal(pp_json_str(pp_json_path(spec, "process.cwd")),
                        "/srv");
    assert_string_equal(pp_json_get_str(spec, "hostname"), "box");
    assert_true(pp_json_is_true(pp_json_path(spec, "root.readonly")));
}

static void
test_spec__bad_requests_are_refused(void **state)
{
    static const char *const no_name[] = {"=x", NULL};
    static const char *const hosts[] = {"a b:10.0.0.1", NULL};
    static const char *const line[] = {"a\nb:10.0.0.1", NULL};
    static const char *const colon[] = {"path=/var/log/a:b", NULL};
    static const char *const relative[] = {"ns:proc/1/ns/net", NULL};
    struct engine *e = *state;
    const pp_container_spec good = engine_spec(e, "web");
    PP_AUTO_FREE char *rootfs = strdup(good.rootfs);
    pp_container_spec bad[16];
    size_t i, n = 0;

    for (i = 0; i < 16; i++) {
        bad[i] = good;
        bad[i].rootfs = rootfs;
    }
    bad[n++].hostname = "two\nlines";
    bad[n++].hostname = "a b";
    bad[n++].workdir = "relative";
    bad[n++].env = no_name;
    bad[n++].add_host = hosts;
    bad[n++].add_host = line;
    bad[n++].log_opts = colon;
    bad[n++].networks = relative;
    bad[n++].memory = -1;
    bad[n++].memory = INT64_MAX;
    bad[n++].cpus_milli = INT64_MAX;
    bad[n++].pids_limit = -2;
    bad[n++].stop_signal = 65;
    bad[n++].name = "-x";
    bad[n++].command = NULL;
    bad[n++].struct_size = 8;
    for (i = 0; i < n; i++)
        if (try_create(e, &bad[i]) != -PP_E_INVAL)
            fail_msg("request %zu", i);
    engine_is_empty(e);
}

/* ---- limits ---- */

static const pp_json *
limit_of(const pp_json *spec, const char *name)
{
    const pp_json *list = pp_json_path(spec, "process.rlimits");
    const pp_json *found = NULL;
    size_t i;

    for (i = 0; i < pp_json_len(list); i++) {
        const pp_json *l = pp_json_at(list, i);

        if (strcmp(pp_json_get_str(l, "type"), name))
            continue;
        assert_null(found); /* an OCI runtime refuses two */
        found = l;
    }
    assert_non_null(found);
    return found;
}

static void
test_limits__are_what_this_process_may_set(void **state)
{
    struct engine *e = *state;
    pp_container_spec s = engine_spec(e, "web");
    PP_AUTO(pp_json_unref) pp_json *spec = make_spec(e, &s);
    const pp_json *l = limit_of(spec, "RLIMIT_NOFILE");
    struct rlimit own;
    int64_t want = 1048576;

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &own), 0);
    if (!ppc_can_raise_limits() && own.rlim_max < 1048576)
        want = (int64_t)own.rlim_max;
    assert_int_equal(pp_json_get_i64(l, "hard"), want);
    assert_int_equal(pp_json_get_i64(l, "soft"), want);
    limit_of(spec, "RLIMIT_NPROC");
    assert_true(pp_json_i64(pp_json_path(spec, "process.oomScoreAdj")) >= 0);
}

static void
test_limits__unlimited_is_the_largest_number(void **state)
{
    static const char *const ulimits[] = {"core=-1:-1", "nofile=10:20", NULL};
    struct engine *e = *state;
    pp_container_spec s = engine_spec(e, "web");
    PP_AUTO(pp_json_unref) pp_json *spec = NULL;
    PP_AUTO_FREE char *text = NULL;
    struct rlimit own;

    assert_int_equal(getrlimit(RLIMIT_CORE, &own), 0);
    if (own.rlim_max != RLIM_INFINITY && !ppc_can_raise_limits())
        skip();
    s.ulimits = ulimits;
    spec = make_spec(e, &s);
    text = pp_json_text(limit_of(spec, "RLIMIT_CORE"), 0);
    assert_non_null(strstr(text, "\"hard\":18446744073709551615"));
    assert_int_equal(
        pp_json_get_i64(limit_of(spec, "RLIMIT_NOFILE"), "soft"), 10);
    assert_int_equal(
        pp_json_get_i64(limit_of(spec, "RLIMIT_NOFILE"), "hard"), 20);
}

static void
test_limits__text_is_checked(void **state)
{
    static const char *const bad[] = {
        "", "nofile", "nofile=", "nofile=x", "nofile=2:1", "nofile=-1:5",
        "nofile=-2", "sheep=1", "nofile=1:2:3", "=1"};
    PP_AUTO(pp_json_unref) pp_json *list = pp_json_array();
    pp_err err = {0};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (ppc_ulimit_parse(bad[i], list, &err) != -PP_E_INVAL)
            fail_msg("\"%s\"", bad[i]);
    assert_int_equal(pp_json_len(list), 0);
    assert_int_equal(ppc_ulimit_parse("rlimit_core=5", list, &err), 0);
    assert_int_equal(ppc_ulimit_parse("CORE=6", list, &err), -PP_E_INVAL);
}

static void
test_limits__resources(void **state)
{
    struct engine *e = *state;
    pp_container_spec s = engine_spec(e, "web");
    PP_AUTO(pp_json_unref) pp_json *spec = NULL;

    s.memory = 1 << 20;
    s.cpus_milli = 1500;
    s.pids_limit = 7;
    spec = make_spec(e, &s);
    assert_int_equal(
        pp_json_i64(pp_json_path(spec, "linux.resources.memory.swap")),
        2 << 20);
    assert_int_equal(
        pp_json_i64(pp_json_path(spec, "linux.resources.cpu.quota")), 150000);
    assert_int_equal(
        pp_json_i64(pp_json_path(spec, "linux.resources.pids.limit")), 7);
}

/* ---- mounts ---- */

static const pp_json *
mount_of(const pp_json *spec, const char *destination)
{
    const pp_json *list = pp_json_get(spec, "mounts");
    const pp_json *found = NULL;
    size_t i;

    for (i = 0; i < pp_json_len(list); i++) {
        const pp_json *m = pp_json_at(list, i);

        if (strcmp(pp_json_get_str(m, "destination"), destination))
            continue;
        assert_null(found);
        found = m;
    }
    return found;
}

static void
test_mounts__parents_come_first(void **state)
{
    static const char *const volumes[] = {"/usr:/deep/er/still", "/etc:/deep",
                                          NULL};
    struct engine *e = *state;
    pp_container_spec s = engine_spec(e, "web");
    PP_AUTO(pp_json_unref) pp_json *spec = NULL;
    const pp_json *list;
    size_t i, k;

    s.volumes = volumes;
    spec = make_spec(e, &s);
    list = pp_json_get(spec, "mounts");
    assert_int_equal(pp_json_len(list), 7 + 1 + 2);
    for (i = 0; i < pp_json_len(list); i++)
        for (k = 0; k < i; k++) {
            PP_AUTO_FREE char *below = ppc_sprintf(
                "%s/", pp_json_get_str(pp_json_at(list, i), "destination"));

            assert_false(ppc_str_has_prefix(
                pp_json_get_str(pp_json_at(list, k), "destination"), below));
        }
    assert_true(has(pp_json_get(mount_of(spec, "/sys"), "options"), "ro"));
}

static void
test_mounts__users_take_the_place_of_defaults(void **state)
{
    static const char *const volumes[] = {"/etc:/etc/../etc/hosts:ro,Z",
                                          "/dev:/dev/", NULL};
    struct engine *e = *state;
    pp_container_spec s = engine_spec(e, "web");
    PP_AUTO(pp_json_unref) pp_json *spec = NULL;
    const pp_json *options;

    s.volumes = volumes;
    spec = make_spec(e, &s);
    assert_string_equal(pp_json_get_str(mount_of(spec, "/etc/hosts"),
                                        "source"),
                        "/etc");
    options = pp_json_get(mount_of(spec, "/etc/hosts"), "options");
    assert_true(has(options, "ro") && has(options, "rbind") &&
                has(options, "rprivate"));
    assert_false(has(options, "rw") || has(options, "Z"));
    assert_string_equal(pp_json_get_str(mount_of(spec, "/dev"), "type"),
                        "bind");
    assert_null(mount_of(spec, "/dev/pts"));
    assert_null(mount_of(spec, "/dev/shm"));
}

static void
test_mounts__texts_are_checked(void **state)
{
    static const char *const bad[] = {"/etc", "/etc:", "/etc:x", "/etc:/",
                                      "/etc:/a/..", "/etc:/x:fast",
                                      "/etc:/x:ro:rw"};
    PP_AUTO(pp_json_unref) pp_json *list = pp_json_array();
    pp_err err = {0};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (ppc_volume_parse(bad[i], list, &err) != -PP_E_INVAL)
            fail_msg("\"%s\"", bad[i]);
    assert_int_equal(ppc_volume_parse("name:/x", list, &err), -PP_E_NOTSUP);
    assert_int_equal(ppc_volume_parse("/absent:/x", list, &err),
                     -PP_E_NOTFOUND);
    assert_int_equal(ppc_volume_parse("/etc:/x", list, &err), 0);
    assert_int_equal(ppc_volume_parse("/usr:/x/", list, &err), -PP_E_INVAL);
    assert_int_equal(ppc_tmpfs_parse("/x", list, &err), -PP_E_INVAL);
    assert_int_equal(ppc_tmpfs_parse("y", list, &err), -PP_E_INVAL);
    assert_int_equal(ppc_tmpfs_parse("/y:dax", list, &err), -PP_E_INVAL);
    assert_int_equal(ppc_tmpfs_parse("/y:size=5k,exec", list, &err), 0);
    assert_false(has(pp_json_get(pp_json_at(list, 1), "options"), "noexec"));
    assert_false(
        has(pp_json_get(pp_json_at(list, 1), "options"), "size=65536k"));
    assert_int_equal(ppc_tmpfs_parse("/z", list, &err), 0);
    assert_true(has(pp_json_get(pp_json_at(list, 2), "options"), "noexec"));
    assert_int_equal(pp_json_len(list), 3);
}

static bool
has_namespace(const pp_json *spec, const char *type)
{
    const pp_json *list = pp_json_path(spec, "linux.namespaces");
    size_t i;

    for (i = 0; i < pp_json_len(list); i++)
        if (!strcmp(pp_json_get_str(pp_json_at(list, i), "type"), type))
            return true;
    return false;
}

static void
test_spec__namespaces_follow_the_network(void **state)
{
    static const char *const host[] = {"host", NULL};
    struct engine *e = *state;
    pp_container_spec s = engine_spec(e, "web");
    PP_AUTO(pp_json_unref) pp_json *none = make_spec(e, &s);
    PP_AUTO(pp_json_unref) pp_json *shared = NULL;

    s.networks = host;
    shared = make_spec(e, &s);
    assert_true(has_namespace(none, "network"));
    assert_false(has_namespace(shared, "network"));
    assert_true(has_namespace(shared, "pid") && has_namespace(shared, "ipc") &&
                has_namespace(shared, "uts") &&
                has_namespace(shared, "mount"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        ENGINE_TEST(test_caps__root_has_the_fourteen),
        ENGINE_TEST(test_caps__others_have_what_is_added),
        ENGINE_TEST(test_caps__drop_all_add_one),
        ENGINE_TEST(test_spec__proc_is_masked),
        ENGINE_TEST(test_spec__process_is_what_was_asked),
        ENGINE_TEST(test_spec__bad_requests_are_refused),
        ENGINE_TEST(test_spec__namespaces_follow_the_network),
        ENGINE_TEST(test_limits__are_what_this_process_may_set),
        ENGINE_TEST(test_limits__unlimited_is_the_largest_number),
        cmocka_unit_test(test_limits__text_is_checked),
        ENGINE_TEST(test_limits__resources),
        ENGINE_TEST(test_mounts__parents_come_first),
        ENGINE_TEST(test_mounts__users_take_the_place_of_defaults),
        cmocka_unit_test(test_mounts__texts_are_checked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
