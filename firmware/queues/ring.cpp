// SPDX-License-Identifier: MIT
#include "queues/ring.hpp"

#include "s4/abi/s4_mmu.h"
#include "support/bits.hpp"

namespace s4::fw {
namespace {

uint32_t high(uint64_t value) {
  return static_cast<uint32_t>(value >> 32);
}
uint32_t low(uint64_t value) {
  return static_cast<uint32_t>(value);
}

// Whether `bytes` (below 4 GiB) from a 64-byte aligned `va` on lie in the address space.
bool range_ok(uint64_t va, uint32_t bytes) {
  return (low(va) & 63) == 0 && va < S4_VA_END && bytes <= S4_VA_END - va;
}

}  // namespace

void ring_doorbell(Queue& queue, uint32_t tail, Log& log) {
  // A job that has not ended still occupies its entry; and a tail never goes back.
  const uint32_t room = queue.entries - (queue.running ? 1 : 0);
  const uint32_t ahead = tail - queue.head;
  if (ahead > room || ahead < queue.tail - queue.head) {
    if (!queue.refused) {
      log.line("queue {}: doorbell {} refused, the ring is at {} to {}", queue.slot, tail,
               queue.head, queue.tail);
    }
    queue.refused = true;
    return;
  }
  queue.tail = tail;
}

const s4_ring_entry* ring_peek(Queue& queue, Port& port, Log& log) {
  if (queue.head == queue.cached_end) {
    const uint32_t place = queue.place(queue.head);
    const uint32_t count = min(min(queue.tail - queue.head, kRingBatch), queue.entries - place);
    const s4_status status = port.read({}, queue.ring + place * sizeof(s4_ring_entry), queue.cache,
                                       count * static_cast<uint32_t>(sizeof(s4_ring_entry)));
    if (status != S4_OK) {
      if (!queue.refused)
        log.line("queue {}: ring cannot be read, status {}", queue.slot, status);
      queue.refused = true;
      queue.tail = queue.head;
      return nullptr;
    }
    queue.cached_begin = queue.head;
    queue.cached_end = queue.head + count;
  }
  return &queue.cache[queue.head - queue.cached_begin];
}

s4_status ring_take(Queue& queue, const s4_ring_entry& entry, uint32_t* detail) {
  const uint64_t expected = queue.last_seqno + 1;
  const bool seqno_ok = queue.seqno_known ? entry.seqno == expected : entry.seqno != 0;
  queue.last_seqno = seqno_ok ? entry.seqno : expected;
  if (!queue.seqno_known) {
    // A queue that a driver goes on with after a reset: its fence must not seem to go back.
    queue.seqno_known = true;
    queue.state.fence = queue.last_seqno - 1;
    queue.state.started = queue.last_seqno - 1;
  }
  queue.head++;

  uint32_t reserved = 0;
  for (const __u64& word : entry.reserved)
    reserved |= low(word) | high(word);

  *detail = 0;
  if (!seqno_ok) {
    *detail = __builtin_offsetof(s4_ring_entry, seqno);
  } else if (entry.command_count > S4_MAX_COMMANDS) {
    *detail = __builtin_offsetof(s4_ring_entry, command_count);
  } else if (!range_ok(entry.commands_va, entry.command_count * S4_CMD_BYTES)) {
    *detail = __builtin_offsetof(s4_ring_entry, commands_va);
  } else if (entry.flags) {
    *detail = __builtin_offsetof(s4_ring_entry, flags);
  } else if (!ring_record_ok(entry)) {
    *detail = __builtin_offsetof(s4_ring_entry, completion_va);
  } else if (reserved) {
    *detail = __builtin_offsetof(s4_ring_entry, reserved);
  } else {
    return S4_OK;
  }
  return S4_E_JOB;
}

bool ring_record_ok(const s4_ring_entry& entry) {
  return range_ok(entry.completion_va, sizeof(s4_job_result));
}

}  // namespace s4::fw
