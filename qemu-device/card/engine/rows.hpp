// SPDX-License-Identifier: MIT
// What commands along rows share: runs of elements as local floats, and scopes that are renewed so
// that none lasts long.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>

#include "engine/access.hpp"
#include "engine/command.hpp"
#include "engine/kernels/rows.hpp"
#include "s4/abi/s4_check.h"

namespace s4::card {

// Elements of a run that are worked on at once, and those of a tile (some tens of microseconds).
inline constexpr uint64_t kRowChunk = 4096;
inline constexpr uint64_t kRowTile = uint64_t{16} << 10;

// A tensor's elements.
struct Elements {
  uint32_t type;
  uint64_t size;
  float scale;

  Elements(uint32_t kind, uint32_t scale_bits)
      : type(kind), size(s4_type_bytes(kind)), scale(std::bit_cast<float>(scale_bits)) {}
};

// The scopes of one tile, one after the other. What a scope showed in place is gone when the next
// begins, so only copies are kept across spend().
class RowScope {
 public:
  explicit RowScope(MemoryPort& memory) : memory_(memory) {}
  ~RowScope() { end(); }
  RowScope(const RowScope&) = delete;
  RowScope& operator=(const RowScope&) = delete;

  // Before work on `elements` more; a fault when the command was cancelled.
  Fault spend(uint64_t elements) {
    // A short run costs as much as this many elements.
    elements = std::max<uint64_t>(elements, 32);
    if (scope_ == nullptr || left_ < elements) {
      end();
      scope_ = memory_.begin(storage_);
      if (scope_ == nullptr) {
        return cancelled();
      }
      left_ = std::max(kRowTile, elements);
    }
    left_ -= elements;
    return {};
  }
  AccessScope& operator*() { return *scope_; }

 private:
  void end() {
    if (scope_ != nullptr) {
      memory_.retire(1);
      memory_.end(scope_);
      scope_ = nullptr;
    }
  }

  MemoryPort& memory_;
  MemoryPort::ScopeStorage storage_;
  AccessScope* scope_ = nullptr;
  uint64_t left_ = 0;
};

// Reads and writes runs of up to kRowChunk elements, `stride` elements apart, and blocks of rows.
class RowIo {
 public:
  RowIo(const RowKernels& kernels, Scratch& scratch)
      : kernels_(kernels), bounce_(scratch.take<std::byte>(kBytes)) {}
  static constexpr size_t kBytes = 2 * kRowChunk * 4;

  Fault load(AccessScope& scope, const Elements& e, uint64_t va, uint64_t stride, size_t count,
             float* to) {
    if (stride > 1 && count > 1) {
      if (const Fault fault = gather(scope, e, va, stride, count)) {
        return fault;
      }
      kernels_.load[e.type](bounce_, count, e.scale, to);
      return {};
    }
    const size_t there = stride == 0 ? 1 : count;
    Fault fault;
    const std::byte* from = fetch(scope, va, there * e.size, bounce_, &fault);
    if (from == nullptr) {
      return fault;
    }
    kernels_.load[e.type](from, there, e.scale, to);
    if (there < count) {
      std::fill_n(to, count, *to);
    }
    return {};
  }

  Fault store(AccessScope& scope, const Elements& e, uint64_t va, uint64_t stride, size_t count,
              const float* from) {
    if (stride == 1 || count == 1) {
      if (std::byte* in_place = scope.view_write(va, count * e.size)) {
        kernels_.store[e.type](from, count, e.scale, in_place);
        return {};
      }
    }
    kernels_.store[e.type](from, count, e.scale, bounce_);
    if (count == 1) {
      return scope.write(va, bounce_, e.size);
    }
    return write_rows(scope, va, stride * e.size, count, e.size, bounce_, e.size);
  }

  // `rows` rows of `width` dense elements, `pitch` elements apart, one after the other: together up to
  // kRowChunk elements.
  Fault load_rows(AccessScope& scope, const Elements& e, uint64_t va, uint64_t pitch, size_t rows,
                  size_t width, float* to) {
    const size_t bytes = width * e.size;
    const Fault fault =
        read_rows(scope, va, pitch * e.size, rows, bytes, bounce_ + kRowChunk * 4,
                  [&](size_t first, size_t count, const std::byte* from, size_t step) {
                    for (size_t i = 0; i < count; ++i) {
                      std::memcpy(bounce_ + (first + i) * bytes, from + i * step, bytes);
                    }
                  });
    if (!fault) {
      kernels_.load[e.type](bounce_, rows * width, e.scale, to);
    }
    return fault;
  }
  Fault store_rows(AccessScope& scope, const Elements& e, uint64_t va, uint64_t pitch, size_t rows,
                   size_t width, const float* from) {
    kernels_.store[e.type](from, rows * width, e.scale, bounce_);
    return write_rows(scope, va, pitch * e.size, rows, width * e.size, bounce_, width * e.size);
  }

 private:
  Fault gather(AccessScope& scope, const Elements& e, uint64_t va, uint64_t stride, size_t count) {
    std::array<std::byte, 4> one;
    return read_rows(scope, va, stride * e.size, count, e.size, one.data(),
                     [&](size_t first, size_t elements, const std::byte* from, size_t pitch) {
                       std::byte* to = bounce_ + first * e.size;
                       for (size_t i = 0; i < elements; ++i) {
                         std::memcpy(to + i * e.size, from + i * pitch, e.size);
                       }
                     });
  }

  const RowKernels& kernels_;
  std::byte* bounce_;
};

// What a partial result begins as.
inline float reduce_identity(uint32_t op) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  return op == S4_REDUCE_MAX       ? -kInfinity
         : op == S4_REDUCE_MIN     ? kInfinity
         : op == S4_REDUCE_PRODUCT ? 1.0f
                                   : 0.0f;
}

// One result from sixteen partial ones, each `width` long and in s[j * width].
inline void fold_partials(const RowKernels& kernels, uint32_t op, size_t width, size_t count,
                          float* s) {
  for (size_t h = kPartials / 2; h > 0; h /= 2) {
    for (size_t j = 0; j < h; ++j) {
      kernels.fold[op](s + (j + h) * width, count, s + j * width);
    }
  }
}

// The sum of sixteen partial ones.
inline float fold_sum(const float* s) {
  std::array<float, kPartials> t;
  std::copy_n(s, kPartials, t.begin());
  for (size_t h = kPartials / 2; h > 0; h /= 2) {
    for (size_t j = 0; j < h; ++j) {
      t[j] = t[j] + t[j + h];
    }
  }
  return t[0];
}

}  // namespace s4::card
