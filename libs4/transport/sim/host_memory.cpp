// SPDX-License-Identifier: MIT
#include "transport/sim/host_memory.hpp"

#include <sys/mman.h>
#include <sys/stat.h>

#include <atomic>
#include <cstring>
#include <mutex>

#include "s4/abi/s4_mmu.h"

namespace s4::sim {
namespace {

// What this process and the card's threads both touch without a lock between them (page tables,
// queue states, results) is small and aligned: moved word by word, never torn.
constexpr size_t kAtomicBytes = 256;

bool moves_by_words(uint64_t dma, size_t bytes) {
  return bytes <= kAtomicBytes && bytes % sizeof(uint64_t) == 0 && dma % sizeof(uint64_t) == 0;
}

}  // namespace

void load_words(const std::byte* from, void* to, size_t bytes) {
  for (size_t at = 0; at < bytes; at += sizeof(uint64_t)) {
    auto* word = reinterpret_cast<uint64_t*>(const_cast<std::byte*>(from) + at);
    const uint64_t value = std::atomic_ref<uint64_t>(*word).load(std::memory_order_acquire);
    std::memcpy(static_cast<std::byte*>(to) + at, &value, sizeof value);
  }
}

void store_words(std::byte* to, const void* from, size_t bytes) {
  for (size_t at = 0; at < bytes; at += sizeof(uint64_t)) {
    uint64_t value;
    std::memcpy(&value, static_cast<const std::byte*>(from) + at, sizeof value);
    std::atomic_ref<uint64_t>(*reinterpret_cast<uint64_t*>(to + at))
        .store(value, std::memory_order_release);
  }
}

HostBlock::Pages::~Pages() {
  if (data)
    munmap(data, bytes);
}

HostBlock::~HostBlock() {
  memory_.remove(dma_, pages_->bytes);
}

std::shared_ptr<HostBlock> HostMemory::allocate(uint64_t bytes) {
  bytes = (bytes + S4_PAGE_SIZE - 1) & ~(S4_PAGE_SIZE - 1);
  core::UniqueFd fd(memfd_create("s4-sim", MFD_CLOEXEC));
  if (!fd || ftruncate(fd.get(), static_cast<off_t>(bytes)) != 0)
    return nullptr;
  return adopt(std::move(fd));
}

std::shared_ptr<HostBlock> HostMemory::adopt(core::UniqueFd fd) {
  struct stat status {};
  if (fstat(fd.get(), &status) != 0 || status.st_size <= 0)
    return nullptr;
  const auto bytes = static_cast<uint64_t>(status.st_size);
  if (bytes % S4_PAGE_SIZE != 0)
    return nullptr;
  void* data = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (data == MAP_FAILED)
    return nullptr;
  auto pages = std::make_shared<Pages>();
  pages->data = static_cast<std::byte*>(data);
  pages->bytes = bytes;
  pages->fd = std::move(fd);
  return insert(std::move(pages));
}

std::shared_ptr<HostBlock> HostMemory::insert(std::shared_ptr<Pages> pages) {
  std::unique_lock lock(mutex_);
  // Large pages need large alignment. A page of nothing behind each block catches an overrun.
  const uint64_t align = pages->bytes >= S4_LARGE_SIZE ? S4_LARGE_SIZE : S4_PAGE_SIZE;
  const auto dma = addresses_.allocate(pages->bytes + S4_PAGE_SIZE, align);
  if (!dma)
    return nullptr;
  blocks_[*dma] = pages;
  return std::shared_ptr<HostBlock>(new HostBlock(*this, std::move(pages), *dma));
}

void HostMemory::remove(uint64_t dma, uint64_t bytes) {
  std::unique_lock lock(mutex_);  // waits for accesses that have begun
  blocks_.erase(dma);
  addresses_.release(dma, bytes + S4_PAGE_SIZE);
}

HostMemory::Pages* HostMemory::find(uint64_t dma, uint64_t* offset, uint64_t* left) const {
  auto after = blocks_.upper_bound(dma);
  if (after == blocks_.begin())
    return nullptr;
  const auto& [begin, pages] = *std::prev(after);
  *offset = dma - begin;
  if (*offset >= pages->bytes)
    return nullptr;
  *left = pages->bytes - *offset;
  return pages.get();
}

int HostMemory::read(uint64_t dma, void* dst, size_t bytes) const {
  std::shared_lock lock(mutex_);
  uint64_t offset = 0;
  uint64_t left = 0;
  Pages* pages = find(dma, &offset, &left);
  if (!pages || bytes > left)
    return -1;
  if (moves_by_words(dma, bytes)) {
    load_words(pages->data + offset, dst, bytes);
  } else {
    std::memcpy(dst, pages->data + offset, bytes);
  }
  return 0;
}

int HostMemory::write(uint64_t dma, const void* src, size_t bytes) const {
  std::shared_lock lock(mutex_);
  uint64_t offset = 0;
  uint64_t left = 0;
  Pages* pages = find(dma, &offset, &left);
  if (!pages || bytes > left)
    return -1;
  if (moves_by_words(dma, bytes)) {
    store_words(pages->data + offset, src, bytes);
  } else {
    std::memcpy(pages->data + offset, src, bytes);
  }
  return 0;
}

const void* HostMemory::map(uint64_t dma, size_t* bytes) {
  std::unique_lock lock(mutex_);
  uint64_t offset = 0;
  uint64_t left = 0;
  if (!find(dma, &offset, &left))
    return nullptr;
  const auto& pages = std::prev(blocks_.upper_bound(dma))->second;
  if (*bytes > left)
    *bytes = left;
  const void* pointer = pages->data + offset;
  mapped_.emplace(pointer, pages);
  return pointer;
}

void HostMemory::unmap(const void* pointer) {
  std::unique_lock lock(mutex_);
  if (auto it = mapped_.find(pointer); it != mapped_.end())
    mapped_.erase(it);
}

}  // namespace s4::sim
