// SPDX-License-Identifier: MIT
#include "pool_case.hpp"

#include <cmath>
#include <limits>
#include <sstream>

#include "conv_case.hpp"
#include "numbers.hpp"
#include "rows_case.hpp"

namespace s4::test {

void reference_pool(const s4_cmd& command, FakeMemory& memory) {
  const s4_cmd_pool& c = command.pool;
  const s4_conv_window& w = c.window;
  const bool maximum = c.op == S4_POOL_MAX;
  for (uint64_t n = 0; n < w.images; ++n) {
    for (int64_t oy = 0; oy < w.out_height; ++oy) {
      for (int64_t ox = 0; ox < w.out_width; ++ox) {
        for (uint64_t channel = 0; channel < c.channels; ++channel) {
          float v = maximum ? -std::numeric_limits<float>::infinity() : 0.0f;
          uint32_t inside = 0;
          for (int64_t ky = 0; ky < w.kernel_height; ++ky) {
            for (int64_t kx = 0; kx < w.kernel_width; ++kx) {
              const int64_t y = oy * w.stride_y + ky * w.dilation_y - w.pad_top;
              const int64_t x = ox * w.stride_x + kx * w.dilation_x - w.pad_left;
              if (y < 0 || y >= w.in_height || x < 0 || x >= w.in_width) {
                continue;
              }
              ++inside;
              const float e = load_any(memory,
                                       c.x + n * w.x_image_pitch +
                                           static_cast<uint64_t>(y) * w.x_row_pitch +
                                           static_cast<uint64_t>(x) * c.x_pitch +
                                           channel * size_of(c.x_type),
                                       c.x_type, c.x_scale);
              v = !maximum ? v + e : e > v || std::isnan(e) ? e : v;
            }
          }
          if (!maximum) {
            const uint32_t all = uint32_t{w.kernel_height} * w.kernel_width;
            v = v / static_cast<float>(c.op == S4_POOL_AVERAGE ? inside : all);
          }
          store_scaled(memory,
                       c.y + n * w.y_image_pitch + static_cast<uint64_t>(oy) * w.y_row_pitch +
                           static_cast<uint64_t>(ox) * c.y_pitch + channel * size_of(c.y_type),
                       c.y_type, v, c.y_scale);
        }
      }
    }
  }
}

Case random_pool(Random& random) {
  Case result;
  Places places(result, random, true);
  result.command.header.opcode = S4_OP_POOL;
  result.reference = reference_pool;
  s4_cmd_pool& c = result.command.pool;
  c.op = random.one_of<uint8_t>({S4_POOL_MAX, S4_POOL_AVERAGE, S4_POOL_AVERAGE_PADDED});
  c.x_type = random.one_of<uint8_t>({S4_TYPE_INT8, S4_TYPE_BF16, S4_TYPE_FLOAT32});
  c.y_type = random.one_of<uint8_t>({S4_TYPE_INT8, S4_TYPE_BF16, S4_TYPE_FLOAT32});
  c.x_scale = random_scale(random, c.x_type);
  c.y_scale = random_scale(random, c.y_type);
  const bool wide = random.chance(10);
  c.channels = static_cast<uint32_t>(random.number(1, wide ? 2500 : 70));
  const Sides sides{.x_run = c.channels * size_of(c.x_type),
                    .y_run = c.channels * size_of(c.y_type),
                    .x_size = size_of(c.x_type),
                    .y_size = size_of(c.y_type)};
  random_window(random, c.window, wide ? 5 : 16, sides, &c.x_pitch, &c.y_pitch);
  const uint64_t x = x_bytes(c.window, c.x_pitch, sides.x_run);
  c.x = places.take(x, sides.x_size);
  put_elements(result, random, c.x, x, c.x_type, random_values(random));
  c.y = places.take_output(y_bytes(c.window, c.y_pitch, sides.y_run), sides.y_size);
  std::ostringstream text;
  text << "pool op " << int{c.op} << " channels " << c.channels << text_of(c.window) << " types "
       << int{c.x_type} << int{c.y_type} << " " << random.text();
  result.text = text.str();
  return result;
}

}  // namespace s4::test
