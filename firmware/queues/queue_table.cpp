// SPDX-License-Identifier: MIT
#include "queues/queue_table.hpp"

#include "s4/abi/s4_pci.h"

namespace s4::fw {
namespace {

constexpr uint32_t kSlices[] = {S4_SLICE_ALL, S4_SLICE_COLUMNS, S4_SLICE_ROWS};

uint64_t join(uint32_t low, uint32_t high) {
  return low | uint64_t{high} << 32;
}

// `bytes` from `address` on: 64-byte aligned, and not beyond the end of all addresses.
bool host_range_ok(uint64_t address, uint32_t bytes) {
  return (address & 63) == 0 && address <= ~uint64_t{0} - bytes;
}

bool arguments_ok(const s4_mbox_queue_create& q) {
  const bool one = q.core_mode == S4_CORE_MODE_ONE;
  const uint32_t n = q.ring_entries;
  return q.slot < S4_NUM_QUEUES && q.space < S4_NUM_SPACES &&
         q.core_mode <= S4_CORE_MODE_BROADCAST && q.core < (one ? S4_NUM_CORES : 1) &&
         q.priority < S4_NUM_PRIORITIES && q.vector >= S4_VECTOR_QUEUE_FIRST &&
         q.vector < S4_NUM_VECTORS && n >= 2 && n <= S4_RING_MAX_ENTRIES && (n & (n - 1)) == 0 &&
         host_range_ok(join(q.ring_lo, q.ring_hi), n * sizeof(s4_ring_entry)) &&
         host_range_ok(join(q.results_lo, q.results_hi), n * sizeof(s4_job_result)) &&
         host_range_ok(join(q.state_lo, q.state_hi), sizeof(s4_queue_state));
}

}  // namespace

s4_mbox_status QueueTable::create(const s4_mbox_queue_create& q) {
  if (!arguments_ok(q))
    return S4_MBOX_E_ARG;
  const uint32_t spaces =
      hw_.load(S4_MCU_SYS + (q.space < 32 ? S4_SYS_SPACES_LO : S4_SYS_SPACES_HI));
  if (!(spaces >> (q.space & 31) & 1))
    return S4_MBOX_E_ARG;
  if (exists_.has(q.slot))
    return S4_MBOX_E_EXISTS;

  Queue& queue = queues_[q.slot];
  queue = {};
  const bool one = q.core_mode == S4_CORE_MODE_ONE;
  queue.ring = join(q.ring_lo, q.ring_hi);
  queue.results = join(q.results_lo, q.results_hi);
  queue.state_address = join(q.state_lo, q.state_hi);
  queue.entries = q.ring_entries;
  queue.slot = static_cast<uint8_t>(q.slot);
  queue.space = static_cast<uint8_t>(q.space);
  queue.first_core = static_cast<uint8_t>(q.core);
  queue.cores = one ? 1 : S4_NUM_CORES;
  queue.slice = static_cast<uint8_t>(kSlices[q.core_mode]);
  queue.priority = static_cast<uint8_t>(q.priority);
  queue.vector = static_cast<uint8_t>(q.vector);
  // A doorbell of the slot's last queue that was not looked at yet is none of this one.
  hw_.store(S4_MCU_DOORBELL + (q.slot < 32 ? S4_DOORBELL_PENDING_LO : S4_DOORBELL_PENDING_HI),
            1u << (q.slot & 31));
  exists_.add(q.slot);
  count_++;
  publish();
  return S4_MBOX_OK;
}

s4_mbox_status QueueTable::destroy(uint32_t slot) {
  if (!exists_.has(slot))
    return S4_MBOX_E_EXISTS;
  // Jobs that have not begun are dropped even while one runs, or a queue that always has more
  // could never be destroyed.
  waiting_.remove(slot);
  Queue& queue = queues_[slot];
  queue.tail = queue.head;
  queue.cached_end = queue.head;
  if (queue.running)
    return S4_MBOX_E_BUSY;
  exists_.remove(slot);
  count_--;
  publish();
  return S4_MBOX_OK;
}

void QueueTable::publish() {
  hw_.store(S4_MCU_DOORBELL + S4_DOORBELL_EXISTS_LO, exists_.word[0]);
  hw_.store(S4_MCU_DOORBELL + S4_DOORBELL_EXISTS_HI, exists_.word[1]);
}

void QueueTable::doorbells() {
  QueueSet rang;
  rang.word[0] = hw_.load(S4_MCU_DOORBELL + S4_DOORBELL_PENDING_LO);
  rang.word[1] = hw_.load(S4_MCU_DOORBELL + S4_DOORBELL_PENDING_HI);
  // Cleared before the tails are read: a doorbell between the two is then seen again, not lost.
  if (rang.word[0])
    hw_.store(S4_MCU_DOORBELL + S4_DOORBELL_PENDING_LO, rang.word[0]);
  if (rang.word[1])
    hw_.store(S4_MCU_DOORBELL + S4_DOORBELL_PENDING_HI, rang.word[1]);
  rang.for_each([this](uint32_t slot) {
    if (!exists_.has(slot))
      return;  // destroyed since it rang
    Queue& queue = queues_[slot];
    const bool had_work = queue.running || queue.waiting();
    ring_doorbell(queue, hw_.load(S4_MCU_DOORBELL + S4_DOORBELL_TAIL(slot)), log_);
    if (!queue.waiting())
      return;
    if (!had_work)
      arbiter_.wake(queue);
    waiting_.add(slot);
  });
}

}  // namespace s4::fw
