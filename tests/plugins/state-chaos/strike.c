/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * strike.c - which call fails, and how
 *
 * The keys are asked for at each call: an engine's never change, but the
 * host of a test can turn the failures on and off while the store is open.
 */
#include "chaos.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#define DELAY (-1) /* a code that is no failure */

const char *const chaos_op_names[OP_COUNT] = {
    "begin",  "get",  "put",        "del",   "scan",    "next",
    "commit", "info", "generation", "check", "compact", "backup",
};

static const struct {
    const char *name;
    int code;
} codes[] = {
    {"conflict", PP_E_CONFLICT},
    {"busy", PP_E_BUSY},
    {"io", PP_E_IO},
    {"full", PP_E_FULL},
    {"nomem", PP_E_NOMEM},
    {"timeout", PP_E_TIMEOUT},
    {"perm", PP_E_PERM},
    {"corrupt", PP_E_CORRUPT},
    {"recover", PP_E_RECOVER},
    {"unavail", PP_E_UNAVAIL},
    {"delay", DELAY},
};
#define CODES (sizeof(codes) / sizeof(codes[0]))

static int
code_of(const char *name)
{
    size_t i;

    for (i = 0; i < CODES; i++)
        if (strcmp(codes[i].name, name) == 0)
            return codes[i].code;
    return 0;
}

static int
is_op(const char *name)
{
    size_t i;

    for (i = 0; i < OP_COUNT; i++)
        if (strcmp(chaos_op_names[i], name) == 0)
            return 1;
    return 0;
}

int
chaos_check_lists(const pp_host *host, const pp_config *cfg, pp_err *err)
{
    const char *name = NULL;

    while ((name = host->cfg_next(cfg, "ops", name)))
        if (!is_op(name))
            return pp_host_fail(host, err, PP_E_INVAL, 0,
                                "chaos: ops: no op is called \"%s\"", name);
    while ((name = host->cfg_next(cfg, "codes", name)))
        if (!code_of(name))
            return pp_host_fail(host, err, PP_E_INVAL, 0,
                                "chaos: codes: no code is called \"%s\"", name);
    return 0;
}

static uint64_t
roll(chaos *c, uint64_t sides)
{
    c->dice ^= c->dice << 13;
    c->dice ^= c->dice >> 7;
    c->dice ^= c->dice << 17;
    return (c->dice >> 11) % sides;
}

/* Without a list, each op of a transaction. */
static int
is_chosen(const chaos *c, enum chaos_op op)
{
    const char *name = c->host->cfg_next(c->cfg, "ops", NULL);

    if (!name)
        return op <= OP_COMMIT;
    for (; name; name = c->host->cfg_next(c->cfg, "ops", name))
        if (strcmp(name, chaos_op_names[op]) == 0)
            return 1;
    return 0;
}

/* Is it the turn of the call of that number? */
static int
is_due(chaos *c, uint64_t n)
{
    uint64_t at = (uint64_t)c->host->cfg_int(c->cfg, "at");
    uint64_t repeat = (uint64_t)c->host->cfg_int(c->cfg, "repeat");
    uint64_t rate = (uint64_t)c->host->cfg_int(c->cfg, "rate");

    if (at && n >= at && n - at < repeat)
        return 1;
    return rate && roll(c, 1000) < rate;
}

/* One of the listed codes; 0 without any. */
static int
draw_code(chaos *c)
{
    const char *name = NULL, *drawn = NULL;
    uint64_t n = 0;

    while ((name = c->host->cfg_next(c->cfg, "codes", name)))
        if (roll(c, ++n) == 0)
            drawn = name;
    return drawn ? code_of(drawn) : 0;
}

static void
wait_a_while(const chaos *c)
{
    int64_t ns = c->host->cfg_int(c->cfg, "delay");
    struct timespec t;

    t.tv_sec = (time_t)(ns / 1000000000);
    t.tv_nsec = (long)(ns % 1000000000);
    nanosleep(&t, NULL);
}

int
chaos_strike(chaos *c, enum chaos_op op, pp_err *err)
{
    int code;

    c->calls[op]++;
    if (!is_chosen(c, op))
        return 0;
    c->chosen++;
    if (!is_due(c, c->chosen))
        return 0;
    code = draw_code(c);
    if (!code || (code == PP_E_CONFLICT && op > OP_COMMIT))
        return 0;
    c->struck++;
    if (code == DELAY) {
        wait_a_while(c);
        return 0;
    }
    return pp_host_fail(c->host, err, code, 0,
                        "chaos: call %" PRIu64 ", %s, fails as it was told to",
                        c->chosen, chaos_op_names[op]);
}

int
chaos_is_applied(const chaos *c, int rc)
{
    if (rc == -PP_E_CONFLICT || rc == -PP_E_BUSY)
        return 0; /* both say that nothing happened */
    return c->host->cfg_int(c->cfg, "applied") != 0;
}

int
chaos_blame(chaos *c, pp_err *err, const char *rule)
{
    c->broken++;
    pp_host_log(c->host, PP_LOG_ERROR, "a rule was broken: %s", rule);
    return pp_host_fail(c->host, err, PP_E_INTERNAL, 0,
                        "chaos: a rule was broken: %s", rule);
}
