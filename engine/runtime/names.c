/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* engine/runtime/names.c - IDs and names of new containers and pods */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "core/util/str.h"
#include "engine/runtime/runtime.h"

#define ID_BYTES 32
#define SHORT_ID 12
#define MAX_TRIES 100

static const char *const qualities[] = {
    "agile",  "amber",  "ample",  "azure",  "balmy",  "bold",   "brave",
    "breezy", "bright", "brisk",  "bronze", "calm",   "candid", "clever",
    "coral",  "cosy",   "crisp",  "dapper", "daring", "deft",   "dewy",
    "eager",  "early",  "earthy", "easy",   "fair",   "fleet",  "fond",
    "frank",  "fresh",  "gentle", "giddy",  "glad",   "golden", "grand",
    "hardy",  "hasty",  "hazel",  "humble", "ivory",  "jolly",  "keen",
    "kind",   "late",   "level",  "light",  "lively", "loyal",  "lucid",
    "lucky",  "mellow", "merry",  "mild",   "misty",  "modest", "neat",
    "nimble", "noble",  "olive",  "patient", "placid", "plain", "plucky",
    "polite", "prime",  "proud",  "quick",  "quiet",  "rapid",  "ready",
    "robust", "rosy",   "rustic", "sandy",  "silent", "silver", "smooth",
    "snug",   "sober",  "solar",  "solid",  "spry",   "stable", "steady",
    "stout",  "sturdy", "subtle", "sunny",  "swift",  "tidy",   "tranquil",
    "vivid",  "warm",   "wise",   "witty",  "young",  "zesty",
};

/* Things with many feet, and where they walk. */
static const char *const things[] = {
    "acorn",   "anemone", "ant",      "aspen",   "badger",    "barnacle",
    "beetle",  "birch",   "bison",    "bramble", "caddis",    "cedar",
    "chiton",  "cicada",  "clam",     "clover",  "coral",     "crab",
    "crayfish", "cricket", "cuttle",  "dune",    "earwig",    "falcon",
    "fern",    "finch",   "firefly",  "fjord",   "gecko",     "glacier",
    "grove",   "harbor",  "heron",    "hornet",  "isopod",    "juniper",
    "kelp",    "krill",   "lagoon",   "lantern", "larch",     "lichen",
    "limpet",  "lobster", "lynx",     "maple",   "marsh",     "marten",
    "mayfly",  "meadow",  "millipede", "moss",   "mussel",    "myriapod",
    "nautilus", "newt",   "octopus",  "orchid",  "osprey",    "otter",
    "oyster",  "pebble",  "pine",     "plover",  "polyp",     "prawn",
    "quartz",  "raven",   "reed",     "reef",    "ridge",     "river",
    "rook",    "sage",    "salmon",   "scallop", "seahorse",  "shrimp",
    "snail",   "sparrow", "sponge",   "spruce",  "squid",     "starfish",
    "stork",   "swallow", "tern",     "thicket", "thrush",    "tidepool",
    "topaz",   "urchin",  "walnut",   "weevil",  "whelk",     "willow",
    "woodlouse", "wren",  "yew",      "zinnia",
};

static int
random_bytes(void *p, size_t n, pp_err *err)
{
    ssize_t got;

    do
        got = getrandom(p, n, 0);
    while (got < 0 && errno == EINTR);
    if (got == (ssize_t)n)
        return 0;
    return pp_fail(err, PP_E_IO, errno, "the kernel gives no random bytes");
}

int
ppc_generate_id(char id[65], pp_err *err)
{
    unsigned char raw[ID_BYTES];
    int rc;
    int i;

    do {
        rc = random_bytes(raw, sizeof raw, err);
        if (rc < 0)
            return rc;
        for (i = 0; i < ID_BYTES; i++)
            snprintf(id + 2 * i, 3, "%02x", raw[i]);
        /* the short ID is a host name: not a number */
    } while (strspn(id, "0123456789") >= SHORT_ID);
    return 0;
}

int
ppc_generate_name(pp_runtime *rt, char **name, pp_err *err)
{
    PP_AUTO_FREE char *try = NULL;
    uint32_t dice[2];
    bool taken = true;
    int i, rc;

    for (i = 0; i < MAX_TRIES; i++) {
        rc = random_bytes(dice, sizeof dice, err);
        if (rc < 0)
            return rc;
        free(try);
        /* late tries get a number, so that the words never run out */
        try = ppc_sprintf(
            "%s_%s%.0u", qualities[dice[0] % (sizeof qualities / sizeof(char *))],
            things[dice[1] % (sizeof things / sizeof(char *))],
            i < MAX_TRIES / 2 ? 0 : 1 + dice[0] % 9999);
        if (!try)
            return pp_fail(err, PP_E_NOMEM, 0, "no memory for a name");
        rc = ppc_state_name_taken(rt->state, try, &taken, err);
        if (rc < 0)
            return rc;
        if (!taken) {
            *name = pp_steal(&try);
            return 0;
        }
    }
    return pp_fail(err, PP_E_FULL, 0,
                   "found no free name in %d tries: give one with --name",
                   MAX_TRIES);
}

int
ppc_check_name(const char *name, pp_err *err)
{
    static const char first[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    static const char rest[] = "abcdefghijklmnopqrstuvwxyz"
                               "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
    size_t n = strlen(name);

    if (n && n <= 255 && strchr(first, *name) && strspn(name, rest) == n)
        return 0;
    return pp_fail(err, PP_E_INVAL, 0,
                   "\"%.64s\" is no valid name: names must match "
                   "[a-zA-Z0-9][a-zA-Z0-9_.-]* and have at most 255 "
                   "characters",
                   name);
}
