# SPDX-License-Identifier: LGPL-2.1-or-later
# polypod_man(FILE...): install each page under its own section.
function(polypod_man)
    foreach(page IN LISTS ARGN)
        get_filename_component(ext ${page} LAST_EXT)
        string(SUBSTRING ${ext} 1 -1 section)
        install(FILES ${page}
                DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
    endforeach()
endfunction()
