// SPDX-License-Identifier: MIT
#include "dispatch/dispatch.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>

namespace s4::card {
namespace {

constexpr uint32_t kAllUnits = (1u << kNumUnits) - 1;

// What the card itself relies on; the engine checks the command.
bool is_sound(const s4_dispatch& dispatch, unsigned unit) {
  return (dispatch.group & ~kAllUnits) == 0 && (dispatch.group >> unit & 1) != 0 &&
         dispatch.space < S4_NUM_SPACES && dispatch.queue < S4_NUM_QUEUES &&
         (dispatch.sram_cores == 1 || dispatch.sram_cores == S4_NUM_CORES) &&
         dispatch.sram_core + dispatch.sram_cores <= S4_NUM_CORES;
}

}  // namespace

Dispatch::Dispatch(const Mmu& mmu, Progress& progress, Intc& intc, Engine& engine, FaultLog& faults,
                   McuContext& mcu, Hooks hooks)
    : mmu_(mmu),
      progress_(progress),
      intc_(intc),
      engine_(engine),
      faults_(faults),
      mcu_(mcu),
      hooks_(std::move(hooks)) {}

void Dispatch::set_working(unsigned unit, bool on) {
  Core& core = cores_[unit % S4_NUM_CORES];
  const uint64_t now = mmu_.host.time_ns();
  if (on && core.working++ == 0) {
    core.since = now;
  } else if (!on && --core.working == 0) {
    core.busy += now - core.since;
  }
}

uint64_t Dispatch::busy_ns(unsigned index) {
  const std::lock_guard lock(mutex_);
  const Core& core = cores_[index];
  return core.busy + (core.working != 0 ? mmu_.host.time_ns() - core.since : 0);
}

bool Dispatch::start(unsigned unit, uint32_t ram_address) {
  s4_dispatch dispatch;
  const uint8_t* from = mcu_.at(ram_address, sizeof dispatch);
  if (!from) {
    return false;
  }
  std::memcpy(&dispatch, from, sizeof dispatch);
  if (!is_sound(dispatch, unit)) {
    return false;
  }
  auto task = std::make_shared<Task>(mmu_, progress_, dispatch, unit, mcu_.generation);
  {
    const std::lock_guard lock(mutex_);
    if ((busy_ >> unit & 1) != 0) {
      return false;
    }
    busy_ |= 1u << unit;
    units_[unit].task = task;
    units_[unit].ended = false;
    units_[unit].group = dispatch.group;
    set_working(unit, true);
    // A command that hangs occupies its unit but no thread of the host's.
    units_[unit].hangs = mmu_.injector.take_hang(dispatch.queue);
    if (units_[unit].hangs) {
      return true;
    }
    running_.fetch_add(1, std::memory_order_seq_cst);
  }
  engine_.spawn([this, task = std::move(task)] { execute(task); });
  return true;
}

void Dispatch::execute(const std::shared_ptr<Task>& task) {
  Fault fault{.status = S4_E_CANCELLED};
  uint64_t cycles = 0;
  if (be_slow(*task)) {
    fault = engine_.run(task->dispatch, *task);
    cycles = fault ? 0 : engine_.cycles(task->dispatch);
  }
  finish(task, fault, cycles);
  // From here on the card may be gone, if this was the last.
}

bool Dispatch::be_slow(const Task& task) {
  constexpr uint32_t kStepMs = 5;
  uint32_t left = mmu_.injector.slow_ms();
  if (left == 0) {
    return true;
  }
  std::unique_lock lock(mutex_);
  while (left != 0 && !task.cancelled.load(std::memory_order_relaxed)) {
    const uint32_t step = std::min(left, kStepMs);
    cancelled_.wait_for(lock, std::chrono::milliseconds(step));
    progress_.add(task.dispatch.queue, 1);
    left -= step;
  }
  return left == 0;
}

bool Dispatch::end(unsigned unit) {
  units_[unit].ended = true;
  const uint32_t group = units_[unit].group;
  for (unsigned i = 0; i < kNumUnits; ++i) {
    if ((group >> i & 1) != 0 && !units_[i].ended) {
      return false;
    }
  }
  done_.fetch_or(group, std::memory_order_seq_cst);
  return true;
}

void Dispatch::finish(const std::shared_ptr<Task>& task, const Fault& fault, uint64_t cycles) {
  const bool memory_fault = FaultLog::is_memory_fault(fault.status);
  bool current = false;
  bool group = false;
  {
    const std::lock_guard lock(mutex_);
    Unit& unit = units_[task->unit];
    current = unit.task == task;  // else it was forgotten by a reset
    if (current) {
      if (memory_fault) {
        faults_.record(fault, task->dispatch.space, task->dispatch.queue, task->unit);
      }
      unit.fault = fault;
      unit.cycles = cycles;
      unit.task.reset();
      set_working(task->unit, false);
      group = end(task->unit);
    }
  }
  if (current && memory_fault) {
    hooks_.on_fault(task->generation(), fault);
  }
  if (group) {
    intc_.refresh();
  }
  if (running_.fetch_sub(1, std::memory_order_seq_cst) == 1) {
    hooks_.on_idle();
  }
}

void Dispatch::cancel(uint32_t units) {
  bool ended = false;
  {
    const std::lock_guard lock(mutex_);
    for (unsigned i = 0; i < kNumUnits; ++i) {
      Unit& unit = units_[i];
      if ((units >> i & 1) == 0 || !unit.task) {
        continue;
      }
      unit.task->cancelled.store(true, std::memory_order_relaxed);
      if (unit.hangs) {
        unit.hangs = false;
        unit.fault = {.status = S4_E_CANCELLED};
        unit.cycles = 0;
        unit.task.reset();
        set_working(i, false);
        ended |= end(i);
      }
    }
  }
  cancelled_.notify_all();
  mmu_.host.gate().wake();
  if (ended) {
    intc_.refresh();
  }
}

void Dispatch::reset() {
  {
    const std::lock_guard lock(mutex_);
    for (unsigned i = 0; i < kNumUnits; ++i) {
      Unit& unit = units_[i];
      if (unit.task) {
        unit.task->cancelled.store(true, std::memory_order_relaxed);
        set_working(i, false);
      }
      unit = {};
    }
    busy_ = 0;
    done_.store(0, std::memory_order_seq_cst);
  }
  cancelled_.notify_all();
  mmu_.host.gate().wake();
  intc_.refresh();
}

bool Dispatch::load_unit(unsigned index, uint32_t reg, uint32_t& value) {
  const std::lock_guard lock(mutex_);
  const Unit& unit = units_[index];
  switch (reg) {
    case S4_UNIT_START:
      value = 0;
      return true;
    case S4_UNIT_STATUS:
      value = static_cast<uint32_t>(unit.fault.status);
      return true;
    case S4_UNIT_DETAIL:
      value = unit.fault.detail;
      return true;
    case S4_UNIT_ACCESS:
      value = static_cast<uint32_t>(unit.fault.access);
      return true;
    case S4_UNIT_FAULT_LO:
      value = static_cast<uint32_t>(unit.fault.va);
      return true;
    case S4_UNIT_FAULT_HI:
      value = static_cast<uint32_t>(unit.fault.va >> 32);
      return true;
    case S4_UNIT_CYCLES_LO:
      value = static_cast<uint32_t>(unit.cycles);
      return true;
    case S4_UNIT_CYCLES_HI:
      value = static_cast<uint32_t>(unit.cycles >> 32);
      return true;
    default:
      return false;
  }
}

bool Dispatch::load(uint32_t address, unsigned size, uint32_t& value) {
  const uint32_t reg = address - S4_MCU_DISPATCH;
  if (size != 4) {
    return false;
  }
  if (reg >= S4_DISPATCH_UNIT(0) && reg < S4_DISPATCH_UNIT(kNumUnits)) {
    return load_unit((reg - S4_DISPATCH_UNIT(0)) / 64, reg % 64, value);
  }
  switch (reg) {
    case S4_DISPATCH_DONE:
      value = done();
      return true;
    case S4_DISPATCH_BUSY: {
      const std::lock_guard lock(mutex_);
      value = busy_;
      return true;
    }
    default:
      return false;
  }
}

bool Dispatch::store(uint32_t address, unsigned size, uint32_t value) {
  const uint32_t reg = address - S4_MCU_DISPATCH;
  if (size != 4) {
    return false;
  }
  if (reg >= S4_DISPATCH_UNIT(0) && reg < S4_DISPATCH_UNIT(kNumUnits)) {
    return reg % 64 == S4_UNIT_START && start((reg - S4_DISPATCH_UNIT(0)) / 64, value);
  }
  switch (reg) {
    case S4_DISPATCH_DONE: {
      {
        const std::lock_guard lock(mutex_);
        const uint32_t cleared = done_.fetch_and(~value, std::memory_order_seq_cst) & value;
        busy_ &= ~cleared;
        for (unsigned i = 0; i < kNumUnits; ++i) {
          units_[i].ended &= (cleared >> i & 1) == 0;
        }
      }
      intc_.refresh();
      return true;
    }
    case S4_DISPATCH_CANCEL:
      cancel(value & kAllUnits);
      return true;
    default:
      return false;
  }
}

}  // namespace s4::card
