// SPDX-License-Identifier: MIT
// Firmware images for the boot ROM, right or wrong.
#pragma once

#include <cstdint>
#include <vector>

#include "s4/abi/s4_boot.h"

namespace s4::test {

// How the monitor begins.
enum class Mode : uint32_t {
  kRun = 0,
  kCrashEarly = 1,  // before it is ready
  kHangEarly = 2,
  kSleepEarly = 3,
};

// The monitor's image. Change `header` or `payload`, then sign() it; what is changed in the result
// is wrong.
struct Image {
  explicit Image(Mode mode = Mode::kRun);

  s4_fw_header header{};
  std::vector<uint8_t> payload;

  // Header with hash and signature by the development key, then the payload.
  std::vector<uint8_t> sign() const;
};

}  // namespace s4::test
