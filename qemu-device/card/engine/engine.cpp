// SPDX-License-Identifier: MIT
#include "engine/engine.hpp"

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_scheduler_observer.h>

#include <atomic>
#include <condition_variable>
#include <new>
#include <thread>
#include <utility>

#include "engine/command.hpp"
#include "engine/kernels/kernels.hpp"
#include "engine/options.hpp"
#include "s4/abi/s4_check.h"

namespace s4::card {
namespace {

// oneTBB lets a process have no more threads than processors unless it is told otherwise, and then
// takes the smallest wish. Every engine asks for this many, so that cards do not restrict each
// other; how many threads there really are follows from the arenas.
constexpr size_t kParallelism = 256;

// A number of things under way that can be waited for to become zero.
class Counter {
 public:
  void add() {
    const std::lock_guard lock(mutex_);
    ++count_;
  }
  void remove() {
    const std::lock_guard lock(mutex_);
    if (--count_ == 0) {
      zero_.notify_all();
    }
  }
  void wait_zero() {
    std::unique_lock lock(mutex_);
    zero_.wait(lock, [this] { return count_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable zero_;
  size_t count_ = 0;
};

// Calls the hooks as threads come to and leave the arena.
class Observer : public tbb::task_scheduler_observer {
 public:
  Observer(tbb::task_arena& arena, ThreadHooks hooks)
      : tbb::task_scheduler_observer(arena), hooks_(std::move(hooks)) {
    observe(true);
  }
  ~Observer() override {
    inside_.wait_zero();
    observe(false);
  }
  void on_scheduler_entry(bool) override {
    inside_.add();
    if (hooks_.attach) {
      hooks_.attach();
    }
  }
  void on_scheduler_exit(bool) override {
    if (hooks_.detach) {
      hooks_.detach();
    }
    inside_.remove();
  }

 private:
  ThreadHooks hooks_;
  Counter inside_;
};

// The dispatch's share of the command's axis; false when it is not one.
bool slice_of(const s4_dispatch& dispatch, Slice* slice) {
  if (dispatch.slice_axis > S4_SLICE_ROWS) {
    return false;
  }
  const auto axis = static_cast<s4_slice>(dispatch.slice_axis);
  uint32_t extent = 1;
  uint32_t step = 1;
  s4_cmd_axis(&dispatch.command, axis, &extent, &step);
  if (axis == S4_SLICE_ALL) {
    *slice = {0, extent};
    return true;
  }
  *slice = {dispatch.slice_begin, dispatch.slice_end};
  const auto on_step = [&](uint64_t at) { return at == extent || at % step == 0; };
  return slice->begin <= slice->end && slice->end <= extent && on_step(slice->begin) &&
         on_step(slice->end);
}

class TbbEngine final : public Engine {
 public:
  TbbEngine(unsigned threads, ThreadHooks hooks, const Kernels& kernels)
      : parallelism_(tbb::global_control::max_allowed_parallelism, kParallelism),
        workers_(threads),
        kernels_(kernels),
        arena_(static_cast<int>(threads), /*reserved_for_masters=*/0),
        observer_(arena_, std::move(hooks)) {}

  ~TbbEngine() override { spawned_.wait_zero(); }

  void spawn(std::function<void()> task) override {
    spawned_.add();
    auto shared = std::make_shared<std::function<void()>>(std::move(task));
    arena_.enqueue([this, shared] {
      (*shared)();
      *shared = nullptr;  // what it holds is gone before the engine may be
      spawned_.remove();
    });
  }

  Fault run(const s4_dispatch& dispatch, MemoryPort& memory) override {
    Fault fault;
    const Command* command = nullptr;
    Slice slice;
    fault.status = check(dispatch, &command, &slice, &fault.detail);
    if (fault || slice.begin == slice.end) {
      return fault;
    }
    const Job job{dispatch, dispatch.command, slice, memory, workers_, scratch_, kernels_};
    try {
      arena_.execute([&] { fault = command->run(job); });
    } catch (const std::bad_alloc&) {
      fault = {.status = S4_E_INTERNAL};
    }
    return fault;
  }

  uint64_t cycles(const s4_dispatch& dispatch) const override {
    const Command* command = nullptr;
    Slice slice;
    uint32_t detail = 0;
    if (check(dispatch, &command, &slice, &detail) != S4_OK || slice.begin == slice.end) {
      return 0;
    }
    return command->cycles(dispatch.command, static_cast<s4_slice>(dispatch.slice_axis), slice);
  }

  unsigned threads() const override { return workers_.threads(); }

 private:
  static s4_status check(const s4_dispatch& dispatch, const Command** command, Slice* slice,
                         uint32_t* detail) {
    const s4_status status = s4_cmd_check(&dispatch.command, detail);
    if (status != S4_OK) {
      return status;
    }
    *command = find_command(dispatch.command.header.opcode);
    if (*command == nullptr) {
      return S4_E_OPCODE;
    }
    // The firmware makes slices, so a wrong one is the card's own error.
    return slice_of(dispatch, slice) ? S4_OK : S4_E_INTERNAL;
  }

  tbb::global_control parallelism_;
  Workers workers_;
  ScratchPool scratch_;
  const Kernels& kernels_;
  Counter spawned_;
  tbb::task_arena arena_;
  Observer observer_;
};

}  // namespace

std::unique_ptr<Engine> create_engine(EngineOptions options) {
  const Kernels* kernels = find_kernels(options.targets);
  if (kernels == nullptr) {
    return nullptr;
  }
  unsigned threads = options.threads;
  if (threads == 0) {
    threads = std::thread::hardware_concurrency();
  }
  if (threads == 0) {
    threads = 1;
  }
  return std::make_unique<TbbEngine>(threads, std::move(options.hooks), *kernels);
}

std::unique_ptr<Engine> Engine::create(unsigned threads, ThreadHooks hooks) {
  return create_engine({.threads = threads, .hooks = std::move(hooks)});
}

}  // namespace s4::card
