// SPDX-License-Identifier: MIT
// The C extension, as what it is: a 16-bit spelling of 32-bit instructions.
#pragma once

#include <cstdint>

namespace s4::card::mcu {

// The 32-bit instruction that `half` stands for in RV32C, or 0 (itself illegal) when `half` is
// illegal or reserved, or needs F or D. HINTs expand to instructions that write x0.
uint32_t expand_compressed(uint16_t half);

}  // namespace s4::card::mcu
