// SPDX-License-Identifier: MIT
#include "transport/sim/page_table.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "s4/abi/s4_mmu.h"

namespace s4::sim {
namespace {

constexpr uint64_t kPoolPages = 64;

uint64_t load(const PagePool::Page& page, unsigned index) {
  uint64_t entry = 0;
  load_words(page.data + index * sizeof entry, &entry, sizeof entry);
  return entry;
}

void store(const PagePool::Page& page, unsigned index, uint64_t entry) {
  store_words(page.data + index * sizeof entry, &entry, sizeof entry);
}

unsigned index_of(uint64_t va, unsigned level) {
  return static_cast<unsigned>(S4_PT_INDEX(va, level));
}

bool is_large(uint64_t entry) {
  return (entry & S4_PTE_LARGE) != 0;
}

}  // namespace

bool PagePool::take(Page* page) {
  if (free_.empty()) {
    auto block = host_.allocate(kPoolPages * S4_PAGE_SIZE);
    if (!block)
      return false;
    for (uint64_t i = kPoolPages; i-- > 0;) {
      free_.push_back({block->data() + i * S4_PAGE_SIZE, block->dma() + i * S4_PAGE_SIZE});
    }
    blocks_.push_back(std::move(block));
  }
  *page = free_.back();
  free_.pop_back();
  return true;
}

void PagePool::give(Page page) {
  for (unsigned i = 0; i < S4_PT_ENTRIES; ++i)
    store(page, i, 0);
  free_.push_back(page);
}

PageTables::~PageTables() {
  collect();
  if (root_)
    free_tree(std::move(root_));
}

bool PageTables::init() {
  root_ = make_table();
  return root_ != nullptr;
}

std::unique_ptr<PageTables::Table> PageTables::make_table() {
  auto table = std::make_unique<Table>();
  return pool_.take(&table->page) ? std::move(table) : nullptr;
}

void PageTables::free_tree(std::unique_ptr<Table> table) {
  for (auto& below : table->below) {
    if (below)
      free_tree(std::move(below));
  }
  pool_.give(table->page);
}

void PageTables::collect() {
  for (auto& table : garbage_)
    free_tree(std::move(table));
  garbage_.clear();
}

PageTables::Table* PageTables::descend(Table& table, unsigned index, bool make) {
  if (!table.below[index] && make) {
    auto below = make_table();
    if (!below)
      return nullptr;
    store(table.page, index, below->page.dma | S4_PTE_VALID);
    table.below[index] = std::move(below);
  }
  return table.below[index].get();
}

// Makes of a large page the table of the same 512 small ones.
PageTables::Table* PageTables::split(Table& level1, unsigned index) {
  auto below = make_table();
  if (!below)
    return nullptr;
  const uint64_t large = load(level1.page, index);
  for (unsigned i = 0; i < S4_PT_ENTRIES; ++i) {
    store(below->page, i, (large & ~S4_PTE_LARGE) + i * S4_PAGE_SIZE);
  }
  store(level1.page, index, below->page.dma | S4_PTE_VALID);
  level1.below[index] = std::move(below);
  return level1.below[index].get();
}

bool PageTables::set_small(Table& level1, uint64_t va, uint64_t end, uint64_t address,
                           uint64_t flags) {
  const unsigned index = index_of(va, 1);
  Table* level0 = is_large(load(level1.page, index)) ? split(level1, index)
                                                     : descend(level1, index, flags != 0);
  if (!level0)
    return flags == 0 && !is_large(load(level1.page, index));  // nothing to unmap
  for (; va < end; va += S4_PAGE_SIZE, address += S4_PAGE_SIZE) {
    store(level0->page, index_of(va, 0), flags == 0 ? 0 : address | flags);
  }
  return true;
}

bool PageTables::set(uint64_t va, uint64_t bytes, uint64_t address, uint64_t flags) {
  const uint64_t last = va + bytes;
  while (va < last) {
    const uint64_t block_end = (va | (S4_LARGE_SIZE - 1)) + 1;
    const uint64_t end = std::min(block_end, last);
    Table* level2 = descend(*root_, index_of(va, 3), flags != 0);
    Table* level1 = level2 ? descend(*level2, index_of(va, 2), flags != 0) : nullptr;
    if (!level1) {
      if (flags != 0)
        return false;
    } else if (va % S4_LARGE_SIZE == 0 && end == block_end &&
               (flags == 0 || address % S4_LARGE_SIZE == 0)) {
      const unsigned index = index_of(va, 1);
      store(level1->page, index, flags == 0 ? 0 : address | flags | S4_PTE_LARGE);
      if (level1->below[index])
        garbage_.push_back(std::move(level1->below[index]));
    } else if (!set_small(*level1, va, end, address, flags)) {
      return false;
    }
    address += end - va;
    va = end;
  }
  return true;
}

bool PageTables::map(uint64_t va, uint64_t bytes, uint64_t address, uint64_t flags) {
  return set(va, bytes, address, flags | S4_PTE_VALID);
}

}  // namespace s4::sim
