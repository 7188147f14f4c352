// SPDX-License-Identifier: MIT
// The state machine of S4_REG_BOOT_STATUS and what the host is told about the MCU.
#pragma once

#include <cstdint>
#include <mutex>

#include "s4/abi/s4_regs.h"

namespace s4::card {

// Every transition that the card's own threads ask for names the generation it belongs to, and does
// nothing once that has ended; it returns whether it took place.
class BootState {
 public:
  struct Status {
    s4_boot_state state = S4_BOOT_WAITING;
    s4_boot_error error = S4_BOOT_E_NONE;
    s4_mcu_state mcu = S4_MCU_HELD;
    uint64_t fw_addr = 0;
    uint32_t fw_size = 0;
    uint32_t fw_version = 0;
    uint32_t reset_count = 0;
    uint32_t heartbeat = 0;
    uint32_t crash_pc = 0;
    uint32_t crash_cause = 0;
    uint32_t crash_tval = 0;
    uint64_t generation = 0;
  };

  Status get() const;
  s4_boot_state state() const { return get().state; }
  bool is(uint64_t generation, s4_boot_state state) const;

  // The host's side.
  void begin_reset(uint64_t generation);
  void set_fw_addr(uint64_t mask, uint64_t bits);
  void set_fw_size(uint32_t bytes);
  bool start();  // WAITING or FAILED to LOADING

  // The card's side.
  bool end_reset(uint64_t generation);
  bool loaded(uint64_t generation, uint32_t fw_version);
  bool refused(uint64_t generation, s4_boot_error error);
  bool ready(uint64_t generation);
  void fed(uint64_t generation);
  // The firmware stopped: FAILED when it was not ready yet, else CRASHED.
  bool crashed(uint64_t generation, s4_mcu_state how, uint32_t pc, uint32_t cause, uint32_t tval);

 private:
  bool move(uint64_t generation, s4_boot_state from, s4_boot_state to);  // with mutex_

  mutable std::mutex mutex_;
  Status status_;
};

}  // namespace s4::card
