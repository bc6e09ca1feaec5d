# SPDX-License-Identifier: LGPL-2.1-or-later
# fwdrive: runs one op of one firewall plugin, for the shell tests.
add_executable(fwdrive fwdrive.c fwhost.c)
target_link_libraries(fwdrive PRIVATE Polypod::sdk ${CMAKE_DL_LIBS})
