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
    "usage: polypod-plugin-test [-Kv] [-b | -f | -r] [-d dir] [-k kills]\n"
    "                           [-n steps] [-o text] [-s seed]\n"
    "                           file.so [key=value ...]\n"
    "       polypod-plugin-test -l dir file.so [key=value ...]\n";

static int
option(kit *k, int opt, const char **parent)
{
    switch (opt) {
    case 'b':
    case 'f':
    case 'r':
        k->mode = (char)opt;
        return 0;
    case 'K':
        k->keep = 1;
        return 0;
    case 'd':
        *parent = optarg;
        return 0;
    case 'k':
        k->kills = (unsigned)strtoul(optarg, NULL, 10);
        return 0;
    case 'l':
        k->list = optarg;
        return 0;
    case 'n':
        k->steps = (unsigned)strtoul(optarg, NULL, 10);
        return 0;
    case 'o':
        k->only = optarg;
        return 0;
    case 's':
        k->seed = strtoul(optarg, NULL, 10);
        return 0;
    case 'v':
        k->ctx.verbose = 1;
        return 0;
    default:
        return -1;
    }
}

static int
arguments(kit *k, int argc, char **argv, const char **parent)
{
    int opt;

    while ((opt = getopt(argc, argv, "Kbd:fk:l:n:o:rs:v")) != -1)
        if (option(k, opt, parent) < 0)
            return -1;
    if (optind >= argc)
        return -1;
    k->file = argv[optind++];
    while (optind < argc && k->config.n < KIT_MAX_PAIRS)
        k->config.pairs[k->config.n++] = argv[optind++];
    return optind < argc ? -1 : 0;
}

static const kit_case *const *
cases_of(const kit *k)
{
    static const kit_case *const usual[] = {
        kit_load_cases,   kit_generic_cases, kit_state_cases,
        kit_model_cases,  kit_process_cases, kit_kill_cases,
        kit_damage_cases, kit_thread_cases,  NULL};
    static const kit_case *const bench[] = {kit_bench_cases, NULL};
    static const kit_case *const full[] = {kit_full_cases, NULL};
    static const kit_case *const readonly[] = {kit_readonly_cases, NULL};
    static const kit_case *const other[] = {kit_load_cases, kit_generic_cases,
                                            NULL};

    if (k->plugin->kind != PP_KIND_STATE)
        return other;
    if (k->mode == 'b')
        return bench;
    if (k->mode == 'f')
        return full;
    return k->mode == 'r' ? readonly : usual;
}

static int
run(kit *k, const char *parent)
{
    const char *what = NULL, *why;
    int failed;

    if (kit_load(k) < 0)
        return 2;
    why = kit_config_fault(&k->config, &what);
    if (why) {
        fprintf(stderr, "%s: %s\n", what, why);
        return 2;
    }
    if (kit_host_init(k, parent) < 0)
        return 2;
    if (k->list) {
        failed = kit_list(k, k->list) < 0;
    } else {
        printf("# %s %s, seed %lu\n", k->plugin->name, k->plugin->version,
               k->seed);
        failed = kit_run_cases(k, cases_of(k));
    }
    if (k->keep)
        printf("# kept: %s\n", k->ctx.root);
    else
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
    if (arguments(k, argc, argv, &parent) < 0) {
        fputs(usage, stderr);
        free(k);
        return 2;
    }
    rc = run(k, parent);
    free(k);
    return rc;
}
