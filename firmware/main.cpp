// SPDX-License-Identifier: MIT
// What boot/start.S calls: makes the firmware and runs its main loop.
#include "firmware.hpp"
#include "s4/abi/s4_boot.h"

// Placement: the firmware has no heap, and this no header.
inline void* operator new(__SIZE_TYPE__, void* place) {
  return place;
}

namespace s4::fw {
namespace {

alignas(Firmware) uint8_t storage[sizeof(Firmware)];  // .bss; constructed in main

constexpr uint32_t kVersion = S4_FW_VERSION(S4_FW_MAJOR, S4_FW_MINOR, S4_FW_PATCH);

}  // namespace

extern "C" void s4_fw_main() {
  auto& firmware = *new (storage) Firmware(Hw{});
  firmware.start(kVersion);
  for (;;) {
    // Interrupts stay globally disabled: WFI ends when one is pending, and the loop looks which.
    if (!firmware.step())
      asm volatile("wfi" ::: "memory");
  }
}

// Every trap is a bug: the firmware takes no interrupts. boot/trap.S calls this on its own stack.
extern "C" [[noreturn]] void s4_fw_trap(uint32_t cause, uint32_t pc, uint32_t tval, uint32_t ra,
                                        uint32_t sp) {
  Log log{Hw{}};
  log.resume();
  log.line("trap {} at {x}, value {x}, ra {x}, sp {x}", cause, pc, tval, ra, sp);
  s4_fw_stop(cause, pc, tval);
}

}  // namespace s4::fw
