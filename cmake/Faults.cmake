# SPDX-License-Identifier: LGPL-2.1-or-later
# POLYPOD_FAULTS: the points of core/util/fault.h are real.  Plugins know the
# SDK only, so the file is included on the compiler's command line.
if(POLYPOD_FAULTS)
    add_compile_definitions(POLYPOD_FAULTS)
    add_compile_options(
        "SHELL:-include ${PROJECT_SOURCE_DIR}/core/util/fault.h")
endif()
