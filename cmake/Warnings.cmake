# SPDX-License-Identifier: LGPL-2.1-or-later
# One warning set for everything that is C here.
add_compile_options(
    -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes
    -Wmissing-prototypes -Wvla -Wundef -Wformat=2 -Wcast-qual
    -Wwrite-strings)
if(POLYPOD_WERROR)
    add_compile_options(-Werror)
endif()
add_compile_options(-fstack-protector-strong -fvisibility=hidden)
add_compile_definitions(_GNU_SOURCE)
if(CMAKE_BUILD_TYPE STREQUAL "Release" OR
   CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
    add_compile_definitions(_FORTIFY_SOURCE=2)
endif()
