// SPDX-License-Identifier: MIT
#include "machine.hpp"

#include <cstring>
#include <new>
#include <stdexcept>

#include "firmware.hpp"
#include "mcu/core.hpp"
#include "s4-fw-pack/image.hpp"
#include "s4/abi/s4_boot.h"

namespace s4::fwtest {
namespace {

constexpr uint32_t kVersion = S4_FW_VERSION(0, 1, 0);

class HostMachine final : public Machine {
 public:
  explicit HostMachine(FakeCard& card)
      : card_(card), firmware_(new (card.ram()) fw::Firmware(fw::Hw(card))) {
    static_assert(sizeof(fw::Firmware) <= S4_MCU_RAM_BYTES);
  }
  ~HostMachine() override { firmware_->~Firmware(); }

  void run() override {
    if (card_.crashed)
      return;
    try {
      if (!started_)
        firmware_->start(kVersion);
      started_ = true;
      for (int round = 0; round < 1'000'000; round++) {
        // WFI goes on at once while a line is up.
        if (!firmware_->step() && !card_.external_line() && !card_.timer_due())
          return;
      }
    } catch (const Crash&) {
      return;
    }
    throw std::logic_error("the firmware never sleeps");
  }
  uint64_t instructions() const override { return 0; }

 private:
  FakeCard& card_;
  fw::Firmware* firmware_;
  bool started_ = false;
};

class ImageMachine final : public Machine {
 public:
  explicit ImageMachine(FakeCard& card) : card_(card) {
    const auto file = fwpack::read_file(S4_FW_IMAGE);
    if (!file)
      throw std::runtime_error(file.error());
    const auto header = fwpack::parse_image(*file);
    if (!header)
      throw std::runtime_error(header.error());
    std::memcpy(card.ram() + (header->load_addr - S4_MCU_RAM), file->data() + sizeof(*header),
                header->payload_size);
    const bool ok =
        bus_.add_ram({.base = S4_MCU_RAM, .size = S4_MCU_RAM_BYTES, .data = card.ram()}) &&
        bus_.add_device(0x02000000, 0x10000, card) && bus_.add_device(S4_MCU_SYS, 0x14000, card);
    if (!ok)
      throw std::logic_error("the bus does not take the card");
    core_ = std::make_unique<mcu::Core>(mcu::CoreConfig{.reset_pc = header->entry}, bus_);
    card.lines_changed = [this] { lines(); };
  }
  ~ImageMachine() override {
    card_.lines_changed = [] {};
  }

  void run() override {
    for (int round = 0; round < 1000; round++) {
      lines();
      const mcu::StopReason reason = core_->run(10'000'000);
      lines();
      if (card_.crashed || reason == mcu::StopReason::kCrashed)
        return;
      if (reason == mcu::StopReason::kWfi && !core_->wants_wake())
        return;
    }
    throw std::logic_error("the firmware never sleeps");
  }
  uint64_t instructions() const override { return core_->executed(); }

 private:
  void lines() {
    core_->set_irq(mcu::Irq::kExternal, card_.external_line());
    core_->set_irq(mcu::Irq::kTimer, card_.timer_due());
  }

  FakeCard& card_;
  mcu::Bus bus_;
  std::unique_ptr<mcu::Core> core_;
};

}  // namespace

std::unique_ptr<Machine> Machine::create(Kind kind, FakeCard& card) {
  if (kind == Kind::kHost)
    return std::make_unique<HostMachine>(card);
  return std::make_unique<ImageMachine>(card);
}

}  // namespace s4::fwtest
