// SPDX-License-Identifier: MIT
// RESIZE: refused when a field is out of its range, and its split and cost.
#include <gtest/gtest.h>

#include "resize_valid.hpp"
#include "timing/model.hpp"

namespace s4::test {
namespace {

// bfloat16 [2][8][8][10] to [2][12][16][10].
s4_cmd valid_resize(uint8_t mode = S4_RESIZE_NEAREST) {
  return dense_resize({.type = S4_TYPE_BF16,
                       .mode = mode,
                       .coordinate = S4_RESIZE_HALF_PIXEL,
                       .rounding = static_cast<uint8_t>(
                           mode == S4_RESIZE_NEAREST ? S4_RESIZE_ROUND_PREFER_FLOOR : 0),
                       .images = 2,
                       .in_height = 8,
                       .in_width = 8,
                       .out_height = 12,
                       .out_width = 16,
                       .channels = 10});
}

TEST(ResizeCheck, EveryFieldOutOfRangeIsRefused) {
  expect_undefined_refused(valid_resize(), sizeof(s4_cmd_resize));
  using Cmd = s4_cmd&;
  expect_refused(
      valid_resize(),
      {{"no images", [](Cmd c) { c.resize.images = 0; }, S4_E_FIELD, AT(resize.images)},
       {"in height", [](Cmd c) { c.resize.in_height = 0; }, S4_E_FIELD, AT(resize.in_height)},
       {"in height", [](Cmd c) { c.resize.in_height = S4_MAX_COLUMNS + 1; }, S4_E_FIELD,
        AT(resize.in_height)},
       {"in width", [](Cmd c) { c.resize.in_width = 0; }, S4_E_FIELD, AT(resize.in_width)},
       {"in width", [](Cmd c) { c.resize.in_width = S4_MAX_COLUMNS + 1; }, S4_E_FIELD,
        AT(resize.in_width)},
       {"out height", [](Cmd c) { c.resize.out_height = 0; }, S4_E_FIELD, AT(resize.out_height)},
       {"out width", [](Cmd c) { c.resize.out_width = 0; }, S4_E_FIELD, AT(resize.out_width)},
       {"too many", [](Cmd c) { c.resize.images = S4_MAX_COLUMNS / (12 * 16) + 1; }, S4_E_FIELD,
        AT(resize.images)},
       {"wraps", [](Cmd c) { c.resize.images = c.resize.out_height = 1u << 16; }, S4_E_FIELD,
        AT(resize.images)},
       {"wraps", [](Cmd c) { c.resize.out_height = c.resize.out_width = 1u << 31; }, S4_E_FIELD,
        AT(resize.images)},
       {"channels", [](Cmd c) { c.resize.channels = 0; }, S4_E_FIELD, AT(resize.channels)},
       {"channels", [](Cmd c) { c.resize.channels = S4_MAX_ROWS + 1; }, S4_E_FIELD,
        AT(resize.channels)},
       {"type", [](Cmd c) { c.resize.type = 0; }, S4_E_FIELD, AT(resize.type)},
       {"type", [](Cmd c) { c.resize.type = S4_TYPE_INT32; }, S4_E_FIELD, AT(resize.type)},
       {"mode", [](Cmd c) { c.resize.mode = 0; }, S4_E_FIELD, AT(resize.mode)},
       {"mode", [](Cmd c) { c.resize.mode = 3; }, S4_E_FIELD, AT(resize.mode)},
       {"coordinate", [](Cmd c) { c.resize.coordinate = 0; }, S4_E_FIELD, AT(resize.coordinate)},
       {"coordinate", [](Cmd c) { c.resize.coordinate = 4; }, S4_E_FIELD, AT(resize.coordinate)},
       {"rounding", [](Cmd c) { c.resize.rounding = 0; }, S4_E_FIELD, AT(resize.rounding)},
       {"rounding", [](Cmd c) { c.resize.rounding = 5; }, S4_E_FIELD, AT(resize.rounding)},
       {"reserved", [](Cmd c) { c.resize.reserved = 1; }, S4_E_FIELD, AT(resize.reserved)},
       {"align", [](Cmd c) { c.resize.x += 1; }, S4_E_ALIGN, AT(resize.x)},
       {"align", [](Cmd c) { c.resize.y += 1; }, S4_E_ALIGN, AT(resize.y)},
       {"align", [](Cmd c) { c.resize.x_pitch += 1; }, S4_E_ALIGN, AT(resize.x_pitch)},
       {"align", [](Cmd c) { c.resize.y_pitch += 1; }, S4_E_ALIGN, AT(resize.y_pitch)},
       {"align", [](Cmd c) { c.resize.x_row_pitch += 1; }, S4_E_ALIGN, AT(resize.x_row_pitch)},
       {"align", [](Cmd c) { c.resize.x_image_pitch += 1; }, S4_E_ALIGN, AT(resize.x_image_pitch)},
       {"align", [](Cmd c) { c.resize.y_row_pitch += 1; }, S4_E_ALIGN, AT(resize.y_row_pitch)},
       {"align", [](Cmd c) { c.resize.y_image_pitch += 1; }, S4_E_ALIGN, AT(resize.y_image_pitch)},
       {"x pitch", [](Cmd c) { c.resize.x_pitch -= 2; }, S4_E_FIELD, AT(resize.x_pitch)},
       {"y pitch", [](Cmd c) { c.resize.y_pitch -= 2; }, S4_E_FIELD, AT(resize.y_pitch)},
       {"x row", [](Cmd c) { c.resize.x_row_pitch -= 2; }, S4_E_FIELD, AT(resize.x_row_pitch)},
       {"x image", [](Cmd c) { c.resize.x_image_pitch -= 2; }, S4_E_FIELD,
        AT(resize.x_image_pitch)},
       {"y row", [](Cmd c) { c.resize.y_row_pitch -= 2; }, S4_E_FIELD, AT(resize.y_row_pitch)},
       {"y image", [](Cmd c) { c.resize.y_image_pitch -= 2; }, S4_E_FIELD,
        AT(resize.y_image_pitch)},
       {"x pitch overflows", [](Cmd c) { c.resize.x_pitch = ~uint64_t{1}; }, S4_E_FIELD,
        AT(resize.x_row_pitch)},
       {"y pitch overflows", [](Cmd c) { c.resize.y_pitch = ~uint64_t{1}; }, S4_E_FIELD,
        AT(resize.y_row_pitch)},
       {"x row overflows", [](Cmd c) { c.resize.x_row_pitch = ~uint64_t{1}; }, S4_E_FIELD,
        AT(resize.x_image_pitch)},
       {"x image overflows", [](Cmd c) { c.resize.x_image_pitch = ~uint64_t{1}; }, S4_E_FIELD,
        AT(resize.x)},
       {"y row overflows", [](Cmd c) { c.resize.y_row_pitch = ~uint64_t{1}; }, S4_E_FIELD,
        AT(resize.y_image_pitch)},
       {"y image overflows", [](Cmd c) { c.resize.y_image_pitch = ~uint64_t{1}; }, S4_E_FIELD,
        AT(resize.y)},
       {"x range", [](Cmd c) { c.resize.x = kTop - 2558; }, S4_E_FIELD, AT(resize.x)},
       {"y range", [](Cmd c) { c.resize.y = kTop - 7678; }, S4_E_FIELD, AT(resize.y)},
       {"y on x", [](Cmd c) { c.resize.y = c.resize.x + 2558; }, S4_E_OVERLAP, AT(resize.y)},
       {"y on x", [](Cmd c) { c.resize.y = c.resize.x - 7678; }, S4_E_OVERLAP, AT(resize.y)},
       {"in place",
        [](Cmd c) {
          c.resize.out_height = c.resize.out_width = 8;
          c.resize.y = c.resize.x;
        },
        S4_E_OVERLAP, AT(resize.y)}});
  expect_refused(
      valid_resize(S4_RESIZE_BILINEAR),
      {{"rounding", [](Cmd c) { c.resize.rounding = 1; }, S4_E_FIELD, AT(resize.rounding)}});
}

TEST(ResizeCheck, WhatIsJustInRangeIsValid) {
  uint32_t detail = 0;
  for (const uint8_t mode : {S4_RESIZE_NEAREST, S4_RESIZE_BILINEAR}) {
    s4_cmd cmd = valid_resize(mode);
    cmd.resize.x = kTop - 2560;
    cmd.resize.y = cmd.resize.x - 7680;
    EXPECT_EQ(s4_cmd_check(&cmd, &detail), S4_OK) << detail;
    cmd.resize.x = kVa;
    cmd.resize.y = kVa + 2560;
    EXPECT_EQ(s4_cmd_check(&cmd, &detail), S4_OK) << detail;
    cmd = dense_resize({.mode = mode,
                        .rounding = static_cast<uint8_t>(mode == S4_RESIZE_NEAREST ? 4 : 0),
                        .in_width = S4_MAX_COLUMNS,
                        .out_width = S4_MAX_COLUMNS,
                        .channels = 1});
    EXPECT_EQ(s4_cmd_check(&cmd, &detail), S4_OK) << detail;
  }
  EXPECT_EQ(s4_cmd_unit(S4_OP_RESIZE), S4_UNIT_VPU);
}

TEST(ResizeCheck, IsSplitAlongTheOutputRows) {
  const s4_cmd cmd = valid_resize();
  uint32_t extent = 0;
  uint32_t step = 0;
  for (const s4_slice axis : {S4_SLICE_COLUMNS, S4_SLICE_ROWS}) {
    s4_cmd_axis(&cmd, axis, &extent, &step);
    EXPECT_EQ(extent, 24u);
    EXPECT_EQ(step, 1u);
  }
}

TEST(ResizeCheck, CostsItsOperationsAndWhatItReaches) {
  card::Engine& engine = *all_engines().front().engine;
  s4_cmd cmd = valid_resize();
  const uint64_t results = 2 * 12 * 16 * 10;
  EXPECT_EQ(engine.cost(dispatch_of(cmd)).vpu, results / 128);
  // 16 rows of 160 bytes, three bursts each; 24 rows of 320.
  EXPECT_EQ(engine.cost(dispatch_of(cmd)).memory, (16 * 192 + 24 * 320 + 79u) / 80);
  cmd = valid_resize(S4_RESIZE_BILINEAR);
  EXPECT_EQ(engine.cost(dispatch_of(cmd)).vpu, results * 9 / 128);
  EXPECT_EQ(engine.cost(dispatch_of(cmd)).memory, (16 * 192 + 24 * 320 + 79u) / 80);
  cmd.resize.x_pitch = 22;  // each pixel by itself
  cmd.resize.x_row_pitch = 22 * 8;
  cmd.resize.x_image_pitch = 22 * 64;
  EXPECT_EQ(engine.cost(dispatch_of(cmd)).memory, (128 * 64 + 24 * 320 + 79u) / 80);
  cmd = valid_resize();
  cmd.resize.y_pitch = 22;
  cmd.resize.y_row_pitch = 22 * 16;
  cmd.resize.y_image_pitch = 22 * 16 * 12;
  EXPECT_EQ(engine.cost(dispatch_of(cmd)).memory, (16 * 192 + 24 * 16 * 64 + 79u) / 80);
  // Rows 5 to 15 of 24: 7 of the first image and 3 of the second, as far as up(8 * 8, 12) + 2 rows
  // of images, at a quarter of the bandwidth.
  s4_dispatch part = dispatch_of(valid_resize());
  part.slice_axis = S4_SLICE_ROWS;
  part.slice_begin = 5;
  part.slice_end = 15;
  EXPECT_EQ(engine.cost(part).memory, (8 * 192 + 10 * 320 + 19u) / 20);
  part.command = valid_resize(S4_RESIZE_BILINEAR);
  EXPECT_EQ(engine.cost(part).memory, (10 * 192 + 10 * 320 + 19u) / 20);
  // Far fewer outputs than pixels: single ones, or pairs.
  const DenseResize down{.type = S4_TYPE_INT8,
                         .rounding = S4_RESIZE_FLOOR,
                         .in_height = 1000,
                         .in_width = 1000,
                         .out_height = 10,
                         .out_width = 10,
                         .channels = 64};
  EXPECT_EQ(engine.cost(dispatch_of(dense_resize(down))).memory, (2 * 100 * 64 + 79u) / 80);
  DenseResize pairs = down;
  pairs.mode = S4_RESIZE_BILINEAR;
  pairs.rounding = 0;
  EXPECT_EQ(engine.cost(dispatch_of(dense_resize(pairs))).memory, (5 * 100 * 64 + 79u) / 80);
  pairs.channels = 1;  // whole rows are less
  pairs.out_width = 100;
  EXPECT_EQ(engine.cost(dispatch_of(dense_resize(pairs))).memory,
            (20 * 1024 + 10 * 128 + 79u) / 80);
}

}  // namespace
}  // namespace s4::test
