// SPDX-License-Identifier: MIT
// The units of the four cores: S4_MCU_DISPATCH.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>

#include "dispatch/task.hpp"
#include "engine/engine.hpp"
#include "mcu/bus.hpp"
#include "processor/context.hpp"
#include "processor/intc.hpp"
#include "registers/fault_log.hpp"

namespace s4::card {

constexpr unsigned kNumUnits = S4_NUM_UNITS * S4_NUM_CORES;

class Dispatch final : public mcu::Device {
 public:
  struct Hooks {
    // `faults` has one more, of a command of `generation`.
    std::function<void(uint64_t generation, const Fault& fault)> on_fault;
    std::function<void()> on_idle;  // the last task of all has ended
  };

  Dispatch(const Mmu& mmu, Progress& progress, Intc& intc, Engine& engine, FaultLog& faults,
           McuContext& mcu, Hooks hooks);

  uint32_t done() const { return done_.load(std::memory_order_seq_cst); }
  // Forgets every command: units are idle at once, results of what still runs are dropped.
  void reset();
  // True when no task of any time is left.
  bool drained() const { return running_.load(std::memory_order_seq_cst) == 0; }
  // Wall time in which a unit of `core` had a command, since power-on.
  uint64_t busy_ns(unsigned core);

  bool load(uint32_t address, unsigned size, uint32_t& value) override;
  bool store(uint32_t address, unsigned size, uint32_t value) override;

 private:
  struct Unit {
    std::shared_ptr<Task> task;  // at work
    bool hangs = false;          // on demand: no thread has the task
    bool ended = false;          // since it was last started
    uint32_t group = 0;          // of the command
    Fault fault;                 // how the last one ended
    uint64_t cycles = 0;
  };
  struct Core {
    unsigned working = 0;  // units
    uint64_t since = 0;
    uint64_t busy = 0;
  };

  bool start(unsigned unit, uint32_t ram_address);
  void cancel(uint32_t units);
  void execute(const std::shared_ptr<Task>& task);
  void finish(const std::shared_ptr<Task>& task, const Fault& fault, uint64_t cycles);
  bool be_slow(const Task& task);
  bool end(unsigned unit);  // with mutex_: true if its group has ended with it
  void set_working(unsigned unit, bool on);  // with mutex_
  bool load_unit(unsigned unit, uint32_t reg, uint32_t& value);

  const Mmu& mmu_;
  Progress& progress_;
  Intc& intc_;
  Engine& engine_;
  FaultLog& faults_;
  McuContext& mcu_;
  Hooks hooks_;

  std::mutex mutex_;
  std::condition_variable cancelled_;
  std::array<Unit, kNumUnits> units_;
  std::array<Core, S4_NUM_CORES> cores_;
  uint32_t busy_ = 0;
  std::atomic<uint32_t> done_{0};
  std::atomic<uint32_t> running_{0};  // tasks on the engine's threads
};

}  // namespace s4::card
