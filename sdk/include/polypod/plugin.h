/* SPDX-License-Identifier: MIT */
/*
 * polypod/plugin.h - the descriptor of a plugin and the services of its host
 *
 * A plugin is one file, KIND-NAME.so, that exports one constant symbol,
 * pp_plugin_v1, and links to nothing of the engine's.  The engine validates
 * the first 32 bytes of the descriptor, then copies min(struct_size, its own
 * size) bytes into zeroed memory; everything a newer header adds is
 * therefore zero when an older plugin is loaded, and the reverse.
 *
 * Rules that hold for every struct in the SDK:
 *   - struct_size comes first and is set by whoever owns the memory;
 *   - fields are appended, never moved, re-typed or removed;
 *   - a function's signature never changes: a new argument is a new op or a
 *     new field of the op's request struct;
 *   - arrays that cross are arrays of pointers;
 *   - no implicit padding; fixed-width integers, UTF-8 text, slices and
 *     opaque pointers only; times are int64_t nanoseconds;
 *   - an unknown bit in a flag word is refused with -PP_E_NOTSUP.
 *
 * Ownership  what a call receives is borrowed for the call; the host table,
 *            the configuration and its strings live until close() returns.
 *            Results leave through a pp_sink or an accumulator, or are
 *            borrows with a documented end.  Nobody frees the other's memory.
 * Threads    the host enforces the declared model; 0 is serial.  vlog and
 *            vfail may be called from any thread between open and close.
 * Process    no signal handlers, umask, chdir, locale, environment, atexit,
 *            setns or stdio changes; every descriptor is close-on-exec.
 * See also   polypod-plugin(3), state.h, firewall.h, network.h
 */
#ifndef POLYPOD_PLUGIN_H
#define POLYPOD_PLUGIN_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <polypod/codes.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define PP_EXPORT __attribute__((visibility("default")))
#define PP_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define PP_EXPORT
#define PP_PRINTF(fmt, args)
#endif

#define PP_ABI_MAJOR 1
#define PP_ABI_MINOR 0
#define PP_PLUGIN_MAGIC 0x31505050u /* "PPP1" read as little endian */

/* pp_plugin.kind */
enum { PP_KIND_STATE = 1, PP_KIND_FW = 2, PP_KIND_NET = 3 };

/* pp_plugin.threads */
enum {
    PP_THREADS_SERIAL = 0,       /* one call at a time in the process       */
    PP_THREADS_PER_INSTANCE = 1, /* one call at a time per open()           */
    PP_THREADS_PARALLEL = 2      /* any number                              */
};

/* levels of vlog: the numbers of syslog(3) */
enum {
    PP_LOG_ERROR = 3,
    PP_LOG_WARNING = 4,
    PP_LOG_INFO = 6,
    PP_LOG_DEBUG = 7
};

/* pp_key.type */
enum {
    PP_KEY_STRING = 1,
    PP_KEY_INT = 2,      /* range "MIN..MAX"                                */
    PP_KEY_BOOL = 3,     /* yes/no, true/false, on/off, 1/0                 */
    PP_KEY_SIZE = 4,     /* bytes: 10m, 1GiB, -1 for "no limit" if in range */
    PP_KEY_DURATION = 5, /* nanoseconds: 250ms, 10s, 2m                     */
    PP_KEY_LIST = 6,     /* repeated or indented lines; def: one entry to a
                            line; range "path", "env": what entries are     */
    PP_KEY_PATH = 7,     /* absolute path                                   */
    PP_KEY_ENUM = 8      /* range "a|b|c"                                   */
};

/* pp_key.flags */
enum { PP_KEY_REQUIRED = 1, PP_KEY_SECRET = 2, PP_KEY_DEPRECATED = 4 };

/* host.dir */
enum {
    PP_DIR_STATE = 1, /* persistent, this plugin may write below it         */
    PP_DIR_RUN = 2,   /* volatile: emptied by a reboot                      */
    PP_DIR_CONF = 3,  /* the folder of the engine's configuration           */
    PP_DIR_HELPER = 4 /* programs that ship with the engine                 */
};

typedef struct pp_host_ctx pp_host_ctx; /* opaque to plugins */
typedef struct pp_config pp_config;     /* opaque: this plugin's section */
typedef struct pp_err pp_err;           /* opaque: pass it on to vfail */
typedef struct pp_sink pp_sink;         /* opaque: bytes, see put, sink_new */

/* Bytes that somebody else owns.  Frozen, passed by value. */
typedef struct pp_slice {
    const void *p;
    size_t n;
} pp_slice;

/* One configuration key of a plugin, in section [KIND.NAME]. */
typedef struct pp_key {
    uint32_t struct_size;
    uint32_t type;     /* PP_KEY_* type                                     */
    uint32_t flags;    /* PP_KEY_* flags                                    */
    uint32_t reserved; /* 0                                                 */
    const char *name;  /* [a-z][a-z0-9_]*                                   */
    const char *def;   /* as it would stand in a file; NULL: none           */
    const char *range; /* see the types; NULL: any                          */
    const char *help;  /* one sentence, no full stop                        */
} pp_key;

/* What probe() found.  probe is read-only: it creates nothing anywhere. */
typedef struct pp_probe {
    uint32_t struct_size;
    int32_t score; /* 0: unusable here; more is better, 100 is ideal       */
    pp_sink *why;  /* one or more lines of text for people                 */
} pp_probe;

