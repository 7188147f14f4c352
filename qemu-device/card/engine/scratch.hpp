// SPDX-License-Identifier: MIT
// Working memory for tiles, reused between commands: fresh pages cost more than the tile's work.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <new>
#include <vector>

namespace s4::card {

class ScratchPool;

// A 64-byte aligned block that goes back to its pool; its contents are what the last user left.
class Scratch {
 public:
  Scratch(Scratch&& other) noexcept;
  Scratch& operator=(Scratch&&) = delete;
  ~Scratch();

  // The next `count` objects of the block, 64-byte aligned.
  template <class T>
  T* take(size_t count) {
    T* result = reinterpret_cast<T*>(data_ + used_);
    used_ += rounded(count * sizeof(T));
    return result;
  }
  static constexpr size_t rounded(size_t bytes) { return (bytes + 63) / 64 * 64; }

 private:
  friend class ScratchPool;
  Scratch(ScratchPool& pool, std::byte* data, size_t bytes)
      : pool_(&pool), data_(data), bytes_(bytes) {}

  ScratchPool* pool_;
  std::byte* data_;
  size_t bytes_;
  size_t used_ = 0;
};

// Thread-safe. Keeps at most kKeptBytes between uses.
class ScratchPool {
 public:
  static constexpr size_t kKeptBytes = size_t{24} << 20;

  ScratchPool() = default;
  ~ScratchPool();
  ScratchPool(const ScratchPool&) = delete;
  ScratchPool& operator=(const ScratchPool&) = delete;

  // Throws std::bad_alloc.
  Scratch get(size_t bytes);

 private:
  friend class Scratch;
  struct Block {
    std::byte* data;
    size_t bytes;
  };
  void put(Block block);

  std::mutex mutex_;
  std::vector<Block> free_;
  size_t kept_ = 0;
};

}  // namespace s4::card
