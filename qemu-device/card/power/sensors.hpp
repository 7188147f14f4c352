// SPDX-License-Identifier: MIT
// What the firmware can measure: S4_MCU_SENSORS.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "dispatch/dispatch.hpp"
#include "mcu/bus.hpp"
#include "power/power.hpp"

namespace s4::card {

// Counted by the memory controller since power-on; resets leave them.
struct EccCounters {
  std::atomic<uint64_t> corrected{0};
  std::atomic<uint64_t> uncorrected{0};
};

class Sensors final : public mcu::Device {
 public:
  Sensors(Host& host, Dispatch& dispatch, Power& power, const EccCounters& ecc)
      : host_(host), dispatch_(dispatch), power_(power), ecc_(ecc) {}

  bool load(uint32_t address, unsigned size, uint32_t& value) override;
  bool store(uint32_t address, unsigned size, uint32_t value) override;

 private:
  Power::Reading sample();
  uint32_t latch(uint64_t value);

  Host& host_;
  Dispatch& dispatch_;
  Power& power_;
  const EccCounters& ecc_;
  uint32_t high_ = 0;
};

}  // namespace s4::card
