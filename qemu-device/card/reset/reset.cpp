// SPDX-License-Identifier: MIT
// Resets, bus mastering, stop and continue: everything that takes the host's memory away.
// docs/hardware.md, "Reset".
#include "card.hpp"

namespace s4::card {

// Whatever the reset's cause, this is the one path. What the host can see is reset here; what work
// in progress may still touch is reset by finish_reset(), once none is left.
void Card::reset(Reset kind) {
  const std::lock_guard lock(reset_mutex_);
  // A reset by register leaves the PCI function alone, and with it the command register.
  const uint64_t set = kind == Reset::kRegister ? 0 : Gate::kNoBusMaster;
  const uint64_t clear = kind == Reset::kBus ? Gate::kLinkDown : 0;
  const uint64_t generation = host.change(set, clear, true);
  boot_state.begin_reset(generation);
  irq.reset();
  spaces.reset();
  injector.reset();
  processor_->hold();
  dispatch_.reset();
  host.log(S4_CARD_LOG_TRACE, "reset, kind %d", static_cast<int>(kind));
  service_->kick();
}

void Card::finish_reset() {
  const uint64_t generation = host.generation();
  if (!boot_state.is(generation, S4_BOOT_RESETTING) || !processor_->parked() ||
      !dispatch_.drained() || discard.pending()) {
    return;  // whoever is waited for kicks the service when it is done
  }
  reset_firmware_side();
  spaces.reset();
  faults.reset();
  progress.reset();
  power.reset();
  discard.reset();
  for (unsigned core = 0; core < S4_NUM_CORES; ++core) {
    sram.clear(core);
  }
  if (boot_state.end_reset(generation)) {
    irq.raise(generation, S4_IRQ_RESET_DONE);
  }
}

void Card::set_bus_master(bool on) {
  if (on) {
    host.change(0, Gate::kNoBusMaster);
  } else {
    host.change(Gate::kNoBusMaster, 0);
  }
}

void Card::stop() {
  host.change(Gate::kStopped, 0);
  processor_->pause(true);
}

void Card::go_on() {
  processor_->pause(false);
  host.change(0, Gate::kStopped);
}

void Card::shutdown() {
  host.shutdown();
  processor_->shutdown();
  dispatch_.reset();
}

}  // namespace s4::card
