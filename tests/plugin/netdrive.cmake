# SPDX-License-Identifier: LGPL-2.1-or-later
# netdrive: runs one op of one network plugin, for the shell tests.
add_executable(netdrive ${CMAKE_CURRENT_LIST_DIR}/netdrive.c
                        ${CMAKE_CURRENT_LIST_DIR}/nethost.c)
target_link_libraries(netdrive PRIVATE Polypod::sdk ${CMAKE_DL_LIBS})
