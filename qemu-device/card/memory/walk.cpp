// SPDX-License-Identifier: MIT
// From a virtual address to a place in memory.
#include <algorithm>

#include "memory/mmu.hpp"
#include "s4/abi/s4_mmu.h"

namespace s4::card {
namespace {

constexpr uint64_t kTableBits = S4_PTE_VALID | S4_PTE_ADDR;
constexpr uint64_t kLeafBits = kTableBits | S4_PTE_WRITE | S4_PTE_HOST | S4_PTE_LARGE;
// Leaves read, and remembered, at once: neighbours are mostly wanted next.
constexpr size_t kPrefetch = 16;

Fault fault_of(s4_status status, s4_access access, uint64_t va, uint32_t detail = 0) {
  return {.status = status, .detail = detail, .access = access, .va = va};
}

}  // namespace

bool SpaceScope::is_good_leaf(uint64_t entry, uint64_t page_bytes) const {
  const bool large = (entry & S4_PTE_LARGE) != 0;
  if ((entry & ~kLeafBits) != 0 || large != (page_bytes == S4_LARGE_SIZE)) {
    return false;
  }
  const uint64_t address = entry & S4_PTE_ADDR;
  if ((address & (page_bytes - 1)) != 0) {
    return false;
  }
  return (entry & S4_PTE_HOST) != 0 || mmu_.dram.contains(address, page_bytes);
}

Fault SpaceScope::read_entries(uint64_t address, uint64_t* entries, size_t count, uint64_t va) {
  const s4_status status = mmu_.host.read(accessor_.generation, address, entries,
                                          count * sizeof(uint64_t), accessor_.cancelled);
  return status == S4_OK ? Fault{} : fault_of(status, S4_ACCESS_WALK, va);
}

Fault SpaceScope::walk_last_level(uint64_t table, uint64_t va, s4_access access, uint64_t& leaf) {
  uint64_t entries[kPrefetch];
  const uint64_t index = S4_PT_INDEX(va, 0);
  const uint64_t first = index & ~uint64_t{kPrefetch - 1};
  if (Fault fault = read_entries(table + 8 * first, entries, kPrefetch, va)) {
    return fault;
  }
  leaf = entries[index - first];
  if ((leaf & S4_PTE_VALID) == 0) {
    return fault_of(S4_E_UNMAPPED, access, va);
  }
  if (!is_good_leaf(leaf, S4_PAGE_SIZE)) {
    return fault_of(S4_E_TABLE, S4_ACCESS_WALK, va, 0);
  }
  const uint64_t page = (va >> S4_PAGE_SHIFT) - (index - first);
  Tlb& tlb = mmu_.spaces.tlb(accessor_.space);
  for (size_t i = 0; i < kPrefetch; ++i) {
    if ((entries[i] & S4_PTE_VALID) != 0 && is_good_leaf(entries[i], S4_PAGE_SIZE)) {
      tlb.pages.insert(pinned_.generation, page + i, entries[i]);
    }
  }
  return {};
}

Fault SpaceScope::walk(uint64_t va, s4_access access, uint64_t& leaf) {
  Tlb& tlb = mmu_.spaces.tlb(accessor_.space);
  uint64_t table = pinned_.root;
  if (tlb.tables.find(pinned_.generation, va >> S4_LARGE_SHIFT, table)) {
    return walk_last_level(table, va, access, leaf);
  }
  table = pinned_.root;
  if ((table & ~S4_PTE_ADDR) != 0) {
    return fault_of(S4_E_TABLE, S4_ACCESS_WALK, va, S4_PT_LEVELS);
  }
  for (uint32_t level = S4_PT_LEVELS - 1; level >= 1; --level) {
    uint64_t entry = 0;
    if (Fault fault = read_entries(table + 8 * S4_PT_INDEX(va, level), &entry, 1, va)) {
      return fault;
    }
    if ((entry & S4_PTE_VALID) == 0) {
      return fault_of(S4_E_UNMAPPED, access, va);
    }
    if (level == 1 && (entry & S4_PTE_LARGE) != 0) {
      if (!is_good_leaf(entry, S4_LARGE_SIZE)) {
        return fault_of(S4_E_TABLE, S4_ACCESS_WALK, va, level);
      }
      tlb.large.insert(pinned_.generation, va >> S4_LARGE_SHIFT, entry);
      leaf = entry;
      return {};
    }
    if ((entry & ~kTableBits) != 0) {
      return fault_of(S4_E_TABLE, S4_ACCESS_WALK, va, level);
    }
    table = entry & S4_PTE_ADDR;
  }
  tlb.tables.insert(pinned_.generation, va >> S4_LARGE_SHIFT, table);
  return walk_last_level(table, va, access, leaf);
}

Fault SpaceScope::find_leaf(uint64_t va, s4_access access, uint64_t& leaf) {
  if (va >= S4_VA_END || !pinned_.enabled) {
    return fault_of(S4_E_UNMAPPED, access, va);
  }
  const Tlb& tlb = mmu_.spaces.tlb(accessor_.space);
  if (!tlb.pages.find(pinned_.generation, va >> S4_PAGE_SHIFT, leaf) &&
      !tlb.large.find(pinned_.generation, va >> S4_LARGE_SHIFT, leaf)) {
    if (Fault fault = walk(va, access, leaf)) {
      return fault;
    }
  }
  if (access == S4_ACCESS_WRITE && (leaf & S4_PTE_WRITE) == 0) {
    return fault_of(S4_E_READONLY, access, va);
  }
  return {};
}

Fault SpaceScope::locate_page(uint64_t va, s4_access access, Place& place) {
  uint64_t leaf = 0;
  if (Fault fault = find_leaf(va, access, leaf)) {
    return fault;
  }
  const uint64_t page_bytes = (leaf & S4_PTE_LARGE) != 0 ? S4_LARGE_SIZE : S4_PAGE_SIZE;
  const uint64_t offset = va & (page_bytes - 1);
  place.kind = (leaf & S4_PTE_HOST) != 0 ? Place::kHost : Place::kDram;
  place.address = (leaf & S4_PTE_ADDR) + offset;
  place.bytes = page_bytes - offset;
  return {};
}

Fault SpaceScope::locate_sram(uint64_t va, s4_access access, Place& place) const {
  const uint64_t window = uint64_t{S4_SRAM_BYTES} * accessor_.sram_cores;
  const uint64_t offset = va - S4_SRAM_VA;
  if (offset >= window) {
    return fault_of(S4_E_UNMAPPED, access, va);
  }
  place.kind = Place::kSram;
  place.address = uint64_t{S4_SRAM_BYTES} * accessor_.sram_core + offset;
  place.bytes = window - offset;
  return {};
}

Fault SpaceScope::locate(uint64_t va, uint64_t bytes, s4_access access, Place& place) {
  if (va >= S4_SRAM_VA && va < S4_SRAM_VA_END) {
    if (Fault fault = locate_sram(va, access, place)) {
      return fault;
    }
    place.bytes = std::min(place.bytes, bytes);
    return {};
  }
  if (Fault fault = locate_page(va, access, place)) {
    return fault;
  }
  // A fault of a page further on is left to whoever gets there.
  Place next;
  while (place.bytes < bytes && va + place.bytes < S4_SRAM_VA &&
         !locate_page(va + place.bytes, access, next) && next.kind == place.kind &&
         next.address == place.address + place.bytes) {
    place.bytes += next.bytes;
  }
  place.bytes = std::min(place.bytes, bytes);
  return {};
}

}  // namespace s4::card
