/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * polypod/error.h - results and messages of the embedding API
 *
 * Every call that can fail returns 0 or more for success and a negative
 * -PP_E_* for failure, and takes a pp_err last, which may be NULL.  A pp_err
 * is plain memory of the caller's: nothing is allocated on the error path
 * and nothing has to be freed.  The code drives logic; the text is for people.
 *
 * The codes from 100 are the kinds of the reference's catalogue.
 */
#ifndef POLYPOD_ERROR_H
#define POLYPOD_ERROR_H

#include <stdarg.h>
#include <stdint.h>

#include <polypod/codes.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PP_API __attribute__((visibility("default")))
#define PP_WARN_UNUSED __attribute__((warn_unused_result))
#define PP_NONNULL(...) __attribute__((nonnull(__VA_ARGS__)))

enum {
    PP_E_NOSUCHCTR = 100,         /* no such container                      */
    PP_E_NOSUCHPOD = 101,         /* no such pod                            */
    PP_E_NOSUCHIMAGE = 102,       /* no such image                          */
    PP_E_CTREXISTS = 103,         /* container already exists               */
    PP_E_PODEXISTS = 104,         /* pod already exists                     */
    PP_E_IMAGEEXISTS = 105,       /* image already exists                   */
    PP_E_CTRSTATE = 106,          /* container state improper               */
    PP_E_RUNTIMEFINALIZED = 107,  /* option after the runtime was opened    */
    PP_E_CTRFINALIZED = 108,      /* option after the container was made    */
    PP_E_PODFINALIZED = 109,      /* option after the pod was made          */
    PP_E_EMPTYID = 110,           /* name or ID cannot be empty             */
    PP_E_RUNTIMESTOPPED = 111,    /* runtime has already been stopped       */
    PP_E_CTRSTOPPED = 112,        /* container is stopped                   */
    PP_E_CTRREMOVED = 113,        /* container has already been removed     */
    PP_E_PODREMOVED = 114,        /* pod has already been removed           */
    PP_E_DBCLOSED = 115,          /* state store is closed                  */
    PP_E_DBBADCONFIG = 116,       /* state store was made for other paths   */
    PP_E_NSMISMATCH = 117,        /* target is in a different namespace     */
    PP_E_AMBIGUOUS = 118,         /* an ID prefix fits several objects      */
    PP_E_CMDNOTFOUND = 119,       /* the container's command is not there   */
    PP_E_CMDNOTEXEC = 120,        /* the container's command cannot execute */
    PP_E_PLUGINABSENT = 121,      /* no such plugin is installed            */
    PP_E_PLUGINTRUST = 122,       /* the file or a folder is not trusted    */
    PP_E_PLUGINLOAD = 123,        /* the dynamic loader refused it          */
    PP_E_PLUGINENTRY = 124,       /* it has no descriptor                   */
    PP_E_PLUGINABI = 125,         /* the descriptor does not fit            */
    PP_E_PLUGINOPEN = 126,        /* its open() failed                      */
    PP_E_CONFIG = 127,            /* a configuration file is wrong          */
    PP_E_PORTINUSE = 128          /* a host port is taken                   */
};

/* The failure of a call.  Fields are read, never written, by callers. */
struct pp_err {
    int32_t code;      /* PP_E_*, positive; 0: no failure                   */
    int32_t sys_errno; /* errno behind it, or 0                             */
    char msg[1016];    /* lower case, no full stop                          */
};
typedef struct pp_err pp_err;

/*
 * Write a failure.
 *
 * err        filled; may be NULL
 * code       PP_E_*, positive
 * sys_errno  its strerror is appended to the message; 0 for none
 * fmt        names the object, and the next step if there is one
 * returns    -code
 * since      1.0
 */
PP_API int pp_fail(pp_err *err, int code, int sys_errno, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/*
 * The same with a va_list.
 *
 * returns  -code
 * since    1.0
 */
PP_API int pp_vfail(pp_err *err, int code, int sys_errno, const char *fmt,
                    va_list ap) __attribute__((format(printf, 4, 0)));

/*
 * Put facts in front of a message: "outer: inner".
 *
 * rc       what the failed call returned
 * returns  rc
 * since    1.0
 */
PP_API int pp_wrap(pp_err *err, int rc, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * The kind of a code in words.
 *
 * code     PP_E_*, of either sign
 * returns  static text, never NULL
 * since    1.0
 */
PP_API const char *pp_error_kind(int code);

#ifdef __cplusplus
}
#endif

#endif
