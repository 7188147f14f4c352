// SPDX-License-Identifier: MIT
// RESIZE of images without gaps, for tests that change one thing of it.
#pragma once

#include "refusal.hpp"

namespace s4::test {

struct DenseResize {
  uint8_t type = S4_TYPE_BF16;
  uint8_t mode = S4_RESIZE_NEAREST;
  uint8_t coordinate = S4_RESIZE_HALF_PIXEL;
  uint8_t rounding = 0;
  uint32_t images = 1;
  uint32_t in_height = 1;
  uint32_t in_width = 1;
  uint32_t out_height = 1;
  uint32_t out_width = 1;
  uint32_t channels = 1;
};

inline s4_cmd dense_resize(const DenseResize& d) {
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_RESIZE;
  s4_cmd_resize& c = cmd.resize;
  c.x = kVa;
  c.y = kVa + 0x10000000;
  c.type = d.type;
  c.mode = d.mode;
  c.coordinate = d.coordinate;
  c.rounding = d.rounding;
  c.images = d.images;
  c.in_height = d.in_height;
  c.in_width = d.in_width;
  c.out_height = d.out_height;
  c.out_width = d.out_width;
  c.channels = d.channels;
  c.x_pitch = c.y_pitch = uint64_t{d.channels} * s4_type_bytes(d.type);
  c.x_row_pitch = c.x_pitch * d.in_width;
  c.x_image_pitch = c.x_row_pitch * d.in_height;
  c.y_row_pitch = c.y_pitch * d.out_width;
  c.y_image_pitch = c.y_row_pitch * d.out_height;
  return cmd;
}

}  // namespace s4::test
