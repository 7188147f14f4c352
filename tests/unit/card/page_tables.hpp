// SPDX-License-Identifier: MIT
// Page tables of one address space in the machine's memory.
#pragma once

#include <cstdint>

#include "machine.hpp"

namespace s4::test {

class PageTables {
 public:
  explicit PageTables(Machine& machine) : machine_(machine), root_(machine.alloc(4096)) {}

  uint64_t root() const { return root_; }
  // Enables `space` with these tables.
  void enable(unsigned space) {
    machine_.wr64(S4_REG_SPACE(space) + S4_SPACE_ROOT_LO, root_);
    machine_.wr(S4_REG_SPACE(space) + S4_SPACE_CTRL, S4_SPACE_ENABLE);
  }
  // Drops what the card remembers, and waits until it is not used any more.
  void invalidate(unsigned space) {
    request_invalidation(space);
    machine_.wait_for([&] { return invalidated(space); }, "an invalidation");
  }
  void request_invalidation(unsigned space) {
    machine_.wr(S4_REG_SPACE(space) + S4_SPACE_INVAL_REQUEST, ++number_);
  }
  bool invalidated(unsigned space) {
    return machine_.rd(S4_REG_SPACE(space) + S4_SPACE_INVAL_DONE) == number_;
  }

  // The entry for `va` in the table of `level`; tables above it are made when they are missing.
  uint64_t& entry(uint64_t va, unsigned level) {
    uint64_t table = root_;
    for (unsigned at = S4_PT_LEVELS - 1; at > level; --at) {
      uint64_t& above = machine_.host64(table + 8 * S4_PT_INDEX(va, at));
      if (above == 0) {
        above = machine_.alloc(4096) | S4_PTE_VALID;
      }
      table = above & S4_PTE_ADDR;
    }
    return machine_.host64(table + 8 * S4_PT_INDEX(va, level));
  }

  void map_host(uint64_t va, uint64_t dma, uint64_t bytes, uint64_t flags = 0) {
    for (uint64_t at = 0; at < bytes; at += S4_PAGE_SIZE) {
      entry(va + at, 0) = (dma + at) | S4_PTE_VALID | S4_PTE_HOST | flags;
    }
  }
  void map_card(uint64_t va, uint64_t address, uint64_t bytes, uint64_t flags = 0) {
    for (uint64_t at = 0; at < bytes; at += S4_PAGE_SIZE) {
      entry(va + at, 0) = (address + at) | S4_PTE_VALID | flags;
    }
  }
  void map_large(uint64_t va, uint64_t address, uint64_t flags = 0) {
    entry(va, 1) = address | S4_PTE_VALID | S4_PTE_LARGE | flags;
  }

 private:
  Machine& machine_;
  uint64_t root_;
  uint32_t number_ = 0;
};

}  // namespace s4::test
