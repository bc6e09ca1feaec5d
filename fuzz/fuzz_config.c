/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz/fuzz_config.c - any bytes as a configuration file
 *
 * Whatever the bytes are: a refused file changes nothing and has a report; an
 * accepted one is written out and read back as the same settings.
 */
#include <stdlib.h>
#include <string.h>

#include "core/config/settings_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
need(bool ok)
{
    if (!ok)
        abort();
}

static char *
dump(const pp_settings *s, uint32_t flags)
{
    char *text = NULL;

    need(!pp_settings_dump(s, flags, &text, NULL));
    return text;
}

static int
load(pp_settings *s, const void *data, size_t n)
{
    ppc_faults faults = {.text = PPC_STR_INIT};
    char *copy = malloc(n + 1);
    pp_err err = {0};
    int rc;

    need(copy);
    memcpy(copy, data, n);
    copy[n] = '\0';
    rc = ppc_settings_load_text(s, "f", copy, n, &faults);
    need(!rc);
    free(copy);
    need(!ppc_settings_derive(s, &err));
    rc = ppc_faults_end(&faults, s, &err);
    need(!rc || (rc == -PP_E_CONFIG && err.code == PP_E_CONFIG &&
                 !strncmp(err.msg, "f:", 2) && *pp_settings_report(s)));
    ppc_str_clear(&faults.text);
    return rc;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const uint32_t flags[] = {0, PP_DUMP_ORIGIN, PP_DUMP_CHANGED};
    pp_settings *s = pp_settings_new();
    char *before;
    char *after;
    size_t i;

    need(s);
    before = dump(s, PP_DUMP_ORIGIN);
    if (load(s, data, n)) {
        after = dump(s, PP_DUMP_ORIGIN);
        need(!strcmp(before, after));
        free(after);
        free(before);
        pp_settings_free(s);
        return 0;
    }
    free(before);
    before = dump(s, 0);
    for (i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        pp_settings *again = pp_settings_new();
        char *text = dump(s, flags[i]);

        need(again);
        need(!load(again, text, strlen(text)));
        after = dump(again, 0);
        need(!strcmp(before, after));
        free(after);
        free(text);
        pp_settings_free(again);
    }
    free(before);
    pp_settings_free(s);
    return 0;
}
