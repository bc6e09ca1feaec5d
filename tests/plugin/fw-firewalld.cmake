# SPDX-License-Identifier: LGPL-2.1-or-later
# fw-packets.bats once more, with fw-firewalld over both of its backends.
find_program(BATS bats)
set(packets ${CMAKE_CURRENT_SOURCE_DIR}/fw-packets.bats)
if(BATS AND TARGET fw-firewalld AND EXISTS ${packets})
    foreach(backend nftables iptables)
        set(name plugin/fw-packets-firewalld-${backend})
        add_test(NAME ${name} COMMAND ${BATS} ${packets})
        set_tests_properties(${name} PROPERTIES
            LABELS plugin TIMEOUT 600
            ENVIRONMENT
            "POLYPOD_BUILD=${CMAKE_BINARY_DIR};POLYPOD_SOURCE=${PROJECT_SOURCE_DIR};FW=fw-firewalld;FWD_BACKEND=${backend}")
    endforeach()
endif()