/* A helper program to run; see pp_host.run. */
typedef struct pp_run {
    uint32_t struct_size;
    uint32_t flags;          /* 0                                           */
    const char *const *argv; /* argv[0] is an absolute path                 */
    const char *const *envp; /* NULL: only a default PATH                   */
    pp_slice in;             /* given on standard input, which then closes  */
    pp_sink *out;            /* standard output; NULL: /dev/null            */
    pp_sink *errout;         /* standard error; NULL: /dev/null             */
    int32_t netns_fd;        /* run in this network namespace; -1: ours     */
    uint32_t timeout_ms;     /* 0: the host's default                       */
} pp_run;

/*
 * Services of the host.  Append only; test a newer member with PP_HOST_HAS.
 *
 * vfail    fills err (which may be NULL) and returns -code; sys_errno 0 if
 *          there is none.  Message: lower case, names the object, says the
 *          next step, no full stop.
 * cfg_*    values are validated before open(); an unset key without default
 *          gives NULL or 0.  cfg_int serves int, bool, size and duration.
 *          cfg_next walks a list: NULL gives the first, NULL is the end.
 * dir      absolute path, created, without a final slash.
 * put      appends a copy to the sink; -PP_E_FULL past the sink's bound.
 * run      *status is the exit code, or 128 + signal.  At the deadline the
 *          helper's whole process group is killed: -PP_E_TIMEOUT.
 *          Output past 16 MiB or the sink's bound: killed, -PP_E_FULL.
 * sink_*   sink_new makes an empty sink of the host's that takes max bytes,
 *          NULL without memory; sink_data borrows what is in it until the
 *          next put or sink_free, which also accepts NULL.  Only for sinks
 *          of sink_new: those that a call receives are write-only.
 */
typedef struct pp_host {
    uint32_t struct_size;
    uint16_t abi_major;
    uint16_t abi_minor;
    const char *core_version;
    pp_host_ctx *ctx;
    void (*vlog)(pp_host_ctx *, uint32_t level, const char *fmt, va_list);
    int (*vfail)(pp_err *, int code, int sys_errno, const char *fmt, va_list);
    const char *(*cfg_str)(const pp_config *, const char *key);
    int64_t (*cfg_int)(const pp_config *, const char *key);
    const char *(*cfg_next)(const pp_config *, const char *key,
                            const char *prev);
    const char *(*dir)(pp_host_ctx *, uint32_t which);
    int (*put)(pp_sink *, const void *, size_t);
    int (*run)(pp_host_ctx *, const pp_run *, int *status, pp_err *);
    pp_sink *(*sink_new)(pp_host_ctx *, size_t max);
    pp_slice (*sink_data)(const pp_sink *);
    void (*sink_free)(pp_sink *);
} pp_host;

/* Did whoever filled *p have member m?  A plugin asks so before it reads what
 * came after the version that it cannot do without. */
#define PP_HAS(type, p, m)                                                     \
    ((p)->struct_size >= offsetof(type, m) + sizeof(p)->m)
#define PP_HOST_HAS(h, m) (PP_HAS(pp_host, h, m) && (h)->m)

/*
 * The descriptor.
 *
 * probe   optional; may run without open() and must leave no trace.
 * open    makes an instance; on failure nothing is left behind.
 * close   ends it; NULL is never passed.
 * status  optional; one JSON object about health and versions.
 */
typedef struct pp_plugin {
    uint32_t magic;       /* PP_PLUGIN_MAGIC                                */
    uint32_t struct_size; /* sizeof (pp_plugin)                             */
    uint16_t abi_major;   /* PP_ABI_MAJOR                                   */
    uint16_t abi_minor;   /* information only                               */
    uint16_t host_minor_min; /* refuse a core older than this minor         */
    uint16_t kind;           /* PP_KIND_*                                   */
    const char *name;    /* exactly the file's: [a-z0-9][a-z0-9-]{0,30}     */
    const char *version; /* the plugin's own                                */
    /* ---- frozen for ever above this line ---- */
    const char *summary; /* one line                                        */
    const char *license; /* SPDX expression                                 */
    uint32_t threads;    /* PP_THREADS_*                                    */
    uint32_t flags;      /* 0                                               */
    const pp_key *const *keys; /* NULL-terminated array of pointers         */
    const void *ops;           /* pp_state_ops, pp_fw_ops or pp_net_ops     */
    int (*probe)(const pp_host *, const pp_config *, pp_probe *, pp_err *);
    int (*open)(const pp_host *, const pp_config *, void **self, pp_err *);
    void (*close)(void *self);
    int (*status)(void *self, pp_sink *json, pp_err *);
} pp_plugin;

/* Defines the one exported symbol: PP_PLUGIN = { PP_PLUGIN_MAGIC, ... }; */
#define PP_PLUGIN                                                              \
    extern PP_EXPORT const pp_plugin pp_plugin_v1;                             \
    const pp_plugin pp_plugin_v1

/* Thin conveniences; not part of the ABI. */

static inline pp_slice
pp_slice_of(const void *p, size_t n)
{
    pp_slice s;

    s.p = p;
    s.n = n;
    return s;
}

PP_PRINTF(3, 4)
static inline void
pp_host_log(const pp_host *host, uint32_t level, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    host->vlog(host->ctx, level, fmt, ap);
    va_end(ap);
}

PP_PRINTF(5, 6)
static inline int
pp_host_fail(const pp_host *host, pp_err *err, int code, int sys_errno,
             const char *fmt, ...)
{
    va_list ap;
    int rc;

    va_start(ap, fmt);
    rc = host->vfail(err, code, sys_errno, fmt, ap);
    va_end(ap);
    return rc;
}

#ifdef __cplusplus
}
#endif

#endif
