// SPDX-License-Identifier: MIT
// What both fuzz targets begin with and how they change it: lists of commands in one window of memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "s4/abi/s4_cmd.h"

namespace s4::test {

// Where the memory is that commands find; everything else is unmapped.
inline constexpr uint64_t kWindowVa = 0x7f0000200000;
inline constexpr uint64_t kWindowBytes = 2 << 20;
// The longest list; what of an input lies behind is not looked at.
inline constexpr size_t kMaxCommands = 8;

// Bytes that are fine as any operand: small numbers, ascending within each 64.
void fill_window(std::span<uint8_t> window);

// Valid commands of every opcode, their operands in the window.
const std::vector<s4_cmd>& valid_commands();

// Whole commands of an input, as libFuzzer gives it.
std::vector<s4_cmd> commands_of(const uint8_t* data, size_t size);

// Whether the emulator is done with a command soon: by its modelled cost, which an invalid one has
// not.
bool is_quick(const s4_cmd& command);

}  // namespace s4::test
