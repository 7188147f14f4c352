// SPDX-License-Identifier: MIT
// Discarding card DRAM: S4_REG_DISCARD_*.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>

#include "host/gate.hpp"
#include "memory/dram.hpp"

namespace s4::card {

class Discard {
 public:
  Discard(Dram& dram, Gate& gate) : dram_(dram), gate_(gate) {}

  // The registers.
  uint64_t address() const;
  uint64_t bytes() const;
  void set_address(uint64_t mask, uint64_t bits);
  void set_bytes(uint64_t mask, uint64_t bits);
  bool request(uint32_t number);  // false: the one before has not ended
  uint32_t done() const;
  uint32_t error() const;

  bool pending() const { return pending_.load(std::memory_order_seq_cst); }
  bool run();    // the service thread: true when a discard ended
  void reset();  // none is pending

 private:
  bool discard(uint64_t address, uint64_t bytes);

  Dram& dram_;
  Gate& gate_;
  mutable std::mutex mutex_;
  std::atomic<bool> pending_{false};
  uint64_t address_ = 0;
  uint64_t bytes_ = 0;
  uint64_t taken_address_ = 0;  // as they were when REQUEST was written
  uint64_t taken_bytes_ = 0;
  uint32_t number_ = 0;
  uint32_t done_ = 0;
  uint32_t error_ = 0;
};

}  // namespace s4::card
