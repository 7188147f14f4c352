// SPDX-License-Identifier: MIT
#include "transport/sim/dram.hpp"

#include "s4/abi/s4_mmu.h"
#include "s4/abi/s4_regs.h"

namespace s4::sim {

Dram::Dram(CardPort& card, uint64_t bytes, uint64_t aperture)
    : card_(card), bytes_(bytes), aperture_(aperture), free_(0, bytes) {}

std::optional<uint64_t> Dram::allocate(uint64_t bytes, bool visible) {
  const uint64_t align = bytes >= S4_LARGE_SIZE ? S4_LARGE_SIZE : S4_PAGE_SIZE;
  // What need not be visible stays out of the way of what must.
  auto at = visible               ? free_.allocate(bytes, align, 0, aperture_)
            : aperture_ == bytes_ ? free_.allocate(bytes, align)
                                  : free_.allocate_high(bytes, align);
  if (at)
    used_ += bytes;
  return at;
}

void Dram::release(uint64_t at, uint64_t bytes) {
  used_ -= bytes;
  dirty_.push_back({at, bytes});
  pump();
}

void Dram::pump() {
  if (active_ && card_.read(S4_REG_DISCARD_DONE) == request_) {
    free_.release(dirty_.front().at, dirty_.front().bytes);
    dirty_.pop_front();
    active_ = false;
  }
  if (active_ || dirty_.empty())
    return;
  if (++request_ == 0)
    ++request_;
  card_.write64(S4_REG_DISCARD_ADDR_LO, S4_REG_DISCARD_ADDR_HI, dirty_.front().at);
  card_.write64(S4_REG_DISCARD_BYTES_LO, S4_REG_DISCARD_BYTES_HI, dirty_.front().bytes);
  card_.write(S4_REG_DISCARD_REQUEST, request_);
  active_ = true;
}

void Dram::query(drm_s4_query_memory* out) const {
  uint64_t dirty_visible = 0;
  uint64_t dirty = 0;
  for (const Range& range : dirty_) {  // as good as free
    dirty += range.bytes;
    if (visible(range.at, range.bytes))
      dirty_visible += range.bytes;
  }
  out->total = bytes_;
  out->used = used_;
  out->reserved = bytes_ - used_ - dirty - free_.free_bytes();
  out->visible_free = free_.free_bytes(0, aperture_) + dirty_visible;
  out->largest_free = free_.largest_free();
}

}  // namespace s4::sim
