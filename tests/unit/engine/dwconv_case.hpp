// SPDX-License-Identifier: MIT
// DWCONV: random commands and what they do by the document.
#pragma once

#include <functional>

#include "case.hpp"

namespace s4::test {

struct DwconvLimits {
  uint32_t channels = 70;
  uint32_t extent = 14;  // of an image, either way
  bool scattered = true;
  bool one_row = false;  // of output: it is split by its pixels
};
Case random_dwconv(Random& random, DwconvLimits limits = {});
// One whose window, channels and multiplier `change` sets, with all else of that shape; without
// gaps and without a residual.
Case dwconv_of(Random& random, const std::function<void(s4_cmd_dwconv&)>& change);
void reference_dwconv(const s4_cmd& command, FakeMemory& memory);

}  // namespace s4::test
