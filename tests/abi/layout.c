/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/abi/layout.c - a release's layout, asserted of the headers in use
 *
 * Compiled with -include layout-1.N.h, which defines LAYOUT as a list of
 *   AT(type, member, lp64, ilp32)   where a member lies
 *   SIZE(type, lp64, ilp32)         a struct is at least so large
 *   IS(type, member, type of it)    a member keeps its type or signature
 *   VALUE(name, value)              a constant keeps its value
 */
#include <polypod/firewall.h>
#include <polypod/network.h>
#include <polypod/state.h>

#define PICK(lp64, ilp32) (sizeof(void *) == 8 ? (lp64) : (ilp32))
#define AT(type, member, lp64, ilp32)                                          \
    _Static_assert(offsetof(type, member) == PICK(lp64, ilp32),                \
                   #type "." #member " has moved");
#define SIZE(type, lp64, ilp32)                                                \
    _Static_assert(sizeof(type) >= PICK(lp64, ilp32), #type " has shrunk");
#define IS(type, member, ...)                                                  \
    _Static_assert(                                                            \
        __builtin_types_compatible_p(__typeof__(((type *)0)->member),          \
                                     __typeof__(__VA_ARGS__)),                 \
        #type "." #member " has another type");
#define VALUE(name, value)                                                     \
    _Static_assert((name) == (value), #name " has another value");

LAYOUT

_Static_assert(sizeof(pp_slice) == 2 * sizeof(void *), "pp_slice is frozen");

extern const int layout_checked;
const int layout_checked = 1;
