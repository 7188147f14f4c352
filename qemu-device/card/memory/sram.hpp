// SPDX-License-Identifier: MIT
// On-chip memory of the four cores, one behind the other.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "s4/abi/s4_limits.h"

namespace s4::card {

// Clearing 8 MiB at the start of every job would cost more than most jobs. So it only marks what
// was written since the last time, and whoever next reaches a marked chunk zeroes it first.
class Sram {
 public:
  Sram();
  ~Sram();
  Sram(const Sram&) = delete;
  Sram& operator=(const Sram&) = delete;

  // All of `length` bytes at `offset`, which the caller has checked, ready to read or to write.
  const std::byte* reach(uint64_t offset, uint64_t length) {
    return prepare(offset, length, false);
  }
  std::byte* reach_write(uint64_t offset, uint64_t length) { return prepare(offset, length, true); }

  void clear(unsigned core);

 private:
  static constexpr uint64_t kChunk = 64 * 1024;
  static constexpr uint64_t kBytes = uint64_t{S4_SRAM_BYTES} * S4_NUM_CORES;
  enum State : uint8_t {
    kZero,     // never written since it was zeroed
    kWritten,  // holds data
    kStale,    // holds data that must not be seen
    kBusy,     // somebody zeroes it
  };

  std::byte* prepare(uint64_t offset, uint64_t length, bool write);
  void freshen(size_t chunk, bool write);

  std::byte* data_;
  std::array<std::atomic<uint8_t>, kBytes / kChunk> state_{};
};

}  // namespace s4::card
