// SPDX-License-Identifier: MIT
#include "engine/engine.hpp"

#include <new>
#include <thread>
#include <utility>

#include "engine/command.hpp"
#include "engine/kernels/kernels.hpp"
#include "engine/options.hpp"
#include "s4/abi/s4_check.h"

namespace s4::card {
namespace {

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

class TileEngine final : public Engine {
 public:
  TileEngine(unsigned threads, ThreadHooks hooks, const Kernels& kernels)
      : kernels_(kernels), pool_(threads, std::move(hooks)) {}

  void spawn(std::function<void()> task) override {
    pool_.enqueue(*new Spawned(std::move(task)));
  }

  Fault run(const s4_dispatch& dispatch, MemoryPort& memory) override {
    Fault fault;
    const Command* command = nullptr;
    Slice slice;
    fault.status = check(dispatch, &command, &slice, &fault.detail);
    if (fault || slice.begin == slice.end) {
      return fault;
    }
    const Job job{dispatch, dispatch.command, slice, memory, pool_, scratch_, kernels_};
    try {
      fault = command->run(job);
    } catch (const std::bad_alloc&) {
      fault = {.status = S4_E_INTERNAL};
    }
    return fault;
  }

  timing::Cost cost(const s4_dispatch& dispatch) const override {
    const Command* command = nullptr;
    Slice slice;
    uint32_t detail = 0;
    if (check(dispatch, &command, &slice, &detail) != S4_OK || slice.begin == slice.end) {
      return {};
    }
    return command->cost(dispatch.command, static_cast<s4_slice>(dispatch.slice_axis), slice);
  }

  unsigned threads() const override { return pool_.threads(); }

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

  class Spawned final : public Pool::Task {
   public:
    explicit Spawned(std::function<void()> task) : task_(std::move(task)) {}
    void run() override {
      task_();
      delete this;
    }

   private:
    std::function<void()> task_;
  };

  ScratchPool scratch_;
  const Kernels& kernels_;
  Pool pool_;  // last: its end waits for all tasks, which use the others
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
  return std::make_unique<TileEngine>(threads, std::move(options.hooks), *kernels);
}

std::unique_ptr<Engine> Engine::create(unsigned threads, ThreadHooks hooks) {
  return create_engine({.threads = threads, .hooks = std::move(hooks)});
}

}  // namespace s4::card
