// SPDX-License-Identifier: MIT
#include "queues/doorbells.hpp"

#include "s4/abi/s4_mcu.h"

namespace s4::card {

bool Doorbells::ring(unsigned queue, uint32_t tail) {
  const uint64_t bit = 1ULL << queue;
  if ((exists_.load(std::memory_order_acquire) & bit) == 0) {
    bad_.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  // The tail first: whoever sees the bit sees the tail.
  tails_[queue].store(tail, std::memory_order_release);
  if (pending_.fetch_or(bit, std::memory_order_seq_cst) == 0) {
    intc_.refresh();
  }
  return true;
}

void Doorbells::reset() {
  for (auto& tail : tails_) {
    tail.store(0, std::memory_order_relaxed);
  }
  exists_.store(0, std::memory_order_release);
  pending_.store(0, std::memory_order_seq_cst);
  bad_.store(0, std::memory_order_relaxed);
  intc_.refresh();
}

bool Doorbells::load(uint32_t address, unsigned size, uint32_t& value) {
  const uint32_t reg = address - S4_MCU_DOORBELL;
  if (size != 4) {
    return false;
  }
  if (reg >= S4_DOORBELL_TAIL(0) && reg < S4_DOORBELL_TAIL(S4_NUM_QUEUES)) {
    value = tails_[(reg - S4_DOORBELL_TAIL(0)) / 4].load(std::memory_order_acquire);
    return true;
  }
  const uint64_t pending = pending_.load(std::memory_order_seq_cst);
  const uint64_t exists = exists_.load(std::memory_order_acquire);
  switch (reg) {
    case S4_DOORBELL_PENDING_LO:
      value = static_cast<uint32_t>(pending);
      return true;
    case S4_DOORBELL_PENDING_HI:
      value = static_cast<uint32_t>(pending >> 32);
      return true;
    case S4_DOORBELL_EXISTS_LO:
      value = static_cast<uint32_t>(exists);
      return true;
    case S4_DOORBELL_EXISTS_HI:
      value = static_cast<uint32_t>(exists >> 32);
      return true;
    default:
      return false;
  }
}

bool Doorbells::store(uint32_t address, unsigned size, uint32_t value) {
  if (size != 4) {
    return false;
  }
  const uint64_t low = value;
  const uint64_t high = uint64_t{value} << 32;
  switch (address - S4_MCU_DOORBELL) {
    case S4_DOORBELL_PENDING_LO:
      pending_.fetch_and(~low, std::memory_order_seq_cst);
      intc_.refresh();
      return true;
    case S4_DOORBELL_PENDING_HI:
      pending_.fetch_and(~high, std::memory_order_seq_cst);
      intc_.refresh();
      return true;
    case S4_DOORBELL_EXISTS_LO:  // the MCU alone writes EXISTS
      exists_.store((exists_.load(std::memory_order_relaxed) & ~0xffffffffULL) | low,
                    std::memory_order_release);
      return true;
    case S4_DOORBELL_EXISTS_HI:
      exists_.store((exists_.load(std::memory_order_relaxed) & 0xffffffffULL) | high,
                    std::memory_order_release);
      return true;
    default:
      return false;
  }
}

}  // namespace s4::card
