// SPDX-License-Identifier: MIT
// The engine: executes commands on host threads. It keeps no state between commands; the card
// (dispatch) decides what runs where and when.
#pragma once

#include <functional>
#include <memory>

#include "memory/memory_port.hpp"
#include "timing/cost.hpp"

namespace s4::card {

// Called on each worker thread before its first and after its last task of this engine.
struct ThreadHooks {
  std::function<void()> attach;
  std::function<void()> detach;
};

class Engine {
 public:
  // `threads` workers, 0: one a host processor.
  static std::unique_ptr<Engine> create(unsigned threads, ThreadHooks hooks);
  virtual ~Engine() = default;  // waits for spawned tasks

  // Runs `task` on a worker soon; returns at once. The card spawns one task a dispatched command.
  virtual void spawn(std::function<void()> task) = 0;

  // Executes one command or a slice of it, using idle workers too; returns when it is done, failed
  // or cancelled. Checks the whole descriptor itself (S4_E_FIELD and so on): the firmware is not
  // trusted with the host's safety. Thread-safe; call it from a spawned task.
  virtual Fault run(const s4_dispatch& dispatch, MemoryPort& memory) = 0;

  // Modelled cost: a pure function of the dispatch (timing/). Nothing for a descriptor that run()
  // would refuse.
  virtual timing::Cost cost(const s4_dispatch& dispatch) const = 0;
  uint64_t cycles(const s4_dispatch& dispatch) const { return cost(dispatch).total(); }

  virtual unsigned threads() const = 0;
};

}  // namespace s4::card
