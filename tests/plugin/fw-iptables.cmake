# SPDX-License-Identifier: LGPL-2.1-or-later
# fw-packets.bats once more, with fw-iptables.
find_program(BATS bats)
set(packets ${CMAKE_CURRENT_SOURCE_DIR}/fw-packets.bats)
if(BATS AND TARGET fw-iptables AND EXISTS ${packets})
    add_test(NAME plugin/fw-packets-iptables COMMAND ${BATS} ${packets})
    set_tests_properties(plugin/fw-packets-iptables PROPERTIES
        LABELS plugin TIMEOUT 600
        ENVIRONMENT
        "POLYPOD_BUILD=${CMAKE_BINARY_DIR};POLYPOD_SOURCE=${PROJECT_SOURCE_DIR};FW=fw-iptables;XTABLES_LOCKFILE=${CMAKE_CURRENT_BINARY_DIR}/xtables.lock")
endif()
