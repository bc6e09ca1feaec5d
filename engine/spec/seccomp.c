/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine/spec/seccomp.c - a container profile, flattened for one machine
 *
 * The profile on disk names system calls for all architectures and
 * capability sets ("includes", "excludes", "archMap"); the OCI spec wants the
 * list for this one.
 */
#include <string.h>
#include <sys/utsname.h>

#include <polypod/plugin.h>

#include "core/util/file.h"
#include "core/util/log.h"
#include "core/util/str.h"
#include "core/util/strv.h"
#include "engine/json.h"
#include "engine/spec/spec.h"

#define MAX_PROFILE (8 << 20)

/* The first that exists wins. */
static const char *const profiles[] = {
    "/etc/containers/seccomp.json", "/etc/crio/seccomp.json",
    "/usr/share/containers/seccomp.json"};

static const struct {
    const char *machine; /* uname(2) */
    const char *go;
} arches[] = {
    {"x86_64", "amd64"},   {"aarch64", "arm64"},     {"i686", "386"},
    {"armv7l", "arm"},     {"riscv64", "riscv64"},   {"ppc64le", "ppc64le"},
    {"s390x", "s390x"},    {"mips64", "mips64"},     {"loongarch64", "loong64"},
};

static const char *
own_arch(void)
{
    struct utsname u;
    size_t i;

    if (uname(&u))
        return "";
    for (i = 0; i < sizeof arches / sizeof arches[0]; i++)
        if (!strcmp(arches[i].machine, u.machine))
            return arches[i].go;
    return "";
}

/* Is the running kernel at least "4.8"? */
static bool
kernel_is_at_least(const char *wanted)
{
    struct utsname u;
    int have[2] = {0, 0};
    int want[2] = {0, 0};

    if (uname(&u) || sscanf(u.release, "%d.%d", &have[0], &have[1]) != 2 ||
        sscanf(wanted, "%d.%d", &want[0], &want[1]) != 2)
        return true;
    return have[0] != want[0] ? have[0] > want[0] : have[1] >= want[1];
}

static bool
list_has(const pp_json *list, const char *s)
{
    size_t i;

    for (i = 0; i < pp_json_len(list); i++)
        if (!strcmp(pp_json_str(pp_json_at(list, i)), s))
            return true;
    return false;
}

static bool
has_caps(const pp_json *wanted, const char *const *bounding, bool all)
{
    size_t n = pp_json_len(wanted);
    size_t hits = 0;
    size_t i;

    for (i = 0; i < n; i++)
        hits += ppc_strv_has(bounding, pp_json_str(pp_json_at(wanted, i)));
    return all ? hits == n : hits > 0;
}

/* Does the rule hold on this architecture, kernel, capability set? */
static bool
applies(const pp_json *rule, const char *arch, const char *const *bounding)
{
    const pp_json *in = pp_json_get(rule, "includes");
    const pp_json *ex = pp_json_get(rule, "excludes");
    const char *kernel = pp_json_get_str(in, "minKernel");

    if (pp_json_len(pp_json_get(in, "arches")) &&
        !list_has(pp_json_get(in, "arches"), arch))
        return false;
    if (!has_caps(pp_json_get(in, "caps"), bounding, true))
        return false;
    if (*kernel && !kernel_is_at_least(kernel))
        return false;
    if (list_has(pp_json_get(ex, "arches"), arch) ||
        has_caps(pp_json_get(ex, "caps"), bounding, false))
        return false;
    kernel = pp_json_get_str(ex, "minKernel");
    return !*kernel || !kernel_is_at_least(kernel);
}

/* The keys of a rule that the OCI spec knows. */
static int
add_rule(const pp_json *rule, pp_json *list)
{
    static const char *const keys[] = {"names", "action", "errnoRet", "args"};
    pp_json *v = pp_json_object();
    size_t i;

    for (i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const pp_json *value = pp_json_get(rule, keys[i]);

        if (!value || (!strcmp(keys[i], "args") && !pp_json_len(value)))
            continue;
        if (pp_json_put(v, keys[i], pp_json_dup(value))) {
            pp_json_unref(v);
            return -1;
        }
    }
    return pp_json_add(list, v);
}

