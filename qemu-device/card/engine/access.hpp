// SPDX-License-Identifier: MIT
// Reading and writing rows of card memory: in place where it is contiguous, by copy where not.
#pragma once

#include <algorithm>
#include <cstring>

#include "memory/memory_port.hpp"

namespace s4::card {

// Calls use(first, count, data, pitch) for consecutive groups of the `rows` rows of `row_bytes`
// bytes that stand `pitch` apart from `va` on. `data` is memory itself where a group is contiguous,
// else `bounce` (row_bytes long) with a copy of one row. Memory may change while it is read.
template <class Use>
Fault read_rows(AccessScope& scope, uint64_t va, uint64_t pitch, size_t rows, size_t row_bytes,
                std::byte* bounce, Use&& use) {
  size_t group = rows;
  for (size_t first = 0; first < rows;) {
    const size_t count = std::min(group, rows - first);
    const uint64_t at = va + first * pitch;
    if (const std::byte* data = scope.view(at, (count - 1) * pitch + row_bytes)) {
      use(first, count, data, static_cast<size_t>(pitch));
      first += count;
      group = count * 2;
    } else if (count > 1) {
      group = count / 2;
    } else {
      if (const Fault fault = scope.read(at, bounce, row_bytes)) {
        return fault;
      }
      use(first, 1, static_cast<const std::byte*>(bounce), row_bytes);
      ++first;
    }
  }
  return {};
}

// Copies `rows` rows of `row_bytes` bytes, `pitch` apart from `va`, to `data`, one behind the other.
inline Fault copy_rows(AccessScope& scope, uint64_t va, uint64_t pitch, size_t rows,
                       size_t row_bytes, std::byte* data) {
  for (size_t i = 0; i < rows; ++i) {
    if (const std::byte* from = scope.view(va + i * pitch, row_bytes)) {
      std::memcpy(data + i * row_bytes, from, row_bytes);
    } else if (const Fault fault = scope.read(va + i * pitch, data + i * row_bytes, row_bytes)) {
      return fault;
    }
  }
  return {};
}

// Writes `rows` rows of `row_bytes` bytes, `data_pitch` apart in `data` and `pitch` apart from `va`.
inline Fault write_rows(AccessScope& scope, uint64_t va, uint64_t pitch, size_t rows,
                        size_t row_bytes, const std::byte* data, size_t data_pitch) {
  size_t group = rows;
  for (size_t first = 0; first < rows;) {
    const size_t count = std::min(group, rows - first);
    const uint64_t at = va + first * pitch;
    if (std::byte* to = scope.view_write(at, (count - 1) * pitch + row_bytes)) {
      for (size_t i = 0; i < count; ++i) {
        std::memcpy(to + i * pitch, data + (first + i) * data_pitch, row_bytes);
      }
      first += count;
      group = count * 2;
    } else if (pitch == row_bytes && data_pitch == row_bytes) {
      return scope.write(at, data + first * data_pitch, (rows - first) * row_bytes);
    } else if (count > 1) {
      group = count / 2;
    } else {
      if (const Fault fault = scope.write(at, data + first * data_pitch, row_bytes)) {
        return fault;
      }
      ++first;
    }
  }
  return {};
}

// `bytes` bytes at `va` to read: in place, or copied to `bounce`; nullptr with *fault set.
inline const std::byte* fetch(AccessScope& scope, uint64_t va, size_t bytes, std::byte* bounce,
                              Fault* fault) {
  if (const std::byte* data = scope.view(va, bytes)) {
    return data;
  }
  *fault = scope.read(va, bounce, bytes);
  return *fault ? nullptr : bounce;
}

}  // namespace s4::card
