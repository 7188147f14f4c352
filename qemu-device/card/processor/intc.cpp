// SPDX-License-Identifier: MIT
#include "processor/intc.hpp"

#include <utility>

#include "s4/abi/s4_mcu.h"

namespace s4::card {

Intc::Intc(std::function<uint32_t()> pending, std::function<void(bool)> drive)
    : pending_(std::move(pending)), drive_(std::move(drive)) {}

void Intc::refresh() {
  const std::lock_guard lock(mutex_);
  const bool level = (pending_() & enable_) != 0;
  if (level != level_) {
    level_ = level;
    drive_(level);
  }
}

void Intc::reset() {
  {
    const std::lock_guard lock(mutex_);
    enable_ = 0;
  }
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
    case S4_INTC_ENABLE: {
      const std::lock_guard lock(mutex_);
      value = enable_;
      return true;
    }
    default:
      return false;
  }
}

bool Intc::store(uint32_t address, unsigned size, uint32_t value) {
  if (size != 4 || address != S4_MCU_INTC + S4_INTC_ENABLE) {
    return false;
  }
  {
    const std::lock_guard lock(mutex_);
    enable_ = value;
  }
  refresh();
  return true;
}

}  // namespace s4::card
