# SPDX-License-Identifier: MIT
# Fails unless README.md holds the program, but for its licence line.
file(READ ${README} readme)
file(READ ${PROGRAM} program)
string(REGEX REPLACE "^// SPDX[^\n]*\n" "" program "${program}")
string(FIND "${readme}" "```cpp\n${program}```" at)
if(at EQUAL -1)
  message(FATAL_ERROR "README.md does not show ${PROGRAM} as it is: copy it there")
endif()
