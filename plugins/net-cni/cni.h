/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plugins/net-cni/cni.h - what the files of this plugin share
 *
 * An instance is immutable after open: configuration files are read afresh
 * for each operation, so any number of threads may use it.
 *
 * Ownership  json_object pointers follow json-c: _put drops a reference
 * Errors     0 or -PP_E_*; the message goes into a cni_why
 * See also   polypod-net-cni(8), polypod/network.h
 */
#ifndef NET_CNI_H
#define NET_CNI_H

#include <netconf/netconf.h>

#define CNI_MAX_OUT ((size_t)1 << 20) /* what one CNI plugin may print  */
#define CNI_MAX_PORTS 65536u /* of one attachment, one by one             */

/* One opened instance. */
typedef struct cni {
    netconf conf;
    char **plugin_dirs; /* NULL-terminated                 */
    char *path;         /* the same, joined with ':'       */
} cni;

/* One attachment, with everything that its CNI calls need. */
typedef struct cni_att {
    const cni *self;
    const cni_list *list;
    const char *id;
    const char *ifname;
    const char *netns; /* "" when it is gone                          */
    const char *args;  /* CNI_ARGS                                    */
    json_object *caps; /* capability -> value, for runtimeConfig      */
    int64_t deadline;  /* on the clock of cni_now_ms                  */
} cni_att;

/* One call of one CNI plugin. */
typedef struct cni_call {
    const char *command; /* ADD, DEL, CHECK, VERSION, STATUS, GC         */
    const char *net;
    const char *type;
    const cni_att *att; /* NULL for VERSION, STATUS and GC              */
    json_object *conf;  /* standard input                               */
    int64_t timeout_ms;
    int code;            /* out: the CNI error code, or 0                */
    json_object *result; /* out: owned; of ADD and VERSION, else NULL    */
} cni_call;

/* args.c - CNI_ARGS and capability arguments of a request */
int cni_args_make(const cni_list *list, const pp_net_request *req, char **args,
                  json_object **caps, cni_why *why);

/* exec.c - one call */
int cni_exec_find(const cni *self, const char *net, const char *type,
                  char **path, cni_why *why);
int cni_exec_ready(const cni *self, const cni_list *list, cni_why *why);
int cni_exec(const cni *self, cni_call *call, cni_why *why);

/* chain.c - the order of calls */
json_object *cni_plugin_conf(const cni_list *list, size_t i);
const char *cni_plugin_type(const cni_list *list, size_t i);
int cni_chain_add(const cni_att *att, json_object **result, cni_why *why);
int cni_chain_del(const cni_att *att, size_t n, json_object *result,
                  bool lenient, cni_why *why);
int cni_chain_check(const cni_att *att, json_object *result, cni_why *why);

/* result.c - what an ADD printed */
int cni_result_emit(const cni_att *att, json_object *result,
                    const pp_net_result *out, cni_why *why);
int cni_result_wanted(const cni_att *att, json_object *result,
                      const pp_net_request *req, cni_why *why);

/* cookie.c - what DEL and CHECK will need */
typedef struct cni_cookie {
    json_object *root;
    cni_list *list;
    const char *ifname; /* these borrow from root */
    const char *args;
    json_object *caps;
    json_object *result;
} cni_cookie;
int cni_cookie_write(const cni_att *att, json_object *result, pp_sink *out,
                     cni_why *why);
int cni_cookie_read(const char *id, pp_slice bytes, cni_cookie *out,
                    cni_why *why);
void cni_cookie_clear(cni_cookie *cookie);
#define COOKIE_AUTO __attribute__((cleanup(cni_cookie_clear)))

/* extra.c - operations on a network rather than an attachment */
int cni_net_gc(const cni *self, const char *net,
               const pp_net_attachment *const *alive, uint32_t n, cni_why *why);
int cni_list_ready(const cni *self, const cni_list *list, int64_t deadline,
                   cni_why *why);
int cni_net_status(const cni *self, const char *net, cni_why *why);

/* attach.c - one attachment */
int cni_attach_setup(const cni *self, const pp_net_request *req,
                     const pp_net_result *out, cni_why *why);
int cni_attach_teardown(const cni *self, const pp_net_request *req,
                        pp_slice cookie, cni_why *why);
int cni_attach_check(const cni *self, const pp_net_request *req,
                     pp_slice cookie, cni_why *why);

#endif
