// SPDX-License-Identifier: MIT
// Images as the card wants them: [image][y][x][channel] with free pitches. ONNX has
// [image][channel] [y][x] (and [image][channel][x] in one dimension): the same tensor with other
// strides.
#pragma once

#include <array>
#include <vector>

#include "compiler/lower/lowering.hpp"

namespace s4::compiler {

// The order of dimensions in which channels are contiguous: {0, 2, 3, 1}.
std::vector<int64_t> channels_last(size_t rank);

// A window and what it slides over, in two dimensions; one-dimensional ones have a height of 1.
struct ConvShape {
  uint32_t images = 0, rows = 0;  // rows: channels of y
  uint32_t channels = 0;          // of x in a group
  uint32_t groups = 1;
  std::array<uint32_t, 2> in{}, out{}, kernel{1, 1}, stride{1, 1}, dilation{1, 1};
  std::array<uint32_t, 2> pad{};  // before; those behind follow from `out`
};

// Of a Conv; throws CompileError for what the card cannot do.
ConvShape conv_shape(const Graph& graph, const Node& node);
// Of a pooling node: `kernel` of its attribute, or the whole image.
ConvShape pool_shape(const Graph& graph, const Node& node, bool global);

// Bytes between pixels, rows and images of a view whose channels are contiguous.
struct ImagePitches {
  uint64_t pixel = 0, row = 0, image = 0;
};
ImagePitches image_pitches(const View& view);

void fill_window(s4_conv_window& window, const ConvShape& shape, const ImagePitches& x,
                 const ImagePitches& y);

// A value as images of `type`, channels contiguous; converted or moved when it lies otherwise.
View image_view(Lowering& to, ValueId id, s4_type type, float scale);

}  // namespace s4::compiler
