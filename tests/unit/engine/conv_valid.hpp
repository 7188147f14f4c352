// SPDX-License-Identifier: MIT
// A CONV that is right in every field, for tests that spoil one at a time.
#pragma once

#include "refusal.hpp"

namespace s4::test {

inline s4_cmd valid_conv() {
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_CONV;
  cmd.header.flags = S4_SPMM_BIAS | S4_SPMM_SCALE;
  s4_cmd_conv& c = cmd.conv;
  c.matrix = {.x = kVa,
              .y = kVa + 0x1000000,
              .values = kVa + 0x2000000,
              .indices = kVa + 0x3000000,
              .bias = kVa + 0x4000000,
              .scale = kVa + 0x5000000,
              .x_pitch = 32,
              .y_pitch = 64,
              .rows = 8,
              .k = 3 * 5 * 6,
              .columns = 2 * 9 * 10,
              .degree = 4,
              .type = S4_TYPE_BF16,
              .y_type = S4_TYPE_FLOAT32,
              .activation = S4_ACT_RELU,
              .x_layout = S4_LAYOUT_COLUMNS,
              .y_layout = S4_LAYOUT_COLUMNS,
              .residual_type = 0,
              .reserved = {},
              .residual = 0,
              .residual_pitch = 0,
              .residual_scale = 0,
              .y_scale = S4_FLOAT_ONE,
              .alpha = 0,
              .beta = 0};
  c.window = {.x_row_pitch = 32 * 11,
              .x_image_pitch = 32 * 11 * 12,
              .y_row_pitch = 64 * 10,
              .y_image_pitch = 64 * 10 * 9,
              .images = 2,
              .in_height = 12,
              .in_width = 11,
              .out_height = 9,
              .out_width = 10,
              .pad_top = 1,
              .pad_left = 2,
              .kernel_height = 3,
              .kernel_width = 5,
              .stride_y = 1,
              .stride_x = 1,
              .dilation_y = 1,
              .dilation_x = 1,
              .reserved = {}};
  c.channels = 6;
  c.groups = 2;
  return cmd;
}

}  // namespace s4::test
