// SPDX-License-Identifier: MIT
// Small pieces of host memory that both sides reach: command lists, completion records, staging.
// Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>

#include "core/range_allocator.hpp"
#include "s4/result.hpp"

namespace s4::core {

class Arena;
class Device;

// A piece, given back when it goes.
class ArenaBlock {
 public:
  ArenaBlock() = default;
  ArenaBlock(ArenaBlock&& other) noexcept { swap(other); }
  ArenaBlock& operator=(ArenaBlock&& other) noexcept {
    swap(other);
    return *this;
  }
  ~ArenaBlock();

  std::byte* data() const { return data_; }
  uint64_t address() const { return va_; }
  uint64_t bytes() const { return bytes_; }

 private:
  friend class Arena;
  void swap(ArenaBlock& other) noexcept;
  Arena* arena_ = nullptr;
  void* chunk_ = nullptr;
  std::byte* data_ = nullptr;
  uint64_t va_ = 0;
  uint64_t bytes_ = 0;
};

class Arena {
 public:
  explicit Arena(Device& device) : device_(device) {}
  // All blocks must have been given back.
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // 64-byte aligned; not cleared.
  Result<ArenaBlock> allocate(uint64_t bytes);

 private:
  friend class ArenaBlock;
  // A buffer object of its own, kept by hand: it must not keep the device alive.
  struct Chunk {
    uint32_t handle = 0;
    uint64_t bytes = 0;
    uint64_t va = 0;
    std::byte* data = nullptr;
    uint64_t used = 0;
    RangeAllocator free{0, 0};
  };
  Result<Chunk> make_chunk(uint64_t bytes);
  void drop_chunk(const Chunk& chunk);
  void give_back(void* chunk, std::byte* data, uint64_t bytes);

  Device& device_;
  std::mutex mutex_;
  std::list<Chunk> chunks_;
};

}  // namespace s4::core
