// SPDX-License-Identifier: MIT
// Tells the host what became of jobs: results[], queue state, completion records, interrupts.
//
// Order in memory: completion record, result, fence, interrupt. Results of jobs of one queue that
// end one right after the other are held back and written together, at the latest by flush().
#pragma once

#include "queues/queue.hpp"
#include "support/log.hpp"

namespace s4::fw {

struct Counters {
  uint64_t jobs_done = 0;
  uint64_t jobs_failed = 0;
  uint64_t commands_done = 0;
};

class Reporter {
 public:
  Reporter(Hw hw, Port& port, Log& log, Counters& counters)
      : hw_(hw), port_(port), log_(log), counters_(counters) {}

  // Makes it known that the queue's job `seqno` has begun, before any of its commands does.
  void begun(Queue& queue, uint64_t seqno);

  // A result to fill in, all zero, for the job at ring count `place`. end() must follow.
  s4_job_result& open(Queue& queue, uint32_t place);
  // The result is complete. `completion_va`: where the user wants it too, or 0.
  void end(uint64_t completion_va, uint32_t command_count);

  // Writes what is held back and raises the interrupts.
  void flush();

 private:
  static constexpr uint32_t kHeld = 8;

  void write_held();
  void write_host(Queue& queue, uint64_t address, const void* data, uint32_t bytes);

  [[no_unique_address]] Hw hw_;
  Port& port_;
  Log& log_;
  Counters& counters_;
  Queue* queue_ = nullptr;  // whose results are held
  uint32_t place_ = 0;      // ring count of the first
  uint32_t count_ = 0;
  uint32_t vectors_ = 0;
  s4_job_result held_[kHeld] = {};
};

}  // namespace s4::fw
