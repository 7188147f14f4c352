// SPDX-License-Identifier: MIT
#include "engine/scratch.hpp"

#include <utility>

namespace s4::card {
namespace {

constexpr std::align_val_t kAlign{64};

std::byte* allocate(size_t bytes) { return static_cast<std::byte*>(::operator new(bytes, kAlign)); }
void release(std::byte* data) { ::operator delete(data, kAlign); }

}  // namespace

Scratch::Scratch(Scratch&& other) noexcept
    : pool_(std::exchange(other.pool_, nullptr)),
      data_(other.data_),
      bytes_(other.bytes_),
      used_(other.used_) {}

Scratch::~Scratch() {
  if (pool_) {
    pool_->put({data_, bytes_});
  }
}

ScratchPool::~ScratchPool() {
  for (const Block& block : free_) {
    release(block.data);
  }
}

Scratch ScratchPool::get(size_t bytes) {
  {
    const std::lock_guard lock(mutex_);
    size_t best = free_.size();
    for (size_t i = 0; i < free_.size(); ++i) {
      if (free_[i].bytes >= bytes && (best == free_.size() || free_[i].bytes < free_[best].bytes)) {
        best = i;
      }
    }
    if (best != free_.size()) {
      const Block block = free_[best];
      free_[best] = free_.back();
      free_.pop_back();
      kept_ -= block.bytes;
      return Scratch(*this, block.data, block.bytes);
    }
  }
  return Scratch(*this, allocate(bytes), bytes);
}

void ScratchPool::put(Block block) {
  {
    const std::lock_guard lock(mutex_);
    if (kept_ + block.bytes <= kKeptBytes) {
      free_.push_back(block);
      kept_ += block.bytes;
      return;
    }
  }
  release(block.data);
}

}  // namespace s4::card
