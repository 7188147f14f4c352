// SPDX-License-Identifier: MIT
#include "engine/parallel.hpp"

#include <new>

namespace s4::card {

void TileBatch::work() {
  const FloatEnvironment exact;
  for (;;) {
    const size_t index = next_.fetch_add(1, std::memory_order_relaxed);
    if (index >= tiles_ || index > failed_.load(std::memory_order_relaxed)) {
      return;
    }
    Fault fault;
    try {
      fault = tile(index);
    } catch (const std::bad_alloc&) {
      fault = {.status = S4_E_INTERNAL};
    }
    if (fault) {
      const std::lock_guard lock(mutex_);
      if (index < failed_.load(std::memory_order_relaxed)) {
        failed_.store(index, std::memory_order_relaxed);
        fault_ = fault;
      }
    }
  }
}

void TileBatch::run() {
  // Leaves what the tiles wrote to close().
  if ((state_.fetch_add(1, std::memory_order_acq_rel) & kClosed) == 0) {
    work();
  }
  if (state_.fetch_sub(1, std::memory_order_acq_rel) == (kClosed | 1)) {
    state_.notify_all();
  }
  release();
}

Fault TileBatch::close() {
  uint32_t state = state_.fetch_or(kClosed, std::memory_order_acq_rel) | kClosed;
  while (state != kClosed) {
    state_.wait(state, std::memory_order_acquire);
    state = state_.load(std::memory_order_acquire);
  }
  return fault_;
}

void TileBatch::release() {
  if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
    delete this;
  }
}

}  // namespace s4::card
