// SPDX-License-Identifier: MIT
// The single registers: identity, boot, interrupts, mailbox, faults, discards.
#include <algorithm>

#include "registers/registers.hpp"
#include "s4/abi/s4_boot.h"
#include "s4/abi/s4_pci.h"

namespace s4::card {
namespace {

constexpr uint32_t kRomVersion = S4_FW_VERSION(1, 0, 0);
constexpr uint64_t kLow = 0xffffffffULL;
constexpr uint64_t kHigh = ~kLow;

uint32_t low(uint64_t value) {
  return static_cast<uint32_t>(value);
}
uint32_t high(uint64_t value) {
  return static_cast<uint32_t>(value >> 32);
}

}  // namespace

std::optional<uint32_t> Registers::read_identity(uint32_t offset) {
  if (offset >= S4_REG_SERIAL && offset < S4_REG_SERIAL + S4_SERIAL_BYTES) {
    uint32_t word = 0;
    for (uint32_t i = 0; i < 4; ++i) {
      const size_t at = offset - S4_REG_SERIAL + i;
      // The last byte stays NUL.
      if (at < card_.serial.size() && at < S4_SERIAL_BYTES - 1) {
        word |= uint32_t{static_cast<uint8_t>(card_.serial[at])} << 8 * i;
      }
    }
    return word;
  }
  switch (offset) {
    case S4_REG_MAGIC:
      return S4_MAGIC;
    case S4_REG_ABI_VERSION:
      return S4_ABI_VERSION;
    case S4_REG_REVISION:
      return S4_PCI_REVISION;
    case S4_REG_FEATURES:
      return (card_.verify_signature ? S4_FEATURE_FW_VERIFY : 0) |
             (card_.faults_on_demand ? S4_FEATURE_FAULTS : 0);
    case S4_REG_NUM_CORES:
      return S4_NUM_CORES;
    case S4_REG_NUM_QUEUES:
      return S4_NUM_QUEUES;
    case S4_REG_NUM_SPACES:
      return S4_NUM_SPACES;
    case S4_REG_NUM_VECTORS:
      return S4_NUM_VECTORS;
    case S4_REG_DRAM_SIZE_LO:
      return low(card_.dram.bytes());
    case S4_REG_DRAM_SIZE_HI:
      return high(card_.dram.bytes());
    case S4_REG_APERTURE_LO:
      return low(card_.aperture_bytes);
    case S4_REG_APERTURE_HI:
      return high(card_.aperture_bytes);
    case S4_REG_SRAM_SIZE:
      return S4_SRAM_BYTES;
    case S4_REG_CLOCK_TOP:
      return S4_CLOCK_TOP_KHZ;
    case S4_REG_ROM_VERSION:
      return kRomVersion;
    case S4_REG_TIME_LO: {
      const uint64_t now = card_.host.time_ns();
      time_high_.store(high(now), std::memory_order_relaxed);
      return low(now);
    }
    case S4_REG_TIME_HI:
      return time_high_.load(std::memory_order_relaxed);
    default:
      return std::nullopt;
  }
}

std::optional<uint32_t> Registers::read_boot(uint32_t offset) {
  const BootState::Status status = card_.boot_state.get();
  switch (offset) {
    case S4_REG_BOOT_STATUS:
      return static_cast<uint32_t>(status.state) | static_cast<uint32_t>(status.error) << 8;
    case S4_REG_FW_ADDR_LO:
      return low(status.fw_addr);
    case S4_REG_FW_ADDR_HI:
      return high(status.fw_addr);
    case S4_REG_FW_SIZE:
      return status.fw_size;
    case S4_REG_FW_VERSION:
      return status.fw_version;
    case S4_REG_RESET_COUNT:
      return status.reset_count;
    case S4_REG_HEARTBEAT:
      return status.heartbeat;
    case S4_REG_MCU_STATE:
      return status.mcu == S4_MCU_RUNS && card_.mcu_sleeps() ? S4_MCU_SLEEPS : status.mcu;
    case S4_REG_CRASH_PC:
      return status.crash_pc;
    case S4_REG_CRASH_CAUSE:
      return status.crash_cause;
    case S4_REG_CRASH_TVAL:
      return status.crash_tval;
    default:
      return std::nullopt;
  }
}

bool Registers::write_boot(uint32_t offset, uint32_t value, const char*& refused) {
  switch (offset) {
    case S4_REG_BOOT_CTRL:
      refused = "in a state that does not allow it";
      if (value != S4_BOOT_START || !card_.boot_state.start()) {
        return false;
      }
      card_.boot();
      return true;
    case S4_REG_FW_ADDR_LO:
      card_.boot_state.set_fw_addr(kLow, value);
      return true;
    case S4_REG_FW_ADDR_HI:
      card_.boot_state.set_fw_addr(kHigh, uint64_t{value} << 32);
      return true;
    case S4_REG_FW_SIZE:
      card_.boot_state.set_fw_size(value);
      return true;
    case S4_REG_RESET:
      refused = "which is not the key";
      if (value != S4_RESET_KEY) {
        return false;
      }
      card_.reset(Card::Reset::kRegister);
      return true;
    default:
      return false;
  }
}

std::optional<uint32_t> Registers::read_control(uint32_t offset) {
  if (offset >= S4_REG_MBOX_REQUEST && offset < S4_REG_MBOX_REQUEST + 4 * S4_MBOX_WORDS) {
    return card_.mailbox.request((offset - S4_REG_MBOX_REQUEST) / 4);
  }
  if (offset >= S4_REG_MBOX_RESPONSE && offset < S4_REG_MBOX_RESPONSE + 4 * S4_MBOX_WORDS) {
    return card_.mailbox.response((offset - S4_REG_MBOX_RESPONSE) / 4);
  }
  switch (offset) {
    case S4_REG_IRQ_STATUS:
      return card_.irq.status();
    case S4_REG_IRQ_ENABLE:
      return card_.irq.enable();
    case S4_REG_MBOX_DONE:
      return card_.mailbox.done();
    case S4_REG_FAULT_INFO:
      return card_.faults.info();
    case S4_REG_FAULT_VA_LO:
      return low(card_.faults.va());
    case S4_REG_FAULT_VA_HI:
      return high(card_.faults.va());
    case S4_REG_FAULT_COUNT:
      return card_.faults.count();
    case S4_REG_BAD_DOORBELLS:
      return card_.doorbells.bad();
    case S4_REG_DISCARD_ADDR_LO:
      return low(card_.discard.address());
    case S4_REG_DISCARD_ADDR_HI:
      return high(card_.discard.address());
    case S4_REG_DISCARD_BYTES_LO:
      return low(card_.discard.bytes());
    case S4_REG_DISCARD_BYTES_HI:
      return high(card_.discard.bytes());
    case S4_REG_DISCARD_DONE:
      return card_.discard.done();
    case S4_REG_DISCARD_ERROR:
      return card_.discard.error();
    case S4_REG_FAULT_ARG:
      return card_.faults_on_demand ? std::optional(card_.injector.arg()) : std::nullopt;
    default:
      return std::nullopt;
  }
}

bool Registers::write_control(uint32_t offset, uint32_t value, const char*& refused) {
  if (offset >= S4_REG_MBOX_REQUEST && offset < S4_REG_MBOX_REQUEST + 4 * S4_MBOX_WORDS) {
    card_.mailbox.set_request((offset - S4_REG_MBOX_REQUEST) / 4, value);
    return true;
  }
  switch (offset) {
    case S4_REG_IRQ_STATUS:
      card_.irq.acknowledge(value);
      return true;
    case S4_REG_IRQ_ENABLE:
      card_.irq.set_enable(value);
      return true;
    case S4_REG_MBOX_SEND:
      refused = "while no firmware runs, or the request before is not answered";
      return card_.boot_state.state() == S4_BOOT_RUNNING && card_.mailbox.send(value);
    case S4_REG_FAULT_INFO:
      if (value != 0) {
        card_.faults.clear();
      }
      return true;
    case S4_REG_DISCARD_ADDR_LO:
      card_.discard.set_address(kLow, value);
      return true;
    case S4_REG_DISCARD_ADDR_HI:
      card_.discard.set_address(kHigh, uint64_t{value} << 32);
      return true;
    case S4_REG_DISCARD_BYTES_LO:
      card_.discard.set_bytes(kLow, value);
      return true;
    case S4_REG_DISCARD_BYTES_HI:
      card_.discard.set_bytes(kHigh, uint64_t{value} << 32);
      return true;
    case S4_REG_DISCARD_REQUEST:
      refused = "while the discard before has not ended, or it is zero";
      return value != 0 && card_.request_discard(value);
    case S4_REG_FAULT_ARG:
      card_.injector.set_arg(value);
      return card_.faults_on_demand;
    case S4_REG_FAULT_TRIGGER:
      refused = "which is no fault on demand";
      return card_.faults_on_demand && card_.inject(value, card_.injector.arg());
    default:
      return false;
  }
}

}  // namespace s4::card
