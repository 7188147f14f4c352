// SPDX-License-Identifier: MIT
// Timer and software interrupt, laid out as the usual core-local interruptor of one hart:
// msip at 0, mtimecmp at 0x4000, mtime at 0xbff8. mtime counts executed instructions, so that runs
// repeat exactly; while the core waits for the timer it jumps ahead.
#pragma once

#include <cstdint>

#include "mcu/core.hpp"

namespace s4::mcu_tool {

class Clint : public card::mcu::Device {
 public:
  static constexpr uint32_t kBase = 0x02000000, kSize = 0x10000;

  void attach(card::mcu::Core& core) { core_ = &core; }

  bool load(uint32_t address, unsigned size, uint32_t& value) override;
  bool store(uint32_t address, unsigned size, uint32_t value) override;

  // Instructions until the timer fires; UINT64_MAX when it is far off or has fired.
  uint64_t until_timer() const;
  // Sets the timer's line to what the time says.
  void update();
  // Lets the time reach the next timer interrupt. False when there is none to come.
  bool skip_to_timer();

 private:
  uint64_t time() const { return core_->executed() + shift_; }

  card::mcu::Core* core_ = nullptr;
  uint64_t shift_ = 0;  // mtime less executed instructions
  uint64_t compare_ = UINT64_MAX;
  uint32_t msip_ = 0;
};

}  // namespace s4::mcu_tool
