// SPDX-License-Identifier: MIT
// The data port: moves bytes between MCU RAM and an address space or host memory.
#pragma once

#include "hw/hw.hpp"

namespace s4::fw {

// Which memory a transfer means: an address space with the on-chip window of a job, or the host.
struct Target {
  uint32_t space = S4_PORT_HOST;  // S4_PORT_SPACE: with the queue that it is for
  uint32_t cores = 0;             // S4_PORT_CORES
};

class Port {
 public:
  explicit Port(Hw hw) : hw_(hw) {}

  s4_status read(Target from, uint64_t address, void* to, uint32_t bytes) {
    return transfer(S4_ACCESS_READ, from, address, to, bytes);
  }
  s4_status write(Target to, uint64_t address, const void* from, uint32_t bytes) {
    return transfer(S4_ACCESS_WRITE, to, address, from, bytes);
  }

  // Address that the last transfer failed at, when it failed.
  uint64_t fault_va() const {
    return hw_.load(S4_MCU_PORT + S4_PORT_FAULT_LO) |
           uint64_t{hw_.load(S4_MCU_PORT + S4_PORT_FAULT_HI)} << 32;
  }

 private:
  s4_status transfer(s4_access access, Target target, uint64_t address, const void* ram,
                     uint32_t bytes) {
    set(kAddrHi, S4_PORT_ADDR_HI, static_cast<uint32_t>(address >> 32));
    set(kSpace, S4_PORT_SPACE, target.space);
    set(kCores, S4_PORT_CORES, target.cores);
    set(kBytes, S4_PORT_BYTES, bytes);
    hw_.store(S4_MCU_PORT + S4_PORT_ADDR_LO, static_cast<uint32_t>(address));
    hw_.store(S4_MCU_PORT + S4_PORT_RAM, hw_.ram_address(ram));
    hw_.store(S4_MCU_PORT + S4_PORT_GO, access);
    hw_.ram_changed();
    return static_cast<s4_status>(hw_.load(S4_MCU_PORT + S4_PORT_STATUS));
  }

  // Registers keep their values; a store to a device costs the interpreter more than a compare.
  enum Shadow { kAddrHi, kSpace, kCores, kBytes, kShadows };
  void set(Shadow which, uint32_t offset, uint32_t value) {
    if (known_ & (1u << which) && shadow_[which] == value)
      return;
    known_ |= 1u << which;
    shadow_[which] = value;
    hw_.store(S4_MCU_PORT + offset, value);
  }

  [[no_unique_address]] Hw hw_;
  uint32_t known_ = 0;
  uint32_t shadow_[kShadows] = {};
};

}  // namespace s4::fw
