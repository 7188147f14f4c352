// SPDX-License-Identifier: MIT
// Activations of CONV from a band of the image that stands channel by channel.
#include <algorithm>
#include <cstring>

#include "engine/access.hpp"
#include "engine/conv.hpp"

namespace s4::card {
namespace {

constexpr size_t divide_up(size_t a, size_t b) { return (a + b - 1) / b; }

// A band of more than a tile: small enough for the outer caches.
constexpr uint64_t kBandElements = uint64_t{1} << 20;
// A band of one tile, and one row of it: beyond it, windows are gathered one by one.
constexpr uint64_t kMaxBandElements = uint64_t{1} << 21;
constexpr uint64_t kMaxRowElements = uint64_t{1} << 18;
// Elements of a step that loads rows, under one scope: some tens of microseconds.
constexpr uint64_t kStepElements = uint64_t{1} << 15;
constexpr size_t kTooMuch = 64;  // bytes that are read or written behind the last

// Rows of an image that `outputs` rows of the output reach, those between them counted.
uint64_t reached(uint64_t outputs, uint64_t stride, uint64_t kernel, uint64_t dilation) {
  return (outputs - 1) * stride + (kernel - 1) * dilation + 1;
}

}  // namespace

ConvImage::Layout::Layout(const s4_cmd_conv& c, const TileKernels& tiles) {
  const s4_conv_window& w = c.window;
  std::array<bool, 256> used{};
  for (size_t kx = 0; kx < w.kernel_width; ++kx) {
    phases += !used[kx * w.dilation_x % w.stride_x];
    used[kx * w.dilation_x % w.stride_x] = true;
  }
  // What the last store of a line writes too much.
  line = w.out_width + (w.kernel_width - 1u) * w.dilation_x / w.stride_x + 16 / tiles.size;
  row = phases * c.channels * line;
  image_rows = reached(w.out_height, w.stride_y, w.kernel_height, w.dilation_y);
}

bool ConvImage::fits(const s4_cmd_conv& c, const TileKernels& tiles) {
  const s4_conv_window& w = c.window;
  const Layout layout(c, tiles);
  // Rows of a tile: of one image or of several, each with its own margin.
  const uint64_t outputs = std::min<uint64_t>(divide_up(tiles.columns, w.out_width) + 1, tiles.columns + 1);
  const uint64_t images = divide_up(outputs, w.out_height) + 1;
  const uint64_t rows = outputs * w.stride_y + images * reached(1, 1, w.kernel_height, w.dilation_y);
  return layout.row <= kMaxRowElements && rows * layout.row <= kMaxBandElements;
}

ConvImage::ConvImage(const Job& job, const SpmmShape& shape, uint64_t x)
    : ConvEnds(job, shape, x), layout_(c_, shape.tiles) {
  zeros_.fill(shape.tiles.zero);
  uint8_t place = 0;
  for (size_t kx = 0; kx < w_.kernel_width; ++kx) {
    const size_t phase = kx * w_.dilation_x % w_.stride_x;
    if (!phase_used_[phase]) {
      phase_used_[phase] = true;
      phase_place_[phase] = place++;
    }
  }
  for (size_t ky = 0; ky < w_.kernel_height; ++ky) {
    row_used_[ky * w_.dilation_y % w_.stride_y] = true;
  }
}

uint64_t ConvImage::rows_of(uint64_t begin, uint64_t end) const {
  const Pixel first = pixel_at(w_, begin);
  const Pixel last = pixel_at(w_, end - 1);
  return (last.image - first.image) * layout_.image_rows + (last.oy - first.oy) * w_.stride_y +
         reached(1, w_.stride_y, w_.kernel_height, w_.dilation_y);
}

size_t ConvImage::band_bytes(uint64_t begin, uint64_t end) const {
  return rows_of(begin, end) * layout_.row * shape_.tiles.size + kTooMuch;
}

uint64_t ConvImage::band_end(uint64_t begin, uint64_t end) const {
  const auto fits = [&](uint64_t tiles) {
    const uint64_t last = std::min(begin + tiles * shape_.tiles.columns, end);
    return rows_of(begin, last) * layout_.row <= kBandElements;
  };
  // The most tiles that fit, and at least one.
  uint64_t low = 1;
  uint64_t high = divide_up(end - begin, shape_.tiles.columns);
  while (low < high) {
    const uint64_t middle = low + (high - low + 1) / 2;
    if (fits(middle)) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return std::min(begin + low * shape_.tiles.columns, end);
}

Fault ConvImage::load(uint64_t begin, uint64_t end, std::byte* band) {
  first_ = pixel_at(w_, begin);
  band_ = band;
  const uint64_t rows = rows_of(begin, end);
  const uint64_t step = std::max<uint64_t>(kStepElements / layout_.row, 1);
  return for_each_tile(job_.pool, divide_up(rows, step), [&](size_t i) -> Fault {
    for (uint64_t row = i * step; row < std::min((i + 1) * step, rows); ++row) {
      if (const Fault fault = load_row(row)) {
        return fault;
      }
    }
    job_.memory.retire(1);
    return {};
  });
}

Fault ConvImage::load_row(uint64_t row) const {
  const uint64_t from_first = row + first_.oy * w_.stride_y;
  const uint64_t image = first_.image + from_first / layout_.image_rows;
  const uint64_t y = from_first % layout_.image_rows;
  if (!row_used_[y % w_.stride_y] || !inside_y(y)) {
    return {};
  }
  const TileKernels& kernels = shape_.tiles;
  const size_t pixel_bytes = c_.channels * shape_.size;
  const size_t length = layout_.line - 16 / kernels.size;
  Scratch scratch = job_.scratch.get(pixel_bytes);
  auto* bounce = scratch.take<std::byte>(pixel_bytes);
  const Scope scope(job_.memory);
  if (!scope) {
    return cancelled();
  }
  for (size_t phase = 0; phase < w_.stride_x; ++phase) {
    if (!phase_used_[phase]) {
      continue;
    }
    const size_t line_bytes = layout_.line * kernels.size;
    std::byte* lines = line_at(row, phase_place_[phase], 0);
    // Places [first, last) of the lines are pixels of the image, those around them padding.
    const auto place_of = [&](uint64_t x) -> size_t {
      return x <= phase ? 0 : std::min<uint64_t>(divide_up(x - phase, w_.stride_x), length);
    };
    const size_t first = place_of(w_.pad_left);
    const size_t last = place_of(uint64_t{w_.pad_left} + w_.in_width);
    if (first < last) {
      const auto turn = [&](size_t begin, size_t count, const std::byte* data, size_t pitch) {
        for (size_t i = 0; i < count; i += kernels.pack.group) {
          kernels.pack.columns(data + i * pitch, pitch, c_.channels,
                               std::min(kernels.pack.group, count - i),
                               lines + (first + begin + i) * kernels.size, line_bytes);
        }
      };
      if (const Fault fault =
              read_rows(*scope, pixel_va(image, y, first * w_.stride_x + phase),
                        w_.stride_x * c_.matrix.x_pitch, last - first, pixel_bytes, bounce, turn)) {
        return fault;
      }
    }
    for (size_t channel = 0; channel < c_.channels; ++channel) {
      std::byte* line = lines + channel * line_bytes;
      std::fill(line, line + first * kernels.size, kernels.zero);
      std::fill(line + std::max(first, last) * kernels.size, line + line_bytes, kernels.zero);
    }
  }
  return {};
}

Fault ConvImage::pack(AccessScope&, const SpmmTile& tile, uint64_t k, size_t ks,
                      const TileBuffers& buffers) const {
  struct TileRun {
    size_t first;
    size_t count;
    Pixel pixel;
  };
  std::array<TileRun, kMaxTileColumns> tile_runs;
  std::array<Run, kMaxTileColumns> runs;
  const TileKernels& kernels = shape_.tiles;
  size_t count = 0;
  for_each_run(w_, tile, [&](size_t first, size_t columns, const Pixel& pixel) {
    tile_runs[count++] = {first, columns, pixel};
  });
  return for_each_tap(k, ks, [&](size_t at, uint32_t tap, uint32_t channel, size_t channels) -> Fault {
    const uint32_t dy = tap / w_.kernel_width * w_.dilation_y;
    const uint32_t dx = tap % w_.kernel_width * w_.dilation_x;
    const uint8_t place = phase_place_[dx % w_.stride_x];
    for (size_t i = 0; i < count; ++i) {
      const Pixel& pixel = tile_runs[i].pixel;
      const uint64_t y = pixel.oy * w_.stride_y + dy;
      runs[i] = {.src = zeros_.data(), .stride = 0, .first = tile_runs[i].first,
                 .count = tile_runs[i].count};
      if (inside_y(y)) {
        runs[i].src = line_at(band_row(pixel.image, y), place, channel) +
                      (dx / w_.stride_x + pixel.ox) * kernels.size;
        runs[i].stride = layout_.line * kernels.size;
      }
    }
    kernels.pack.runs({.runs = runs.data(), .run_count = count, .lines = channels,
                       .tile = buffers.tile + at * kTileLineBytes});
    return {};
  });
}

}  // namespace s4::card
