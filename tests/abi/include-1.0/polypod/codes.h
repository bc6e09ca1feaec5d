/* SPDX-License-Identifier: MIT */
/*
 * polypod/codes.h - result codes shared by plugins and the embedding API
 *
 * A call returns 0 or a positive value on success and the negative of one
 * of these codes on failure.  Codes drive logic; the text beside them is for
 * people only and may change at any time.
 *
 * Append only: a number never changes its meaning.
 */
#ifndef POLYPOD_CODES_H
#define POLYPOD_CODES_H

enum {
    PP_OK = 0,
    PP_E_INTERNAL = 1, /* a bug, or a record that contradicts itself        */
    PP_E_INVAL = 2,    /* an argument or a configured value is wrong        */
    PP_E_NOMEM = 3,    /* out of memory                                     */
    PP_E_NOTSUP = 4,   /* this back end, kernel or build cannot do it       */
    PP_E_NOTFOUND = 5, /* the object does not exist                         */
    PP_E_EXISTS = 6,   /* the object exists already                         */
    PP_E_CONFLICT = 7, /* the transaction is dead: abort and run it again   */
    PP_E_BUSY = 8,     /* nothing happened: try again later                 */
    PP_E_TIMEOUT = 9,  /* a deadline passed                                 */
    PP_E_CANCELED = 10, /* the caller gave up                               */
    PP_E_PERM = 11,    /* the kernel or a trust rule refused                */
    PP_E_IO = 12,      /* reading or writing failed                         */
    PP_E_FULL = 13,    /* no space, no quota, no free slot                  */
    PP_E_CORRUPT = 14, /* stored bytes are damaged                          */
    PP_E_RECOVER = 15, /* the store needs its recovery command              */
    PP_E_DRIFT = 16,   /* the kernel's state differs from what is wanted    */
    PP_E_UNAVAIL = 17  /* a needed program, module or service is missing    */
};

#endif
