// SPDX-License-Identifier: MIT
// Queues: from SUBMIT to the ring and back. Under the kernel's lock.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>

#include "transport/sim/kernel.hpp"

namespace s4::sim {

class Queues {
 public:
  explicit Queues(Kernel& kernel) : kernel_(kernel) {}

  // `queue` has its parameters. 0, -ENOSPC, -ENOMEM, -ENODEV, -EIO.
  int create(Lock& lock, std::shared_ptr<Queue> queue);
  // No job begins any more; the queue leaves when none runs.
  void destroy(Lock& lock, std::shared_ptr<Queue> queue);
  // Jobs of a queue that is not destroyed; they go to the card as they may.
  void submit(const std::shared_ptr<Queue>& queue, std::shared_ptr<Job> job);
  uint64_t progress(const Queue& queue) const;

  // Ends jobs that the card has ended, and hands on more.
  void pump(const std::shared_ptr<Queue>& queue);
  void pump_all(Lock& lock);
  // A queue whose job has begun and does not get on; null if there is none.
  std::shared_ptr<Queue> find_hung();
  bool busy() const;

  // The parts of a recovery. The card has drained and writes nothing any more:
  void settle_all(Queue* guilty);
  int restore_all(Lock& lock);
  void open_all();
  void lose_all();

 private:
  int announce(Lock& lock, const Queue& queue);
  void end_finished(Queue& queue);
  void end_job(Queue& queue, const Job& job, int error, uint32_t status);
  void fill_ring(Queue& queue);
  void cancel_waiting(Queue& queue, int error);
  void release_dying(Lock& lock);

  Kernel& kernel_;
  std::array<std::shared_ptr<Queue>, S4_NUM_QUEUES> slots_;
  std::array<bool, S4_NUM_QUEUES> reserved_{};  // being created
};

}  // namespace s4::sim
