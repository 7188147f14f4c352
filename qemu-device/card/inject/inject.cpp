// SPDX-License-Identifier: MIT
// Faults on demand. docs/hardware.md, "Faults on demand".
#include "card.hpp"

namespace s4::card {

bool Card::inject(uint32_t what, uint32_t arg) {
  host.log(S4_CARD_LOG_TRACE, "fault on demand %u, argument %u", what, arg);
  switch (what) {
    case S4_INJECT_HANG:
      if (arg >= S4_NUM_QUEUES) {
        return false;
      }
      injector.arm_hang(arg);
      return true;
    case S4_INJECT_DMA_ERROR:
      injector.arm_dma_errors(arg);
      return true;
    case S4_INJECT_ECC_CORRECTED:
      ecc.corrected.fetch_add(arg, std::memory_order_relaxed);
      host.report(S4_CARD_ERROR_CORRECTABLE);
      return true;
    case S4_INJECT_ECC_UNCORRECTED:
      injector.arm_ecc_error();
      return true;
    case S4_INJECT_FW_CRASH:
      processor_->inject_crash();
      return true;
    case S4_INJECT_FW_HANG:
      processor_->inject_hang();
      return true;
    case S4_INJECT_THERMAL:
      if (arg > S4_INJECT_HEAT_BLOCKED) {
        return false;
      }
      power.set_heat(static_cast<s4_inject_heat>(arg));
      return true;
    case S4_INJECT_LINK_DROP:
      host.change(Gate::kLinkDown, 0);
      return true;
    case S4_INJECT_SLOW:
      injector.set_slow_ms(arg);
      return true;
    default:
      return false;
  }
}

}  // namespace s4::card
