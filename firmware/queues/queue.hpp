// SPDX-License-Identifier: MIT
// One queue: what QUEUE_CREATE said, and how far its ring has been read.
#pragma once

#include "hw/port.hpp"
#include "s4/abi/s4_mailbox.h"
#include "s4/abi/s4_ring.h"

namespace s4::fw {

// Ring entries copied by one transfer.
constexpr uint32_t kRingBatch = 8;

struct Queue {
  // From QUEUE_CREATE.
  uint64_t ring = 0;
  uint64_t results = 0;
  uint64_t state_address = 0;
  uint32_t entries = 0;  // a power of two
  uint8_t slot = 0;
  uint8_t space = 0;
  uint8_t first_core = 0;
  uint8_t cores = 0;  // 1 or S4_NUM_CORES
  uint8_t slice = 0;  // enum s4_slice
  uint8_t priority = 0;
  uint8_t vector = 0;

  bool running = false;      // a job of it owns its cores
  bool seqno_known = false;  // false until the first entry since QUEUE_CREATE
  bool refused = false;      // a bad doorbell or a failed access to its memory was logged already

  // The ring, in free-running counts of entries.
  uint32_t head = 0;          // entries taken; the last one may still run
  uint32_t tail = 0;          // what the doorbell said
  uint32_t cached_begin = 0;  // entries [cached_begin, cached_end) are in `cache`
  uint32_t cached_end = 0;

  uint64_t last_seqno = 0;  // of the last entry taken
  uint64_t pass = 0;        // arbiter.hpp
  s4_queue_state state = {};
  s4_ring_entry cache[kRingBatch] = {};

  bool waiting() const { return !running && head != tail; }
  uint32_t place(uint32_t count) const { return count & (entries - 1); }
  Target commands() const {
    return {space | static_cast<uint32_t>(slot) << 8, first_core | static_cast<uint32_t>(cores)
                                                                       << 8};
  }
};

}  // namespace s4::fw
