// SPDX-License-Identifier: MIT
// The MCU's system block, S4_MCU_SYS, and its small neighbour S4_MCU_PROGRESS.
#pragma once

#include <cstdint>
#include <functional>

#include "mcu/bus.hpp"
#include "queues/progress.hpp"

namespace s4::card {

class System final : public mcu::Device {
 public:
  // What its registers do. All are called on the MCU's thread.
  struct Hooks {
    std::function<void(uint32_t version)> ready;
    std::function<void()> feed;
    std::function<void(uint32_t pc, uint32_t cause, uint32_t tval)> crash;
    std::function<void(uint32_t sources)> host_irq;
    std::function<void(uint32_t vector)> vector;
    std::function<uint64_t()> time_ns;
    std::function<void(uint32_t cores)> clear_sram;
    std::function<uint64_t()> enabled_spaces;
  };

  explicit System(Hooks hooks);

  void reset() { crash_pc_ = crash_tval_ = time_high_ = 0; }
  bool load(uint32_t address, unsigned size, uint32_t& value) override;
  bool store(uint32_t address, unsigned size, uint32_t value) override;

 private:
  Hooks hooks_;
  uint32_t crash_pc_ = 0;
  uint32_t crash_tval_ = 0;
  uint32_t time_high_ = 0;
};

class ProgressPort final : public mcu::Device {
 public:
  explicit ProgressPort(Progress& progress) : progress_(progress) {}

  bool load(uint32_t address, unsigned size, uint32_t& value) override;
  bool store(uint32_t address, unsigned size, uint32_t value) override;

 private:
  Progress& progress_;
};

}  // namespace s4::card
