/* SPDX-License-Identifier: MIT */
/*
 * sdk/kit/main.c - polypod-plugin-test FILE.so [key=value...]
 */
#include "kit.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char usage[] =
    "usage: polypod-plugin-test [-bfv] [-d dir] [-k kills] [-n steps] [-o text]\n"
    "                           [-s seed] file.so [key=value ...]\n";

static int
options(kit *k, int argc, char **argv, const char **parent)
{
    int opt;

    while ((opt = getopt(argc, argv, "bfvd:k:n:o:s:")) != -1) {
        if (opt == 'b')
            k->bench = 1;
        else if (opt == 'f')
            k->full = 1;
        else if (opt == 'v')
            k->ctx.verbose = 1;
        else if (opt == 'd')
            *parent = optarg;
        else if (opt == 'k')
            k->kills = (unsigned)strtoul(optarg, NULL, 10);
        else if (opt == 'n')
            k->steps = (unsigned)strtoul(optarg, NULL, 10);
        else if (opt == 'o')
            k->only = optarg;
        else if (opt == 's')
            k->seed = strtoul(optarg, NULL, 10);
        else
            return -1;
    }
    if (optind >= argc)
        return -1;
    k->file = argv[optind++];
    while (optind < argc && k->config.n < KIT_MAX_PAIRS)
        k->config.pairs[k->config.n++] = argv[optind++];
    return optind < argc ? -1 : 0;
}

static int
run(kit *k, const char *parent)
{
    static const kit_case *const state[] = {
        kit_load_cases,    kit_generic_cases, kit_state_cases,
        kit_model_cases,   kit_process_cases, kit_kill_cases,
        kit_damage_cases,  NULL};
    static const kit_case *const other[] = {kit_load_cases, kit_generic_cases,
                                            NULL};
    static const kit_case *const bench[] = {kit_bench_cases, NULL};
    static const kit_case *const full[] = {kit_full_cases, NULL};
    const kit_case *const *cases;
    int failed;

    if (kit_load(k) < 0 || kit_config_check(k) < 0)
        return 2;
    if (kit_host_init(k, parent) < 0)
        return 2;
    printf("# %s %s, seed %lu\n", k->plugin->name, k->plugin->version,
           k->seed);
    cases = k->plugin->kind == PP_KIND_STATE ? state : other;
    if (k->bench && k->plugin->kind == PP_KIND_STATE)
        cases = bench;
    if (k->full && k->plugin->kind == PP_KIND_STATE)
        cases = full;
    failed = kit_run_cases(k, cases);
    kit_host_clear(k);
    return failed ? 1 : 0;
}

int
main(int argc, char **argv)
{
    const char *parent = getenv("TMPDIR");
    kit *k = calloc(1, sizeof(*k));
    int rc;

    if (!k)
        return 2;
    k->kills = 200;
    k->steps = 20000;
    k->seed = (unsigned long)time(NULL) ^ ((unsigned long)getpid() << 16);
    if (!parent || !parent[0])
        parent = "/tmp";
    if (options(k, argc, argv, &parent) < 0) {
        fputs(usage, stderr);
        free(k);
        return 2;
    }
    rc = run(k, parent);
    free(k);
    return rc;
}
