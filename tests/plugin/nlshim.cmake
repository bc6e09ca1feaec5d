# SPDX-License-Identifier: LGPL-2.1-or-later
# nlshim: netlink that fails, preloaded by the shell tests.
add_library(nlshim MODULE ${CMAKE_CURRENT_LIST_DIR}/nlshim.c)
target_link_libraries(nlshim PRIVATE ${CMAKE_DL_LIBS})
set_target_properties(nlshim PROPERTIES PREFIX "" C_VISIBILITY_PRESET default)
target_compile_options(nlshim PRIVATE -fvisibility=default -U_FORTIFY_SOURCE)
