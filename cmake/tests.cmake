# SPDX-License-Identifier: MIT
# Which tests are about threads: those that the suite `tsan` builds and runs (label `threads`).
add_custom_target(s4_thread_tests)

# As gtest_discover_tests(); PROPERTIES, if there are any, stand last.
function(s4_discover_thread_tests target)
  add_dependencies(s4_thread_tests ${target})
  if(NOT PROPERTIES IN_LIST ARGN)
    list(APPEND ARGN PROPERTIES)
  endif()
  gtest_discover_tests(${target} ${ARGN} LABELS threads)
endfunction()
