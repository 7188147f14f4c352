// SPDX-License-Identifier: MIT
// Faults on demand that wait for something to happen to. docs/hardware.md, "Faults on demand".
#pragma once

#include <atomic>
#include <cstdint>

#include "s4/abi/s4_limits.h"

namespace s4::card {

// Any thread; each fault armed is taken by exactly as many takers.
class Injector {
 public:
  void arm_hang(unsigned queue) { hangs_.fetch_or(1ULL << queue); }
  bool take_hang(unsigned queue) {
    const uint64_t bit = 1ULL << queue;
    return hangs_.load(std::memory_order_relaxed) != 0 && (hangs_.fetch_and(~bit) & bit) != 0;
  }

  void arm_dma_errors(uint32_t count) { dma_errors_.store(count); }
  bool take_dma_error() { return take(dma_errors_); }

  void arm_ecc_error() { ecc_errors_.store(1); }
  bool ecc_armed() const { return ecc_errors_.load(std::memory_order_relaxed) != 0; }
  bool take_ecc_error() { return take(ecc_errors_); }

  void set_slow_ms(uint32_t ms) { slow_ms_.store(ms); }
  uint32_t slow_ms() const { return slow_ms_.load(std::memory_order_relaxed); }

  // S4_REG_FAULT_ARG.
  void set_arg(uint32_t arg) { arg_.store(arg); }
  uint32_t arg() const { return arg_.load(); }

  void reset() {
    arg_.store(0);
    hangs_.store(0);
    dma_errors_.store(0);
    ecc_errors_.store(0);
    slow_ms_.store(0);
  }

 private:
  static bool take(std::atomic<uint32_t>& count) {
    uint32_t left = count.load(std::memory_order_relaxed);
    while (left != 0 && !count.compare_exchange_weak(left, left - 1)) {
    }
    return left != 0;
  }

  std::atomic<uint64_t> hangs_{0};  // queues whose next command hangs
  std::atomic<uint32_t> dma_errors_{0};
  std::atomic<uint32_t> ecc_errors_{0};
  std::atomic<uint32_t> slow_ms_{0};
  std::atomic<uint32_t> arg_{0};
};

}  // namespace s4::card
