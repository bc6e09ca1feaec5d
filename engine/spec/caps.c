/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/spec/caps.c - capability sets; see spec.h and capabilities(7) */
#include <linux/capability.h>
#include <string.h>
#include <strings.h>
#include <sys/syscall.h>

#include "core/util/str.h"
#include "core/util/strv.h"
#include "engine/json.h"
#include "engine/spec/spec.h"

/* In the kernel's order: the index is the number. */
static const char *const all_caps[] = {
    "CHOWN",           "DAC_OVERRIDE",    "DAC_READ_SEARCH",
    "FOWNER",          "FSETID",          "KILL",
    "SETGID",          "SETUID",          "SETPCAP",
    "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST",
    "NET_ADMIN",       "NET_RAW",         "IPC_LOCK",
    "IPC_OWNER",       "SYS_MODULE",      "SYS_RAWIO",
    "SYS_CHROOT",      "SYS_PTRACE",      "SYS_PACCT",
    "SYS_ADMIN",       "SYS_BOOT",        "SYS_NICE",
    "SYS_RESOURCE",    "SYS_TIME",        "SYS_TTY_CONFIG",
    "MKNOD",           "LEASE",           "AUDIT_WRITE",
    "AUDIT_CONTROL",   "SETFCAP",         "MAC_OVERRIDE",
    "MAC_ADMIN",       "SYSLOG",          "WAKE_ALARM",
    "BLOCK_SUSPEND",   "AUDIT_READ",      "PERFMON",
    "BPF",             "CHECKPOINT_RESTORE"};

#define N_CAPS (sizeof all_caps / sizeof all_caps[0])
#define BIT(n) (UINT64_C(1) << (n))

static const char *const default_caps[] = {
    "CHOWN",  "DAC_OVERRIDE", "FSETID",           "FOWNER",     "MKNOD",
    "NET_RAW", "SETGID",      "SETUID",           "SETFCAP",    "SETPCAP",
    "NET_BIND_SERVICE", "SYS_CHROOT", "KILL",     "AUDIT_WRITE"};

/* Number of a name, with or without CAP_, in any case; -1 if unknown. */
static int
cap_number(const char *name)
{
    size_t i;

    if (!strncasecmp(name, "CAP_", 4))
        name += 4;
    for (i = 0; i < N_CAPS; i++)
        if (!strcasecmp(all_caps[i], name))
            return (int)i;
    return -1;
}

int
ppc_caps_check(const char *const *names, const char *flag, pp_err *err)
{
    for (; names && *names; names++)
        if (strcasecmp(*names, "all") && cap_number(*names) < 0)
            return pp_fail(err, PP_E_INVAL, 0,
                           "%s: \"%s\" is no capability: see "
                           "capabilities(7)",
                           flag, *names);
    return 0;
}

/* What this process could give away: nobody can have more. */
static uint64_t
own_bounding(void)
{
    struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2] = {{0, 0, 0}, {0, 0, 0}};

    if (syscall(SYS_capget, &head, data))
        return 0;
    return (uint64_t)data[1].permitted << 32 | data[0].permitted;
}

bool
ppc_can_raise_limits(void)
{
    return own_bounding() & BIT(CAP_SYS_RESOURCE);
}

static uint64_t
mask_of(const pp_json *names)
{
    uint64_t mask = 0;
    size_t i;
    int n;

    for (i = 0; i < pp_json_len(names); i++) {
        const char *name = pp_json_str(pp_json_at(names, i));

        if (!strcasecmp(name, "all"))
            return BIT(N_CAPS) - 1;
        n = cap_number(name);
        if (n >= 0)
            mask |= BIT(n);
    }
    return mask;
}

static int
put_set(pp_json *caps, const char *set, uint64_t mask)
{
    pp_json *list = pp_json_array();
    char name[40];
    size_t i;

    for (i = 0; i < N_CAPS; i++) {
        if (!(mask & BIT(i)))
            continue;
        snprintf(name, sizeof name, "CAP_%s", all_caps[i]);
        if (pp_json_add(list, pp_json_string(name))) {
            pp_json_unref(list);
            return -1;
        }
    }
    return pp_json_put(caps, set, list);
}

static int
list_names(uint64_t mask, char ***out)
{
    size_t i;

    for (i = 0; i < N_CAPS; i++)
        if ((mask & BIT(i)) && ppc_strv_addf(out, "CAP_%s", all_caps[i]))
            return -1;
    return 0;
}

int
ppc_caps_make(const ppc_spec_in *in, bool is_root, pp_json *process,
              char ***bounding, pp_err *err)
{
    const uint64_t add = mask_of(pp_json_get(in->request, "cap_add"));
    const uint64_t drop = mask_of(pp_json_get(in->request, "cap_drop"));
    PP_AUTO(pp_json_unref) pp_json *caps = pp_json_object();
    uint64_t base = 0;
    uint64_t bound;
    uint64_t used;
    uint64_t passed_on;
    size_t i;

    for (i = 0; i < sizeof default_caps / sizeof default_caps[0]; i++)
        base |= BIT(cap_number(default_caps[i]));
    /* "drop all, add one" leaves that one */
    if (drop == BIT(N_CAPS) - 1)
        bound = add;
    else
        bound = (base | add) & ~drop;
    if (in->ctr->config->privileged)
        bound = BIT(N_CAPS) - 1;
    bound &= own_bounding();
    used = is_root || in->ctr->config->privileged ? bound : add & bound;
    /* what root has he gets at execve(2) anew; a non-empty inheritable set
     * would let files of the image give it to others (CVE-2022-29162) */
    passed_on = is_root ? 0 : used;
    if (put_set(caps, "bounding", bound) || put_set(caps, "effective", used) ||
        put_set(caps, "permitted", used) ||
        put_set(caps, "inheritable", passed_on) ||
        put_set(caps, "ambient", passed_on) ||
        pp_json_put(process, "capabilities", pp_steal(&caps)) ||
        list_names(bound, bounding))
        return pp_fail(err, PP_E_NOMEM, 0, "no memory for capabilities");
    return 0;
}
