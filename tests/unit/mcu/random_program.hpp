// SPDX-License-Identifier: MIT
// Random programs that keep going: valid instructions of every class with random operands, raw
// random bits between them, pointers that mostly point somewhere, and a trap handler that steps
// over what trapped.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

namespace s4::card::mcu::test {

constexpr uint32_t kCodeBase = 0x80000000, kCodeSize = 0x4000;  // four pages
constexpr uint32_t kDataBase = 0x80010000, kDataSize = 0x2000;
constexpr uint32_t kDeviceBase = 0x40000000, kDeviceSize = 0x1000;
constexpr uint32_t kHandlerOffset = 0x3f00;  // the handler ends the code

struct ProgramOptions {
  bool sleeps = true;  // with WFI
};

// kCodeSize bytes: starts at 0 by setting mtvec, then goes on at random.
std::vector<uint8_t> random_program(std::mt19937_64& random, const ProgramOptions& options = {});

}  // namespace s4::card::mcu::test
