// SPDX-License-Identifier: MIT
// The hart's life outside the execution loop: reset, interrupt lines, traps.
#include "mcu/core.hpp"

#include "mcu/code_cache.hpp"

namespace s4::card::mcu {
namespace {

constexpr uint32_t kInterrupt = 1u << 31;
constexpr uint32_t kAllLines = 1u << static_cast<uint32_t>(Irq::kSoftware) |
                               1u << static_cast<uint32_t>(Irq::kTimer) |
                               1u << static_cast<uint32_t>(Irq::kExternal);

}  // namespace

Core::Core(const CoreConfig& config, const Bus& bus)
    : config_(config), bus_(bus), code_(std::make_unique<CodeCache>(bus)) {
  reset();
}

Core::~Core() = default;

void Core::reset(std::optional<uint32_t> reset_pc) {
  if (reset_pc) {
    config_.reset_pc = *reset_pc;
  }
  x_.fill(0);
  pc_ = config_.reset_pc & ~1u;
  mstatus_ = mtvec_ = mscratch_ = mepc_ = mcause_ = mtval_ = 0;
  mie_.store(0, std::memory_order_relaxed);
  waiting_.store(false, std::memory_order_relaxed);
  attention_.store(0, std::memory_order_relaxed);
  mcycle_ = {.offset = executed()};
  minstret_ = {.offset = retired()};
  has_handler_ = false;
  crash_.reset();
  load_span_ = store_span_ = {};
  code_->flush();
}

void Core::set_reg(unsigned index, uint32_t value) {
  if (index != 0) {
    x_[index] = value;
  }
}

void Core::set_irq(Irq line, bool level) {
  const uint32_t bit = 1u << static_cast<uint32_t>(line);
  if (level) {
    lines_.fetch_or(bit, std::memory_order_acq_rel);
  } else {
    lines_.fetch_and(~bit, std::memory_order_acq_rel);
  }
  attention_.fetch_or(kIrqChanged, std::memory_order_release);
}

void Core::request_stop() {
  attention_.fetch_or(kStop, std::memory_order_release);
}

bool Core::wants_wake() const {
  if (!waiting()) {
    return true;
  }
  return (mip() & mie_.load(std::memory_order_relaxed)) != 0 ||
         (attention_.load(std::memory_order_acquire) & kStop) != 0;
}

void Core::flush_code() {
  code_->flush();
}

bool Core::take_interrupt() {
  const uint32_t pending = mip() & mie_.load(std::memory_order_relaxed) & kAllLines;
  if (pending == 0 || (mstatus_ & kMie) == 0 || crash_) {
    return false;
  }
  waiting_.store(false, std::memory_order_relaxed);
  for (const Irq line : {Irq::kExternal, Irq::kSoftware, Irq::kTimer}) {
    const auto code = static_cast<uint32_t>(line);
    if ((pending >> code & 1) != 0) {
      enter_trap(kInterrupt | code, 0);
      break;
    }
  }
  return true;
}

void Core::enter_trap(uint32_t cause, uint32_t tval) {
  const bool interrupt = (cause & kInterrupt) != 0;
  const bool vectored = (mtvec_ & 1) != 0;
  const uint32_t base = mtvec_ & ~3u;
  const uint32_t handler = interrupt && vectored ? base + 4 * (cause & ~kInterrupt) : base;
  ++traps_;
  if (!interrupt) {
    ++unretired_;
  }
  // A handler whose first instruction raises an exception would raise it for ever.
  const bool repeats = !interrupt && pc_ == base;
  if (!has_handler_ || repeats || !code_->is_executable(handler)) {
    crash_ = Crash{.cause = cause, .epc = pc_, .tval = tval, .handler = handler};
    return;
  }
  mepc_ = pc_;
  mcause_ = cause;
  mtval_ = tval;
  mstatus_ = (mstatus_ & kMie) != 0 ? kMpie : 0;
  pc_ = handler;
}

void Core::execute_mret() {
  mstatus_ = kMpie | ((mstatus_ & kMpie) != 0 ? kMie : 0);
  pc_ = mepc_;
}

}  // namespace s4::card::mcu
