// SPDX-License-Identifier: MIT
#include "model/placement.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <optional>

namespace s4::bench {
namespace {

uint64_t align(uint64_t bytes) {
  return (bytes + kPlaceAlign - 1) / kPlaceAlign * kPlaceAlign;
}

// A memory that is given out by place and time.
class Memory {
 public:
  explicit Memory(uint64_t capacity) : capacity_(capacity) {}

  std::optional<uint64_t> put(const Lifetime& tensor) {
    const uint64_t bytes = align(tensor.bytes);
    uint64_t offset = 0;
    for (const Taken& taken : taken_) {  // by offset
      if (taken.last < tensor.first || tensor.last < taken.first) {
        continue;
      }
      if (offset + bytes <= taken.begin) {
        break;
      }
      offset = std::max(offset, taken.end);
    }
    if (bytes > capacity_ || offset > capacity_ - bytes) {
      return std::nullopt;
    }
    const Taken one{offset, offset + bytes, tensor.first, tensor.last};
    taken_.insert(
        std::upper_bound(taken_.begin(), taken_.end(), one,
                         [](const Taken& a, const Taken& b) { return a.begin < b.begin; }),
        one);
    used_ = std::max(used_, one.end);
    return offset;
  }
  uint64_t used() const { return used_; }

 private:
  struct Taken {
    uint64_t begin, end;
    size_t first, last;
  };
  uint64_t capacity_;
  uint64_t used_ = 0;
  std::vector<Taken> taken_;
};

}  // namespace

std::vector<Lifetime> lifetimes(const Network& network) {
  const size_t layers = network.layers.size();
  std::vector<Lifetime> result;
  for (const Tensor& tensor : network.tensors) {
    // Not used by any layer yet, unless it is the host's.
    result.push_back(
        {tensor.bytes(), tensor.outside ? 0 : layers, tensor.outside ? layers : 0, tensor.outside});
  }
  for (size_t i = 0; i < layers; ++i) {
    const Layer& layer = network.layers[i];
    for (const int tensor : {layer.x, layer.b, layer.y}) {
      if (tensor >= 0) {
        Lifetime& life = result[static_cast<size_t>(tensor)];
        life.first = std::min(life.first, i);
        life.last = std::max(life.last, i);
      }
    }
  }
  return result;
}

Placement place(std::span<const Lifetime> tensors, uint64_t chip_capacity) {
  std::vector<size_t> order(tensors.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return tensors[a].bytes > tensors[b].bytes; });
  Placement result;
  result.spots.resize(tensors.size());
  Memory chip(chip_capacity);
  Memory dram(std::numeric_limits<uint64_t>::max());
  for (const size_t i : order) {
    const std::optional<uint64_t> offset = tensors[i].in_dram ? std::nullopt : chip.put(tensors[i]);
    result.spots[i] = offset ? Spot{true, *offset} : Spot{false, dram.put(tensors[i]).value()};
  }
  result.chip_bytes = chip.used();
  result.dram_bytes = dram.used();
  return result;
}

}  // namespace s4::bench
