// SPDX-License-Identifier: MIT
// The firmware's data port: S4_MCU_PORT.
#pragma once

#include <cstdint>
#include <functional>

#include "mcu/bus.hpp"
#include "memory/mmu.hpp"
#include "processor/context.hpp"
#include "registers/fault_log.hpp"

namespace s4::card {

class Port final : public mcu::Device {
 public:
  // `on_fault`: `faults` has one more.
  Port(const Mmu& mmu, McuContext& mcu, FaultLog& faults,
       std::function<void(const Fault&)> on_fault);

  void reset();
  bool load(uint32_t address, unsigned size, uint32_t& value) override;
  bool store(uint32_t address, unsigned size, uint32_t value) override;

 private:
  bool go(uint32_t access);
  Fault transfer_host(bool write, uint8_t* ram);
  Fault transfer_space(bool write, uint8_t* ram);

  const Mmu& mmu_;
  McuContext& mcu_;
  FaultLog& faults_;
  std::function<void(const Fault&)> on_fault_;
  uint64_t address_ = 0;
  uint32_t ram_ = 0;
  uint32_t bytes_ = 0;
  uint32_t space_ = 0;
  uint32_t cores_ = 0;
  Fault fault_;
};

}  // namespace s4::card
