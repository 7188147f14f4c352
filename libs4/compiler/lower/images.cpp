// SPDX-License-Identifier: MIT
#include "compiler/lower/images.hpp"

#include <algorithm>

namespace s4::compiler {
namespace {

uint32_t bounded(const Node& node, const char* what, int64_t value, int64_t low, int64_t high) {
  if (value < low || value > high)
    throw CompileError(node_text(node),
                       fmt::format("{} is {}; the card takes {} to {}", what, value, low, high));
  return static_cast<uint32_t>(value);
}

// Fills one of the two-dimensional lists from an attribute of one or two numbers.
void spread(const Node& node, const char* name, size_t spatial, int64_t high,
            std::array<uint32_t, 2>& into) {
  const std::vector<int64_t> values = node.attributes.integers(name);
  if (values.empty())
    return;
  if (values.size() != spatial)
    throw CompileError(node_text(node), fmt::format("attribute {} has {} numbers for {} dimensions",
                                                    name, values.size(), spatial));
  for (size_t i = 0; i < spatial; ++i)
    into[2 - spatial + i] = bounded(node, name, values[i], 1, high);
}

// Extents, strides, dilations and padding; `kernel` is set already.
void window_of(const Graph& graph, const Node& node, ConvShape& shape) {
  const Shape& x = graph.shape(node.input(0));
  const Shape& y = graph.shape(node.output(0));
  const size_t spatial = x.size() - 2;
  if (x.size() != 3 && x.size() != 4)
    throw CompileError(node_text(node),
                       fmt::format("operand of shape {}: the card slides windows over one or two "
                                   "dimensions",
                                   shape_text(x)));
  shape.images = bounded(node, "the number of images", x[0], 1, S4_MAX_COLUMNS);
  for (size_t i = 0; i < 2; ++i) {
    const bool there = i + spatial >= 2;
    shape.in[i] = there ? bounded(node, "an extent", x[i + x.size() - 2], 1, S4_MAX_COLUMNS) : 1;
    shape.out[i] = there ? bounded(node, "an extent", y[i + y.size() - 2], 1, S4_MAX_COLUMNS) : 1;
  }
  spread(node, "strides", spatial, 255, shape.stride);
  spread(node, "dilations", spatial, 255, shape.dilation);
  const std::string automatic = node.attributes.text("auto_pad", "NOTSET");
  const std::vector<int64_t> pads = node.attributes.integers("pads");
  for (size_t i = 0; i < spatial; ++i) {
    const size_t to = 2 - spatial + i;
    int64_t before = 0;
    if (automatic == "SAME_UPPER" || automatic == "SAME_LOWER") {
      const int64_t covered = int64_t{shape.out[to] - 1} * shape.stride[to] +
                              int64_t{shape.kernel[to] - 1} * shape.dilation[to] + 1;
      const int64_t total = std::max<int64_t>(covered - shape.in[to], 0);
      before = automatic == "SAME_UPPER" ? total / 2 : total - total / 2;
    } else if (automatic != "VALID" && !pads.empty()) {
      before = pads[i];
    }
    shape.pad[to] = bounded(node, "padding", before, 0, 65535);
  }
}

}  // namespace

std::vector<int64_t> channels_last(size_t rank) {
  std::vector<int64_t> order{0};
  for (size_t i = 2; i < rank; ++i)
    order.push_back(static_cast<int64_t>(i));
  order.push_back(1);
  return order;
}

ConvShape conv_shape(const Graph& graph, const Node& node) {
  ConvShape shape;
  const Shape& w = graph.shape(node.input(1));
  shape.rows = bounded(node, "the number of output channels", w[0], 1, S4_MAX_ROWS);
  shape.channels = bounded(node, "the number of channels in a group", w[1], 1, S4_MAX_ROWS);
  shape.groups =
      bounded(node, "the number of groups", node.attributes.integer("group", 1), 1, S4_MAX_ROWS);
  for (size_t i = 2; i < w.size() && w.size() <= 4; ++i)
    shape.kernel[4 - w.size() + i - 2] = bounded(node, "the kernel", w[i], 1, 255);
  window_of(graph, node, shape);
  return shape;
}

ConvShape pool_shape(const Graph& graph, const Node& node, bool global) {
  ConvShape shape;
  const Shape& x = graph.shape(node.input(0));
  shape.rows = shape.channels = bounded(node, "the number of channels", x[1], 1, S4_MAX_ROWS);
  if (global) {
    for (size_t i = 2; i < x.size() && x.size() <= 4; ++i)
      shape.kernel[4 - x.size() + i - 2] =
          bounded(node, "the extent of the image that is pooled", x[i], 1, 255);
  } else {
    spread(node, "kernel_shape", x.size() - 2, 255, shape.kernel);
  }
  window_of(graph, node, shape);
  return shape;
}

ImagePitches image_pitches(const View& view) {
  const uint64_t bytes = view.element_bytes();
  const size_t last = view.rank() - 1;
  const bool flat = view.rank() == 3;
  // Pitches of dimensions of extent 1 need only be large enough.
  ImagePitches out;
  out.pixel = static_cast<uint64_t>(
                  std::max(view.shape[last] > 1 ? view.strides[last] : 0, view.shape[1])) *
              bytes;
  const uint64_t row_least = out.pixel * static_cast<uint64_t>(view.shape[last]);
  out.row = !flat && view.shape[2] > 1 ? static_cast<uint64_t>(view.strides[2]) * bytes : row_least;
  const uint64_t image_least = out.row * static_cast<uint64_t>(flat ? 1 : view.shape[2]);
  out.image = view.shape[0] > 1 ? static_cast<uint64_t>(view.strides[0]) * bytes : image_least;
  return out;
}

void fill_window(s4_conv_window& window, const ConvShape& shape, const ImagePitches& x,
                 const ImagePitches& y) {
  window.x_row_pitch = x.row;
  window.x_image_pitch = x.image;
  window.y_row_pitch = y.row;
  window.y_image_pitch = y.image;
  window.images = shape.images;
  window.in_height = shape.in[0];
  window.in_width = shape.in[1];
  window.out_height = shape.out[0];
  window.out_width = shape.out[1];
  window.pad_top = static_cast<uint16_t>(shape.pad[0]);
  window.pad_left = static_cast<uint16_t>(shape.pad[1]);
  window.kernel_height = static_cast<uint8_t>(shape.kernel[0]);
  window.kernel_width = static_cast<uint8_t>(shape.kernel[1]);
  window.stride_y = static_cast<uint8_t>(shape.stride[0]);
  window.stride_x = static_cast<uint8_t>(shape.stride[1]);
  window.dilation_y = static_cast<uint8_t>(shape.dilation[0]);
  window.dilation_x = static_cast<uint8_t>(shape.dilation[1]);
}

View image_view(Lowering& to, ValueId id, s4_type type, float scale) {
  View view = to.view(id);
  const std::vector<int64_t> order = channels_last(view.rank());
  const bool converts = view.type != type || (type == S4_TYPE_INT8 && view.scale != scale);
  const auto fits = [](const View& v) {
    if (v.wide || (v.shape[1] > 1 && v.strides[1] != 1))
      return false;
    // Pixels, rows and images one behind the other, with any gaps.
    int64_t least = v.shape[1];
    for (size_t i = v.rank(); i-- > 0;) {
      if (i == 1 || v.shape[i] == 1)
        continue;
      if (v.strides[i] < least)
        return false;
      least = v.strides[i] * v.shape[i];
    }
    return true;
  };
  if (!converts && fits(view))
    return view;
  if (!converts)
    return to.dense_in_order(view, order);
  // Converted and put in order by one command; cached when it lies in order already.
  if (fits(view))
    return to.converted(view, type, scale);
  const View out = dense_view_in_order(
      to.emitter().add_arena(static_cast<uint64_t>(view.count()) * type_bytes(type)), view.shape,
      order, type, scale);
  to.unary(view, out);
  return out;
}

}  // namespace s4::compiler
