// SPDX-License-Identifier: MIT
// S4_OP_COPY: rows of bytes from anywhere to anywhere.
#include <algorithm>
#include <cstring>

#include "engine/command.hpp"
#include "timing/model.hpp"

namespace s4::card {
namespace {

// What one scope moves: long enough that its cost vanishes, some tens of microseconds.
constexpr uint64_t kTileBytes = uint64_t{256} << 10;
constexpr uint64_t kTileRows = 1024;
constexpr size_t kBounceBytes = size_t{64} << 10;

// One contiguous run, at most kTileBytes long.
Fault copy_run(AccessScope& scope, uint64_t src, uint64_t dst, size_t bytes, Scratch& bounce) {
  std::byte* to = scope.view_write(dst, bytes);
  if (to != nullptr) {
    if (const std::byte* from = scope.view(src, bytes)) {
      std::memmove(to, from, bytes);  // two addresses may map one page
      return {};
    }
    return scope.read(src, to, bytes);
  }
  if (const std::byte* from = scope.view(src, bytes)) {
    return scope.write(dst, from, bytes);
  }
  auto* buffer = bounce.take<std::byte>(0);  // the whole block, again for every row
  for (size_t done = 0; done < bytes; done += kBounceBytes) {
    const size_t part = std::min(kBounceBytes, bytes - done);
    if (const Fault fault = scope.read(src + done, buffer, part)) {
      return fault;
    }
    if (const Fault fault = scope.write(dst + done, buffer, part)) {
      return fault;
    }
  }
  return {};
}

Fault run_copy(const Job& job) {
  s4_cmd_copy c = job.command.copy;
  if (c.rows > 1 && c.src_pitch == c.row_bytes && c.dst_pitch == c.row_bytes &&
      c.rows <= S4_MAX_BYTES / c.row_bytes) {
    c.row_bytes *= c.rows;
    c.rows = 1;
  }
  // A tile is some whole rows, or a part of one.
  const uint64_t parts = (c.row_bytes + kTileBytes - 1) / kTileBytes;
  const uint64_t rows = std::clamp<uint64_t>(kTileBytes / c.row_bytes, 1, kTileRows);
  const uint64_t tiles = (c.rows + rows - 1) / rows * parts;
  return for_each_tile(job.pool, tiles, [&](size_t tile) -> Fault {
    Scratch bounce = job.scratch.get(kBounceBytes);
    const uint64_t offset = tile % parts * kTileBytes;
    const uint64_t bytes = std::min<uint64_t>(kTileBytes, c.row_bytes - offset);
    const uint64_t first = tile / parts * rows;
    const uint64_t last = std::min<uint64_t>(first + rows, c.rows);
    const Scope scope(job.memory);
    if (!scope) {
      return cancelled();
    }
    for (uint64_t row = first; row < last; ++row) {
      if (const Fault fault = copy_run(*scope, c.src + row * c.src_pitch + offset,
                                       c.dst + row * c.dst_pitch + offset, bytes, bounce)) {
        return fault;
      }
    }
    job.memory.retire(last - first);
    return {};
  });
}

timing::Cost copy_cost(const s4_cmd& command, s4_slice, const Slice&) {
  return timing::copy_cost(command.copy);
}

}  // namespace

const Command kCopyCommand{S4_OP_COPY, run_copy, copy_cost};

}  // namespace s4::card
