// SPDX-License-Identifier: MIT
// The blocks of NORM: what has statistics of its own, and where it stands.
#pragma once

#include "engine/rows.hpp"

namespace s4::card {

// x, the residual or y.
struct NormTensor {
  Elements elements;
  uint64_t va;
  const uint32_t* stride;

  uint64_t at(uint64_t image, uint64_t row, uint64_t channel) const {
    return va + (image * stride[0] + row * stride[1] + channel * stride[2]) * elements.size;
  }
};

struct NormBlock {
  uint64_t image;
  uint64_t row;
  uint64_t channel;
};

// A part of a block: whole rows of it, or a part of one row.
struct NormChunk {
  uint64_t row;  // from the block's first on
  uint64_t rows;
  uint64_t channel;
  uint64_t channels;

  size_t count() const { return rows * channels; }
};

// The command's share of blocks, each of `rows` x `width` elements.
struct NormShare {
  const s4_cmd_norm& c;
  NormTensor x;
  NormTensor residual;
  NormTensor y;
  uint64_t rows;
  uint64_t width;
  uint64_t first_image = 0;
  uint64_t first_row = 0;
  uint64_t first_group = 0;
  uint64_t images;
  uint64_t row_blocks;
  uint64_t groups;
  uint64_t together;  // rows of a chunk

  static constexpr uint64_t kMostRows = 256;

  NormShare(const s4_cmd_norm& command, const Slice& slice, bool sliced)
      : c(command),
        x{{c.x_type, c.x_scale}, c.x, c.x_stride},
        residual{{c.residual_type, c.residual_scale}, c.residual, c.residual_stride},
        y{{c.y_type, c.y_scale}, c.y, c.y_stride},
        rows(c.kind == S4_NORM_GROUP ? c.shape[1] : 1),
        width(c.shape[2] / c.groups),
        images(c.shape[0]),
        row_blocks(c.kind == S4_NORM_GROUP ? 1 : c.shape[1]),
        groups(c.groups),
        together(std::clamp<uint64_t>(kRowChunk / width, 1, std::min(rows, kMostRows))) {
    if (!sliced) {
      return;
    }
    const s4_norm_part part = s4_norm_split(&c);
    (part == S4_NORM_IMAGES ? first_image
     : part == S4_NORM_ROWS ? first_row
                            : first_group) = slice.begin;
    (part == S4_NORM_IMAGES ? images
     : part == S4_NORM_ROWS ? row_blocks
                            : groups) = slice.end - slice.begin;
  }

  uint64_t elements() const { return rows * width; }  // of a block
  uint64_t blocks() const { return images * row_blocks * groups; }
  NormBlock block(uint64_t number) const {
    const uint64_t row = number / groups;
    return {first_image + row / row_blocks, first_row + row % row_blocks,
            (first_group + number % groups) * width};
  }

  // use(chunk) -> Fault, for all of a block in order.
  template <class Use>
  Fault chunks(Use&& use) const {
    for (uint64_t row = 0; row < rows; row += together) {
      for (uint64_t channel = 0; channel < width; channel += kRowChunk) {
        if (const Fault fault = use(NormChunk{row, std::min(rows - row, together), channel,
                                              std::min(width - channel, kRowChunk)})) {
          return fault;
        }
      }
    }
    return {};
  }
};

}  // namespace s4::card
