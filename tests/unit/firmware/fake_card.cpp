// SPDX-License-Identifier: MIT
#include "fake_card.hpp"

#include <cstring>
#include <stdexcept>

namespace s4::fwtest {
namespace {

uint32_t low(uint64_t value) {
  return static_cast<uint32_t>(value);
}
uint32_t high(uint64_t value) {
  return static_cast<uint32_t>(value >> 32);
}

void set_low(uint64_t& to, uint32_t value) {
  to = (to & ~0xffffffffull) | value;
}
void set_high(uint64_t& to, uint32_t value) {
  to = low(to) | uint64_t{value} << 32;
}

bool in(uint32_t address, uint32_t base, uint32_t bytes) {
  return address - base < bytes;
}

}  // namespace

uint8_t* FakeCard::at(uint32_t address, uint32_t bytes) {
  if (!in(address, S4_MCU_RAM, S4_MCU_RAM_BYTES) ||
      bytes > S4_MCU_RAM_BYTES - (address - S4_MCU_RAM)) {
    return nullptr;
  }
  return ram_->bytes + (address - S4_MCU_RAM);
}

uint32_t FakeCard::ram_address(const void* pointer) {
  const auto offset = static_cast<const uint8_t*>(pointer) - ram_->bytes;
  if (offset < 0 || offset >= static_cast<ptrdiff_t>(S4_MCU_RAM_BYTES)) {
    // Objects on the host's stack stand for ones on the MCU's.
    throw std::logic_error("the firmware gave a device an address outside MCU RAM");
  }
  return S4_MCU_RAM + static_cast<uint32_t>(offset);
}

uint32_t FakeCard::load(uint32_t address) {
  uint32_t value = 0;
  accesses++;
  if (!read(address, value))
    throw std::logic_error("load fault " + std::to_string(address));
  return value;
}

void FakeCard::store(uint32_t address, uint32_t value) {
  accesses++;
  if (!write(address, value))
    throw std::logic_error("store fault " + std::to_string(address));
  lines_changed();
}

void FakeCard::store_byte(uint32_t address, uint8_t value) {
  if (!store(address, 1, value))
    throw std::logic_error("store fault " + std::to_string(address));
}

bool FakeCard::load(uint32_t address, unsigned size, uint32_t& value) {
  accesses++;
  return size == 4 && read(address, value);
}

bool FakeCard::store(uint32_t address, unsigned size, uint32_t value) {
  accesses++;
  if (size != 4) {
    if (!in(address, S4_MCU_FW_LOG, S4_FW_LOG_BYTES))
      return false;
    std::memcpy(&log_[address - S4_MCU_FW_LOG], &value, size);
    return true;
  }
  const bool ok = write(address, value);
  lines_changed();
  return ok;
}

void FakeCard::crash(uint32_t cause, uint32_t tval) {
  crashed = Crash{cause, 0, tval};
  throw *crashed;
}

uint32_t FakeCard::pending() const {
  return (rung_ ? S4_INTC_DOORBELL : 0) | (mailbox_pending_ ? S4_INTC_MAILBOX : 0) |
         (done_ ? S4_INTC_UNIT : 0);
}

void FakeCard::ring(uint32_t queue, uint32_t tail) {
  if (!(exists >> queue & 1))
    throw std::logic_error("doorbell of a queue that does not exist");
  tails_[queue] = tail;
  rung_ |= 1ull << queue;
  lines_changed();
}

void FakeCard::send(const s4_mbox_message& request) {
  if (mailbox_pending_)
    throw std::logic_error("the last request is not answered yet");
  request_ = request;
  sequence_++;
  mailbox_pending_ = true;
  lines_changed();
}

void FakeCard::finish(unsigned unit, const Outcome& outcome) {
  if (!units_[unit].busy || done_ >> unit & 1)
    throw std::logic_error("the unit is idle");
  units_[unit].outcome = outcome;
  done_ |= 1u << unit;
  lines_changed();
}

std::vector<unsigned> FakeCard::busy_units() const {
  std::vector<unsigned> units;
  for (unsigned unit = 0; unit < kUnits; unit++) {
    if (units_[unit].busy && !(done_ >> unit & 1))
      units.push_back(unit);
  }
  return units;
}

s4_telemetry FakeCard::telemetry() const {
  s4_telemetry value;
  std::memcpy(&value, telemetry_.data(), sizeof(value));
  return value;
}

std::string FakeCard::log() const {
  s4_fw_log log;
  std::memcpy(&log, log_.data(), sizeof(log));
  const uint32_t size = sizeof(log.text);
  if (log.written <= size)
    return {log.text, log.written};
  const uint32_t at = log.written % size;
  return std::string(log.text + at, size - at) + std::string(log.text, at);
}

bool FakeCard::start_unit(unsigned unit, uint32_t address) {
  const uint8_t* from = at(address, sizeof(s4_dispatch));
  if (!from || unit >= kUnits || units_[unit].busy)
    return false;
  std::memcpy(&units_[unit].dispatch, from, sizeof(s4_dispatch));
  if ((units_[unit].dispatch.group >> unit & 1) == 0)
    return false;
  units_[unit].busy = true;
  started.push_back({unit, units_[unit].dispatch});
  if (decide) {
    const Started copy = started.back();
    if (const auto outcome = decide(copy))
      finish(unit, *outcome);
  }
  return true;
}

bool FakeCard::transfer(uint32_t access) {
  const uint64_t address = port_[0] | uint64_t{port_[1]} << 32;
  uint8_t* ram = at(port_[2], port_[3]);
  const uint32_t space = port_[4];
  if (!ram || port_[2] % 4 != 0 || port_[3] == 0 || port_[3] > S4_PORT_MAX_BYTES)
    return false;
  transfers++;
  FakeMemory* memory = &host;
  s4_status missing = S4_E_DMA;
  if (space != S4_PORT_HOST) {
    if ((space & 0xff) >= S4_NUM_SPACES || !(exists >> (space >> 8) & 1))
      return false;
    memory = &spaces[space & 0xff];
    missing = S4_E_UNMAPPED;
  }
  const auto fault = access == S4_ACCESS_READ ? memory->card_read(address, ram, port_[3], missing)
                                              : memory->card_write(address, ram, port_[3], missing);
  port_[7] = fault ? fault->status : S4_OK;
  port_[8] = fault ? low(fault->va) : 0;
  port_[9] = fault ? high(fault->va) : 0;
  return true;
}

bool FakeCard::read_unit(uint32_t reg, uint32_t& value) const {
  const Unit& unit = units_[(reg - 0x100) / 64];
  switch (reg % 64) {
    case S4_UNIT_STATUS:
      value = unit.outcome.status;
      return true;
    case S4_UNIT_DETAIL:
      value = unit.outcome.detail;
      return true;
    case S4_UNIT_ACCESS:
      value = unit.outcome.access;
      return true;
    case S4_UNIT_FAULT_LO:
      value = low(unit.outcome.va);
      return true;
    case S4_UNIT_FAULT_HI:
      value = high(unit.outcome.va);
      return true;
    case S4_UNIT_CYCLES_LO:
      value = low(unit.outcome.cycles);
      return true;
    case S4_UNIT_CYCLES_HI:
      value = high(unit.outcome.cycles);
      return true;
    default:
      return false;
  }
}

bool FakeCard::read(uint32_t address, uint32_t& value) {
  if (address == broken_register)
    return false;
  if (broken_log && in(address, S4_MCU_FW_LOG, S4_FW_LOG_BYTES))
    return false;
  if (in(address, S4_MCU_DOORBELL + 0x100, 4 * S4_NUM_QUEUES)) {
    value = tails_[(address - S4_MCU_DOORBELL - 0x100) / 4];
    return true;
  }
  if (in(address, S4_MCU_MBOX + S4_MBOX_REQ(0), 4 * S4_MBOX_WORDS)) {
    std::memcpy(&value, reinterpret_cast<uint8_t*>(&request_) + address % 64, 4);
    return true;
  }
  if (in(address, S4_MCU_PORT, 4 * 11)) {
    value = port_[(address - S4_MCU_PORT) / 4];
    return true;
  }
  if (in(address, S4_MCU_DISPATCH + 0x100, 64 * kUnits)) {
    return read_unit(address - S4_MCU_DISPATCH, value);
  }
  if (in(address, S4_MCU_SENSORS, 24)) {
    value = sensor[(address - S4_MCU_SENSORS) / 4];
    return true;
  }
  if (in(address, S4_MCU_SENSORS + 0x18, 0x60)) {
    const uint32_t reg = address - S4_MCU_SENSORS;
    if (reg % 8 == 0) {
      latched_sensor_ = reg == S4_SENSOR_ECC_CORRECTED_LO     ? ecc_corrected
                        : reg == S4_SENSOR_ECC_UNCORRECTED_LO ? ecc_uncorrected
                                                              : busy_ns.at((reg - 0x40) / 8);
    }
    value = reg % 8 == 0 ? low(latched_sensor_) : high(latched_sensor_);
    return true;
  }
  if (in(address, S4_MCU_FW_LOG, S4_FW_LOG_BYTES)) {
    std::memcpy(&value, &log_[address - S4_MCU_FW_LOG], 4);
    return true;
  }
  switch (address) {
    case S4_MCU_MTIME_LO:
      value = low(now_us());
      return true;
    case S4_MCU_MTIME_HI:
      value = high(now_us());
      return true;
    case S4_MCU_SYS + S4_SYS_TIME_LO:
      latched_time_ = now_ns;
      value = low(now_ns);
      return true;
    case S4_MCU_SYS + S4_SYS_TIME_HI:
      value = high(latched_time_);
      return true;
    case S4_MCU_SYS + S4_SYS_SPACES_LO:
      value = low(enabled_spaces);
      return true;
    case S4_MCU_SYS + S4_SYS_SPACES_HI:
      value = high(enabled_spaces);
      return true;
    case S4_MCU_INTC + S4_INTC_PENDING:
      value = pending();
      return true;
    case S4_MCU_DOORBELL + S4_DOORBELL_PENDING_LO:
      value = low(rung_);
      return true;
    case S4_MCU_DOORBELL + S4_DOORBELL_PENDING_HI:
      value = high(rung_);
      return true;
    case S4_MCU_MBOX + S4_MBOX_SEQ:
      value = sequence_;
      return true;
    case S4_MCU_DISPATCH + S4_DISPATCH_DONE:
      value = done_;
      return true;
    default:
      return false;
  }
}

bool FakeCard::write_system(uint32_t reg, uint32_t value) {
  switch (reg) {
    case S4_SYS_READY:
      ready = value;
      return true;
    case S4_SYS_WATCHDOG:
      heartbeats++;
      return true;
    case S4_SYS_CRASH:
      crash_.cause = value;
      crashed = crash_;
      return true;
    case S4_SYS_CRASH_PC:
      crash_.pc = value;
      return true;
    case S4_SYS_CRASH_TVAL:
      crash_.tval = value;
      return true;
    case S4_SYS_HOST_IRQ:
      host_irq |= value;
      return true;
    case S4_SYS_VECTOR:
      vectors.push_back(value);
      return value < 32;
    case S4_SYS_SRAM_CLEAR:
      sram_cleared.push_back(value);
      return true;
    default:
      return false;
  }
}

bool FakeCard::write_mailbox(uint32_t reg, uint32_t value) {
  if (in(reg, S4_MBOX_RESP(0), 4 * S4_MBOX_WORDS)) {
    std::memcpy(reinterpret_cast<uint8_t*>(&reply_) + (reg - S4_MBOX_RESP(0)), &value, 4);
    return true;
  }
  if (reg != S4_MBOX_REPLY || value != sequence_ || !mailbox_pending_)
    return false;
  response_ = reply_;
  mailbox_pending_ = false;
  return true;
}

bool FakeCard::write_port(uint32_t reg, uint32_t value) {
  if (reg == S4_PORT_GO)
    return transfer(value);
  port_[reg / 4] = value;
  return reg < S4_PORT_GO;
}

bool FakeCard::write(uint32_t address, uint32_t value) {
  if (in(address, S4_MCU_SYS, 0x100))
    return write_system(address - S4_MCU_SYS, value);
  if (in(address, S4_MCU_MBOX, 0x100))
    return write_mailbox(address - S4_MCU_MBOX, value);
  if (in(address, S4_MCU_PORT, 0x2c))
    return write_port(address - S4_MCU_PORT, value);
  if (in(address, S4_MCU_DISPATCH + 0x100, 64 * kUnits)) {
    const uint32_t reg = address - S4_MCU_DISPATCH - 0x100;
    return reg % 64 == S4_UNIT_START && start_unit(reg / 64, value);
  }
  if (in(address, S4_MCU_TELEMETRY, S4_TELEMETRY_BYTES)) {
    std::memcpy(&telemetry_[address - S4_MCU_TELEMETRY], &value, 4);
    return true;
  }
  if (in(address, S4_MCU_FW_LOG, S4_FW_LOG_BYTES)) {
    std::memcpy(&log_[address - S4_MCU_FW_LOG], &value, 4);
    return true;
  }
  switch (address) {
    case S4_MCU_MTIMECMP_LO:
      set_low(timecmp_, value);
      return true;
    case S4_MCU_MTIMECMP_HI:
      set_high(timecmp_, value);
      return true;
    case S4_MCU_INTC + S4_INTC_ENABLE:
      enable_ = value;
      return true;
    case S4_MCU_DOORBELL + S4_DOORBELL_PENDING_LO:
      rung_ &= ~uint64_t{value};
      return true;
    case S4_MCU_DOORBELL + S4_DOORBELL_PENDING_HI:
      rung_ &= ~(uint64_t{value} << 32);
      return true;
    case S4_MCU_DOORBELL + S4_DOORBELL_EXISTS_LO:
      set_low(exists, value);
      return true;
    case S4_MCU_DOORBELL + S4_DOORBELL_EXISTS_HI:
      set_high(exists, value);
      return true;
    case S4_MCU_DISPATCH + S4_DISPATCH_DONE:
      for (unsigned unit = 0; unit < kUnits; unit++) {
        if (value & done_ & (1u << unit))
          units_[unit].busy = false;
      }
      done_ &= ~value;
      return true;
    case S4_MCU_PROGRESS + S4_PROGRESS_CREDIT:
      progress.at(value)++;
      return true;
    default:
      return false;
  }
}

}  // namespace s4::fwtest
