// SPDX-License-Identifier: MIT
#pragma once

#include <stdint.h>

#include "s4/abi/s4_mcu.h"

namespace s4::fw {

// What a host test puts in the place of the card.
class Hardware {
 public:
  virtual ~Hardware() = default;
  virtual uint32_t load(uint32_t address) = 0;
  virtual void store(uint32_t address, uint32_t value) = 0;
  virtual void store_byte(uint32_t address, uint8_t value) = 0;
  // The MCU address of an object of the firmware.
  virtual uint32_t ram_address(const void* pointer) = 0;
  virtual bool timer_due() = 0;
  [[noreturn]] virtual void crash(uint32_t cause, uint32_t tval) = 0;
};

class Hw {
 public:
  explicit Hw(Hardware& hardware) : hardware_(&hardware) {}
  uint32_t load(uint32_t address) const { return hardware_->load(address); }
  void store(uint32_t address, uint32_t value) const { hardware_->store(address, value); }
  void store_byte(uint32_t address, uint8_t value) const { hardware_->store_byte(address, value); }
  uint32_t ram_address(const void* pointer) const { return hardware_->ram_address(pointer); }
  void ram_changed() const {}
  bool timer_due() const { return hardware_->timer_due(); }
  [[noreturn]] void crash(uint32_t cause, uint32_t tval) const {
    hardware_->crash(cause, tval);
    __builtin_unreachable();  // it throws
  }

 private:
  Hardware* hardware_;
};

}  // namespace s4::fw
