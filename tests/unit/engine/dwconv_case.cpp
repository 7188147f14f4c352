// SPDX-License-Identifier: MIT
#include "dwconv_case.hpp"

#include <algorithm>
#include <sstream>

#include "conv_case.hpp"
#include "numbers.hpp"
#include "spmm_case.hpp"

namespace s4::test {
namespace {

// Channel r / multiplier of the image, or zero outside of it.
float pixel_of(const s4_cmd_dwconv& c, const FakeMemory& memory, uint64_t image, int64_t y,
               int64_t x, uint64_t row) {
  if (y < 0 || y >= c.window.in_height || x < 0 || x >= c.window.in_width) {
    return 0.0f;
  }
  return activation_at(c.matrix, memory,
                       c.matrix.x + image * c.window.x_image_pitch +
                           static_cast<uint64_t>(y) * c.window.x_row_pitch +
                           static_cast<uint64_t>(x) * c.matrix.x_pitch +
                           row / c.multiplier * size_of(c.matrix.type));
}

Sides sides_of(const s4_cmd_dwconv& c) {
  return {.x_run = c.channels * size_of(c.matrix.type),
          .y_run = c.matrix.rows * size_of(c.matrix.y_type),
          .x_size = size_of(c.matrix.type),
          .y_size = size_of(c.matrix.y_type)};
}

// Everything that follows from the window, with its pitches, and from channels and types.
void fill(Case& result, Places& places, Random& random, Values values) {
  s4_cmd_dwconv& c = result.command.dwconv;
  const Sides sides = sides_of(c);
  c.matrix.degree = 1;
  c.matrix.x_layout = c.matrix.y_layout = S4_LAYOUT_COLUMNS;
  c.matrix.k = uint32_t{c.window.kernel_height} * c.window.kernel_width;
  c.matrix.columns = c.window.images * c.window.out_height * c.window.out_width;
  const uint64_t x = x_bytes(c.window, c.matrix.x_pitch, sides.x_run);
  c.matrix.x = places.take(x, sides.x_size);
  put_elements(result, random, c.matrix.x, x, c.matrix.type, values);
  const uint64_t y = y_bytes(c.window, c.matrix.y_pitch, sides.y_run);
  c.matrix.y = places.take_output(y, sides.y_size);
  if (result.command.header.flags & S4_SPMM_RESIDUAL) {
    random_image_residual(result, places, random, values, y);
  }
  const uint64_t weights = uint64_t{c.matrix.k} * c.matrix.rows * sides.x_size;
  c.matrix.values = places.take(weights, 64);
  put_elements(result, random, c.matrix.values, weights, c.matrix.type, values);
  random_channels(result, places, random, values);
  std::ostringstream text;
  text << "dwconv channels " << c.channels << " multiplier " << c.multiplier << text_of(c.window)
       << " type " << int{c.matrix.type} << " to " << int{c.matrix.y_type} << " flags "
       << result.command.header.flags << " activation " << int{c.matrix.activation} << " values "
       << static_cast<int>(values) << " " << random.text();
  result.text = text.str();
}

}  // namespace

void reference_dwconv(const s4_cmd& command, FakeMemory& memory) {
  const s4_cmd_dwconv& c = command.dwconv;
  const s4_conv_window& w = c.window;
  const uint64_t size = size_of(c.matrix.type);
  for (uint64_t n = 0; n < w.images; ++n) {
    for (int64_t oy = 0; oy < w.out_height; ++oy) {
      for (int64_t ox = 0; ox < w.out_width; ++ox) {
        for (uint64_t row = 0; row < c.matrix.rows; ++row) {
          std::vector<Entry> weights;
          std::vector<float> window;
          for (int64_t ky = 0; ky < w.kernel_height; ++ky) {
            for (int64_t kx = 0; kx < w.kernel_width; ++kx) {
              const uint64_t tap = window.size();
              weights.push_back(
                  {tap, activation_at(c.matrix, memory,
                                      c.matrix.values + (tap * c.matrix.rows + row) * size)});
              window.push_back(pixel_of(c, memory, n,
                                        oy * w.stride_y + ky * w.dilation_y - w.pad_top,
                                        ox * w.stride_x + kx * w.dilation_x - w.pad_left, row));
            }
          }
          const auto y = static_cast<uint64_t>(oy);
          const auto x = static_cast<uint64_t>(ox);
          reference_result(command, memory, row, weights, window,
                           c.matrix.y + n * w.y_image_pitch + y * w.y_row_pitch +
                               x * c.matrix.y_pitch + row * size_of(c.matrix.y_type),
                           command.header.flags & S4_SPMM_RESIDUAL
                               ? c.matrix.residual + n * c.residual_image_pitch +
                                     y * c.residual_row_pitch + x * c.matrix.residual_pitch +
                                     row * size_of(c.matrix.residual_type)
                               : 0);
        }
      }
    }
  }
}

Case random_dwconv(Random& random, DwconvLimits limits) {
  Case result;
  Places places(result, random, limits.scattered);
  result.command.header.opcode = S4_OP_DWCONV;
  result.reference = reference_dwconv;
  s4_cmd_dwconv& c = result.command.dwconv;
  random_types(random, result.command);
  c.multiplier = random.chance(60) ? 1 : static_cast<uint32_t>(random.number(1, 7));
  c.channels = static_cast<uint32_t>(
      random.chance(20) ? 16 * random.number(1, 8) / c.multiplier + 1
                        : random.number(1, std::max<uint64_t>(limits.channels / c.multiplier, 1)));
  if (random.chance(20)) {  // whole vectors
    c.channels = (c.channels + 15) / 16 * 16;
  }
  c.matrix.rows = c.channels * c.multiplier;
  random_window(random, c.window, limits.extent, sides_of(c), &c.matrix.x_pitch, &c.matrix.y_pitch);
  if (limits.one_row) {
    c.window.images = c.window.out_height = 1;
  }
  fill(result, places, random, random_values(random));
  return result;
}

Case dwconv_of(Random& random, const std::function<void(s4_cmd_dwconv&)>& change) {
  Case result;
  Places places(result, random, true);
  result.command.header.opcode = S4_OP_DWCONV;
  result.reference = reference_dwconv;
  do {
    random_types(random, result.command);
  } while (result.command.header.flags & S4_SPMM_RESIDUAL);
  s4_cmd_dwconv& c = result.command.dwconv;
  s4_conv_window& w = c.window;
  c.channels = c.multiplier = 1;
  w.images = w.in_height = w.in_width = w.out_height = w.out_width = 1;
  w.kernel_height = w.kernel_width = w.stride_y = w.stride_x = w.dilation_y = w.dilation_x = 1;
  change(c);
  c.matrix.rows = c.channels * c.multiplier;
  const Sides sides = sides_of(c);
  c.matrix.x_pitch = sides.x_run;
  w.x_row_pitch = c.matrix.x_pitch * w.in_width;
  w.x_image_pitch = w.x_row_pitch * w.in_height;
  c.matrix.y_pitch = sides.y_run;
  w.y_row_pitch = c.matrix.y_pitch * w.out_width;
  w.y_image_pitch = w.y_row_pitch * w.out_height;
  fill(result, places, random, Values::kOrdinary);
  return result;
}

}  // namespace s4::test
