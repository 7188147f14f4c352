// SPDX-License-Identifier: MIT
#include "compiler/quantize/weights.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "sparse/int8.hpp"

namespace s4::quantize {
namespace {

Error bad(std::string message) {
  return Error{Code::kInvalidArgument, 0, {}, "quantize", std::move(message)};
}

double squared_error(std::span<const float> row, float scale) {
  double sum = 0;
  for (const float w : row) {
    const double error = double{w} - double{scale} * sparse::to_int8(w, scale);
    sum += error * error;
  }
  return sum;
}

float row_scale(std::span<const float> row, RowScale rule) {
  float largest = 0;
  for (const float w : row)
    largest = std::max(largest, std::fabs(w));
  float best = sparse::int8_scale(largest);
  if (rule == RowScale::kLargest || largest == 0)
    return best;
  double least = squared_error(row, best);
  for (int part = 49; part > 26; --part) {  // of 50; the largest of equally good ones stays
    const float candidate = sparse::int8_scale(largest * static_cast<float>(part) / 50);
    const double error = squared_error(row, candidate);
    if (error < least) {
      best = candidate;
      least = error;
    }
  }
  return best;
}

}  // namespace

Result<IntWeights> quantize_weights(std::span<const float> weights, uint32_t rows, uint32_t k,
                                    RowScale rule) {
  if (rows == 0 || k == 0 || weights.size() != size_t{rows} * k) {
    return bad(
        fmt::format("a matrix of {} x {} was given with {} weights", rows, k, weights.size()));
  }
  for (size_t i = 0; i < weights.size(); ++i) {
    if (!std::isfinite(weights[i])) {
      return Error{
          Code::kBadWeights,
          0,
          {},
          "quantize",
          fmt::format("row {}, column {}: the weight is not a finite number", i / k, i % k)};
    }
  }
  IntWeights result;
  result.values.resize(weights.size());
  result.scales.resize(rows);
  for (uint32_t r = 0; r < rows; ++r) {
    const std::span<const float> row = weights.subspan(size_t{r} * k, k);
    const float scale = result.scales[r] = row_scale(row, rule);
    std::transform(row.begin(), row.end(), result.values.begin() + ptrdiff_t{r} * k,
                   [scale](float w) { return sparse::to_int8(w, scale); });
  }
  return result;
}

Result<std::vector<int32_t>> quantize_bias(std::span<const float> bias, float x_scale,
                                           std::span<const float> w_scales) {
  if (bias.size() != w_scales.size())
    return bad(fmt::format("{} biases and {} scales of rows", bias.size(), w_scales.size()));
  std::vector<int32_t> result(bias.size());
  for (size_t r = 0; r < bias.size(); ++r) {
    const double step = double{x_scale} * w_scales[r];
    if (!(x_scale > 0 && w_scales[r] > 0 && std::isfinite(step)))
      return bad(fmt::format("row {}: scales {} and {} must be positive and finite", r, x_scale,
                             w_scales[r]));
    if (!std::isfinite(bias[r]))
      return bad(fmt::format("row {}: the bias is {}", r, bias[r]));
    result[r] = static_cast<int32_t>(std::clamp(std::nearbyint(bias[r] / step),
                                                double{std::numeric_limits<int32_t>::min()},
                                                double{std::numeric_limits<int32_t>::max()}));
  }
  return result;
}

}  // namespace s4::quantize
