// SPDX-License-Identifier: MIT
// Card memory: which parts are in use, and that freed ones read as zero before they are used again.
// Under the kernel's lock.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "core/range_allocator.hpp"
#include "s4/abi/s4_accel.h"
#include "transport/sim/card_port.hpp"

namespace s4::sim {

class Dram {
 public:
  Dram(CardPort& card, uint64_t bytes, uint64_t aperture);

  // Bytes in one piece, page multiple; `visible`: that the CPU reaches. Nothing when there is no
  // room; while discarding() some may come back.
  std::optional<uint64_t> allocate(uint64_t bytes, bool visible);
  void release(uint64_t at, uint64_t bytes);
  bool visible(uint64_t at, uint64_t bytes) const { return at + bytes <= aperture_; }

  bool discarding() const { return !dirty_.empty(); }
  // Looks whether the card has ended a discard, and begins the next.
  void pump();

  void query(drm_s4_query_memory* out) const;

 private:
  struct Range {
    uint64_t at;
    uint64_t bytes;
  };
  CardPort& card_;
  const uint64_t bytes_;
  const uint64_t aperture_;
  core::RangeAllocator free_;
  uint64_t used_ = 0;
  std::deque<Range> dirty_;  // freed; the first is being discarded if active_
  bool active_ = false;
  uint32_t request_ = 0;
};

}  // namespace s4::sim
