// SPDX-License-Identifier: MIT
#include "memory/spaces.hpp"

#include <thread>
#include <utility>

#include "s4/abi/s4_regs.h"

namespace s4::card {

Spaces::Spaces(unsigned threads, std::function<void()> on_release)
    : pins_(threads),
      on_release_(std::move(on_release)),
      tlbs_(std::make_unique<Tlb[]>(S4_NUM_SPACES)) {}

Spaces::Pinned Spaces::pin(unsigned index) {
  Space& space = spaces_[index];
  uint64_t generation = space.generation.load(std::memory_order_seq_cst);
  const size_t pin = pins_.take(index, generation);
  for (;;) {
    const uint64_t root = space.active_root.load(std::memory_order_acquire);
    const bool enabled = space.enabled.load(std::memory_order_acquire);
    const uint64_t now = space.generation.load(std::memory_order_seq_cst);
    if (now == generation && (now & 1) == 0) [[likely]] {
      return {pin, index, enabled, generation, root};
    }
    if ((now & 1) != 0) {
      std::this_thread::yield();  // three stores of a writer
    }
    generation = now;
    pins_.move(pin, index, generation);
  }
}

void Spaces::unpin(const Pinned& pinned) {
  pins_.drop(pinned.pin);
  if ((pending_.load(std::memory_order_seq_cst) >> pinned.space & 1) != 0) [[unlikely]] {
    on_release_();
  }
}

uint32_t Spaces::read(unsigned index, uint32_t reg) const {
  const Space& space = spaces_[index];
  switch (reg) {
    case S4_SPACE_ROOT_LO:
      return static_cast<uint32_t>(space.root.load(std::memory_order_relaxed));
    case S4_SPACE_ROOT_HI:
      return static_cast<uint32_t>(space.root.load(std::memory_order_relaxed) >> 32);
    case S4_SPACE_CTRL:
      return space.enabled.load(std::memory_order_relaxed) ? S4_SPACE_ENABLE : 0;
    case S4_SPACE_INVAL_DONE:
      return space.invalidated.load(std::memory_order_acquire);
    default:
      return 0;
  }
}

bool Spaces::write(unsigned index, uint32_t reg, uint32_t value) {
  const std::lock_guard lock(mutex_);
  Space& space = spaces_[index];
  const uint64_t root = space.root.load(std::memory_order_relaxed);
  switch (reg) {
    case S4_SPACE_ROOT_LO:
      space.root.store((root & ~0xffffffffULL) | value, std::memory_order_relaxed);
      return false;
    case S4_SPACE_ROOT_HI:
      space.root.store((root & 0xffffffffULL) | uint64_t{value} << 32, std::memory_order_relaxed);
      return false;
    case S4_SPACE_CTRL:
      advance(space, root, (value & S4_SPACE_ENABLE) != 0);
      return false;
    case S4_SPACE_INVAL_REQUEST:
      space.requested = value;
      advance(space, space.active_root.load(std::memory_order_relaxed),
              space.enabled.load(std::memory_order_relaxed));
      pending_.fetch_or(1ULL << index, std::memory_order_seq_cst);
      return try_finish(index);
    default:
      return false;
  }
}

void Spaces::advance(Space& space, uint64_t root, bool enabled) {
  space.generation.fetch_add(1, std::memory_order_seq_cst);
  space.active_root.store(root, std::memory_order_release);
  space.enabled.store(enabled, std::memory_order_release);
  space.generation.fetch_add(1, std::memory_order_seq_cst);
}

bool Spaces::try_finish(unsigned index) {
  Space& space = spaces_[index];
  if (pins_.older(index, space.generation.load(std::memory_order_relaxed))) {
    return false;
  }
  pending_.fetch_and(~(1ULL << index), std::memory_order_seq_cst);
  space.invalidated.store(space.requested, std::memory_order_release);
  return true;
}

bool Spaces::collect() {
  const std::lock_guard lock(mutex_);
  bool moved = false;
  uint64_t waiting = pending_.load(std::memory_order_seq_cst);
  for (; waiting != 0; waiting &= waiting - 1) {
    moved |= try_finish(static_cast<unsigned>(__builtin_ctzll(waiting)));
  }
  return moved;
}

uint64_t Spaces::enabled() const {
  uint64_t mask = 0;
  for (size_t i = 0; i < spaces_.size(); ++i) {
    mask |= uint64_t{spaces_[i].enabled.load(std::memory_order_relaxed)} << i;
  }
  return mask;
}

void Spaces::reset() {
  const std::lock_guard lock(mutex_);
  for (Space& space : spaces_) {
    advance(space, 0, false);
    space.root.store(0, std::memory_order_relaxed);
    space.invalidated.store(0, std::memory_order_relaxed);
    space.requested = 0;
  }
  pending_.store(0, std::memory_order_seq_cst);
}

}  // namespace s4::card
