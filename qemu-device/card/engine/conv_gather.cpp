// SPDX-License-Identifier: MIT
// Activations of CONV window by window: for shapes of which a few rows do not fit.
#include <algorithm>
#include <cstring>

#include "engine/conv.hpp"

namespace s4::card {

Fault ConvGather::pack(AccessScope& scope, const SpmmTile& tile, uint64_t k, size_t ks,
                       const TileBuffers& buffers) const {
  const TileKernels& kernels = shape_.tiles;
  const size_t pitch = kMaxBlockK * shape_.size;
  clear_columns(kernels, ks, tile.columns, buffers.tile);
  for (size_t first = 0; first < tile.columns; first += kernels.pack.group) {
    const size_t count = std::min(kernels.pack.group, tile.columns - first);
    for (size_t i = 0; i < count; ++i) {
      const Pixel pixel = pixel_at(w_, tile.column + first + i);
      std::byte* window = buffers.turned + i * pitch;
      const auto read = [&](size_t at, uint32_t tap, uint32_t channel, size_t channels) -> Fault {
        const uint64_t y = pixel.oy * w_.stride_y + tap / w_.kernel_width * w_.dilation_y;
        const uint64_t x = pixel.ox * w_.stride_x + tap % w_.kernel_width * w_.dilation_x;
        std::byte* to = window + at * shape_.size;
        if (inside_y(y) && inside_x(x)) {
          return scope.read(pixel_va(pixel.image, y, x) + channel * shape_.size, to,
                            channels * shape_.size);
        }
        std::memset(to, 0, channels * shape_.size);
        return {};
      };
      if (const Fault fault = for_each_tap(k, ks, read)) {
        return fault;
      }
    }
    kernels.pack.columns(buffers.turned, pitch, ks, count, buffers.tile + first * kernels.size,
                         kTileLineBytes);
  }
  return {};
}

}  // namespace s4::card
