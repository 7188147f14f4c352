// SPDX-License-Identifier: MIT
#include "registers/registers.hpp"

#include <cinttypes>

#include "s4/abi/s4_pci.h"

namespace s4::card {
namespace {

uint64_t all_ones(unsigned size) {
  return size >= 8 ? ~0ULL : (1ULL << 8 * size) - 1;
}

// Registers that may be written while a reset drains.
bool works_in_reset(uint32_t offset) {
  return offset == S4_REG_IRQ_STATUS || offset == S4_REG_IRQ_ENABLE || offset == S4_REG_RESET;
}

}  // namespace

uint64_t Registers::read(uint64_t offset, unsigned size) {
  if (card_.link_down()) {
    return all_ones(size);
  }
  if (offset >= S4_BAR_REGS_SIZE || (size != 4 && size != 8) || offset % size != 0) {
    card_.host.log(S4_CARD_LOG_GUEST_ERROR, "read of %u bytes at 0x%" PRIx64, size, offset);
    return 0;
  }
  const auto at = static_cast<uint32_t>(offset);
  const uint64_t low = read32(at);
  return size == 4 ? low : low | uint64_t{read32(at + 4)} << 32;
}

void Registers::write(uint64_t offset, uint64_t value, unsigned size) {
  if (card_.link_down()) {
    return;
  }
  if (offset >= S4_BAR_REGS_SIZE || (size != 4 && size != 8) || offset % size != 0) {
    card_.host.log(S4_CARD_LOG_GUEST_ERROR, "write of %u bytes at 0x%" PRIx64, size, offset);
    return;
  }
  const auto at = static_cast<uint32_t>(offset);
  write32(at, static_cast<uint32_t>(value));
  if (size == 8) {
    write32(at + 4, static_cast<uint32_t>(value >> 32));
  }
}

uint32_t Registers::read32(uint32_t offset) {
  std::optional<uint32_t> value;
  if (offset < 0x100) {
    value = read_identity(offset);
  } else if (offset < 0x200) {
    value = read_boot(offset);
  } else if (offset < 0x1000) {
    value = read_control(offset);
  } else {
    value = read_array(offset);
  }
  if (!value) {
    card_.host.log(S4_CARD_LOG_GUEST_ERROR, "read of 0x%04x, where nothing can be read", offset);
  }
  return value.value_or(0);
}

void Registers::write32(uint32_t offset, uint32_t value) {
  const char* refused = "where nothing can be written";
  bool done = false;
  if (!works_in_reset(offset) && card_.boot_state.state() == S4_BOOT_RESETTING) {
    refused = "while a reset drains";
  } else if (offset < 0x200) {
    done = write_boot(offset, value, refused);
  } else if (offset < 0x1000) {
    done = write_control(offset, value, refused);
  } else {
    done = write_array(offset, value, refused);
  }
  if (!done) {
    card_.host.log(S4_CARD_LOG_GUEST_ERROR, "write of 0x%08x to 0x%04x, %s", value, offset,
                   refused);
  }
}

std::optional<uint32_t> Registers::read_array(uint32_t offset) {
  if (offset >= S4_REG_SPACE(0) && offset < S4_REG_SPACE(S4_NUM_SPACES)) {
    const uint32_t reg = offset % 32;
    if (reg != S4_SPACE_ROOT_LO && reg != S4_SPACE_ROOT_HI && reg != S4_SPACE_CTRL &&
        reg != S4_SPACE_INVAL_DONE) {
      return std::nullopt;
    }
    return card_.spaces.read((offset - S4_REG_SPACE(0)) / 32, reg);
  }
  if (offset >= S4_REG_PROGRESS(0) && offset < S4_REG_PROGRESS(S4_NUM_QUEUES)) {
    const uint64_t work = card_.progress.get((offset - S4_REG_PROGRESS(0)) / 8);
    return static_cast<uint32_t>(offset % 8 == 0 ? work : work >> 32);
  }
  if (offset >= S4_REG_FW_LOG && offset < S4_REG_FW_LOG + S4_FW_LOG_BYTES) {
    return card_.fw_log.read(offset - S4_REG_FW_LOG);
  }
  if (offset >= S4_REG_TELEMETRY && offset < S4_REG_TELEMETRY + S4_TELEMETRY_BYTES) {
    return card_.telemetry.read(offset - S4_REG_TELEMETRY);
  }
  return std::nullopt;
}

bool Registers::write_array(uint32_t offset, uint32_t value, const char*& refused) {
  if (offset >= S4_REG_DOORBELL(0) && offset < S4_REG_DOORBELL(S4_NUM_QUEUES)) {
    refused = "for a queue that does not exist";
    return card_.doorbells.ring((offset - S4_REG_DOORBELL(0)) / 4, value);
  }
  if (offset >= S4_REG_SPACE(0) && offset < S4_REG_SPACE(S4_NUM_SPACES)) {
    const uint32_t reg = offset % 32;
    if (reg != S4_SPACE_ROOT_LO && reg != S4_SPACE_ROOT_HI && reg != S4_SPACE_CTRL &&
        reg != S4_SPACE_INVAL_REQUEST) {
      return false;
    }
    if (card_.spaces.write((offset - S4_REG_SPACE(0)) / 32, reg, value)) {
      card_.irq.raise(S4_IRQ_INVALIDATED);
    }
    return true;
  }
  return false;
}

}  // namespace s4::card
