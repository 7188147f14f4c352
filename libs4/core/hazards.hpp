// SPDX-License-Identifier: MIT
// Which earlier commands of a list a command must wait for: those that write what it touches, or
// touch what it writes. The card has at most 32 commands under way: whatever is further back has
// ended (docs/firmware.md, "A command's life").
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "s4/abi/s4_check.h"

namespace s4::core {

// What a command reads and writes.
struct Footprint {
  s4_operands operands{};
  bool fence = false;  // ordered against everything
};

// Of a command that s4_cmd_check() accepts.
Footprint footprint_of(const s4_cmd& command);

class Hazards {
 public:
  // The `wait` bits for the command that comes next, which then counts as added.
  uint32_t add(Footprint footprint);

 private:
  static constexpr size_t kWindow = 32;
  std::array<Footprint, kWindow> window_;  // by number modulo kWindow
  size_t count_ = 0;
};

}  // namespace s4::core
