/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/abi/load.c - load, open and close one plugin as the engine does
 *
 * usage: abi-load KIND-NAME [FOLDER...]; prints the file's path.
 */
#include <stdio.h>
#include <string.h>

#include "core/config/settings.h"
#include "core/plugin/plugin.h"

static int
load(const char *full, const char *const *dirs, pp_err *err)
{
    PP_AUTO(pp_settings_free) pp_settings *settings = pp_settings_new();
    PP_AUTO(ppc_plugin_free) ppc_plugin *p = NULL;
    PP_AUTO(ppc_instance_close) ppc_instance *i = NULL;
    ppc_plugin_dirs none = {NULL, NULL, NULL, NULL};
    const char *name = strchr(full, '-');
    int kind = PP_KIND_STATE;
    int rc;

    if (!name)
        return pp_fail(err, PP_E_INVAL, 0, "usage: abi-load KIND-NAME [DIR]");
    while (kind <= PP_KIND_NET &&
           strncmp(full, ppc_kind_prefix(kind), (size_t)(name - full)) != 0)
        kind++;
    rc = ppc_plugin_load(kind, name + 1, dirs, &p, err);
    if (rc < 0)
        return rc;
    printf("%s\n", ppc_plugin_path(p));
    rc = ppc_plugin_open(p, settings, &none, &i, err);
    if (rc == 0)
        p = NULL;
    return rc;
}

int
main(int argc, char **argv)
{
    pp_err err = {0};

    if (argc < 2)
        return 2;
    if (load(argv[1], (const char *const *)(argv + 2), &err) < 0) {
        fprintf(stderr, "abi-load: %s\n", err.msg);
        return 1;
    }
    return 0;
}
