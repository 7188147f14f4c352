// SPDX-License-Identifier: MIT
// BAR0: which block an access is for. docs/hardware.md, "Registers".
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "card.hpp"

namespace s4::card {

class Registers {
 public:
  explicit Registers(Card& card) : card_(card) {}

  // Any thread; never waits for work. Accesses that the interface does not allow are logged.
  uint64_t read(uint64_t offset, unsigned size);
  void write(uint64_t offset, uint64_t value, unsigned size);

 private:
  uint32_t read32(uint32_t offset);
  void write32(uint32_t offset, uint32_t value);

  // Nothing: there is no such register, or not for this direction.
  std::optional<uint32_t> read_identity(uint32_t offset);
  std::optional<uint32_t> read_boot(uint32_t offset);
  std::optional<uint32_t> read_control(uint32_t offset);
  std::optional<uint32_t> read_array(uint32_t offset);

  // False: likewise; the write is ignored. `refused` says why one that exists is.
  bool write_boot(uint32_t offset, uint32_t value, const char*& refused);
  bool write_control(uint32_t offset, uint32_t value, const char*& refused);
  bool write_array(uint32_t offset, uint32_t value, const char*& refused);

  Card& card_;
  std::atomic<uint32_t> time_high_{0};
};

}  // namespace s4::card
