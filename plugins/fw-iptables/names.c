/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fw-iptables/names.c - which legacy tables exist, without making them exist
 *
 * /proc/net shows the namespace of the process's first thread; the ops of a
 * firewall plugin act on that of the calling thread, hence thread-self.
 */
#include "names.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "family.h"

const char *const fwi_table_names[FWI_TABLES] = {"nat", "filter"};

static FILE *
open_names(const struct fwi_family *fam)
{
    char path[64];

    snprintf(path, sizeof path, "/proc/thread-self/net/%s", fam->names);
    return fopen(path, "re");
}

bool
fwi_table_exists(const struct fwi_family *fam, const char *table)
{
    char line[64];
    bool found = false;
    FILE *f = open_names(fam);

    if (!f)
        return false;
    while (!found && fgets(line, sizeof line, f)) {
        line[strcspn(line, "\n")] = '\0';
        found = strcmp(line, table) == 0;
    }
    fclose(f);
    return found;
}

int
fwi_family_usable(const struct fwi_family *fam)
{
    FILE *f = open_names(fam);

    if (!f)
        return errno ? errno : EIO;
    fclose(f);
    return 0;
}

/* Does a line of /lib/modules/RELEASE/FILE name MODULE.ko? */
static bool
listed_in(const char *file, const char *module)
{
    struct utsname u;
    char path[PATH_MAX];
    char want[64];
    char *line = NULL;
    size_t cap = 0;
    bool found = false;

    if (uname(&u) < 0)
        return false;
    snprintf(path, sizeof path, "/lib/modules/%s/%s", u.release, file);
    snprintf(want, sizeof want, "/%s.ko", module);
    FILE *f = fopen(path, "re");

    if (!f)
        return false;
    while (!found && getline(&line, &cap, f) >= 0) {
        line[strcspn(line, ":\n")] = '\0'; /* its dependencies follow */
        found = strstr(line, want) != NULL;
    }
    free(line);
    fclose(f);
    return found;
}

bool
fwi_module_on_disk(const char *module)
{
    return listed_in("modules.dep", module);
}

bool
fwi_module_built_in(const char *module)
{
    return listed_in("modules.builtin", module);
}
