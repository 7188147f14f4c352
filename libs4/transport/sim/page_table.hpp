// SPDX-License-Identifier: MIT
// An address space's page tables in host memory: s4_mmu.h.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "transport/sim/host_memory.hpp"

namespace s4::sim {

// Pages for tables, cut from larger blocks.
class PagePool {
 public:
  explicit PagePool(HostMemory& host) : host_(host) {}
  struct Page {
    std::byte* data = nullptr;
    uint64_t dma = 0;
  };
  bool take(Page* page);  // zeroed; false when there is no memory
  void give(Page page);

 private:
  HostMemory& host_;
  std::vector<std::shared_ptr<HostBlock>> blocks_;
  std::vector<Page> free_;
};

// Not thread-safe. The card may walk the tables at any time: each change is one whole word.
class PageTables {
 public:
  explicit PageTables(PagePool& pool) : pool_(pool) {}
  ~PageTables();
  PageTables(const PageTables&) = delete;
  PageTables& operator=(const PageTables&) = delete;

  bool init();  // false when there is no memory
  uint64_t root() const { return root_->page.dma; }

  // Maps pages at `va` to `address` of card or host memory, with the S4_PTE_* flags of a leaf,
  // in large pages where both are aligned. Replaces what is there. False: no memory; the range
  // is then partly mapped.
  bool map(uint64_t va, uint64_t bytes, uint64_t address, uint64_t flags);
  bool unmap(uint64_t va, uint64_t bytes) { return set(va, bytes, 0, 0); }

  // After the card has dropped old translations: frees tables that are used no more.
  void collect();

 private:
  struct Table {
    PagePool::Page page;
    // Tables below, where there are any; not used at level 0.
    std::array<std::unique_ptr<Table>, 512> below;
  };
  bool set(uint64_t va, uint64_t bytes, uint64_t address, uint64_t flags);
  bool set_small(Table& level1, uint64_t va, uint64_t end, uint64_t address, uint64_t flags);
  Table* descend(Table& table, unsigned index, bool make);
  Table* split(Table& level1, unsigned index);
  std::unique_ptr<Table> make_table();
  void free_tree(std::unique_ptr<Table> table);

  PagePool& pool_;
  std::unique_ptr<Table> root_;
  std::vector<std::unique_ptr<Table>> garbage_;
};

}  // namespace s4::sim
