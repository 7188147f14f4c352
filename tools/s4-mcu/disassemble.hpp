// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

namespace s4::mcu_tool {

// The name registers have in the calling convention: "zero", "ra", "sp", ...
const char* register_name(unsigned index);

// The instruction as the assembler would take it, or nearly: compressed ones are shown expanded,
// jumps with the address they go to.
std::string disassemble(uint32_t pc, uint32_t bits);

// The register that `bits` writes, 0 for none.
unsigned written_register(uint32_t bits);

}  // namespace s4::mcu_tool
