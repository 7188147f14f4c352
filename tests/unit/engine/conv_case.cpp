// SPDX-License-Identifier: MIT
#include "conv_case.hpp"

#include <sstream>

#include "numbers.hpp"
#include "spmm_case.hpp"

namespace s4::test {

// Channel `channel` of the group in the image, or zero outside of it.
static float pixel_of(const s4_cmd_conv& c, const FakeMemory& memory, uint64_t image, int64_t y,
                      int64_t x, uint64_t channel) {
  if (y < 0 || y >= c.window.in_height || x < 0 || x >= c.window.in_width) {
    return 0.0f;
  }
  return activation_at(c.matrix, memory,
                       c.matrix.x + image * c.window.x_image_pitch +
                           static_cast<uint64_t>(y) * c.window.x_row_pitch +
                           static_cast<uint64_t>(x) * c.matrix.x_pitch +
                           channel * size_of(c.matrix.type));
}

void reference_conv(const s4_cmd& command, FakeMemory& memory) {
  const s4_cmd_conv& c = command.conv;
  const s4_conv_window& w = c.window;
  std::vector<std::vector<Entry>> rows;
  for (uint64_t row = 0; row < c.matrix.rows; ++row) {
    rows.push_back(row_entries(c.matrix, memory, row));
  }
  const uint64_t group_rows = c.matrix.rows / c.groups;
  for (uint64_t n = 0; n < w.images; ++n) {
    for (int64_t oy = 0; oy < w.out_height; ++oy) {
      for (int64_t ox = 0; ox < w.out_width; ++ox) {
        for (uint64_t group = 0; group < c.groups; ++group) {
          std::vector<float> window;
          for (int64_t ky = 0; ky < w.kernel_height; ++ky) {
            for (int64_t kx = 0; kx < w.kernel_width; ++kx) {
              for (uint64_t channel = 0; channel < c.channels; ++channel) {
                window.push_back(pixel_of(c, memory, n,
                                          oy * w.stride_y + ky * w.dilation_y - w.pad_top,
                                          ox * w.stride_x + kx * w.dilation_x - w.pad_left,
                                          group * c.channels + channel));
              }
            }
          }
          window.resize((window.size() + 63) / 64 * 64, 0.0f);
          for (uint64_t row = group * group_rows; row < (group + 1) * group_rows; ++row) {
            reference_result(command, memory, row, rows[row], window,
                             c.matrix.y + n * w.y_image_pitch +
                                 static_cast<uint64_t>(oy) * w.y_row_pitch +
                                 static_cast<uint64_t>(ox) * c.matrix.y_pitch +
                                 row * size_of(c.matrix.y_type),
                             command.header.flags & S4_SPMM_RESIDUAL
                                 ? c.matrix.residual + n * c.residual_image_pitch +
                                       static_cast<uint64_t>(oy) * c.residual_row_pitch +
                                       static_cast<uint64_t>(ox) * c.matrix.residual_pitch +
                                       row * size_of(c.matrix.residual_type)
                                 : 0);
          }
        }
      }
    }
  }
}

void random_image_residual(Case& kase, Places& places, Random& random, Values values,
                           uint64_t y_bytes) {
  s4_cmd_conv& c = kase.command.conv;
  const uint64_t size = size_of(c.matrix.residual_type);
  const bool same = size == size_of(c.matrix.y_type) && random.chance(50);
  const uint64_t run = c.matrix.rows * size;
  c.matrix.residual_pitch = same ? c.matrix.y_pitch : run + random.number(0, 2) * size;
  const uint64_t row = extent(c.window.out_width, c.matrix.residual_pitch, run);
  c.residual_row_pitch = same ? c.window.y_row_pitch : row + random.number(0, 2) * size;
  const uint64_t image = extent(c.window.out_height, c.residual_row_pitch, row);
  c.residual_image_pitch = same ? c.window.y_image_pitch : image + random.number(0, 2) * size;
  random_residual(kase, places, random, values,
                  extent(c.window.images, c.residual_image_pitch, image), y_bytes, same);
}

Case random_conv(Random& random, ConvLimits limits) {
  Case result;
  Places places(result, random, limits.scattered);
  result.command.header.opcode = S4_OP_CONV;
  result.reference = reference_conv;
  s4_cmd_conv& c = result.command.conv;
  random_types(random, result.command);
  c.groups = random.chance(70) ? 1 : static_cast<uint32_t>(random.number(1, 5));
  c.channels = static_cast<uint32_t>(random.number(1, limits.channels));
  c.matrix.rows = c.groups * static_cast<uint32_t>(random.number(1, limits.rows));
  c.matrix.x_layout = c.matrix.y_layout = S4_LAYOUT_COLUMNS;
  const Sides sides{.x_run = c.groups * c.channels * size_of(c.matrix.type),
                    .y_run = c.matrix.rows * size_of(c.matrix.y_type),
                    .x_size = size_of(c.matrix.type),
                    .y_size = size_of(c.matrix.y_type)};
  random_window(random, c.window, limits.extent, sides, &c.matrix.x_pitch, &c.matrix.y_pitch);
  c.matrix.k = c.window.kernel_height * c.window.kernel_width * c.channels;
  c.matrix.columns = c.window.images * c.window.out_height * c.window.out_width;

  const Values values = random_values(random);
  const uint64_t x = x_bytes(c.window, c.matrix.x_pitch, sides.x_run);
  c.matrix.x = places.take(x, sides.x_size);
  put_elements(result, random, c.matrix.x, x, c.matrix.type, values);
  const uint64_t y = y_bytes(c.window, c.matrix.y_pitch, sides.y_run);
  c.matrix.y = places.take_output(y, sides.y_size);
  if (result.command.header.flags & S4_SPMM_RESIDUAL) {
    random_image_residual(result, places, random, values, y);
  }
  random_weights(result, places, random, values);
  std::ostringstream text;
  text << "conv rows " << c.matrix.rows << " channels " << c.channels << " groups " << c.groups
       << text_of(c.window) << " degree " << int{c.matrix.degree} << " type "
       << int{c.matrix.type} << " to " << int{c.matrix.y_type} << " values "
       << static_cast<int>(values) << " " << random.text();
  result.text = text.str();
  return result;
}

}  // namespace s4::test
