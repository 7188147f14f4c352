// SPDX-License-Identifier: MIT
#include "core/arena.hpp"

#include <algorithm>
#include <utility>

#include "core/device.hpp"
#include "core/errors.hpp"

namespace s4::core {
namespace {

constexpr uint64_t kAlign = 64;
constexpr uint64_t kChunk = 1 << 20;

}  // namespace

ArenaBlock::~ArenaBlock() {
  if (arena_)
    arena_->give_back(chunk_, data_, bytes_);
}

void ArenaBlock::swap(ArenaBlock& other) noexcept {
  std::swap(arena_, other.arena_);
  std::swap(chunk_, other.chunk_);
  std::swap(data_, other.data_);
  std::swap(va_, other.va_);
  std::swap(bytes_, other.bytes_);
}

Arena::~Arena() {
  for (const Chunk& chunk : chunks_)
    drop_chunk(chunk);
}

Result<Arena::Chunk> Arena::make_chunk(uint64_t bytes) {
  const Where where = device_.where("allocate");
  transport::Transport& transport = device_.transport();
  drm_s4_bo_create create{};
  create.size = bytes;
  create.flags = DRM_S4_BO_HOST;
  create.vm_id = device_.space().vm_id();
  if (const int error = transport.bo_create(create)) {
    return failed(where, error, "allocate host memory for commands");
  }
  Chunk chunk;
  chunk.handle = create.handle;
  chunk.bytes = create.size;
  chunk.free = RangeAllocator(0, create.size);
  drm_s4_bo_mmap_offset offset{};
  offset.handle = create.handle;
  void* mapped = nullptr;
  int error = transport.bo_mmap_offset(offset);
  if (error == 0)
    error = transport.map(offset.offset, create.size, &mapped);
  chunk.data = static_cast<std::byte*>(mapped);
  if (error == 0)
    error = device_.space().bind(create.handle, create.size, &chunk.va);
  if (error != 0) {
    drop_chunk(chunk);
    return failed(where, error, "map host memory for commands");
  }
  return chunk;
}

void Arena::drop_chunk(const Chunk& chunk) {
  transport::Transport& transport = device_.transport();
  if (chunk.va != 0)
    device_.space().unbind(chunk.va, chunk.bytes);
  if (chunk.data)
    transport.unmap(chunk.data, chunk.bytes);
  drm_gem_close close{};
  close.handle = chunk.handle;
  transport.bo_close(close);
}

Result<ArenaBlock> Arena::allocate(uint64_t bytes) {
  bytes = (bytes + kAlign - 1) & ~(kAlign - 1);
  const std::lock_guard lock(mutex_);
  std::optional<uint64_t> at;
  auto chunk = chunks_.begin();
  for (; chunk != chunks_.end(); ++chunk) {
    if ((at = chunk->free.allocate(bytes, kAlign)))
      break;
  }
  if (!at) {
    auto made = make_chunk(bytes > kChunk ? bytes : kChunk);
    if (!made)
      return std::move(made).error();
    chunk = chunks_.insert(chunks_.begin(), *std::move(made));
    at = chunk->free.allocate(bytes, kAlign);
  }
  chunk->used += bytes;
  ArenaBlock block;
  block.arena_ = this;
  block.chunk_ = &*chunk;
  block.data_ = chunk->data + *at;
  block.va_ = chunk->va + *at;
  block.bytes_ = bytes;
  return block;
}

void Arena::give_back(void* chunk, std::byte* data, uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  auto* from = static_cast<Chunk*>(chunk);
  from->free.release(static_cast<uint64_t>(data - from->data), bytes);
  from->used -= bytes;
  if (from->used != 0 || from->bytes <= kChunk)
    return;  // chunks of the usual size stay
  const auto it = std::find_if(chunks_.begin(), chunks_.end(),
                               [from](const Chunk& one) { return &one == from; });
  device_.keeper().dispose([this, gone = *it] { drop_chunk(gone); });
  chunks_.erase(it);
}

}  // namespace s4::core
