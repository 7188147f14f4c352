// SPDX-License-Identifier: MIT
#include "shapes.hpp"

#include "s4/abi/s4_check.h"

namespace s4::bench {
namespace {

s4_cmd matrix_command(s4_opcode opcode, const MatrixShape& shape, bool int8, uint8_t degree) {
  s4_cmd command{};
  command.header.opcode = static_cast<uint16_t>(opcode);
  command.header.flags = S4_SPMM_BIAS | (int8 ? S4_SPMM_SCALE : 0);
  s4_cmd_spmm& c = command.spmm;
  c.rows = shape.rows;
  c.k = shape.k;
  c.columns = shape.columns;
  c.degree = degree;
  c.type = c.y_type = int8 ? S4_TYPE_INT8 : S4_TYPE_BF16;
  c.activation = S4_ACT_RELU;
  c.y_scale = S4_FLOAT_ONE;
  return command;
}

}  // namespace

s4_cmd spmm_command(const MatrixShape& shape, bool int8, uint8_t degree) {
  s4_cmd command = matrix_command(S4_OP_SPMM, shape, int8, degree);
  command.spmm.x_pitch = command.spmm.y_pitch = shape.columns * (int8 ? 1 : 2);
  return command;
}

s4_cmd conv_command(const ConvShape& s, bool int8, uint8_t degree) {
  s4_cmd command = matrix_command(
      S4_OP_CONV, {s.out_channels, s.k(), s.images * s.out_side * s.out_side}, int8, degree);
  const uint64_t size = int8 ? 1 : 2;
  s4_cmd_conv& c = command.conv;
  c.matrix.x_layout = c.matrix.y_layout = S4_LAYOUT_COLUMNS;
  c.channels = s.in_channels;
  c.groups = 1;
  s4_conv_window& w = c.window;
  w.images = s.images;
  w.in_height = w.in_width = s.in_side;
  w.out_height = w.out_width = s.out_side;
  w.pad_top = w.pad_left = static_cast<uint16_t>(s.padding);
  w.kernel_height = w.kernel_width = static_cast<uint8_t>(s.kernel);
  w.stride_y = w.stride_x = static_cast<uint8_t>(s.stride);
  w.dilation_y = w.dilation_x = 1;
  c.matrix.x_pitch = s.in_channels * size;
  w.x_row_pitch = c.matrix.x_pitch * s.in_side;
  w.x_image_pitch = w.x_row_pitch * s.in_side;
  c.matrix.y_pitch = s.out_channels * size;
  w.y_row_pitch = c.matrix.y_pitch * s.out_side;
  w.y_image_pitch = w.y_row_pitch * s.out_side;
  return command;
}

}  // namespace s4::bench
