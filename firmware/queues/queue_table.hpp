// SPDX-License-Identifier: MIT
// All queues: which exist, which have work, and what the doorbells say.
#pragma once

#include "queues/arbiter.hpp"
#include "queues/ring.hpp"

namespace s4::fw {

class QueueTable {
 public:
  QueueTable(Hw hw, Log& log) : hw_(hw), log_(log) {}

  s4_mbox_status create(const s4_mbox_queue_create& request);
  s4_mbox_status destroy(uint32_t slot);

  // Reads the doorbells that rang.
  void doorbells();

  // The next queue whose job may start on `free_cores`; null if none may.
  Queue* next(uint32_t free_cores) {
    if (waiting_.empty())
      return nullptr;
    return arbiter_.next(queues_, waiting_, free_cores);
  }
  void job_started(Queue& queue) {
    queue.running = true;
    waiting_.remove(queue.slot);
    arbiter_.started(queue);
  }
  void job_ended(Queue& queue, uint64_t cycles) {
    queue.running = false;
    arbiter_.ended(queue, cycles);
    if (queue.waiting())
      waiting_.add(queue.slot);
  }
  // The queue's ring could not be read.
  void rest(Queue& queue) { waiting_.remove(queue.slot); }

  uint32_t count() const { return count_; }

 private:
  void publish();

  [[no_unique_address]] Hw hw_;
  Log& log_;
  QueueSet exists_;
  QueueSet waiting_;  // have an entry to take and no job running
  uint32_t count_ = 0;
  Arbiter arbiter_;
  Queue queues_[S4_NUM_QUEUES];
};

}  // namespace s4::fw
