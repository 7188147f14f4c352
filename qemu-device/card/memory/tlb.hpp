// SPDX-License-Identifier: MIT
// Translations remembered: what the walk of a space's tables found.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace s4::card {

// A direct-mapped cache from a number to a page table entry, read and filled by any thread without
// locks. Every entry belongs to a generation of its space; an invalidation moves the generation on
// and so leaves all of them behind without touching one.
template <size_t kEntries>
class TlbCache {
 public:
  bool find(uint64_t generation, uint64_t key, uint64_t& value) const {
    const Entry& entry = entries_[key % kEntries];
    const uint32_t before = entry.sequence.load(std::memory_order_acquire);
    const uint64_t found_key = entry.key.load(std::memory_order_acquire);
    const uint64_t found_generation = entry.generation.load(std::memory_order_acquire);
    value = entry.value.load(std::memory_order_acquire);
    return (before & 1) == 0 && entry.sequence.load(std::memory_order_relaxed) == before &&
           found_key == key && found_generation == generation;
  }

  void insert(uint64_t generation, uint64_t key, uint64_t value) {
    Entry& entry = entries_[key % kEntries];
    uint32_t sequence = entry.sequence.load(std::memory_order_relaxed);
    if ((sequence & 1) != 0 || !entry.sequence.compare_exchange_strong(sequence, sequence + 1,
                                                                       std::memory_order_acq_rel)) {
      return;  // somebody else is filling it: a cache may forget
    }
    entry.key.store(key, std::memory_order_release);
    entry.generation.store(generation, std::memory_order_release);
    entry.value.store(value, std::memory_order_release);
    entry.sequence.store(sequence + 2, std::memory_order_release);
  }

 private:
  struct alignas(32) Entry {
    std::atomic<uint32_t> sequence{0};  // odd: being filled
    std::atomic<uint64_t> key{0};
    std::atomic<uint64_t> generation{0};  // 0 is no generation
    std::atomic<uint64_t> value{0};
  };
  std::array<Entry, kEntries> entries_;
};

struct Tlb {
  TlbCache<512> pages;  // va >> 12: leaf of level 0
  TlbCache<64> large;   // va >> 21: leaf of level 1
  TlbCache<64> tables;  // va >> 21: address of the level 0 table
};

}  // namespace s4::card
