// SPDX-License-Identifier: MIT
// Memory that the firmware writes and the host reads: telemetry and the firmware's log.
#pragma once

#include <array>
#include <cstdint>

#include "mcu/bus.hpp"
#include "s4/abi/s4_regs.h"

namespace s4::card {

class Window {
 public:
  static constexpr uint32_t kBytes = 4096;
  static_assert(S4_TELEMETRY_BYTES == kBytes && S4_FW_LOG_BYTES == kBytes);

  // RAM on the MCU's bus.
  mcu::RamRegion region(uint32_t base) {
    return {.base = base,
            .size = kBytes,
            .data = reinterpret_cast<uint8_t*>(words_.data()),
            .writable = true,
            .executable = false};
  }
  // The host's side, while the MCU may write.
  uint32_t read(uint32_t offset) const {
    return __atomic_load_n(&words_[offset / 4], __ATOMIC_ACQUIRE);
  }
  void clear() {
    for (uint32_t& word : words_) {
      __atomic_store_n(&word, 0, __ATOMIC_RELEASE);
    }
  }

 private:
  std::array<uint32_t, kBytes / 4> words_{};
};

}  // namespace s4::card
