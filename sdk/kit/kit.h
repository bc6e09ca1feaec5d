/* SPDX-License-Identifier: MIT */
/*
 * sdk/kit/kit.h - what the files of polypod-plugin-test share
 *
 * The program loads one plugin as the engine would, with a mock host, and
 * puts questions to it that every plugin of its kind must answer alike.
 * Each case runs in a process of its own with a deadline: a crash or a hang
 * is one line of the report, never the end of it.
 *
 * A case returns 0, or fails with KIT_FAIL, or returns kit_skip ("why").
 */
#ifndef POLYPOD_KIT_H
#define POLYPOD_KIT_H

#include <polypod/plugin.h>

#include <limits.h>
#include <stdio.h>

#include "config.h"

#define KIT_SKIPPED 77

/* The kit's own pp_err and pp_sink; plugins never look inside. */
struct pp_err {
    int code;
    int sys_errno;
    char msg[512];
};

struct pp_sink {
    char *p;
    size_t n;
    size_t max;
};

struct pp_host_ctx {
    char root[PATH_MAX]; /* a temporary folder with one folder per PP_DIR_ */
    char dir[8][PATH_MAX + 8];
    int verbose;
    unsigned runs; /* helpers started */
};

typedef struct kit {
    const char *file;
    void *handle;
    const pp_plugin *plugin;
    pp_host_ctx ctx;
    pp_host host;
    pp_config config;
    unsigned long seed;
    unsigned kills;
    unsigned steps; /* of the model check */
    char mode;      /* 'b', 'f' or 'r': other cases than the usual; 0 */
    int keep;       /* leave the temporary folder */
    const char *list;
    const char *only;
} kit;

typedef struct kit_case {
    const char *name;
    int (*run)(kit *);
    unsigned seconds; /* deadline; 0: the usual one */
} kit_case;

#define KIT_FAIL(...) kit_fail(__FILE__, __LINE__, __VA_ARGS__)

/* Fail the case unless the condition holds. */
#define KIT_CHECK(cond)                                                        \
    do {                                                                       \
        if (!(cond))                                                           \
            return KIT_FAIL("expected: %s", #cond);                            \
    } while (0)

/* tap.c */
PP_PRINTF(3, 4) int kit_fail(const char *file, int line, const char *fmt, ...);
PP_PRINTF(1, 2) int kit_skip(const char *fmt, ...);
int kit_run_cases(kit *k, const kit_case *const *lists);
int kit_matches(const kit *k, const char *name);

/* host.c */
int kit_host_init(kit *k, const char *parent);
void kit_host_clear(kit *k);
int kit_fresh(kit *k); /* empties the folders */
int kit_open(kit *k, void **self, pp_err *err);
void kit_sink_clear(pp_sink *sink);

/* run.c */
int kit_host_run(pp_host_ctx *ctx, const pp_run *run, int *status, pp_err *err);

/* load.c */
int kit_load(kit *k);
extern const kit_case kit_load_cases[];

/* fds.c */
typedef struct kit_fds {
    unsigned char open[1024];
} kit_fds;
void kit_fds_note(kit_fds *fds);
int kit_fds_check(const kit_fds *before, int allow_more);

/* rng.c: xorshift, so that a seed means the same everywhere */
typedef struct kit_rng {
    uint64_t x;
} kit_rng;
kit_rng kit_rng_of(unsigned long seed);
uint32_t kit_rng_below(kit_rng *r, uint32_t bound);

/* generic.c, state_*.c */
extern const kit_case kit_generic_cases[];
extern const kit_case kit_state_cases[];
extern const kit_case kit_model_cases[];
extern const kit_case kit_process_cases[];
extern const kit_case kit_kill_cases[];
extern const kit_case kit_bench_cases[];
extern const kit_case kit_thread_cases[];
extern const kit_case kit_readonly_cases[];
extern const kit_case kit_damage_cases[];
extern const kit_case kit_full_cases[];

/* state_readonly.c */
int kit_list(kit *k, const char *dir);

#endif