static int
put_arches(const pp_json *profile, const char *arch, pp_json *out)
{
    /* the names of archMap that belong to a machine */
    static const struct {
        const char *go;
        const char *scmp;
    } names[] = {
        {"amd64", "SCMP_ARCH_X86_64"},     {"arm64", "SCMP_ARCH_AARCH64"},
        {"386", "SCMP_ARCH_X86"},          {"arm", "SCMP_ARCH_ARM"},
        {"riscv64", "SCMP_ARCH_RISCV64"},  {"ppc64le", "SCMP_ARCH_PPC64LE"},
        {"s390x", "SCMP_ARCH_S390X"},      {"mips64", "SCMP_ARCH_MIPS64"},
        {"loong64", "SCMP_ARCH_LOONGARCH64"},
    };
    const pp_json *map = pp_json_get(profile, "archMap");
    const pp_json *subs = NULL;
    const char *own = NULL;
    pp_json *list = pp_json_array();
    size_t i;
    int bad = 0;

    for (i = 0; i < sizeof names / sizeof names[0]; i++)
        if (!strcmp(names[i].go, arch))
            own = names[i].scmp;
    for (i = 0; own && i < pp_json_len(map); i++)
        if (!strcmp(pp_json_get_str(pp_json_at(map, i), "architecture"), own))
            subs = pp_json_get(pp_json_at(map, i), "subArchitectures");
    if (own)
        bad = pp_json_add(list, pp_json_string(own));
    for (i = 0; i < pp_json_len(subs) && !bad; i++)
        bad = pp_json_add(list, pp_json_dup(pp_json_at(subs, i)));
    if (bad || !own) {
        pp_json_unref(list);
        return bad;
    }
    return pp_json_put(out, "architectures", list);
}

int
ppc_seccomp_flatten(const pp_json *profile, const char *arch,
                    const char *const *bounding, pp_json **out, pp_err *err)
{
    const pp_json *rules = pp_json_get(profile, "syscalls");
    PP_AUTO(pp_json_unref) pp_json *s = pp_json_object();
    PP_AUTO(pp_json_unref) pp_json *list = pp_json_array();
    const char *action = pp_json_get_str(profile, "defaultAction");
    size_t i;
    int bad;

    if (!*action)
        return pp_fail(err, PP_E_CORRUPT, 0,
                       "the seccomp profile has no defaultAction");
    bad = pp_json_put(s, "defaultAction", pp_json_string(action));
    if (pp_json_has(profile, "defaultErrnoRet"))
        bad = bad || pp_json_put(s, "defaultErrnoRet",
                                 pp_json_dup(pp_json_get(
                                     profile, "defaultErrnoRet")));
    bad = bad || put_arches(profile, arch, s);
    for (i = 0; i < pp_json_len(rules) && !bad; i++)
        if (applies(pp_json_at(rules, i), arch, bounding))
            bad = add_rule(pp_json_at(rules, i), list);
    if (bad || pp_json_put(s, "syscalls", pp_steal(&list)))
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for seccomp");
    *out = pp_steal(&s);
    return 0;
}

int
ppc_seccomp_make(const ppc_spec_in *in, const char *const *bounding,
                 pp_json *linux_, pp_err *err)
{
    PP_AUTO(pp_json_unref) pp_json *profile = NULL;
    PP_AUTO_FREE char *text = NULL;
    pp_json *flat = NULL;
    size_t n = 0;
    size_t i;
    int rc = -PP_E_NOTFOUND;

    if (in->ctr->config->privileged)
        return 0;
    for (i = 0; i < sizeof profiles / sizeof profiles[0]; i++) {
        rc = ppc_file_read(profiles[i], MAX_PROFILE, &text, &n, err);
        if (rc != -PP_E_NOTFOUND)
            break;
    }
    if (rc == -PP_E_NOTFOUND) {
        ppc_log(PP_LOG_WARNING,
                "no seccomp profile at %s: the container runs without one; "
                "golang-github-containers-common has it",
                profiles[2]);
        return 0;
    }
    if (rc >= 0)
        rc = pp_json_parse(text, n, profiles[i], &profile, err);
    if (rc >= 0)
        rc = ppc_seccomp_flatten(profile, own_arch(), bounding, &flat, err);
    if (rc < 0)
        return rc;
    if (pp_json_put(linux_, "seccomp", flat))
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for seccomp");
    return 0;
}
