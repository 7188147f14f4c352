// SPDX-License-Identifier: MIT
// One card: its blocks, and how they hang together.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "boot/boot_state.hpp"
#include "dispatch/dispatch.hpp"
#include "dma/port.hpp"
#include "engine/engine.hpp"
#include "host/host.hpp"
#include "inject/injector.hpp"
#include "memory/discard.hpp"
#include "memory/mmu.hpp"
#include "power/power.hpp"
#include "power/sensors.hpp"
#include "processor/intc.hpp"
#include "processor/processor.hpp"
#include "processor/system.hpp"
#include "processor/timer.hpp"
#include "queues/doorbells.hpp"
#include "queues/mailbox.hpp"
#include "queues/progress.hpp"
#include "registers/fault_log.hpp"
#include "registers/irq.hpp"
#include "reset/service.hpp"
#include "s4/abi/s4_telemetry.h"
#include "s4/card/card.h"
#include "telemetry/window.hpp"

namespace s4::card {

// Locks: a block's mutex is never held while another block is called, with these exceptions: the
// interrupt controller reads its sources and wakes the processor; reset_mutex_ is outermost.
// Callbacks of the holder are made without any lock but a gate.
class Card {
 public:
  enum class Reset { kBus, kFunction, kD3, kRegister };

  // `config` is valid (see s4_card_create()).
  Card(const s4_card_config& config, const s4_card_host& callbacks, void* opaque);
  ~Card();

  // reset/reset.cpp
  void reset(Reset kind);
  void set_bus_master(bool on);
  void stop();
  void go_on();
  void shutdown();
  bool link_down() const { return host.gate().is(Gate::kLinkDown); }
  // inject/inject.cpp. False: no such fault, or not with this argument.
  bool inject(uint32_t what, uint32_t arg);

  void boot();  // the host's S4_BOOT_START; the state is LOADING
  bool request_discard(uint32_t number);

  const std::string serial;
  const bool verify_signature;
  const bool faults_on_demand;
  const uint64_t aperture_bytes;

  mutable Host host;
  Dram dram;
  Sram sram;
  Injector injector;
  EccCounters ecc;
  Spaces spaces;
  Discard discard;
  FaultLog faults;
  Progress progress;
  Irq irq;
  BootState boot_state;
  Window telemetry;
  Window fw_log;
  Power power{[this] { irq.raise(S4_IRQ_THERMAL); }};

 private:
  mcu::Bus make_bus();
  System::Hooks system_hooks();
  Processor::Hooks processor_hooks();
  std::optional<uint32_t> run_boot_rom();  // the MCU's thread
  void reset_firmware_side();              // registers of the firmware, when it does not run
  void serve();                            // the service thread
  void finish_reset();
  void on_fault(uint64_t generation, const Fault& fault);

  Mmu mmu_{host, dram, sram, spaces, injector};
  McuContext mcu_;
  Intc intc_;

 public:
  Doorbells doorbells;
  Mailbox mailbox;

 private:
  std::unique_ptr<Engine> engine_;
  Dispatch dispatch_;
  Port port_;
  Timer timer_{host};
  System system_;
  ProgressPort progress_port_{progress};
  Sensors sensors_;
  mcu::Bus bus_;
  std::mutex reset_mutex_;
  std::optional<Service> service_;
  std::optional<Processor> processor_;

 public:
  bool mcu_sleeps() const { return processor_->sleeps(); }
};

}  // namespace s4::card
