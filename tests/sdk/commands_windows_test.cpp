// SPDX-License-Identifier: MIT
// Windows over images through a command list: whole and split over cores.
#include <algorithm>
#include <bit>

#include "fixture.hpp"

namespace s4 {
namespace {

class WindowsTest : public test::OnDevice {};

// ResNet's 3x3 maximum of stride 2 with padding.
TEST_F(WindowsTest, PoolGivesTheMaximaOfOverlappingWindows) {
  const uint32_t side = 14, out = 7, channels = 20;
  std::vector<int8_t> x(side * side * channels);
  for (size_t i = 0; i < x.size(); ++i) {
    x[i] = static_cast<int8_t>(i * 37 % 251 - 125);
  }
  Buffer from = Buffer::create(device(), x.size()).value();
  Buffer to = Buffer::create(device(), out * out * channels).value();
  from.upload(0, x.data(), x.size()).value();
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_POOL;
  s4_cmd_pool& c = cmd.pool;
  c.op = S4_POOL_MAX;
  c.x_type = c.y_type = S4_TYPE_INT8;
  c.x_scale = c.y_scale = std::bit_cast<uint32_t>(1.0f);
  c.channels = channels;
  c.x_pitch = c.y_pitch = channels;
  s4_conv_window& w = c.window;
  w.images = 1;
  w.in_height = w.in_width = side;
  w.out_height = w.out_width = out;
  w.kernel_height = w.kernel_width = 3;
  w.stride_y = w.stride_x = 2;
  w.dilation_y = w.dilation_x = 1;
  w.pad_top = w.pad_left = 1;
  w.x_row_pitch = side * channels;
  w.x_image_pitch = side * w.x_row_pitch;
  w.y_row_pitch = out * channels;
  w.y_image_pitch = out * w.y_row_pitch;
  CommandList list = this->list();
  list.add(cmd, {{offsetof(s4_cmd, pool.x), from}, {offsetof(s4_cmd, pool.y), to}}).value();
  for (const s4_core_mode mode : {S4_CORE_MODE_ONE, S4_CORE_MODE_SPLIT, S4_CORE_MODE_BROADCAST}) {
    Queue queue = this->queue({.core_mode = mode});
    auto waited = queue.submit(list).value().wait();
    ASSERT_TRUE(waited.ok()) << waited.error().text();
    std::vector<int8_t> seen(out * out * channels);
    to.download(0, seen.data(), seen.size()).value();
    for (uint32_t i = 0; i < seen.size(); ++i) {
      const uint32_t oy = i / channels / out, ox = i / channels % out;
      int8_t most = -128;
      for (uint32_t y = std::max(2 * oy, 1u) - 1; y < std::min(2 * oy + 2, side); ++y) {
        for (uint32_t at = std::max(2 * ox, 1u) - 1; at < std::min(2 * ox + 2, side); ++at) {
          most = std::max(most, x[(y * side + at) * channels + i % channels]);
        }
      }
      ASSERT_EQ(seen[i], most) << i;
    }
  }
}

}  // namespace
}  // namespace s4
