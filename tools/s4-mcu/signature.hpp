// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace s4::mcu_tool {

// Memory as the RISC-V conformance suites compare it: `granularity` bytes a line, most significant
// first, in hexadecimal; a last line that is short is filled up with zeros.
std::string format_signature(std::span<const uint8_t> memory, unsigned granularity);

}  // namespace s4::mcu_tool
