# SPDX-License-Identifier: LGPL-2.1-or-later
# POLYPOD_SANITIZE=address;undefined or thread
foreach(s IN LISTS POLYPOD_SANITIZE)
    add_compile_options(-fsanitize=${s} -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${s})
endforeach()
if("undefined" IN_LIST POLYPOD_SANITIZE)
    add_compile_options(-fno-sanitize-recover=undefined)
endif()
