// SPDX-License-Identifier: MIT
// S4_OP_GATHER: rows of a table. An index becomes an address only after it was copied out of memory
// that a guest may change, and checked.
#include <algorithm>
#include <cstring>

#include "engine/access.hpp"
#include "engine/command.hpp"
#include "timing/model.hpp"

namespace s4::card {
namespace {

constexpr uint64_t kTileBytes = uint64_t{64} << 10;
constexpr uint64_t kTileRows = 256;

// Indices [first, first + count), each in [0, entries).
Fault load_indices(AccessScope& scope, const s4_cmd_gather& c, uint64_t first, size_t count,
                   uint32_t* rows) {
  const uint64_t pitch = uint64_t{c.index_stride} * c.index_bytes;
  uint64_t bad = count;
  std::byte bounce[8];
  const Fault fault = read_rows(
      scope, c.indices + first * pitch, pitch, count, c.index_bytes, bounce,
      [&](size_t at, size_t n, const std::byte* data, size_t step) {
        for (size_t i = 0; i < n; ++i) {
          uint64_t index = 0;  // a negative one is above every entry
          std::memcpy(&index, data + i * step, c.index_bytes);
          rows[at + i] = static_cast<uint32_t>(index);
          if (index >= c.entries || (c.index_bytes == 4 && index >> 31 != 0)) {
            bad = std::min<uint64_t>(bad, at + i);
          }
        }
      });
  if (fault || bad == count) {
    return fault;
  }
  return {.status = S4_E_INDEX, .detail = static_cast<uint32_t>(first + bad)};
}

Fault run_gather(const Job& job) {
  const s4_cmd_gather& c = job.command.gather;
  // A tile is some whole rows, or a part of one.
  const uint64_t parts = (c.row_bytes + kTileBytes - 1) / kTileBytes;
  const uint64_t rows = std::clamp<uint64_t>(kTileBytes / c.row_bytes, 1, kTileRows);
  const uint64_t tiles = (c.count + rows - 1) / rows * parts;
  return for_each_tile(job.pool, tiles, [&](size_t tile) -> Fault {
    Scratch scratch = job.scratch.get(kTileBytes);
    auto* bounce = scratch.take<std::byte>(kTileBytes);
    const uint64_t offset = tile % parts * kTileBytes;
    const uint64_t bytes = std::min<uint64_t>(kTileBytes, c.row_bytes - offset);
    const uint64_t first = tile / parts * rows;
    const uint64_t count = std::min<uint64_t>(rows, c.count - first);
    uint32_t index[kTileRows];
    const Scope scope(job.memory);
    if (!scope) {
      return cancelled();
    }
    Fault fault = load_indices(*scope, c, first, count, index);
    if (fault) {
      return fault;
    }
    for (uint64_t i = 0; i < count; ++i) {
      const uint64_t dst = c.dst + (first + i) * c.dst_pitch + offset;
      const std::byte* from =
          fetch(*scope, c.table + index[i] * c.table_pitch + offset, bytes, bounce, &fault);
      if (from == nullptr) {
        return fault;
      }
      if (std::byte* to = scope->view_write(dst, bytes)) {
        std::memmove(to, from, bytes);  // two addresses may map one page
      } else if ((fault = scope->write(dst, from, bytes))) {
        return fault;
      }
    }
    job.memory.retire(1);
    return {};
  });
}

timing::Cost gather_cost(const s4_cmd& command, s4_slice, const Slice&) {
  return timing::gather_cost(command.gather);
}

}  // namespace

const Command kGatherCommand{S4_OP_GATHER, run_gather, gather_cost};

}  // namespace s4::card
