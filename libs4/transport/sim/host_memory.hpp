// SPDX-License-Identifier: MIT
// The host's memory as the simulated card sees it: pages that were registered, at DMA addresses
// that are no process addresses. What a command names can reach nothing else of the process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <shared_mutex>

#include "core/range_allocator.hpp"
#include "core/unique_fd.hpp"

namespace s4::sim {

class HostMemory;

// Between memory that the card may touch at the same time, 8-byte aligned, and memory of one's own;
// `bytes` is a multiple of 8. The words move in ascending order.
void load_words(const std::byte* from, void* to, size_t bytes);
void store_words(std::byte* to, const void* from, size_t bytes);

// Pages that the card reaches at dma() until the last owner lets go. They are a memfd, so that a
// buffer can be mapped again and handed on.
class HostBlock {
 public:
  ~HostBlock();
  std::byte* data() const { return pages_->data; }
  uint64_t bytes() const { return pages_->bytes; }
  uint64_t dma() const { return dma_; }
  int fd() const { return pages_->fd.get(); }

 private:
  friend class HostMemory;
  struct Pages {
    Pages() = default;
    Pages(const Pages&) = delete;
    Pages& operator=(const Pages&) = delete;
    ~Pages();
    std::byte* data = nullptr;
    uint64_t bytes = 0;
    core::UniqueFd fd;
  };
  HostBlock(HostMemory& memory, std::shared_ptr<Pages> pages, uint64_t dma)
      : memory_(memory), pages_(std::move(pages)), dma_(dma) {}
  HostMemory& memory_;
  const std::shared_ptr<Pages> pages_;
  const uint64_t dma_;
};

// Thread-safe; outlives its blocks.
class HostMemory {
 public:
  // Zeroed pages; null when there is no memory.
  std::shared_ptr<HostBlock> allocate(uint64_t bytes);
  // The pages of a memfd; null when it is not one or cannot be mapped.
  std::shared_ptr<HostBlock> adopt(core::UniqueFd fd);

  // The card's callbacks: 0, or -1 when any byte of the range is not registered.
  int read(uint64_t dma, void* dst, size_t bytes) const;
  int write(uint64_t dma, const void* src, size_t bytes) const;
  const void* map(uint64_t dma, size_t* bytes);
  void unmap(const void* pointer);

 private:
  friend class HostBlock;
  using Pages = HostBlock::Pages;
  std::shared_ptr<HostBlock> insert(std::shared_ptr<Pages> pages);
  void remove(uint64_t dma, uint64_t bytes);
  // The block around `dma` and the offset in it, or null. Under mutex_.
  Pages* find(uint64_t dma, uint64_t* offset, uint64_t* left) const;

  mutable std::shared_mutex mutex_;
  std::map<uint64_t, std::shared_ptr<Pages>> blocks_;  // by DMA address
  // What the card has mapped; keeps the pages when the block goes first.
  std::multimap<const void*, std::shared_ptr<Pages>> mapped_;
  // 40 bits: more than a card's page tables need, and far from any offset or handle.
  core::RangeAllocator addresses_{uint64_t{1} << 32, uint64_t{1} << 46};
};

}  // namespace s4::sim
