// SPDX-License-Identifier: MIT
// RESIZE through a command list: whole and split over cores.
#include <algorithm>

#include "fixture.hpp"

namespace s4 {
namespace {

class ResizeTest : public test::OnDevice {};

// Images in which a channel of pixel (y, x) is a plane: between pixels it is exact.
TEST_F(ResizeTest, TwiceTheSideOfAPlaneIsThePlane) {
  const uint32_t images = 2, side = 9, out = 18, channels = 3;
  const auto plane = [](uint32_t image, float y, float x, uint32_t channel) {
    return static_cast<float>(image * 100 + channel * 10) + 2 * y - x;
  };
  std::vector<float> x;
  for (uint32_t i = 0; i < images * side * side * channels; ++i) {
    const uint32_t pixel = i / channels;
    x.push_back(plane(pixel / (side * side), static_cast<float>(pixel / side % side),
                      static_cast<float>(pixel % side), i % channels));
  }
  std::vector<float> y(images * out * out * channels);
  Buffer from = Buffer::create(device(), x.size() * 4).value();
  Buffer to = Buffer::create(device(), y.size() * 4).value();
  from.upload(0, x.data(), x.size() * 4).value();
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_RESIZE;
  s4_cmd_resize& c = cmd.resize;
  c.type = S4_TYPE_FLOAT32;
  c.images = images;
  c.in_height = c.in_width = side;
  c.out_height = c.out_width = out;
  c.channels = channels;
  c.x_pitch = c.y_pitch = channels * 4;
  c.x_row_pitch = side * c.x_pitch;
  c.x_image_pitch = side * c.x_row_pitch;
  c.y_row_pitch = out * c.y_pitch;
  c.y_image_pitch = out * c.y_row_pitch;
  const auto add = [&](CommandList& list) {
    return list.add(cmd, {{offsetof(s4_cmd, resize.x), from}, {offsetof(s4_cmd, resize.y), to}});
  };
  for (const bool nearest : {true, false}) {
    c.mode = nearest ? S4_RESIZE_NEAREST : S4_RESIZE_BILINEAR;
    c.coordinate = nearest ? S4_RESIZE_ASYMMETRIC : S4_RESIZE_HALF_PIXEL;
    c.rounding = nearest ? S4_RESIZE_FLOOR : 0;
    for (const s4_core_mode mode : {S4_CORE_MODE_ONE, S4_CORE_MODE_SPLIT, S4_CORE_MODE_BROADCAST}) {
      CommandList list = this->list();
      list.fill(to, y.size() * 4, 0xff).value();
      add(list).value();
      Queue queue = this->queue({.core_mode = mode});
      Job job = queue.submit(list).value();
      auto waited = job.wait();
      ASSERT_TRUE(waited.ok()) << waited.error().text();
      to.download(0, y.data(), y.size() * 4).value();
      const auto place = [&](uint32_t output) {
        return nearest ? static_cast<float>(output / 2)
                       : std::clamp(static_cast<float>(output) / 2 - 0.25f, 0.0f,
                                    static_cast<float>(side - 1));
      };
      for (uint32_t i = 0; i < y.size(); ++i) {
        const uint32_t pixel = i / channels;
        ASSERT_EQ(y[i], plane(pixel / (out * out), place(pixel / out % out), place(pixel % out),
                              i % channels))
            << "nearest " << nearest << " mode " << mode << " element " << i;
      }
    }
  }
  c.rounding = S4_RESIZE_CEIL;  // of BILINEAR
  CommandList list = this->list();
  const auto refused = add(list);
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().text(), testing::HasSubstr("resize: rounding"));
}

}  // namespace
}  // namespace s4
