// SPDX-License-Identifier: MIT
#include "compiler/lower/place.hpp"

#include <algorithm>
#include <map>
#include <numeric>

namespace s4::compiler {
namespace {

uint64_t padded(uint64_t bytes) {
  return (bytes + kPlaceAlign - 1) / kPlaceAlign * kPlaceAlign;
}

struct Taken {
  uint64_t begin, end;
  size_t first, last;
};

}  // namespace

Arena place(std::span<const Lifetime> blocks) {
  std::vector<size_t> order;
  for (size_t i = 0; i < blocks.size(); ++i)
    if (blocks[i].first <= blocks[i].last)
      order.push_back(i);
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return blocks[a].bytes > blocks[b].bytes; });
  Arena arena;
  arena.offsets.assign(blocks.size(), 0);
  std::vector<Taken> taken;  // by begin
  for (const size_t i : order) {
    const Lifetime& block = blocks[i];
    const uint64_t bytes = padded(block.bytes);
    uint64_t offset = 0;
    for (const Taken& other : taken) {
      if (other.last < block.first || block.last < other.first)
        continue;
      if (offset + bytes <= other.begin)
        break;
      offset = std::max(offset, other.end);
    }
    const Taken one{offset, offset + bytes, block.first, block.last};
    taken.insert(std::upper_bound(taken.begin(), taken.end(), one,
                                  [](const Taken& a, const Taken& b) { return a.begin < b.begin; }),
                 one);
    arena.offsets[i] = offset;
    arena.bytes = std::max(arena.bytes, one.end);
  }
  return arena;
}

uint64_t lower_bound(std::span<const Lifetime> blocks) {
  std::map<size_t, int64_t> change;  // of what is alive, by command
  for (const Lifetime& block : blocks) {
    if (block.first > block.last)
      continue;
    change[block.first] += static_cast<int64_t>(padded(block.bytes));
    change[block.last + 1] -= static_cast<int64_t>(padded(block.bytes));
  }
  int64_t alive = 0, most = 0;
  for (const auto& [command, delta] : change)
    most = std::max(most, alive += delta);
  return static_cast<uint64_t>(most);
}

}  // namespace s4::compiler
