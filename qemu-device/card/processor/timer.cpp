// SPDX-License-Identifier: MIT
#include "processor/timer.hpp"

#include "s4/abi/s4_mcu.h"

namespace s4::card {

static_assert(S4_MCU_MTIMECMP_LO >= Timer::kBase);
static_assert(S4_MCU_MTIME_HI < Timer::kBase + Timer::kBytes);

uint64_t Timer::remaining_ns() const {
  if (compare_ > ~0ULL / 1000) {
    return ~0ULL;
  }
  const uint64_t due = compare_ * 1000;
  const uint64_t now = host_.time_ns();
  return now >= due ? 0 : due - now;
}

bool Timer::load(uint32_t address, unsigned size, uint32_t& value) {
  if (size != 4) {
    return false;
  }
  switch (address) {
    case S4_MCU_MTIMECMP_LO:
      value = static_cast<uint32_t>(compare_);
      return true;
    case S4_MCU_MTIMECMP_HI:
      value = static_cast<uint32_t>(compare_ >> 32);
      return true;
    case S4_MCU_MTIME_LO:
      value = static_cast<uint32_t>(now_us());
      return true;
    case S4_MCU_MTIME_HI:
      value = static_cast<uint32_t>(now_us() >> 32);
      return true;
    default:
      return false;
  }
}

bool Timer::store(uint32_t address, unsigned size, uint32_t value) {
  if (size != 4) {
    return false;
  }
  switch (address) {
    case S4_MCU_MTIMECMP_LO:
      compare_ = (compare_ & ~0xffffffffULL) | value;
      break;
    case S4_MCU_MTIMECMP_HI:
      compare_ = (compare_ & 0xffffffffULL) | uint64_t{value} << 32;
      break;
    default:
      return false;
  }
  if (drive_) {
    drive_(pending());
  }
  return true;
}

}  // namespace s4::card
