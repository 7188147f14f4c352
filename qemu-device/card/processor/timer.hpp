// SPDX-License-Identifier: MIT
// The MCU's timer. Used by the MCU's thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>

#include "host/host.hpp"
#include "mcu/bus.hpp"

namespace s4::card {

class Timer final : public mcu::Device {
 public:
  static constexpr uint32_t kBase = 0x02004000;
  static constexpr uint32_t kBytes = 0x8000;

  explicit Timer(Host& host) : host_(host) {}

  // `drive` sets the core's timer interrupt: called when the firmware sets the timer, so that an
  // interrupt it has served is gone at once.
  void connect(std::function<void(bool)> drive) { drive_ = std::move(drive); }

  void reset() { compare_ = ~0ULL; }
  bool pending() const { return now_us() >= compare_; }
  // Nanoseconds of the guest's time until it is pending; ~0: never.
  uint64_t remaining_ns() const;

  bool load(uint32_t address, unsigned size, uint32_t& value) override;
  bool store(uint32_t address, unsigned size, uint32_t value) override;

 private:
  uint64_t now_us() const { return host_.time_ns() / 1000; }

  Host& host_;
  std::function<void(bool)> drive_;
  uint64_t compare_ = ~0ULL;
};

}  // namespace s4::card
