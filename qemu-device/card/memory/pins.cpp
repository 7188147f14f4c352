// SPDX-License-Identifier: MIT
#include "memory/pins.hpp"

#include <pthread.h>

#include <bit>
#include <thread>

namespace s4::card {

Pins::Pins(unsigned threads)
    : mask_(std::bit_ceil(size_t{threads} * 4 + 16) - 1),
      slots_(std::make_unique<Slot[]>(mask_ + 1)) {}

size_t Pins::take(unsigned space, uint64_t generation) {
  const auto id = static_cast<uint64_t>(pthread_self()) >> 12;
  const size_t first = static_cast<size_t>(id * 0x9e3779b97f4a7c15ULL >> 32);
  for (size_t i = 0;; ++i) {
    const size_t slot = (first + i) & mask_;
    uint64_t empty = 0;
    // Sequentially consistent: Spaces reads the generation again after this, and an invalidation
    // reads the pins after it changed the generation; one of them sees the other.
    if (slots_[slot].pin.compare_exchange_strong(empty, encode(space, generation),
                                                 std::memory_order_seq_cst)) {
      return slot;
    }
    if (i > mask_) {
      std::this_thread::yield();
    }
  }
}

void Pins::move(size_t pin, unsigned space, uint64_t generation) {
  slots_[pin].pin.store(encode(space, generation), std::memory_order_seq_cst);
}

void Pins::drop(size_t pin) {
  slots_[pin].pin.store(0, std::memory_order_seq_cst);
}

bool Pins::older(unsigned space, uint64_t generation) const {
  for (size_t i = 0; i <= mask_; ++i) {
    const uint64_t pin = slots_[i].pin.load(std::memory_order_seq_cst);
    if (pin != 0 && (pin >> 1 & 0x3f) == space && pin >> 8 < generation) {
      return true;
    }
  }
  return false;
}

}  // namespace s4::card
