// SPDX-License-Identifier: MIT
#include "card.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <thread>

#include "boot/image.hpp"

namespace s4::card {
namespace {

unsigned worker_count(const s4_card_config& config) {
  return config.threads != 0 ? config.threads : std::max(1u, std::thread::hardware_concurrency());
}

uint64_t dram_bytes(const s4_card_config& config) {
  return config.dram_bytes != 0 ? config.dram_bytes : S4_DRAM_BYTES_DEFAULT;
}

std::unique_ptr<Engine> make_engine(unsigned threads, Host& host) {
  std::unique_ptr<Engine> engine = Engine::create(
      threads, {.attach = [&] { host.attach_thread(); }, .detach = [&] { host.detach_thread(); }});
  if (!engine) {
    throw std::runtime_error(
        "the host's processor has no fused multiply-add, which the card's arithmetic needs");
  }
  return engine;
}

}  // namespace

Card::Card(const s4_card_config& config, const s4_card_host& callbacks, void* opaque)
    : serial(config.serial ? config.serial : "S4-0"),
      verify_signature(config.skip_signature == 0),
      faults_on_demand(config.faults != 0),
      aperture_bytes(config.aperture_bytes != 0 ? config.aperture_bytes : dram_bytes(config)),
      host(callbacks, opaque, config.trace != 0),
      dram(dram_bytes(config)),
      spaces(worker_count(config), [this] { service_->kick(); }),
      discard(dram, host.gate()),
      irq(host),
      intc_(
          [this] {
            return (doorbells.pending() ? S4_INTC_DOORBELL : 0) |
                   (mailbox.pending() ? S4_INTC_MAILBOX : 0) |
                   (dispatch_.done() != 0 ? S4_INTC_UNIT : 0);
          },
          [this](bool level) { processor_->set_external(level); }),
      doorbells(intc_),
      mailbox(intc_, [this] { irq.raise(mcu_.generation, S4_IRQ_MAILBOX); }),
      engine_(make_engine(worker_count(config), host)),
      dispatch_(mmu_, progress, intc_, *engine_, faults, mcu_,
                {.on_fault = [this](uint64_t generation,
                                    const Fault& fault) { on_fault(generation, fault); },
                 .on_idle = [this] { service_->kick(); }}),
      port_(mmu_, mcu_, faults, [this](const Fault& fault) { on_fault(mcu_.generation, fault); }),
      system_(system_hooks()),
      sensors_(host, dispatch_, power, ecc),
      bus_(make_bus()) {
  service_.emplace(host, [this] { serve(); });
  processor_.emplace(host, bus_, mcu_, timer_, processor_hooks());
}

Card::~Card() {
  shutdown();
  processor_->join();
  service_->stop();
  engine_.reset();  // waits for tasks, which still use the rest
}

mcu::Bus Card::make_bus() {
  mcu::Bus bus;
  const mcu::RamRegion ram{.base = S4_MCU_RAM, .size = S4_MCU_RAM_BYTES, .data = mcu_.ram_bytes()};
  constexpr uint32_t kBlock = 0x1000;
  const bool complete =
      bus.add_ram(ram) && bus.add_ram(telemetry.region(S4_MCU_TELEMETRY)) &&
      bus.add_ram(fw_log.region(S4_MCU_FW_LOG)) &&
      bus.add_device(Timer::kBase, Timer::kBytes, timer_) &&
      bus.add_device(S4_MCU_SYS, kBlock, system_) && bus.add_device(S4_MCU_INTC, kBlock, intc_) &&
      bus.add_device(S4_MCU_DOORBELL, kBlock, doorbells) &&
      bus.add_device(S4_MCU_MBOX, kBlock, mailbox) && bus.add_device(S4_MCU_PORT, kBlock, port_) &&
      bus.add_device(S4_MCU_DISPATCH, kBlock, dispatch_) &&
      bus.add_device(S4_MCU_PROGRESS, kBlock, progress_port_) &&
      bus.add_device(S4_MCU_SENSORS, kBlock, sensors_);
  if (!complete) {
    std::abort();  // the map of s4_mcu.h overlaps
  }
  return bus;
}

System::Hooks Card::system_hooks() {
  return {.ready =
              [this](uint32_t version) {
                if (boot_state.ready(mcu_.generation)) {
                  host.log(S4_CARD_LOG_TRACE, "firmware %u.%u.%u runs", version >> 24,
                           version >> 16 & 0xff, version & 0xffff);
                  irq.raise(mcu_.generation, S4_IRQ_BOOT);
                }
              },
          .feed =
              [this] {
                processor_->feed_watchdog();
                boot_state.fed(mcu_.generation);
              },
          .crash = [this](uint32_t pc, uint32_t cause,
                          uint32_t tval) { processor_->give_up(pc, cause, tval); },
          .host_irq = [this](uint32_t sources) { irq.raise(mcu_.generation, sources); },
          .vector = [this](uint32_t vector) { host.interrupt(mcu_.generation, vector); },
          .time_ns = [this] { return host.time_ns(); },
          .clear_sram =
              [this](uint32_t cores) {
                for (unsigned core = 0; core < S4_NUM_CORES; ++core) {
                  if ((cores >> core & 1) != 0) {
                    sram.clear(core);
                  }
                }
              },
          .enabled_spaces = [this] { return spaces.enabled(); }};
}

Processor::Hooks Card::processor_hooks() {
  return {.boot = [this] { return run_boot_rom(); },
          .stopped =
              [this](const Processor::Stop& stop) {
                if (boot_state.crashed(mcu_.generation, stop.how, stop.pc, stop.cause, stop.tval)) {
                  host.log(S4_CARD_LOG_WARNING, "firmware %s at 0x%08x, cause %u, value 0x%08x",
                           stop.how == S4_MCU_WATCHDOG ? "hung" : "crashed", stop.pc, stop.cause,
                           stop.tval);
                  const bool failed = boot_state.is(mcu_.generation, S4_BOOT_FAILED);
                  irq.raise(mcu_.generation, failed ? S4_IRQ_CRASH | S4_IRQ_BOOT : S4_IRQ_CRASH);
                }
              },
          .parked = [this] { service_->kick(); }};
}

void Card::boot() {
  processor_->start(boot_state.get().generation);
}

bool Card::request_discard(uint32_t number) {
  if (!discard.request(number)) {
    return false;
  }
  service_->kick();
  return true;
}

void Card::reset_firmware_side() {
  dispatch_.reset();
  doorbells.reset();
  mailbox.reset();
  intc_.reset();
  port_.reset();
  system_.reset();
  timer_.reset();
  telemetry.clear();
  fw_log.clear();
}

std::optional<uint32_t> Card::run_boot_rom() {
  const uint64_t generation = mcu_.generation;
  const BootState::Status status = boot_state.get();
  reset_firmware_side();
  Image image;
  const s4_boot_error error = load_image(
      status.fw_size, verify_signature,
      [&](uint64_t offset, void* to, size_t bytes) {
        const uint64_t addr = status.fw_addr + offset;
        return addr >= status.fw_addr && host.read(generation, addr, to, bytes) == S4_OK;
      },
      image);
  if (error != S4_BOOT_E_NONE) {
    if (boot_state.refused(generation, error)) {
      host.log(S4_CARD_LOG_GUEST_ERROR, "boot ROM refuses the firmware: error %d", error);
      irq.raise(generation, S4_IRQ_BOOT);
    }
    return std::nullopt;
  }
  std::fill(mcu_.ram.begin(), mcu_.ram.end(), 0);
  std::memcpy(mcu_.at(image.header.load_addr, image.payload.size()), image.payload.data(),
              image.payload.size());
  if (!boot_state.loaded(generation, image.header.fw_version)) {
    return std::nullopt;
  }
  return image.header.entry;
}

void Card::on_fault(uint64_t generation, const Fault& fault) {
  irq.raise(generation, S4_IRQ_FAULT);
  if (fault.status == S4_E_ECC) {
    ecc.uncorrected.fetch_add(1, std::memory_order_relaxed);
    irq.raise(generation, S4_IRQ_ECC);
    host.report(S4_CARD_ERROR_UNCORRECTABLE);
  }
}

void Card::serve() {
  if (spaces.collect()) {
    irq.raise(S4_IRQ_INVALIDATED);
  }
  if (discard.run()) {
    irq.raise(S4_IRQ_DISCARDED);
  }
  finish_reset();
}

}  // namespace s4::card
