/* SPDX-License-Identifier: MIT */
/*
 * polypod/state.h - a state plugin: an ordered, transactional byte store
 *
 * The store knows nothing of containers.  Keys and values are bytes; keys
 * are ordered as memcmp orders them, a shorter key before a longer one that
 * starts with it.  Everything with a meaning is done once, in the engine.
 *
 * Isolation  read-write transactions are serializable, ranges included:
 *            what a scan did not see may not appear before commit.
 *            Read-only transactions see one committed state.
 * Conflict   any op may return -PP_E_CONFLICT.  The transaction is then
 *            dead, and abort is the only legal call on it.
 * Borrowing  slices given out live until the next call on the transaction or
 *            one of its iterators.  Any write invalidates open iterators:
 *            their next returns -PP_E_INVAL.
 * Threads    a transaction stays on the thread that began it, and within
 *            the process that began it: nothing is usable after fork.
 * Crash      open survives a SIGKILL of any former user without hanging; a
 *            commit that has returned survives a power cut unless
 *            PP_COMMIT_NOSYNC was given.  What cannot be repaired at open
 *            is -PP_E_RECOVER with the command to run.
 * See also   polypod-plugin-state(3), docs/design/state.md
 */
#ifndef POLYPOD_STATE_H
#define POLYPOD_STATE_H

#include <polypod/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

/* pp_state_info.caps */
#define PP_STATE_DURABLE 0x1u       /* commits survive a power cut          */
#define PP_STATE_MULTIPROCESS 0x2u  /* several processes at once            */
#define PP_STATE_RO_CONCURRENT 0x4u /* readers do not wait for a writer     */
#define PP_STATE_GENERATION 0x8u    /* has the op of that name              */
#define PP_STATE_BACKUP 0x10u       /* has the op of that name              */

/* begin flags */
#define PP_TXN_RW 0x1u /* without it: read only */

/* put flags */
#define PP_PUT_NEW 0x1u /* -PP_E_EXISTS if the key is there; nothing changes */

/* scan flags */
#define PP_SCAN_REVERSE 0x1u /* from hi downwards */

/* commit flags */
#define PP_COMMIT_NOSYNC 0x1u /* atomic, but may be lost by a power cut */

/* check flags */
#define PP_CHECK_QUICK 0x1u /* structure only, no walk over all data */

typedef struct pp_state_info {
    uint32_t struct_size;
    uint32_t reserved;
    uint64_t caps;    /* PP_STATE_*                                         */
    uint64_t max_key; /* bytes; at least 480                                */
    uint64_t max_val; /* bytes; at least 16 MiB                             */
} pp_state_info;

/*
 * begin   timeout_ms bounds every wait of the transaction: -PP_E_BUSY; the
 *         text names the holder where it is known.
 * get     -PP_E_NOTFOUND needs no text.
 * del     of an absent key is 0.
 * scan    half open [lo, hi); hi.n == 0 means no upper bound.
 * next    1: an item; 0: the end; negative: an error.
 * end     ends an iterator; before commit or abort of its transaction.
 * commit  always consumes txn, whatever it returns.
 *
 * Optional ops (NULL): generation, check, compact, backup.
 * generation  changes whenever a commit changed anything; cheap.
 * check       text lines into report; -PP_E_CORRUPT if damage was found.
 */
typedef struct pp_state_ops {
    uint32_t struct_size;
    uint32_t reserved;
    int (*info)(void *self, pp_state_info *, pp_err *);
    int (*begin)(void *self, uint32_t flags, uint32_t timeout_ms, void **txn,
                 pp_err *);
    int (*get)(void *txn, pp_slice key, pp_slice *val, pp_err *);
    int (*put)(void *txn, pp_slice key, pp_slice val, uint32_t flags,
               pp_err *);
    int (*del)(void *txn, pp_slice key, pp_err *);
    int (*scan)(void *txn, pp_slice lo, pp_slice hi, uint32_t flags, void **it,
                pp_err *);
    int (*next)(void *it, pp_slice *key, pp_slice *val, pp_err *);
    void (*end)(void *it);
    int (*commit)(void *txn, uint32_t flags, pp_err *);
    void (*abort)(void *txn);
    int (*generation)(void *self, uint64_t *gen, pp_err *);
    int (*check)(void *self, uint32_t flags, pp_sink *report, pp_err *);
    int (*compact)(void *self, uint32_t flags, pp_err *);
    int (*backup)(void *self, int32_t out_fd, uint32_t flags, pp_err *);
} pp_state_ops;

#ifdef __cplusplus
}
#endif

#endif
