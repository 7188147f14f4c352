// SPDX-License-Identifier: MIT
// S4_OP_CONV: SPMM with x gathered. No matrix of windows is made in memory; a tile of activations
// comes in one of three ways:
//   - windows of one pixel, all pixels in a row of equal steps: SPMM's own packing (ConvFlat);
//   - from a band of the image that is turned to stand channel by channel, so that each tap of a
//     tile's pixels is a run of a line of it (conv_image.cpp): each activation is turned once and
//     copied for each tap;
//   - window by window, when a band of that kind would be too large (conv_gather.cpp).
#pragma once

#include <array>
#include <cstdint>

#include "engine/spmm.hpp"
#include "s4/abi/s4_cmd.h"

namespace s4::card {

// An output pixel.
struct Pixel {
  uint64_t image;
  uint64_t oy;
  uint64_t ox;
};

inline Pixel pixel_at(const s4_conv_window& w, uint64_t at) {
  const uint64_t row = at / w.out_width;
  return {row / w.out_height, row % w.out_height, at % w.out_width};
}

// Calls use(first, count, pixel) for the pixels of a tile, row by row of the output: columns
// [first, first + count) of the tile, of which `pixel` is the first.
template <class Use>
void for_each_run(const s4_conv_window& w, const SpmmTile& tile, Use&& use) {
  Pixel pixel = pixel_at(w, tile.column);
  for (size_t first = 0; first < tile.columns;) {
    const size_t count = std::min<uint64_t>(tile.columns - first, w.out_width - pixel.ox);
    use(first, count, pixel);
    first += count;
    pixel.ox = 0;
    if (++pixel.oy == w.out_height) {
      pixel.oy = 0;
      ++pixel.image;
    }
  }
}

// What every way has in common: results go to pixels.
class ConvEnds : public TileEnds {
 public:
  // `x`: channel 0 of the group, of the first pixel.
  ConvEnds(const Job& job, const SpmmShape& shape, uint64_t x)
      : job_(job), shape_(shape), c_(job.command.conv), w_(c_.window), x_(x) {}
  Spans y_spans(const SpmmTile& tile) const override;
  Spans residual_spans(const SpmmTile& tile) const override;

  // Calls use(i, tap, channel, count) for the runs of channels that lines [k, k + ks) are.
  template <class Use>
  Fault for_each_tap(uint64_t k, size_t ks, Use&& use) const {
    for (size_t i = 0; i < ks;) {
      const auto tap = static_cast<uint32_t>(k + i) / c_.channels;
      const auto channel = static_cast<uint32_t>(k + i) % c_.channels;
      const size_t count = std::min<size_t>(c_.channels - channel, ks - i);
      if (const Fault fault = use(i, tap, channel, count)) {
        return fault;
      }
      i += count;
    }
    return {};
  }

 protected:
  // Where a pixel of the image stands, of coordinates that count the padding.
  bool inside_y(uint64_t padded) const {
    return padded >= w_.pad_top && padded - w_.pad_top < w_.in_height;
  }
  bool inside_x(uint64_t padded) const {
    return padded >= w_.pad_left && padded - w_.pad_left < w_.in_width;
  }
  uint64_t pixel_va(uint64_t image, uint64_t padded_y, uint64_t padded_x) const {
    return x_ + image * w_.x_image_pitch + (padded_y - w_.pad_top) * w_.x_row_pitch +
           (padded_x - w_.pad_left) * c_.matrix.x_pitch;
  }

  const Job& job_;
  const SpmmShape& shape_;
  const s4_cmd_conv& c_;
  const s4_conv_window& w_;
  const uint64_t x_;
};

class ConvFlat final : public ConvEnds {
 public:
  using ConvEnds::ConvEnds;
  static bool fits(const s4_cmd_conv& c);
  Fault pack(AccessScope& scope, const SpmmTile& tile, uint64_t k, size_t ks,
             const TileBuffers& buffers) const override;
};

class ConvGather final : public ConvEnds {
 public:
  using ConvEnds::ConvEnds;
  Fault pack(AccessScope& scope, const SpmmTile& tile, uint64_t k, size_t ks,
             const TileBuffers& buffers) const override;
};

// The band is [row of an image, padded ones counted][phase][channel][line]: a line holds every
// stride_x-th pixel of a row, from the `phase`-th on, as a tile has them, so that the pixels of a tap are
// neighbours whatever the stride.
class ConvImage final : public ConvEnds {
 public:
  ConvImage(const Job& job, const SpmmShape& shape, uint64_t x);

  // Whether a band of one tile is small enough.
  static bool fits(const s4_cmd_conv& c, const TileKernels& tiles);
  // The end of the band that begins with output pixel `begin`, at most `end`.
  uint64_t band_end(uint64_t begin, uint64_t end) const;
  size_t band_bytes(uint64_t begin, uint64_t end) const;
  // Turns what pixels [begin, end) need into `band`, of band_bytes(begin, end).
  Fault load(uint64_t begin, uint64_t end, std::byte* band);

  Fault pack(AccessScope& scope, const SpmmTile& tile, uint64_t k, size_t ks,
             const TileBuffers& buffers) const override;

 private:
  struct Layout {
    size_t phases = 0;
    size_t line = 0;        // elements, with room for what is written too much
    size_t row = 0;         // elements of a row: [phases][channels][line]
    uint64_t image_rows = 0;  // of a whole image
    Layout(const s4_cmd_conv& c, const TileKernels& tiles);
  };
  uint64_t rows_of(uint64_t begin, uint64_t end) const;
  // Row of the band.
  uint64_t band_row(uint64_t image, uint64_t padded_y) const {
    return (image - first_.image) * layout_.image_rows + padded_y - first_.oy * w_.stride_y;
  }
  // Element 0 of a line.
  std::byte* line_at(uint64_t row, size_t place, size_t channel) const {
    return band_ + (row * layout_.row + (place * c_.channels + channel) * layout_.line) *
                       shape_.tiles.size;
  }
  Fault load_row(uint64_t row) const;

  Layout layout_;
  std::array<uint8_t, 256> phase_place_{};  // of a phase among those that taps use
  std::array<bool, 256> phase_used_{};
  std::array<bool, 256> row_used_{};  // by padded row modulo stride_y
  Pixel first_{};                     // of the band
  std::byte* band_ = nullptr;
  std::array<std::byte, 2 * kTileLineBytes> zeros_;  // a line of padding, and what is read too much
};

}  // namespace s4::card
