// SPDX-License-Identifier: MIT
// What the MCU's thread and its devices share. Touched by that thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "s4/abi/s4_mcu.h"

namespace s4::card {

struct McuContext {
  uint64_t generation = 0;  // of the gate, when this firmware was started
  std::vector<uint32_t> ram = std::vector<uint32_t>(S4_MCU_RAM_BYTES / sizeof(uint32_t));

  uint8_t* ram_bytes() { return reinterpret_cast<uint8_t*>(ram.data()); }
  // `bytes` bytes of RAM at an MCU address, or null when they are not all RAM or not 4-byte
  // aligned.
  uint8_t* at(uint32_t address, size_t bytes) {
    const uint32_t offset = address - S4_MCU_RAM;
    const bool inside =
        address % 4 == 0 && offset < S4_MCU_RAM_BYTES && bytes <= S4_MCU_RAM_BYTES - offset;
    return inside ? ram_bytes() + offset : nullptr;
  }
};

}  // namespace s4::card
