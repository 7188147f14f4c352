// SPDX-License-Identifier: MIT
#include "memory/sram.hpp"

#include <sys/mman.h>

#include <cstring>
#include <new>
#include <thread>

namespace s4::card {

Sram::Sram() {
  void* area = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (area == MAP_FAILED) {
    throw std::bad_alloc();
  }
  data_ = static_cast<std::byte*>(area);
}

Sram::~Sram() {
  munmap(data_, kBytes);
}

void Sram::freshen(size_t chunk, bool write) {
  std::atomic<uint8_t>& state = state_[chunk];
  uint8_t now = state.load(std::memory_order_acquire);
  for (;;) {
    if (now == kWritten || (now == kZero && !write)) {
      return;
    }
    if (now == kBusy) {
      std::this_thread::yield();
      now = state.load(std::memory_order_acquire);
    } else if (now == kZero) {
      if (state.compare_exchange_weak(now, kWritten, std::memory_order_acq_rel)) {
        return;
      }
    } else if (state.compare_exchange_weak(now, kBusy, std::memory_order_acq_rel)) {
      std::memset(data_ + chunk * kChunk, 0, kChunk);
      state.store(write ? kWritten : kZero, std::memory_order_release);
      return;
    }
  }
}

std::byte* Sram::prepare(uint64_t offset, uint64_t length, bool write) {
  if (length != 0) {
    for (size_t chunk = offset / kChunk; chunk <= (offset + length - 1) / kChunk; ++chunk) {
      freshen(chunk, write);
    }
  }
  return data_ + offset;
}

void Sram::clear(unsigned core) {
  constexpr size_t kPerCore = S4_SRAM_BYTES / kChunk;
  for (size_t chunk = core * kPerCore; chunk < (core + 1) * kPerCore; ++chunk) {
    uint8_t written = kWritten;
    state_[chunk].compare_exchange_strong(written, kStale, std::memory_order_acq_rel);
  }
}

}  // namespace s4::card
