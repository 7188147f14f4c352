// SPDX-License-Identifier: MIT
// Doorbells: the host rings, the firmware answers. S4_REG_DOORBELL and S4_MCU_DOORBELL.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "mcu/bus.hpp"
#include "processor/intc.hpp"
#include "s4/abi/s4_limits.h"

namespace s4::card {

class Doorbells final : public mcu::Device {
 public:
  explicit Doorbells(Intc& intc) : intc_(intc) {}

  // False when there is no such queue (counted).
  bool ring(unsigned queue, uint32_t tail);
  bool pending() const { return pending_.load(std::memory_order_seq_cst) != 0; }
  uint32_t bad() const { return bad_.load(std::memory_order_relaxed); }
  void reset();

  bool load(uint32_t address, unsigned size, uint32_t& value) override;
  bool store(uint32_t address, unsigned size, uint32_t value) override;

 private:
  Intc& intc_;
  std::array<std::atomic<uint32_t>, S4_NUM_QUEUES> tails_{};
  std::atomic<uint64_t> pending_{0};
  std::atomic<uint64_t> exists_{0};
  std::atomic<uint32_t> bad_{0};
};

}  // namespace s4::card
