// SPDX-License-Identifier: MIT
#pragma once

#include <stdint.h>

#include "s4/abi/s4_mcu.h"

namespace s4::fw {

// Reports the crash and stops for good; boot/trap.S.
extern "C" [[noreturn]] void s4_fw_stop(uint32_t cause, uint32_t pc, uint32_t tval);

struct Hw {
  static uint32_t load(uint32_t address) { return *reinterpret_cast<volatile uint32_t*>(address); }
  static void store(uint32_t address, uint32_t value) {
    *reinterpret_cast<volatile uint32_t*>(address) = value;
  }
  static void store_byte(uint32_t address, uint8_t value) {
    *reinterpret_cast<volatile uint8_t*>(address) = value;
  }

  // A device that copies from RAM must see what was written to it: the barrier keeps the compiler
  // from holding stores back. The hart itself needs no fence for its own devices.
  static uint32_t ram_address(const void* pointer) {
    asm volatile("" ::: "memory");
    return reinterpret_cast<uint32_t>(pointer);
  }
  static void ram_changed() { asm volatile("" ::: "memory"); }

  static bool timer_due() {
    uint32_t mip;
    asm volatile(".option push\n.option arch, +zicsr\ncsrr %0, mip\n.option pop" : "=r"(mip));
    return mip & (1u << 7);
  }

  [[noreturn]] static void crash(uint32_t cause, uint32_t tval) {
    s4_fw_stop(cause, reinterpret_cast<uint32_t>(__builtin_return_address(0)), tval);
  }
};

}  // namespace s4::fw
