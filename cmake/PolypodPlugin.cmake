# SPDX-License-Identifier: MIT
# polypod_add_plugin(NAME SOURCES a.c b.c [LIBS lib...])
#
# NAME is KIND-NAME; makes NAME.so with hidden visibility, no undefined
# symbols, and an install rule into the engine's plugin folder.  Works in the
# engine's own tree and, after find_package(PolypodPlugin), outside it.
function(polypod_add_plugin name)
    cmake_parse_arguments(P "" "" "SOURCES;LIBS" ${ARGN})
    if(NOT name MATCHES "^(state|fw|net)-[a-z0-9][a-z0-9-]*$")
        message(FATAL_ERROR "plugin ${name}: the name must be KIND-NAME, "
                            "KIND one of state, fw, net")
    endif()
    add_library(${name} MODULE ${P_SOURCES})
    target_link_libraries(${name} PRIVATE Polypod::sdk ${P_LIBS})
    set_target_properties(${name} PROPERTIES
        PREFIX "" SUFFIX ".so" C_VISIBILITY_PRESET hidden
        LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/plugins)
    target_link_options(${name} PRIVATE
        -Wl,-z,now -Wl,-z,relro -Wl,-z,nodelete)
    if(NOT POLYPOD_SANITIZE)
        target_link_options(${name} PRIVATE -Wl,-z,defs)
    endif()
    if(POLYPOD_PLUGIN_DIR)
        set(dir ${POLYPOD_PLUGIN_DIR})
    else()
        set(dir ${Polypod_PLUGIN_DIR})
    endif()
    install(TARGETS ${name} LIBRARY DESTINATION ${dir} COMPONENT ${name})
endfunction()
