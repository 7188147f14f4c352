// SPDX-License-Identifier: MIT
// The least that a command's memory can be: one block that an address is an offset into. It shows
// the engine alone, without translation.
#pragma once

#include <cstring>
#include <memory>
#include <new>

#include "memory/memory_port.hpp"

namespace s4::bench {

class FlatMemory final : public card::MemoryPort {
 public:
  static constexpr uint64_t kBase = uint64_t{1} << 32;

  explicit FlatMemory(size_t bytes)
      : bytes_(bytes), block_(static_cast<std::byte*>(::operator new(bytes, kAlign))) {
    std::memset(block_, 0, bytes);
  }
  ~FlatMemory() override { ::operator delete(block_, kAlign); }

  // The address of the next `bytes` bytes, and what stands there.
  uint64_t take(size_t bytes) {
    const uint64_t va = kBase + used_;
    used_ += (bytes + 4095) / 4096 * 4096;
    return va;
  }
  std::byte* at(uint64_t va) { return block_ + (va - kBase); }

  card::AccessScope* begin(ScopeStorage& storage) override {
    return new (storage.bytes) FlatScope(*this);
  }
  void end(card::AccessScope* scope) override { static_cast<FlatScope*>(scope)->~FlatScope(); }
  void retire(uint64_t) override {}

 private:
  static constexpr std::align_val_t kAlign{4096};

  class FlatScope final : public card::AccessScope {
   public:
    explicit FlatScope(FlatMemory& memory) : memory_(memory) {}
    const std::byte* view(uint64_t va, size_t bytes) override { return range(va, bytes); }
    std::byte* view_write(uint64_t va, size_t bytes) override { return range(va, bytes); }
    card::Fault read(uint64_t va, void* dst, size_t bytes) override {
      const std::byte* from = range(va, bytes);
      if (from == nullptr) {
        return {S4_E_UNMAPPED, 0, S4_ACCESS_READ, va};
      }
      std::memcpy(dst, from, bytes);
      return {};
    }
    card::Fault write(uint64_t va, const void* src, size_t bytes) override {
      std::byte* to = range(va, bytes);
      if (to == nullptr) {
        return {S4_E_UNMAPPED, 0, S4_ACCESS_WRITE, va};
      }
      std::memcpy(to, src, bytes);
      return {};
    }

   private:
    std::byte* range(uint64_t va, size_t bytes) {
      return va >= kBase && va - kBase <= memory_.bytes_ && bytes <= memory_.bytes_ - (va - kBase)
                 ? memory_.at(va)
                 : nullptr;
    }
    FlatMemory& memory_;
  };

  size_t bytes_;
  std::byte* block_;
  size_t used_ = 0;
};

}  // namespace s4::bench
