// SPDX-License-Identifier: MIT
// The control and status registers.
#include "mcu/core.hpp"

namespace s4::card::mcu {
namespace {

enum CsrNumber : uint32_t {
  kMstatus = 0x300,
  kMisa = 0x301,
  kMieCsr = 0x304,
  kMtvec = 0x305,
  kMstatush = 0x310,
  kMcountinhibit = 0x320,
  kMhpmevent3 = 0x323,
  kMhpmevent31 = 0x33f,
  kMscratch = 0x340,
  kMepc = 0x341,
  kMcause = 0x342,
  kMtval = 0x343,
  kMip = 0x344,
  kMcycle = 0xb00,
  kMinstret = 0xb02,
  kMhpmcounter3 = 0xb03,
  kMhpmcounter31 = 0xb1f,
  kMcycleh = 0xb80,
  kMinstreth = 0xb82,
  kMhpmcounter3h = 0xb83,
  kMhpmcounter31h = 0xb9f,
  kMvendorid = 0xf11,
  kMarchid = 0xf12,
  kMimpid = 0xf13,
  kMhartid = 0xf14,
  kMconfigptr = 0xf15,
};

// MXL = 1 (32 bits) and the letters C, I and M.
constexpr uint32_t kMisaValue =
    1u << 30 | 1u << ('C' - 'A') | 1u << ('I' - 'A') | 1u << ('M' - 'A');
constexpr uint32_t kInhibitCycle = 1, kInhibitInstret = 4;
constexpr uint32_t kImplementedIrqs = 1u << 3 | 1u << 7 | 1u << 11;

constexpr uint32_t low_half(uint64_t value) {
  return static_cast<uint32_t>(value);
}
constexpr uint32_t high_half(uint64_t value) {
  return static_cast<uint32_t>(value >> 32);
}
constexpr uint64_t with_low(uint64_t value, uint32_t low) {
  return (value >> 32 << 32) | low;
}
constexpr uint64_t with_high(uint64_t value, uint32_t high) {
  return uint64_t{high} << 32 | low_half(value);
}

bool in_range(uint32_t number, uint32_t first, uint32_t last) {
  return number >= first && number <= last;
}

bool is_zero_csr(uint32_t number) {
  return in_range(number, kMhpmevent3, kMhpmevent31) ||
         in_range(number, kMhpmcounter3, kMhpmcounter31) ||
         in_range(number, kMhpmcounter3h, kMhpmcounter31h) || number == kMstatush ||
         number == kMconfigptr;
}

}  // namespace

void Core::Counter::write(uint64_t source, uint64_t value) {
  offset = source - value;
  frozen = value;
}

void Core::Counter::inhibit(uint64_t source, bool on) {
  if (on && !inhibited) {
    frozen = source - offset;
  } else if (!on && inhibited) {
    offset = source - frozen;
  }
  inhibited = on;
}

std::optional<uint32_t> Core::csr(uint32_t number) const {
  return read_csr(number, executed(), retired());
}

std::optional<uint32_t> Core::read_csr(uint32_t number, uint64_t cycle, uint64_t instret) const {
  switch (number) {
    case kMstatus:
      return mstatus_ | kMpp;
    case kMisa:
      return kMisaValue;
    case kMieCsr:
      return mie_.load(std::memory_order_relaxed);
    case kMtvec:
      return mtvec_;
    case kMcountinhibit:
      return (mcycle_.inhibited ? kInhibitCycle : 0) | (minstret_.inhibited ? kInhibitInstret : 0);
    case kMscratch:
      return mscratch_;
    case kMepc:
      return mepc_;
    case kMcause:
      return mcause_;
    case kMtval:
      return mtval_;
    case kMip:
      return mip();
    case kMcycle:
      return low_half(mcycle_.read(cycle));
    case kMcycleh:
      return high_half(mcycle_.read(cycle));
    case kMinstret:
      return low_half(minstret_.read(instret));
    case kMinstreth:
      return high_half(minstret_.read(instret));
    case kMvendorid:
      return config_.vendor_id;
    case kMarchid:
      return config_.arch_id;
    case kMimpid:
      return config_.imp_id;
    case kMhartid:
      return config_.hart_id;
    default:
      return is_zero_csr(number) ? std::optional<uint32_t>(0) : std::nullopt;
  }
}

void Core::write_csr(uint32_t number, uint32_t value, uint64_t cycle, uint64_t instret) {
  switch (number) {
    case kMstatus:
      mstatus_ = value & (kMie | kMpie);
      break;
    case kMieCsr:
      mie_.store(value & kImplementedIrqs, std::memory_order_relaxed);
      break;
    case kMtvec:
      mtvec_ = value & ~2u;
      has_handler_ = true;
      break;
    case kMcountinhibit:
      mcycle_.inhibit(cycle, (value & kInhibitCycle) != 0);
      minstret_.inhibit(instret, (value & kInhibitInstret) != 0);
      break;
    case kMscratch:
      mscratch_ = value;
      break;
    case kMepc:
      mepc_ = value & ~1u;
      break;
    case kMcause:
      mcause_ = value;
      break;
    case kMtval:
      mtval_ = value;
      break;
    case kMcycle:
      mcycle_.write(cycle, with_low(mcycle_.read(cycle - 1), value));
      break;
    case kMcycleh:
      mcycle_.write(cycle, with_high(mcycle_.read(cycle - 1), value));
      break;
    case kMinstret:
      minstret_.write(instret, with_low(minstret_.read(instret - 1), value));
      break;
    case kMinstreth:
      minstret_.write(instret, with_high(minstret_.read(instret - 1), value));
      break;
    default:  // the rest is read-only, and says so by keeping its value
      break;
  }
}

bool Core::execute_csr(uint32_t instruction) {
  const uint32_t number = instruction >> 20, funct3 = (instruction >> 12) & 7;
  const uint32_t rs1 = (instruction >> 15) & 31, rd = (instruction >> 7) & 31;
  // executed() counts the instruction at hand already; it reads the counters of the one before.
  const uint64_t cycle = executed(), instret = retired();
  const std::optional<uint32_t> old = read_csr(number, cycle - 1, instret - 1);
  const bool swaps = (funct3 & 3) == 1;
  const bool writes = swaps || rs1 != 0;
  const bool read_only = (number >> 10) == 3;
  if (!old || (writes && read_only)) {
    return false;
  }
  const uint32_t operand = (funct3 & 4) != 0 ? rs1 : x_[rs1];
  if (writes) {
    // What is written counts from the next instruction on.
    const uint32_t value = swaps ? operand : (funct3 & 3) == 2 ? *old | operand : *old & ~operand;
    write_csr(number, value, cycle, instret);
  }
  if (rd != 0) {
    x_[rd] = *old;
  }
  return true;
}

}  // namespace s4::card::mcu
