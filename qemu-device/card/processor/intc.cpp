// SPDX-License-Identifier: MIT
#include "processor/intc.hpp"

#include <utility>

#include "s4/abi/s4_mcu.h"

namespace s4::card {

Intc::Intc(std::function<uint32_t()> pending, std::function<void(bool)> drive)
    : pending_(std::move(pending)), drive_(std::move(drive)) {}

void Intc::refresh() {
  for (;;) {
    const uint32_t mine = refreshes_.fetch_add(1, std::memory_order_seq_cst) + 1;
    drive_((pending_() & enable_.load(std::memory_order_seq_cst)) != 0);
    if (refreshes_.load(std::memory_order_seq_cst) == mine) {
      return;
    }
  }
}

void Intc::reset() {
  enable_.store(0, std::memory_order_seq_cst);
  refresh();
}

bool Intc::load(uint32_t address, unsigned size, uint32_t& value) {
  if (size != 4) {
    return false;
  }
  switch (address - S4_MCU_INTC) {
    case S4_INTC_PENDING:
      value = pending_();
      return true;
    case S4_INTC_ENABLE:
      value = enable_.load(std::memory_order_relaxed);
      return true;
    default:
      return false;
  }
}

bool Intc::store(uint32_t address, unsigned size, uint32_t value) {
  if (size != 4 || address != S4_MCU_INTC + S4_INTC_ENABLE) {
    return false;
  }
  enable_.store(value, std::memory_order_seq_cst);
  refresh();
  return true;
}

}  // namespace s4::card
