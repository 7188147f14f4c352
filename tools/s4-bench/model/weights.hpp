// SPDX-License-Identifier: MIT
// Random weights of a network, made as they lie in card memory: value plane, index plane, bias and
// scale of each layer, one behind the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "model/network.hpp"

namespace s4::bench {

// Operands of an INT8 sum count alike and the sum is as large as each: 1 / sqrt(2). The scale of
// the rows has it within, so that nothing is left to do behind the sum.
inline constexpr float kSumScale = 0.70710678f;

// Offsets in the block of all weights; 0 what a layer does not have. A table has values alone, in
// BF16 and without a degree; a norm its gain as scale and its offset as bias, in float32.
struct LayerWeights {
  uint32_t rows = 0;
  uint32_t k = 0;
  uint32_t degree = 0;
  uint64_t entries = 0;
  uint64_t values = 0;
  uint64_t indices = 0;
  uint64_t bias = 0;
  uint64_t scale = 0;
  float scale_value = 1;   // of each row
  float result_scale = 1;  // from what is activated to INT8
  uint64_t begin = 0;      // of all that the layer has
  uint64_t end = 0;
};

struct WeightPlan {
  s4_type type;
  std::vector<LayerWeights> layers;  // one a layer
  uint64_t bytes = 0;
};

WeightPlan plan_weights(const Network& network, uint32_t degree);

// The bytes [begin, end) of a layer: balanced banks at random places. Values, or for INT8 the
// scale, are such that results are about as large as what they are made of, so that nothing
// overflows.
std::vector<std::byte> make_weights(const WeightPlan& plan, size_t layer);

}  // namespace s4::bench
