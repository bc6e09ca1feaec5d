/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tests/abi/mock/dep.c - a library that mocks depend on */
#include <polypod/plugin.h>

extern PP_EXPORT int mock_dep(void);

PP_EXPORT int
mock_dep(void)
{
    return 1;
}

/* A descriptor in the wrong place: dlsym on the plugin finds it too. */
PP_PLUGIN = {PP_PLUGIN_MAGIC,
             sizeof(pp_plugin),
             PP_ABI_MAJOR,
             PP_ABI_MINOR,
             0,
             PP_KIND_STATE,
             "borrowed",
             "1",
             "1",
             "MIT",
             0,
             0,
             NULL,
             NULL,
             NULL,
             NULL,
             NULL,
             NULL};
