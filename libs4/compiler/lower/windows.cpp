// SPDX-License-Identifier: MIT
// Windows over images without weights: POOL and RESIZE.
#include <cmath>
#include <cstddef>

#include "compiler/lower/images.hpp"
#include "compiler/lower/rules.hpp"

namespace s4::compiler {
namespace {

s4_type image_type(const View& x) {
  return x.type == S4_TYPE_INT8 || x.type == S4_TYPE_BF16 ? x.type : S4_TYPE_FLOAT32;
}

void lower_pool(Lowering& to, const Node& node) {
  const bool global = node.op.starts_with("Global");
  const bool greatest = node.op.ends_with("MaxPool");
  if (node.output(1) != kNone)
    to.refuse(node, "its second result, the indices, is not known to the card");
  ConvShape shape = pool_shape(to.graph(), node, global);
  const View held = to.view(node.input(0));
  const View x = image_view(to, node.input(0), image_type(held), held.scale);
  const View y = to.make_in_order(node.output(0), channels_last(held.rank()));
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_POOL;
  s4_cmd_pool& c = cmd.pool;
  const bool padded = node.attributes.integer("count_include_pad", 0) != 0;
  if (padded && node.attributes.integer("ceil_mode", 0) != 0)
    to.refuse(node, "ceil_mode together with count_include_pad");
  c.op = greatest ? S4_POOL_MAX : padded ? S4_POOL_AVERAGE_PADDED : S4_POOL_AVERAGE;
  const ImagePitches from = image_pitches(x), into = image_pitches(y);
  fill_window(c.window, shape, from, into);
  c.x_pitch = from.pixel;
  c.y_pitch = into.pixel;
  c.channels = shape.channels;
  c.x_type = static_cast<uint8_t>(x.type);
  c.y_type = static_cast<uint8_t>(y.type);
  c.x_scale = float_bits(x.scale);
  c.y_scale = float_bits(1 / y.scale);
  const Place places[] = {{offsetof(s4_cmd, pool.x), x.block, x.byte_offset()},
                          {offsetof(s4_cmd, pool.y), y.block, y.byte_offset()}};
  to.emitter().add(cmd, places);
  to.set(node.output(0), y);
}

uint8_t coordinate_of(const Lowering& to, const Node& node) {
  const std::string mode =
      node.op == "Upsample" ? "asymmetric"
                            : node.attributes.text("coordinate_transformation_mode",
                                                   node.opset < 11 ? "asymmetric" : "half_pixel");
  const Shape& y = to.graph().shape(node.output(0));
  if (mode == "half_pixel" || (mode == "pytorch_half_pixel" && y[2] > 1 && y[3] > 1))
    return S4_RESIZE_HALF_PIXEL;
  if (mode == "asymmetric")
    return S4_RESIZE_ASYMMETRIC;
  if (mode == "align_corners")
    return S4_RESIZE_ALIGN_CORNERS;
  to.refuse(node, "coordinate_transformation_mode " + mode +
                      " is not known to the card (half_pixel, "
                      "asymmetric and align_corners are)");
}

uint8_t rounding_of(const Lowering& to, const Node& node) {
  const std::string mode = node.attributes.text(
      "nearest_mode", node.op == "Upsample" || node.opset < 11 ? "floor" : "round_prefer_floor");
  if (mode == "floor")
    return S4_RESIZE_FLOOR;
  if (mode == "ceil")
    return S4_RESIZE_CEIL;
  if (mode == "round_prefer_floor")
    return S4_RESIZE_ROUND_PREFER_FLOOR;
  if (mode == "round_prefer_ceil")
    return S4_RESIZE_ROUND_PREFER_CEIL;
  to.refuse(node, "nearest_mode " + mode + " does not exist");
}

void lower_resize(Lowering& to, const Node& node) {
  const Shape& in = to.graph().shape(node.input(0));
  const Shape& out = to.graph().shape(node.output(0));
  const std::string mode = node.attributes.text("mode", "nearest");
  if (in.size() != 4 || in[0] != out[0] || in[1] != out[1])
    to.refuse(node, fmt::format("from {} to {}: the card resizes the height and width of images",
                                shape_text(in), shape_text(out)));
  if (mode != "nearest" && mode != "linear" && mode != "bilinear")
    to.refuse(node, "mode " + mode + " is not known to the card (nearest and linear are)");
  if (node.attributes.integer("antialias", 0) != 0 || node.attributes.integer("exclude_outside", 0))
    to.refuse(node, "antialias and exclude_outside are not known to the card");
  // Scales that do not divide give other positions than the extents that the card goes by.
  const size_t scales_at = node.op == "Upsample" || node.opset < 11 ? 1 : 2;
  std::vector<float> scales = node.attributes.reals("scales");
  if (const Array* array = to.graph().constant(node.input(scales_at)); array && array->count())
    scales = array->to_floats();
  for (size_t i = 0; i < scales.size() && i < 4; ++i)
    if (std::fabs(scales[i] * static_cast<float>(in[i]) - static_cast<float>(out[i])) > 1e-3f)
      to.refuse(node,
                fmt::format("a scale of {} on an extent of {}: the card takes scales that give "
                            "a whole number of pixels",
                            scales[i], in[i]));
  const auto [type, scale] = to.format(node.output(0));
  const View x = image_view(to, node.input(0), type, scale);
  const View y = to.make_in_order(node.output(0), channels_last(4));
  const ImagePitches from = image_pitches(x), into = image_pitches(y);
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_RESIZE;
  s4_cmd_resize& c = cmd.resize;
  c.x_pitch = from.pixel;
  c.x_row_pitch = from.row;
  c.x_image_pitch = from.image;
  c.y_pitch = into.pixel;
  c.y_row_pitch = into.row;
  c.y_image_pitch = into.image;
  c.images = static_cast<uint32_t>(in[0]);
  c.channels = static_cast<uint32_t>(in[1]);
  c.in_height = static_cast<uint32_t>(in[2]);
  c.in_width = static_cast<uint32_t>(in[3]);
  c.out_height = static_cast<uint32_t>(out[2]);
  c.out_width = static_cast<uint32_t>(out[3]);
  c.type = static_cast<uint8_t>(type);
  c.mode = mode == "nearest" ? S4_RESIZE_NEAREST : S4_RESIZE_BILINEAR;
  c.coordinate = coordinate_of(to, node);
  c.rounding = mode == "nearest" ? rounding_of(to, node) : 0;
  const Place places[] = {{offsetof(s4_cmd, resize.x), x.block, x.byte_offset()},
                          {offsetof(s4_cmd, resize.y), y.block, y.byte_offset()}};
  to.emitter().add(cmd, places);
  to.set(node.output(0), y);
}

constexpr Rule kRules[] = {
    {"", "MaxPool", lower_pool, "POOL"},       {"", "AveragePool", lower_pool, "POOL"},
    {"", "GlobalMaxPool", lower_pool, "POOL"}, {"", "GlobalAveragePool", lower_pool, "POOL"},
    {"", "Resize", lower_resize, "RESIZE"},    {"", "Upsample", lower_resize, "RESIZE"},
};

}  // namespace

std::span<const Rule> rules::windows() {
  return kRules;
}

}  // namespace s4::compiler
