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
  const bool int8 = plan.type == S4_TYPE_INT8;
  for (const Layer& layer : network.layers) {
    LayerWeights& w = plan.layers.emplace_back();
    const Tensor& y = network.y(layer);
    const auto take_rows = [&](uint32_t rows, float scale) {
      w.rows = rows;
      w.scale = take(uint64_t{rows} * sizeof scale);
      w.scale_value = scale;
    };
    w.begin = plan.bytes;
    if (layer.has_weights()) {
      w.rows = y.channels;
      w.k = network.k(layer);
      w.degree = degree_of(layer.pruning, degree);
      w.entries = s4_weight_entries(w.rows, w.k, w.degree);
      w.values = take(w.entries * s4_type_bytes(plan.type));
      w.indices = w.degree > 1 ? take(w.entries) : 0;
      w.bias = take(uint64_t{w.rows} * 4);
      // A function that is not linear takes numbers as they are meant.
      if (int8 && layer.activation > S4_ACT_RELU) {
        w.result_scale = kInt8One;
      }
      if (int8) {
        const double rms = kValueRms * std::sqrt(static_cast<double>(w.entries / w.rows));
        const double share = layer.b >= 0 ? kSumScale : 1;
        take_rows(w.rows, static_cast<float>(share / (rms * w.result_scale)));
      }
    } else if (layer.entries > 0) {
      w.entries = uint64_t{layer.entries} * y.channels;
      w.values = take(w.entries * sizeof(uint16_t));
    } else if (layer.kind == Kind::kNorm) {
      w.bias = take(uint64_t{y.channels} * 4);
      take_rows(y.channels, 1);
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
  const auto at = [&](uint64_t offset) { return block.data() + (offset - w.begin); };
  if (w.scale != 0) {
    const std::vector<float> scale(w.rows, w.scale_value);
    std::memcpy(at(w.scale), scale.data(), scale.size() * sizeof scale[0]);
  }
  if (w.degree > 0 && plan.type == S4_TYPE_INT8) {
    put_values(at(w.values), w.entries, true, random);
  } else if (w.entries > 0) {
    const uint64_t row_entries = w.degree > 0 ? w.entries / w.rows : 1;
    put_bf16(at(w.values), w.entries, static_cast<double>(row_entries), random);
  }
  if (w.degree > 1) {
    put_indices(at(w.indices), w.entries * w.degree / S4_BANK, S4_BANK / w.degree, random);
  }
  return block;
}

}  // namespace s4::bench
