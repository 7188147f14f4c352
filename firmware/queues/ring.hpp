// SPDX-License-Identifier: MIT
// Reading a queue's ring. The ring is host memory that may change at any moment: each entry is
// copied once, and everything is checked and used from the copy.
#pragma once

#include "queues/queue.hpp"
#include "support/log.hpp"

namespace s4::fw {

// Takes over the doorbell's new tail. A tail that goes back, or that would mean more entries
// than the ring has, is logged and ignored.
void ring_doorbell(Queue& queue, uint32_t tail, Log& log);

// The next entry, or null when host memory could not be read; then the queue rests until its next
// doorbell. The queue must be waiting().
const s4_ring_entry* ring_peek(Queue& queue, Port& port, Log& log);

// Whether the entry may run: S4_OK, or S4_E_JOB with *detail the offset of the first bad field.
// Takes it off the ring in any case; queue.last_seqno is then the fence value that its end has.
s4_status ring_take(Queue& queue, const s4_ring_entry& entry, uint32_t* detail);

// Whether the entry's completion_va, or that there is none, is sound: a malformed job whose is gets
// its completion record all the same.
bool ring_record_ok(const s4_ring_entry& entry);

}  // namespace s4::fw
