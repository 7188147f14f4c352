// SPDX-License-Identifier: MIT
// S4_OP_FILL: a pattern of one, two or four bytes, repeated.
#include <algorithm>
#include <cstring>

#include "engine/command.hpp"
#include "timing/model.hpp"

namespace s4::card {
namespace {

constexpr uint64_t kTileBytes = uint64_t{256} << 10;
constexpr size_t kBufferBytes = size_t{16} << 10;

Fault run_fill(const Job& job) {
  const s4_cmd_fill& c = job.command.fill;
  Scratch scratch = job.scratch.get(kBufferBytes);
  auto* pattern = scratch.take<std::byte>(kBufferBytes);
  for (size_t i = 0; i < kBufferBytes; i += c.pattern_bytes) {
    std::memcpy(pattern + i, &c.pattern, c.pattern_bytes);
  }
  const uint64_t tiles = (c.bytes + kTileBytes - 1) / kTileBytes;
  return for_each_tile(job.pool, tiles, [&](size_t tile) -> Fault {
    const uint64_t begin = tile * kTileBytes;
    const uint64_t end = std::min<uint64_t>(begin + kTileBytes, c.bytes);
    const Scope scope(job.memory);
    if (!scope) {
      return cancelled();
    }
    std::byte* in_place = scope->view_write(c.dst + begin, end - begin);
    for (uint64_t at = begin; at < end; at += kBufferBytes) {
      const size_t bytes = std::min<uint64_t>(kBufferBytes, end - at);
      if (in_place != nullptr) {
        std::memcpy(in_place + (at - begin), pattern, bytes);
      } else if (const Fault fault = scope->write(c.dst + at, pattern, bytes)) {
        return fault;
      }
    }
    job.memory.retire(1);
    return {};
  });
}

timing::Cost fill_cost(const s4_cmd& command, s4_slice, const Slice&) {
  return timing::fill_cost(command.fill);
}

}  // namespace

const Command kFillCommand{S4_OP_FILL, run_fill, fill_cost};

}  // namespace s4::card
