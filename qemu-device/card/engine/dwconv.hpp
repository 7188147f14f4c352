// SPDX-License-Identifier: MIT
// S4_OP_DWCONV: the plan how results fall into tiles (dwconv_plan.cpp), a tile (dwconv_tile.cpp),
// all tiles of the command (dwconv.cpp). A tile is a rectangle of output pixels by a block of
// channels. What its windows reach of the image, padding included, is first laid out as floats, one
// for each channel of y, so that the sums need no look at borders or multipliers.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/command.hpp"
#include "s4/abi/s4_cmd.h"

namespace s4::card {

// Working memory of a tile, floats.
inline constexpr size_t kDwconvBand = size_t{32} << 10;  // of the image
inline constexpr size_t kDwconvSums = size_t{16} << 10;
inline constexpr size_t kDwconvWeights = size_t{16} << 10;
inline constexpr size_t kDwconvBlock = 64;                            // channels of y, at most
inline constexpr size_t kDwconvTaps = kDwconvWeights / kDwconvBlock;  // of a step

struct DwconvPlan {
  size_t block;   // channels of y of a tile, whole vectors
  size_t height;  // results of a tile
  size_t width;
  bool banded;  // all that the tile's windows reach is laid out; else one tap at a time
  size_t taps;  // of a step

  size_t block_parts;
  size_t row_parts;
  size_t column_parts;
  size_t image_tiles() const { return block_parts * row_parts * column_parts; }

  explicit DwconvPlan(const s4_cmd_dwconv& c);

 private:
  // Blocks of at most `most` channels; whether a band of a tile fits.
  bool fit(const s4_cmd_dwconv& c, size_t most);
  void divide(const s4_cmd_dwconv& c);
};

// Results [y, y + height) x [x, x + width) of an image, and rows [row, row + rows) of the matrix.
struct DwconvTile {
  uint64_t image;
  uint64_t y;
  size_t height;
  uint64_t x;
  size_t width;
  uint64_t row;
  size_t rows;  // at most a block
};
Fault run_dwconv_tile(const Job& job, const DwconvPlan& plan, const DwconvTile& tile);

// Rows and pixels of a band of height x width results.
size_t band_height(const s4_conv_window& w, size_t height);
size_t band_width(const s4_conv_window& w, size_t width);

}  // namespace s4::card
