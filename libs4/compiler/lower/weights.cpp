// SPDX-License-Identifier: MIT
#include "compiler/lower/weights.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <limits>

#include "s4/abi/s4_weights.h"
#include "sparse/pack.hpp"

namespace s4::compiler {
namespace {

// [rows][channels / groups][kh][kw] to [rows][kh][kw][channels / groups]: k runs over taps first.
DenseMatrix conv_matrix(const Array& weights) {
  const std::vector<float> from = weights.to_floats();
  const Shape& shape = weights.shape();
  DenseMatrix matrix;
  matrix.rows = static_cast<uint32_t>(shape[0]);
  const int64_t channels = shape[1];
  const int64_t taps = element_count(std::span(shape).subspan(2));
  matrix.k = static_cast<uint32_t>(taps * channels);
  matrix.values.resize(from.size());
  for (int64_t r = 0; r < matrix.rows; ++r)
    for (int64_t c = 0; c < channels; ++c)
      for (int64_t t = 0; t < taps; ++t)
        matrix.values[(r * taps + t) * channels + c] = from[(r * channels + c) * taps + t];
  return matrix;
}

// Weights [k][n], or [n][k] when they are transposed already, as [n = rows][k].
DenseMatrix linear_matrix(const Array& weights, bool transposed, float factor) {
  const Shape& shape = weights.shape();
  DenseMatrix matrix;
  std::vector<float> from = weights.to_floats();
  matrix.rows = static_cast<uint32_t>(shape[transposed ? 0 : 1]);
  matrix.k = static_cast<uint32_t>(shape[transposed ? 1 : 0]);
  if (transposed) {
    matrix.values = std::move(from);
  } else {
    matrix.values.resize(from.size());
    for (size_t r = 0; r < matrix.rows; ++r)
      for (size_t k = 0; k < matrix.k; ++k)
        matrix.values[r * matrix.k + k] = from[k * matrix.rows + r];
  }
  if (factor != 1)
    for (float& value : matrix.values)
      value *= factor;
  return matrix;
}

}  // namespace

std::optional<DenseMatrix> matrix_of(const Graph& graph, const Node& node) {
  const bool fused = node.domain == "s4";
  if (!node.domain.empty() && !fused)
    return std::nullopt;
  const Array* weights = graph.constant(node.input(1));
  if (!weights)
    return std::nullopt;
  if (node.op == "Conv") {
    const bool depthwise = weights->shape()[1] == 1 && node.attributes.integer("group", 1) > 1;
    return depthwise ? std::nullopt : std::optional(conv_matrix(*weights));
  }
  if (weights->rank() != 2)
    return std::nullopt;
  const bool transposed = node.attributes.integer("transB", 0) != 0;
  if (node.op == "Gemm")
    return linear_matrix(*weights, transposed, node.attributes.real("alpha", 1));
  if (node.op == "MatMul" && !graph.constant(node.input(0)))
    return linear_matrix(*weights, transposed, 1);
  return std::nullopt;
}

PlacedMatrix place_matrix(Lowering& to, const std::string& name, const DenseMatrix& matrix,
                          const MatrixPlan& plan) {
  const sparse::Shape shape{matrix.rows, matrix.k, plan.degree, plan.type};
  const auto header = sparse::layout(shape);
  if (!header)
    fail("weights '{}': {}", name, header.error().message);
  std::vector<std::byte> blob(header->total_bytes);
  std::vector<float> scales(matrix.rows);
  sparse::PackInput input;
  input.data = matrix.values.data();
  input.type = S4_TYPE_FLOAT32;
  input.pitch = matrix.k;
  if (plan.type == S4_TYPE_INT8)
    input.scale_out = scales.data();
  if (const auto packed = sparse::pack(shape, input, blob); !packed)
    fail("weights '{}': {}", name, packed.error().message);

  PlacedMatrix placed;
  placed.blob = to.emitter().add_matrix(name, blob);
  placed.values = header->values_offset;
  placed.indices = header->indices_offset;
  const bool int8 = plan.type == S4_TYPE_INT8;
  if (int8) {
    for (float& scale : scales)
      scale *= plan.x_scale;
    placed.scale = to.emitter().add_constant(scales.data(), scales.size() * sizeof(float));
  }
  if (!matrix.bias.empty()) {
    std::vector<int32_t> sums(matrix.rows);
    const void* data = matrix.bias.data();
    if (int8) {
      // The card adds the bias to the sum, before the scale.
      for (uint32_t r = 0; r < matrix.rows; ++r) {
        const double wanted = std::nearbyint(static_cast<double>(matrix.bias[r]) / scales[r]);
        sums[r] = static_cast<int32_t>(std::clamp<double>(
            wanted, std::numeric_limits<int32_t>::min(), std::numeric_limits<int32_t>::max()));
      }
      data = sums.data();
    }
    placed.bias = to.emitter().add_constant(data, matrix.rows * sizeof(float));
  }
  return placed;
}

void fill_matrix(s4_cmd& cmd, std::vector<Place>& places, const PlacedMatrix& placed,
                 const DenseMatrix& matrix, const MatrixPlan& plan) {
  s4_cmd_spmm& c = cmd.spmm;
  c.rows = matrix.rows;
  c.k = matrix.k;
  c.degree = static_cast<uint8_t>(plan.degree);
  c.type = static_cast<uint8_t>(plan.type);
  c.x_layout = c.y_layout = S4_LAYOUT_COLUMNS;
  places.push_back({offsetof(s4_cmd, spmm.values), placed.blob, placed.values});
  if (plan.degree > 1)
    places.push_back({offsetof(s4_cmd, spmm.indices), placed.blob, placed.indices});
  if (placed.bias) {
    cmd.header.flags |= S4_SPMM_BIAS;
    places.push_back({offsetof(s4_cmd, spmm.bias), *placed.bias, 0});
  }
  if (placed.scale) {
    cmd.header.flags |= S4_SPMM_SCALE;
    places.push_back({offsetof(s4_cmd, spmm.scale), *placed.scale, 0});
  }
}

}  // namespace s4::compiler
