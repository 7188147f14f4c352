// SPDX-License-Identifier: MIT
#include "model/weights.hpp"

#include <cmath>
#include <cstring>

#include "s4/abi/s4_check.h"
#include "values.hpp"

namespace s4::bench {
namespace {

constexpr double kValueRms = 74;  // of any int8 with the same chance

// Between half of and all of 1 / sqrt(entries of a row), which is rounded to a power of two.
void put_bf16(std::byte* to, uint64_t count, double row_entries, std::minstd_rand& random) {
  const auto shift = static_cast<uint32_t>(std::lround(std::log2(row_entries) / 2));
  for (uint64_t i = 0; i < count; ++i) {
    const auto bits = static_cast<uint16_t>(((random() >> 8) & 0x807fu) | (0x3f00u - (shift << 7)));
    std::memcpy(to + 2 * i, &bits, sizeof bits);
  }
}

}  // namespace

WeightPlan plan_weights(const Network& network, uint32_t degree) {
  WeightPlan plan{network.precision, {}, 0};
  const auto take = [&](uint64_t bytes) {
    const uint64_t at = plan.bytes;
    plan.bytes += (bytes + S4_WEIGHTS_ALIGN - 1) / S4_WEIGHTS_ALIGN * S4_WEIGHTS_ALIGN;
    return at;
  };
  for (const Layer& layer : network.layers) {
    LayerWeights& w = plan.layers.emplace_back();
    w.begin = plan.bytes;
    if (layer.has_weights()) {
      w.rows = network.y(layer).channels;
      w.k = network.k(layer);
      w.degree = degree_of(layer.pruning, degree);
      w.entries = s4_weight_entries(w.rows, w.k, w.degree);
      w.values = take(w.entries * s4_type_bytes(plan.type));
      w.indices = w.degree > 1 ? take(w.entries) : 0;
      w.bias = take(uint64_t{w.rows} * 4);
      w.scale = plan.type == S4_TYPE_INT8 ? take(uint64_t{w.rows} * 4) : 0;
    }
    w.end = plan.bytes;
  }
  return plan;
}

std::vector<std::byte> make_weights(const WeightPlan& plan, size_t layer) {
  const LayerWeights& w = plan.layers[layer];
  std::vector<std::byte> block(w.end - w.begin);
  if (block.empty()) {
    return block;
  }
  std::minstd_rand random(static_cast<unsigned>(layer + 1));
  const double row_entries = static_cast<double>(w.entries) / w.rows;
  const auto at = [&](uint64_t offset) { return block.data() + (offset - w.begin); };
  if (plan.type == S4_TYPE_INT8) {
    put_values(at(w.values), w.entries, true, random);
    const std::vector<float> scale(w.rows,
                                   static_cast<float>(1 / (kValueRms * std::sqrt(row_entries))));
    std::memcpy(at(w.scale), scale.data(), scale.size() * sizeof scale[0]);
  } else {
    put_bf16(at(w.values), w.entries, row_entries, random);
  }
  if (w.degree > 1) {
    put_indices(at(w.indices), w.entries * w.degree / S4_BANK, S4_BANK / w.degree, random);
  }
  return block;
}

}  // namespace s4::bench
