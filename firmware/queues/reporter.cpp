// SPDX-License-Identifier: MIT
#include "queues/reporter.hpp"

#include "support/bits.hpp"

namespace s4::fw {

namespace {

// Of struct s4_queue_state only these words ever change.
constexpr uint32_t kStateBytes = __builtin_offsetof(s4_queue_state, reserved);

}  // namespace

void Reporter::write_host(Queue& queue, uint64_t address, const void* data, uint32_t bytes) {
  const s4_status status = port_.write({}, address, data, bytes);
  if (status == S4_OK || queue.refused)
    return;
  // Nobody can be told but through the log: the driver sees a queue that makes no progress.
  queue.refused = true;
  log_.line("queue {}: {x} cannot be written, status {}", queue.slot, address, status);
}

void Reporter::begun(Queue& queue, uint64_t seqno) {
  queue.state.started = seqno;
  if (queue_ == &queue) {
    write_held();
  } else {
    write_host(queue, queue.state_address, &queue.state, kStateBytes);
  }
}

s4_job_result& Reporter::open(Queue& queue, uint32_t place) {
  if (queue_ != &queue || count_ == kHeld || queue.place(place) == 0)
    write_held();
  if (!queue_) {
    queue_ = &queue;
    place_ = place;
    count_ = 0;
  }
  s4_job_result& result = held_[count_];
  result = {};
  return result;
}

void Reporter::end(uint64_t completion_va, uint32_t command_count) {
  Queue& queue = *queue_;
  s4_job_result& result = held_[count_];
  if (completion_va) {
    const s4_status status = port_.write(queue.commands(), completion_va, &result, sizeof(result));
    if (status != S4_OK && result.status == S4_OK) {
      result.status = status;
      result.command = command_count;
      result.fault_va = port_.fault_va();
      result.fault_unit = S4_UNIT_FIRMWARE;
      result.fault_core = queue.first_core;
      result.fault_access = S4_ACCESS_WRITE;
    }
  }
  counters_.jobs_done++;
  if (result.status != S4_OK) {
    counters_.jobs_failed++;
    queue.state.jobs_failed++;
  }
  queue.state.fence = result.seqno;
  queue.state.started = result.seqno;
  count_++;
  hw_.store(S4_MCU_PROGRESS + S4_PROGRESS_CREDIT, queue.slot);
}

void Reporter::write_held() {
  if (!queue_)
    return;
  Queue& queue = *queue_;
  write_host(queue, queue.results + queue.place(place_) * sizeof(s4_job_result), held_,
             count_ * static_cast<uint32_t>(sizeof(s4_job_result)));
  write_host(queue, queue.state_address, &queue.state, kStateBytes);
  vectors_ |= 1u << queue.vector;
  queue_ = nullptr;
}

void Reporter::flush() {
  write_held();
  for (; vectors_; vectors_ &= vectors_ - 1) {
    hw_.store(S4_MCU_SYS + S4_SYS_VECTOR, lowest_bit(vectors_));
  }
}

}  // namespace s4::fw
