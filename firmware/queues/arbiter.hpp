// SPDX-License-Identifier: MIT
// Which queue's job starts next. docs/firmware.md, "Arbitration".
//
// Stride scheduling: every queue has a `pass`, a position in virtual time, and the waiting queue
// with the smallest one is next. A job's end moves its queue on by a charge that is larger the
// longer the job ran (in card time) and the lower the priority, so that queues that always have
// work share the cores' time 8 : 4 : 1 (high, normal, low). Nobody starves: each job of another
// queue moves that queue on by at least kJobCharge, so finitely many pass a waiting one.
//
// A job on all cores waits until all are free. So that one-core jobs cannot keep it waiting for
// ever, they start only while their queue's pass is smaller than that of every waiting four-core
// queue: from its turn on, cores that become free are kept for it.
#pragma once

#include "queues/queue.hpp"
#include "support/bits.hpp"

namespace s4::fw {

// Least cost of a job in card cycles, about what the MCU itself spends on one.
constexpr uint32_t kJobCharge = 4096;
// A job counts as at most this long (one second), which bounds how long its queue then waits.
constexpr uint32_t kMaxCharge = S4_CLOCK_TOP_KHZ * 1000u;

class Arbiter {
 public:
  // The queue of `waiting` whose job may start on `free_cores` (a bit each); null if none may.
  Queue* next(Queue* queues, const QueueSet& waiting, uint32_t free_cores) const;

  // A queue has work after it had none: it may not bank the time in which it was idle.
  void wake(Queue& queue) const { queue.pass = max(queue.pass, now_); }
  void started(const Queue& queue) { now_ = max(now_, queue.pass); }
  void ended(Queue& queue, uint64_t cycles) const;

 private:
  uint64_t now_ = 0;  // virtual time: the largest pass at which a job has started
};

}  // namespace s4::fw
