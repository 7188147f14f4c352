# SPDX-License-Identifier: MIT
# -DS4_SANITIZE=address,undefined or -DS4_SANITIZE=thread instruments everything in the build; with
# fuzzer-no-link,address,undefined and clang there are the fuzz targets of tests/fuzz too.
if(S4_SANITIZE)
  add_compile_options(-fsanitize=${S4_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${S4_SANITIZE})
endif()
