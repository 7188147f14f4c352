// SPDX-License-Identifier: MIT
#include "signature.hpp"

#include <fmt/format.h>

#include <iterator>

namespace s4::mcu_tool {

std::string format_signature(std::span<const uint8_t> memory, unsigned granularity) {
  std::string text;
  text.reserve(memory.size() * 2 + memory.size() / granularity + 1);
  for (size_t line = 0; line < memory.size(); line += granularity) {
    for (size_t byte = granularity; byte-- > 0;) {
      const size_t at = line + byte;
      fmt::format_to(std::back_inserter(text), "{:02x}", at < memory.size() ? memory[at] : 0);
    }
    text += '\n';
  }
  return text;
}

}  // namespace s4::mcu_tool
