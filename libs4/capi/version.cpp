// SPDX-License-Identifier: MIT
// The shared library's own; all else of it is in the parts that tests link.
#include "s4/s4.h"

uint32_t s4_library_version(void) {
  return S4_LIBRARY_VERSION_MAJOR << 16 | S4_LIBRARY_VERSION_MINOR << 8 | S4_LIBRARY_VERSION_PATCH;
}
