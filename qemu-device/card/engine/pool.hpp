// SPDX-License-Identifier: MIT
// Worker threads: a oneTBB arena of the card's own.
#pragma once

#include <memory>

#include "engine/engine.hpp"

namespace s4::card {

// What a thread did before enqueue() is ordered before the task's run, what tasks did before the end
// of the pool's destruction.
class Pool {
 public:
  class Task {
   public:
    virtual void run() = 0;

   protected:
    ~Task() = default;
  };

  Pool(unsigned threads, ThreadHooks hooks);
  // Waits until every task has run, the threads have left and their detach hooks have run.
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  unsigned threads() const { return threads_; }
  // Runs task.run() on a worker soon, first come, first served. The same task may be enqueued
  // several times.
  void enqueue(Task& task);

 private:
  struct Arena;
  unsigned threads_;
  std::unique_ptr<Arena> arena_;
};

}  // namespace s4::card
