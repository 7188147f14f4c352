// SPDX-License-Identifier: MIT
// Products with constant weights: SPMM, and CONV and DWCONV for images.
#include <algorithm>
#include <cstddef>
#include <numeric>

#include "compiler/ir/activation.hpp"
#include "compiler/lower/images.hpp"
#include "compiler/lower/matmul.hpp"
#include "compiler/lower/rules.hpp"
#include "compiler/lower/weights.hpp"

namespace s4::compiler {
namespace {

constexpr size_t kBiasOperand = 2;
constexpr size_t kResidualOperand = 3;  // of the nodes of domain "s4"

std::vector<float> bias_of(const Lowering& to, const Node& node, uint32_t rows, float factor = 1) {
  if (!node.has_input(kBiasOperand))
    return {};
  const Array* bias = to.graph().constant(node.input(kBiasOperand));
  if (!bias)
    to.refuse(node, "its bias is computed by the model; only a constant one is known");
  std::vector<float> values = bias->to_floats();
  if (values.size() == 1)
    values.assign(rows, values[0]);
  if (values.size() != rows)
    to.refuse(node, fmt::format("its bias has {} elements for {} outputs", values.size(), rows));
  for (float& value : values)
    value *= factor;
  return values;
}

// y, activation and scales; what SPMM and CONV share.
void fill_epilogue(Lowering& to, const Node& node, s4_cmd& cmd, const View& y) {
  s4_cmd_spmm& c = cmd.spmm;
  c.y_type = static_cast<uint8_t>(y.type);
  c.y_scale = float_bits(1 / y.scale);
  if (node.domain == "s4") {
    const Activation activation = fused_activation(node);
    c.activation = static_cast<uint8_t>(activation.kind);
    c.alpha = float_bits(activation.alpha);
    c.beta = float_bits(activation.beta);
  }
  (void)to;
}

void fill_residual(s4_cmd& cmd, std::vector<Place>& places, const View& residual) {
  cmd.header.flags |= S4_SPMM_RESIDUAL;
  s4_cmd_spmm& c = cmd.spmm;
  c.residual_type = static_cast<uint8_t>(residual.type);
  c.residual_scale = float_bits(residual.scale);
  places.push_back({offsetof(s4_cmd, spmm.residual), residual.block, residual.byte_offset()});
}

// A BF16 matrix gives BF16 or FLOAT32 only: an INT8 result needs a conversion behind it.
View result_for(Lowering& to, const View& y, s4_type matrix_type) {
  if (matrix_type == S4_TYPE_BF16 && y.type == S4_TYPE_INT8) {
    View wide = y;
    wide.block = to.emitter().add_arena(static_cast<uint64_t>(y.count()) * 2);
    wide.offset = 0;
    wide.type = S4_TYPE_BF16;
    wide.scale = 1;
    return wide;
  }
  return y;
}

// Operands of a residual command: what is added must be INT8, BF16 or FLOAT32, in y's order.
View residual_in_order(Lowering& to, ValueId id, const Shape& shape,
                       const std::vector<int64_t>& order) {
  View residual = to.view(id);
  if (residual.type == S4_TYPE_INT32)
    residual = to.converted(residual, S4_TYPE_BF16);
  return to.dense_in_order(residual.broadcast(shape), order);
}

void note_layer(Lowering& to, const MatrixPlan& plan, uint64_t rows, uint64_t k, uint64_t columns) {
  model::Layer& layer = to.emitter().layer();
  layer.degree = plan.degree;
  layer.type = plan.type;
  layer.macs = rows * k * columns;
  layer.error = plan.error;
}

// ---- Conv -------------------------------------------------------------------------------------

// [rows][1][kh][kw] to the dense plane [kh][kw][rows].
std::vector<float> depthwise_plane(const Array& weights, const ConvShape& shape) {
  const std::vector<float> from = weights.to_floats();
  const int64_t taps = int64_t{shape.kernel[0]} * shape.kernel[1];
  std::vector<float> plane(from.size());
  for (int64_t r = 0; r < shape.rows; ++r)
    for (int64_t t = 0; t < taps; ++t)
      plane[t * shape.rows + r] = from[r * taps + t];
  return plane;
}

void finish_images(Lowering& to, const Node& node, s4_cmd& cmd, std::vector<Place>& places,
                   const ConvShape& shape, const View& x, const MatrixPlan& plan) {
  const ValueId id = node.output(0);
  const View y = to.make_in_order(id, channels_last(to.graph().shape(id).size()));
  const View result = result_for(to, y, plan.type);
  fill_epilogue(to, node, cmd, result);
  const ImagePitches from = image_pitches(x), into = image_pitches(result);
  s4_cmd_conv& c = cmd.conv;
  fill_window(c.window, shape, from, into);
  c.matrix.x_pitch = from.pixel;
  c.matrix.y_pitch = into.pixel;
  c.matrix.columns = c.window.images * c.window.out_height * c.window.out_width;
  places.push_back({offsetof(s4_cmd, spmm.x), x.block, x.byte_offset()});
  places.push_back({offsetof(s4_cmd, spmm.y), result.block, result.byte_offset()});
  if (node.domain == "s4" && node.has_input(kResidualOperand)) {
    const View residual =
        residual_in_order(to, node.input(kResidualOperand), y.shape, channels_last(y.rank()));
    const ImagePitches added = image_pitches(residual);
    fill_residual(cmd, places, residual);
    c.matrix.residual_pitch = added.pixel;
    c.residual_row_pitch = added.row;
    c.residual_image_pitch = added.image;
  }
  to.emitter().add(cmd, places);
  if (result.type != y.type)
    to.unary(result, y);
  note_layer(to, plan, shape.rows, c.matrix.k, c.matrix.columns);
  to.set(id, y);
}

void lower_depthwise(Lowering& to, const Node& node, const Array& weights, ConvShape shape) {
  // The card's depthwise convolution in BF16: it is bound by memory, not by arithmetic.
  MatrixPlan plan;
  const Array plane =
      Array::of<float>({static_cast<int64_t>(weights.count())}, depthwise_plane(weights, shape))
          .cast(DType::kBfloat16);
  DenseMatrix matrix;
  matrix.rows = shape.rows;
  matrix.k = shape.kernel[0] * shape.kernel[1];
  matrix.bias = bias_of(to, node, matrix.rows);
  PlacedMatrix placed;
  placed.blob = to.emitter().add_constant(plane.raw(), plane.bytes());
  if (!matrix.bias.empty())
    placed.bias = to.emitter().add_constant(matrix.bias.data(), matrix.bias.size() * sizeof(float));
  const View x = image_view(to, node.input(0), S4_TYPE_BF16, 1);
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_DWCONV;
  std::vector<Place> places;
  fill_matrix(cmd, places, placed, matrix, plan);
  cmd.dwconv.channels = shape.groups;
  cmd.dwconv.multiplier = shape.rows / shape.groups;
  finish_images(to, node, cmd, places, shape, x, plan);
}

void lower_conv(Lowering& to, const Node& node) {
  const ValueId weights_id = node.input(1);
  const Array* weights = to.graph().constant(weights_id);
  if (!weights)
    to.refuse(node, "its weights are computed by the model; only constant ones are known");
  const ConvShape shape = conv_shape(to.graph(), node);
  const MatrixPlan plan = to.assignment().matrix(weights_id);
  if (shape.channels == 1 && shape.groups > 1)
    return lower_depthwise(to, node, *weights, shape);
  DenseMatrix matrix = *matrix_of(to.graph(), node);
  matrix.bias = bias_of(to, node, matrix.rows);
  const PlacedMatrix placed = place_matrix(to, to.graph().value(weights_id).name, matrix, plan);
  const View x =
      image_view(to, node.input(0), plan.type, plan.type == S4_TYPE_INT8 ? plan.x_scale : 1);
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_CONV;
  std::vector<Place> places;
  fill_matrix(cmd, places, placed, matrix, plan);
  cmd.conv.channels = shape.channels;
  cmd.conv.groups = shape.groups;
  finish_images(to, node, cmd, places, shape, x, plan);
}

// ---- MatMul and Gemm ----------------------------------------------------------------------------

// x [..., k] times weights: every row of x is a column of the command.
void lower_linear(Lowering& to, const Node& node, const DenseMatrix& matrix, const View& operand) {
  const ValueId id = node.output(0);
  const MatrixPlan plan = to.assignment().matrix(node.input(1));
  const bool int8 = plan.type == S4_TYPE_INT8;
  const PlacedMatrix placed = place_matrix(to, to.graph().value(node.input(1)).name, matrix, plan);
  const View x = to.converted(operand, plan.type, int8 ? plan.x_scale : 1);
  const int64_t columns = x.count() / matrix.k;
  std::optional<View> flat = x.reshaped(Shape{columns, matrix.k});
  if (!flat || (matrix.k > 1 && flat->strides[1] != 1) ||
      (columns > 1 && flat->strides[0] < matrix.k))
    flat = to.dense(x).reshaped(Shape{columns, matrix.k});
  const View y = to.make(id);
  const View result = result_for(to, y, plan.type);
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_SPMM;
  std::vector<Place> places;
  fill_matrix(cmd, places, placed, matrix, plan);
  fill_epilogue(to, node, cmd, result);
  s4_cmd_spmm& c = cmd.spmm;
  c.columns = static_cast<uint32_t>(columns);
  c.x_pitch =
      static_cast<uint64_t>(columns > 1 ? flat->strides[0] : matrix.k) * type_bytes(plan.type);
  c.y_pitch = uint64_t{matrix.rows} * result.element_bytes();
  places.push_back({offsetof(s4_cmd, spmm.x), flat->block, flat->byte_offset()});
  places.push_back({offsetof(s4_cmd, spmm.y), result.block, result.byte_offset()});
  if (node.domain == "s4" && node.has_input(kResidualOperand)) {
    std::vector<int64_t> order(y.rank());
    std::iota(order.begin(), order.end(), int64_t{0});
    const View residual = residual_in_order(to, node.input(kResidualOperand), y.shape, order);
    fill_residual(cmd, places, residual);
    c.residual_pitch = uint64_t{matrix.rows} * residual.element_bytes();
  }
  to.emitter().add(cmd, places);
  if (result.type != y.type)
    to.unary(result, y);
  note_layer(to, plan, matrix.rows, matrix.k, static_cast<uint64_t>(columns));
  to.set(id, y);
}

void lower_matmul(Lowering& to, const Node& node) {
  const Array* weights = to.graph().constant(node.input(1));
  if (!weights || weights->rank() != 2 || to.graph().constant(node.input(0)))
    return lower_product(to, node);
  DenseMatrix matrix = *matrix_of(to.graph(), node);
  matrix.bias = bias_of(to, node, matrix.rows);
  lower_linear(to, node, matrix, to.view(node.input(0)));
}

void lower_gemm(Lowering& to, const Node& node) {
  const Array* weights = to.graph().constant(node.input(1));
  if (!weights)
    to.refuse(node,
              "its second operand is computed by the model; only constant weights are known "
              "(a MatMul takes two computed operands)");
  DenseMatrix matrix = *matrix_of(to.graph(), node);
  matrix.bias = bias_of(to, node, matrix.rows, node.attributes.real("beta", 1));
  View x = to.view(node.input(0));
  if (node.attributes.integer("transA", 0) != 0)
    x = x.permuted(std::vector<int64_t>{1, 0});
  lower_linear(to, node, matrix, x);
}

constexpr Rule kRules[] = {
    {"", "Conv", lower_conv, "CONV; DWCONV when each group has one channel"},
    {"s4", "Conv", lower_conv, "CONV or DWCONV with activation and residual"},
    {"", "Gemm", lower_gemm, "SPMM"},
    {"", "MatMul", lower_matmul, "SPMM with constant weights, else MATMUL"},
    {"s4", "MatMul", lower_matmul, "SPMM with activation and residual"},
};

}  // namespace

std::span<const Rule> rules::matrix() {
  return kRules;
}

}  // namespace s4::compiler
