// SPDX-License-Identifier: MIT
#include "memory/discard.hpp"

#include <algorithm>

#include "s4/abi/s4_mmu.h"

namespace s4::card {
namespace {

// At once; between two the machine may stop.
constexpr uint64_t kStep = 64 << 20;

}  // namespace

uint64_t Discard::address() const {
  const std::lock_guard lock(mutex_);
  return address_;
}

uint64_t Discard::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

uint32_t Discard::done() const {
  const std::lock_guard lock(mutex_);
  return done_;
}

uint32_t Discard::error() const {
  const std::lock_guard lock(mutex_);
  return error_;
}

void Discard::set_address(uint64_t mask, uint64_t bits) {
  const std::lock_guard lock(mutex_);
  address_ = (address_ & ~mask) | bits;
}

void Discard::set_bytes(uint64_t mask, uint64_t bits) {
  const std::lock_guard lock(mutex_);
  bytes_ = (bytes_ & ~mask) | bits;
}

bool Discard::request(uint32_t number) {
  const std::lock_guard lock(mutex_);
  if (pending()) {
    return false;
  }
  number_ = number;
  taken_address_ = address_;
  taken_bytes_ = bytes_;
  pending_.store(true, std::memory_order_seq_cst);
  return true;
}

bool Discard::discard(uint64_t address, uint64_t bytes) {
  // A reset waits for it to end, so a change of generation is no reason to leave off.
  for (uint64_t done = 0; done < bytes;) {
    const uint64_t generation = gate_.generation();
    if (gate_.is(Gate::kShutdown)) {
      return false;
    }
    if (!gate_.runs(generation)) {
      gate_.wait_open(generation);
      continue;
    }
    const uint64_t part = std::min(bytes - done, kStep);
    dram_.discard(address + done, part);
    done += part;
  }
  return true;
}

bool Discard::run() {
  if (!pending()) {
    return false;
  }
  uint64_t address = 0, bytes = 0;
  {
    const std::lock_guard lock(mutex_);
    address = taken_address_;
    bytes = taken_bytes_;
  }
  const bool valid = (address | bytes) % S4_PAGE_SIZE == 0 && dram_.contains(address, bytes);
  if (valid && !discard(address, bytes)) {
    return false;
  }
  const std::lock_guard lock(mutex_);
  error_ = valid ? 0 : 1;
  done_ = number_;
  pending_.store(false, std::memory_order_seq_cst);
  return true;
}

void Discard::reset() {
  const std::lock_guard lock(mutex_);
  address_ = bytes_ = 0;
  number_ = done_ = error_ = 0;
}

}  // namespace s4::card
