/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/netconf/netconf.h - networks as CNI configuration files define them
 *
 * A part of each plugin that needs it, not a plugin: linked into net-cni and
 * net-bridge, so that both mean the same by one definition, find the leases of
 * the built-in network in one folder, and keep out of each other's way by one
 * lock.
 *
 * Configuration files are read afresh for each operation; nothing here is
 * changed after it was set up, so any number of threads may use it.
 *
 * Ownership  json_object pointers follow json-c: _put drops a reference
 * Errors     0 or -PP_E_*; the message goes into a cni_why
 * See also   polypod-net-cni(8), polypod/network.h
 */
#ifndef NETCONF_H
#define NETCONF_H

#include <polypod/network.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

/* A point of the test build, which defines it; see HACKING. */
#ifndef PP_FAULT
#define PP_FAULT(name) 0
#endif

/* The same in a row of steps. */
#define cni_fault(name, why)                                                   \
    __extension__({                                                            \
        const int cni_errno = PP_FAULT(name);                                  \
                                                                               \
        cni_errno ? cni_say(why, PP_E_IO, cni_errno, "fault point " name) : 0; \
    })

#define CNI_MAX_FILE ((size_t)1 << 20)   /* one configuration file       */
#define CNI_MAX_COOKIE ((size_t)8 << 20) /* list, arguments and result   */
#define CNI_MAX_DEPTH 32                 /* of JSON                      */
#define CNI_MAX_PLUGINS 32               /* in one list                  */

#define note(conf, level, ...) pp_host_log((conf)->host, level, __VA_ARGS__)

/*
 * Why something failed.  The host's pp_err is opaque, and some failures are
 * only worth a log line: inside these plugins the text is kept here, and the
 * op that was called decides.  No text: the host has filled err itself.
 */
typedef struct cni_why {
    pp_err *err; /* of the op, or NULL; only for host->run */
    int sys_errno;
    char text[700];
} cni_why;

/* Where things are. */
typedef struct netconf {
    const pp_host *host;
    const char *conf_dir;    /* borrowed from the configuration */
    const char *default_net; /* the same; NULL: the first one   */
    char *ipam_dir;          /* leases of the built-in network  */
    char *lock_file;
    uint32_t timeout_ms;
} netconf;

/* Versions of the specification, oldest first; order is meaning. */
enum {
    CNI_0_1_0,
    CNI_0_2_0,
    CNI_0_3_0,
    CNI_0_3_1,
    CNI_0_4_0,
    CNI_1_0_0,
    CNI_1_1_0,
    CNI_N_VERSIONS
};

/* A network: a list of CNI plugins that are called in order. */
typedef struct cni_list {
    json_object *root;    /* the whole list                             */
    json_object *plugins; /* its array, borrowed from root              */
    const char *name;     /* borrowed from root                         */
    char *source;         /* owned: where it came from, for messages    */
    int version;          /* CNI_x_y_z                                  */
    bool no_check;        /* disableCheck                               */
    bool no_gc;           /* disableGC                                  */
    bool extra;           /* made by "network create": never the default */
} cni_list;

/* All networks, in the order of their files. */
typedef struct cni_lists {
    cni_list **v;
    size_t n;
    char skipped[256]; /* why the first broken file was, or ""  */
} cni_lists;

/* why.c - messages on their way to the host */
int cni_say(cni_why *why, int code, int sys_errno, const char *fmt, ...)
    PP_PRINTF(4, 5);
void cni_why_log(const netconf *self, const cni_why *why, uint32_t level);
int cni_why_publish(const netconf *self, const cni_why *why, int rc,
                    pp_err *err);

/* json.c - bounded JSON: readers that never trust the shape */
int cni_json_parse(const char *text, size_t n, int depth, json_object **out,
                   const char **why);
json_object *cni_json_get(json_object *object, const char *key);
const char *cni_json_str(json_object *object, const char *key);
bool cni_json_true(json_object *object, const char *key);
json_object *cni_json_array(json_object *object, const char *key);
bool cni_json_put(json_object *object, const char *key, json_object *v);
bool cni_json_add(json_object *array, json_object *v);
json_object *cni_json_dup(json_object *v);
const char *cni_json_text(json_object *v);
void cni_json_auto(json_object **v);
#define JSON_AUTO __attribute__((cleanup(cni_json_auto)))
void cni_free_auto(void *p);
#define FREE_AUTO __attribute__((cleanup(cni_free_auto)))

/* valid.c - the alphabets of the specification */
int cni_version_find(const char *text);
const char *cni_version_text(int version);
bool cni_id_valid(const char *id);
bool cni_type_valid(const char *type);
bool cni_ifname_valid(const char *name);
bool cni_address_valid(const char *text, bool prefix);
bool cni_word_valid(const char *text);
void cni_text_clean(char *text);

/* list.c - one network */
int cni_list_version(json_object *root, const char *source, int *version,
                     cni_why *why);
int cni_list_parse(json_object *root, const char *source, cni_list **out,
                   cni_why *why);
extern const char cni_builtin_name[];
int cni_list_builtin(const netconf *self, cni_list **out, cni_why *why);
void cni_list_free(cni_list *list);
void cni_list_auto(cni_list **list);
#define LIST_AUTO __attribute__((cleanup(cni_list_auto)))
size_t cni_list_n(const cni_list *list);
uint32_t cni_list_flags(const cni_list *list);
const char *cni_list_bridge(const cni_list *list);
bool cni_list_has_cap(const cni_list *list, const char *capability);

/* conf.c - the folder of networks */
int cni_lists_load(const netconf *self, cni_lists *out, cni_why *why);
void cni_lists_clear(cni_lists *lists);
#define LISTS_AUTO __attribute__((cleanup(cni_lists_clear)))
const char *cni_lists_default(const netconf *self, const cni_lists *lists);
int cni_lists_find(const netconf *self, const cni_lists *lists, const char *net,
                   const cni_list **out, cni_why *why);

/* clock.c - the clock that deadlines are on */
int64_t cni_now_ms(void);

/* ops.c - the ops that only read definitions */
int cni_op_list(const netconf *self, pp_sink *names, pp_err *err);
typedef uint32_t cni_flags_fn(const cni_list *list);
int cni_op_info(const netconf *self, const char *net, cni_flags_fn *flags,
                pp_net_info *info, pp_err *err);

/* The part of a caller's struct that both sides know, the rest zero. */
#define COPY_IN(to, from)                                                      \
    do {                                                                       \
        const size_t cni_n = (from)->struct_size;                              \
                                                                               \
        memset((to), 0, sizeof(*(to)));                                        \
        memcpy((to), (from), cni_n < sizeof(*(to)) ? cni_n : sizeof(*(to)));   \
    } while (0)

/* A key of a descriptor, as key_NAME. */
#define CNI_KEY(n, t, d, r, h)                                                 \
    static const pp_key key_##n = {                                            \
        .struct_size = sizeof(pp_key),                                         \
        .type = t,                                                             \
        .name = #n,                                                            \
        .def = d,                                                              \
        .range = r,                                                            \
        .help = h,                                                             \
    }

/* leases.c - what host-local did not get back */
int cni_leases_gc(const netconf *self, const cni_list *list,
                  const pp_net_attachment *const *alive, uint32_t n,
                  cni_why *why);

/* lock.c - GC apart from everything else */
int cni_lock_take(const netconf *self, bool exclusive, int64_t deadline,
                  cni_why *why);
void cni_lock_auto(int *fd);
#define LOCK_AUTO __attribute__((cleanup(cni_lock_auto)))

#endif
