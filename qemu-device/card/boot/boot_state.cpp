// SPDX-License-Identifier: MIT
#include "boot/boot_state.hpp"

namespace s4::card {

BootState::Status BootState::get() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

bool BootState::is(uint64_t generation, s4_boot_state state) const {
  const std::lock_guard lock(mutex_);
  return status_.generation == generation && status_.state == state;
}

bool BootState::move(uint64_t generation, s4_boot_state from, s4_boot_state to) {
  if (status_.generation != generation || status_.state != from) {
    return false;
  }
  status_.state = to;
  return true;
}

void BootState::begin_reset(uint64_t generation) {
  const std::lock_guard lock(mutex_);
  status_ = {
      .state = S4_BOOT_RESETTING, .reset_count = status_.reset_count + 1, .generation = generation};
}

void BootState::set_fw_addr(uint64_t mask, uint64_t bits) {
  const std::lock_guard lock(mutex_);
  status_.fw_addr = (status_.fw_addr & ~mask) | bits;
}

void BootState::set_fw_size(uint32_t bytes) {
  const std::lock_guard lock(mutex_);
  status_.fw_size = bytes;
}

bool BootState::start() {
  const std::lock_guard lock(mutex_);
  if (status_.state != S4_BOOT_WAITING && status_.state != S4_BOOT_FAILED) {
    return false;
  }
  status_.state = S4_BOOT_LOADING;
  status_.error = S4_BOOT_E_NONE;
  status_.mcu = S4_MCU_RUNS;
  status_.fw_version = status_.heartbeat = 0;
  status_.crash_pc = status_.crash_cause = status_.crash_tval = 0;
  return true;
}

bool BootState::end_reset(uint64_t generation) {
  const std::lock_guard lock(mutex_);
  return move(generation, S4_BOOT_RESETTING, S4_BOOT_WAITING);
}

bool BootState::loaded(uint64_t generation, uint32_t fw_version) {
  const std::lock_guard lock(mutex_);
  if (!move(generation, S4_BOOT_LOADING, S4_BOOT_STARTING)) {
    return false;
  }
  status_.fw_version = fw_version;
  return true;
}

bool BootState::refused(uint64_t generation, s4_boot_error error) {
  const std::lock_guard lock(mutex_);
  if (!move(generation, S4_BOOT_LOADING, S4_BOOT_FAILED)) {
    return false;
  }
  status_.error = error;
  status_.mcu = S4_MCU_HELD;
  return true;
}

bool BootState::ready(uint64_t generation) {
  const std::lock_guard lock(mutex_);
  return move(generation, S4_BOOT_STARTING, S4_BOOT_RUNNING);
}

void BootState::fed(uint64_t generation) {
  const std::lock_guard lock(mutex_);
  if (status_.generation == generation) {
    ++status_.heartbeat;
  }
}

bool BootState::crashed(uint64_t generation, s4_mcu_state how, uint32_t pc, uint32_t cause,
                        uint32_t tval) {
  const std::lock_guard lock(mutex_);
  if (move(generation, S4_BOOT_STARTING, S4_BOOT_FAILED)) {
    status_.error = S4_BOOT_E_START;
  } else if (!move(generation, S4_BOOT_RUNNING, S4_BOOT_CRASHED)) {
    return false;
  }
  status_.mcu = how;
  status_.crash_pc = pc;
  status_.crash_cause = cause;
  status_.crash_tval = tval;
  return true;
}

}  // namespace s4::card
