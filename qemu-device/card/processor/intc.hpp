// SPDX-License-Identifier: MIT
// The MCU's interrupt controller: S4_MCU_INTC.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>

#include "mcu/bus.hpp"

namespace s4::card {

// Lines are levels that their sources hold. Whoever changes a source calls refresh(), which looks
// at all of them afresh: so the last call sees the last state, whatever order the callers come in.
class Intc final : public mcu::Device {
 public:
  // `pending` reads the sources; `drive` sets the core's external interrupt (and wakes it).
  Intc(std::function<uint32_t()> pending, std::function<void(bool)> drive);

  void refresh();  // any thread
  void reset();

  bool load(uint32_t address, unsigned size, uint32_t& value) override;
  bool store(uint32_t address, unsigned size, uint32_t value) override;

 private:
  std::function<uint32_t()> pending_;
  std::function<void(bool)> drive_;
  std::mutex mutex_;
  uint32_t enable_ = 0;
  bool level_ = false;
};

}  // namespace s4::card
