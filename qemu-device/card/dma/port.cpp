// SPDX-License-Identifier: MIT
#include "dma/port.hpp"

#include <utility>

#include "s4/abi/s4_mcu.h"

namespace s4::card {
namespace {

constexpr unsigned kFirmwareUnit = S4_UNIT_FIRMWARE * S4_NUM_CORES;

}  // namespace

Port::Port(const Mmu& mmu, McuContext& mcu, FaultLog& faults,
           std::function<void(const Fault&)> on_fault)
    : mmu_(mmu), mcu_(mcu), faults_(faults), on_fault_(std::move(on_fault)) {}

void Port::reset() {
  address_ = 0;
  ram_ = bytes_ = space_ = cores_ = 0;
  fault_ = {};
}

Fault Port::transfer_host(bool write, uint8_t* ram) {
  const s4_status status = write ? mmu_.host.write(mcu_.generation, address_, ram, bytes_)
                                 : mmu_.host.read(mcu_.generation, address_, ram, bytes_);
  return {.status = status,
          .access = write ? S4_ACCESS_WRITE : S4_ACCESS_READ,
          .va = status == S4_OK ? 0 : address_};
}

Fault Port::transfer_space(bool write, uint8_t* ram) {
  const Accessor accessor{.generation = mcu_.generation,
                          .space = static_cast<uint8_t>(space_ & 0xff),
                          .sram_core = static_cast<uint8_t>(cores_),
                          .sram_cores = static_cast<uint8_t>(cores_ >> 8)};
  for (;;) {
    {
      SpaceScope scope(mmu_, accessor);
      if (mmu_.host.gate().runs(mcu_.generation)) {
        return write ? scope.write(address_, ram, bytes_) : scope.read(address_, ram, bytes_);
      }
    }
    if (mmu_.host.gate().wait_open(mcu_.generation) == Gate::Entry::kCancelled) {
      return {.status = S4_E_CANCELLED};
    }
  }
}

bool Port::go(uint32_t access) {
  uint8_t* ram = mcu_.at(ram_, bytes_);
  const uint32_t first = cores_ & 0xff;
  const uint32_t count = cores_ >> 8;
  if (!ram || bytes_ > S4_PORT_MAX_BYTES || access > S4_ACCESS_WRITE ||
      (space_ != S4_PORT_HOST &&
       ((space_ & 0xff) >= S4_NUM_SPACES || space_ >> 8 >= S4_NUM_QUEUES)) ||
      count > S4_NUM_CORES || first + count > S4_NUM_CORES) {
    return false;
  }
  const bool write = access == S4_ACCESS_WRITE;
  fault_ = space_ == S4_PORT_HOST ? transfer_host(write, ram) : transfer_space(write, ram);
  if (space_ != S4_PORT_HOST && FaultLog::is_memory_fault(fault_.status)) {
    faults_.record(fault_, space_ & 0xff, space_ >> 8, kFirmwareUnit);
    on_fault_(fault_);
  }
  return true;
}

bool Port::load(uint32_t address, unsigned size, uint32_t& value) {
  if (size != 4) {
    return false;
  }
  switch (address - S4_MCU_PORT) {
    case S4_PORT_ADDR_LO:
      value = static_cast<uint32_t>(address_);
      return true;
    case S4_PORT_ADDR_HI:
      value = static_cast<uint32_t>(address_ >> 32);
      return true;
    case S4_PORT_RAM:
      value = ram_;
      return true;
    case S4_PORT_BYTES:
      value = bytes_;
      return true;
    case S4_PORT_SPACE:
      value = space_;
      return true;
    case S4_PORT_CORES:
      value = cores_;
      return true;
    case S4_PORT_STATUS:
      value = static_cast<uint32_t>(fault_.status);
      return true;
    case S4_PORT_FAULT_LO:
      value = static_cast<uint32_t>(fault_.va);
      return true;
    case S4_PORT_FAULT_HI:
      value = static_cast<uint32_t>(fault_.va >> 32);
      return true;
    default:
      return false;
  }
}

bool Port::store(uint32_t address, unsigned size, uint32_t value) {
  if (size != 4) {
    return false;
  }
  switch (address - S4_MCU_PORT) {
    case S4_PORT_ADDR_LO:
      address_ = (address_ & ~0xffffffffULL) | value;
      return true;
    case S4_PORT_ADDR_HI:
      address_ = (address_ & 0xffffffffULL) | uint64_t{value} << 32;
      return true;
    case S4_PORT_RAM:
      ram_ = value;
      return true;
    case S4_PORT_BYTES:
      bytes_ = value;
      return true;
    case S4_PORT_SPACE:
      space_ = value;
      return true;
    case S4_PORT_CORES:
      cores_ = value;
      return true;
    case S4_PORT_GO:
      return go(value);
    default:
      return false;
  }
}

}  // namespace s4::card
