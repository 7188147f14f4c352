// SPDX-License-Identifier: MIT
// Convolutions through a command list: small integers, of which every sum is exact.
#include <algorithm>
#include <cstddef>

#include "fixture.hpp"
#include "s4/abi/s4_check.h"
#include "seed.hpp"

namespace s4 {
namespace {

constexpr uint32_t kSide = 9, kChannels = 20, kRows = 24, kImages = 2;

class ConvTest : public test::OnDevice {
 protected:
  template <typename T>
  Buffer upload(const std::vector<T>& data) {
    Buffer buffer = Buffer::create(device(), data.size() * sizeof(T)).value();
    buffer.upload(0, data.data(), data.size() * sizeof(T)).value();
    return buffer;
  }
  std::vector<int8_t> random_int8(size_t count) {
    std::vector<int8_t> data(count);
    for (int8_t& v : data)
      v = static_cast<int8_t>(random_.below(255)) - 127;
    return data;
  }
  // 3x3, stride 2, a pixel of padding around.
  static s4_conv_window window(uint32_t x_pixel, uint32_t y_pixel) {
    s4_conv_window w{};
    w.images = kImages;
    w.in_height = w.in_width = kSide;
    w.out_height = w.out_width = (kSide + 1) / 2;
    w.x_row_pitch = kSide * x_pixel;
    w.x_image_pitch = kSide * w.x_row_pitch;
    w.y_row_pitch = w.out_width * y_pixel;
    w.y_image_pitch = w.out_height * w.y_row_pitch;
    w.pad_top = w.pad_left = 1;
    w.kernel_height = w.kernel_width = 3;
    w.stride_y = w.stride_x = 2;
    w.dilation_y = w.dilation_x = 1;
    return w;
  }
  test::Random random_;
};

TEST_F(ConvTest, EqualsTheFormulaInEveryMode) {
  const uint32_t k = 9 * kChannels, padded = (k + 63) / 64 * 64, out = (kSide + 1) / 2;
  const auto x = random_int8(size_t{kImages} * kSide * kSide * kChannels);
  auto dense = random_int8(size_t{kRows} * padded);
  const Buffer x_card = upload(x), values = upload(dense);
  const size_t results = size_t{kImages} * out * out * kRows;
  Buffer y = Buffer::create(device(), results * 4).value();
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_CONV;
  s4_cmd_conv& c = cmd.conv;
  c.matrix.rows = kRows;
  c.matrix.k = k;
  c.matrix.columns = kImages * out * out;
  c.matrix.degree = 1;
  c.matrix.type = S4_TYPE_INT8;
  c.matrix.y_type = S4_TYPE_INT32;
  c.matrix.y_scale = S4_FLOAT_ONE;
  c.matrix.x_layout = c.matrix.y_layout = S4_LAYOUT_COLUMNS;
  c.matrix.x_pitch = kChannels;
  c.matrix.y_pitch = kRows * 4;
  c.window = window(kChannels, kRows * 4);
  c.channels = kChannels;
  c.groups = 1;
  std::vector<int32_t> expected(results);
  for (int n = 0, i = 0; n < int{kImages}; ++n)
    for (int oy = 0; oy < int(out); ++oy)
      for (int ox = 0; ox < int(out); ++ox)
        for (int r = 0; r < int(kRows); ++r, ++i)
          for (int tap = 0; tap < 9; ++tap) {
            const int iy = oy * 2 + tap / 3 - 1, ix = ox * 2 + tap % 3 - 1;
            if (iy < 0 || iy >= int{kSide} || ix < 0 || ix >= int{kSide})
              continue;
            const size_t pixel = (size_t(n) * kSide + size_t(iy)) * kSide + size_t(ix);
            for (size_t ch = 0; ch < kChannels; ++ch)
              expected[size_t(i)] += dense[size_t(r) * padded + size_t(tap) * kChannels + ch] *
                                     x[pixel * kChannels + ch];
          }
  for (const s4_core_mode mode : {S4_CORE_MODE_ONE, S4_CORE_MODE_SPLIT, S4_CORE_MODE_BROADCAST}) {
    CommandList list = this->list();
    list.add(cmd, {{offsetof(s4_cmd, conv.matrix.x), x_card},
                   {offsetof(s4_cmd, conv.matrix.y), y},
                   {offsetof(s4_cmd, conv.matrix.values), values}})
        .value();
    Queue queue = this->queue({.core_mode = mode});
    queue.submit(list).value().wait().value();
    std::vector<int32_t> got(results);
    y.download(0, got.data(), results * 4).value();
    EXPECT_EQ(got, expected) << "mode " << mode << ", seed " << random_.seed();
  }
  cmd.conv.window.stride_x = 0;
  CommandList list = this->list();
  EXPECT_THAT(list.add(cmd, {}).error().message, testing::HasSubstr("conv: window.stride_x"));
  cmd.conv.matrix.k = 1;
  cmd.conv.window.stride_x = 1;
  EXPECT_THAT(list.add(cmd, {}).error().message, testing::HasSubstr("conv: k is"));
}

// The same window for each channel by itself, two results of each.
TEST_F(ConvTest, DepthwiseEqualsTheFormulaInEveryMode) {
  const uint32_t out = (kSide + 1) / 2, rows = 2 * kChannels;
  const auto x = random_int8(size_t{kImages} * kSide * kSide * kChannels);
  const auto weights = random_int8(size_t{9} * rows);
  const Buffer x_card = upload(x), values = upload(weights);
  const size_t results = size_t{kImages} * out * out * rows;
  Buffer y = Buffer::create(device(), results * 4).value();
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_DWCONV;
  s4_cmd_dwconv& c = cmd.dwconv;
  c.matrix.rows = rows;
  c.matrix.k = 9;
  c.matrix.columns = kImages * out * out;
  c.matrix.degree = 1;
  c.matrix.type = S4_TYPE_INT8;
  c.matrix.y_type = S4_TYPE_INT32;
  c.matrix.y_scale = S4_FLOAT_ONE;
  c.matrix.x_layout = c.matrix.y_layout = S4_LAYOUT_COLUMNS;
  c.matrix.x_pitch = kChannels;
  c.matrix.y_pitch = rows * 4;
  c.window = window(kChannels, rows * 4);
  c.channels = kChannels;
  c.multiplier = 2;
  std::vector<int32_t> expected(results);
  for (int n = 0, i = 0; n < int{kImages}; ++n)
    for (int oy = 0; oy < int(out); ++oy)
      for (int ox = 0; ox < int(out); ++ox)
        for (size_t r = 0; r < rows; ++r, ++i)
          for (int tap = 0; tap < 9; ++tap) {
            const int iy = oy * 2 + tap / 3 - 1, ix = ox * 2 + tap % 3 - 1;
            if (iy < 0 || iy >= int{kSide} || ix < 0 || ix >= int{kSide})
              continue;
            const size_t pixel = (size_t(n) * kSide + size_t(iy)) * kSide + size_t(ix);
            expected[size_t(i)] += weights[size_t(tap) * rows + r] * x[pixel * kChannels + r / 2];
          }
  for (const s4_core_mode mode : {S4_CORE_MODE_ONE, S4_CORE_MODE_SPLIT, S4_CORE_MODE_BROADCAST}) {
    y.upload(0, std::vector<int32_t>(results).data(), results * 4).value();
    CommandList list = this->list();
    list.add(cmd, {{offsetof(s4_cmd, dwconv.matrix.x), x_card},
                   {offsetof(s4_cmd, dwconv.matrix.y), y},
                   {offsetof(s4_cmd, dwconv.matrix.values), values}})
        .value();
    Queue queue = this->queue({.core_mode = mode});
    queue.submit(list).value().wait().value();
    std::vector<int32_t> got(results);
    y.download(0, got.data(), results * 4).value();
    EXPECT_EQ(got, expected) << "mode " << mode << ", seed " << random_.seed();
  }
  CommandList list = this->list();
  cmd.dwconv.multiplier = 3;
  EXPECT_THAT(list.add(cmd, {}).error().message, testing::HasSubstr("dwconv: multiplier is"));
  cmd.dwconv.window.stride_x = 0;
  EXPECT_THAT(list.add(cmd, {}).error().message, testing::HasSubstr("dwconv: window.stride_x is"));
  cmd.dwconv.matrix.y_type = 0;
  EXPECT_THAT(list.add(cmd, {}).error().message, testing::HasSubstr("dwconv: y_type is"));
}

}  // namespace
}  // namespace s4
