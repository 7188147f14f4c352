// SPDX-License-Identifier: MIT
// The MCU's interrupt controller: S4_MCU_INTC.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

#include "mcu/bus.hpp"

namespace s4::card {

// Lines are levels that their sources hold. Whoever changes a source calls refresh(), which looks
// at all of them afresh. There is no lock, since a doorbell and the firmware that it wakes would
// meet at it each time; instead whoever was overtaken by another refresh() does its own once more,
// so that the last look always decides.
class Intc final : public mcu::Device {
 public:
  // `pending` reads the sources; `drive` sets the level of the core's external interrupt. Both are
  // called by any thread, also at the same time.
  Intc(std::function<uint32_t()> pending, std::function<void(bool)> drive);

  void refresh();  // any thread
  void reset();

  bool load(uint32_t address, unsigned size, uint32_t& value) override;
  bool store(uint32_t address, unsigned size, uint32_t value) override;

 private:
  std::function<uint32_t()> pending_;
  std::function<void(bool)> drive_;
  std::atomic<uint32_t> enable_{0};
  std::atomic<uint32_t> refreshes_{0};
};

}  // namespace s4::card
