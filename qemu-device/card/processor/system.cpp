// SPDX-License-Identifier: MIT
#include "processor/system.hpp"

#include <utility>

#include "s4/abi/s4_mcu.h"

namespace s4::card {

System::System(Hooks hooks) : hooks_(std::move(hooks)) {}

bool System::load(uint32_t address, unsigned size, uint32_t& value) {
  if (size != 4) {
    return false;
  }
  switch (address - S4_MCU_SYS) {
    case S4_SYS_CRASH_PC:
      value = crash_pc_;
      return true;
    case S4_SYS_CRASH_TVAL:
      value = crash_tval_;
      return true;
    case S4_SYS_TIME_LO: {
      const uint64_t now = hooks_.time_ns();
      value = static_cast<uint32_t>(now);
      time_high_ = static_cast<uint32_t>(now >> 32);
      return true;
    }
    case S4_SYS_TIME_HI:
      value = time_high_;
      return true;
    case S4_SYS_SPACES_LO:
      value = static_cast<uint32_t>(hooks_.enabled_spaces());
      return true;
    case S4_SYS_SPACES_HI:
      value = static_cast<uint32_t>(hooks_.enabled_spaces() >> 32);
      return true;
    default:
      return false;
  }
}

bool System::store(uint32_t address, unsigned size, uint32_t value) {
  if (size != 4) {
    return false;
  }
  switch (address - S4_MCU_SYS) {
    case S4_SYS_READY:
      hooks_.ready(value);
      return true;
    case S4_SYS_WATCHDOG:
      hooks_.feed();
      return true;
    case S4_SYS_CRASH:
      hooks_.crash(crash_pc_, value, crash_tval_);
      return true;
    case S4_SYS_CRASH_PC:
      crash_pc_ = value;
      return true;
    case S4_SYS_CRASH_TVAL:
      crash_tval_ = value;
      return true;
    case S4_SYS_HOST_IRQ:
      hooks_.host_irq(value);
      return true;
    case S4_SYS_VECTOR:
      hooks_.vector(value);
      return true;
    case S4_SYS_SRAM_CLEAR:
      hooks_.clear_sram(value);
      return true;
    default:
      return false;
  }
}

bool ProgressPort::load(uint32_t, unsigned, uint32_t&) {
  return false;
}

bool ProgressPort::store(uint32_t address, unsigned size, uint32_t value) {
  if (size != 4 || address != S4_MCU_PROGRESS + S4_PROGRESS_CREDIT || value >= S4_NUM_QUEUES) {
    return false;
  }
  progress_.add(value, 1);
  return true;
}

}  // namespace s4::card
