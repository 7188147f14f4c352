// SPDX-License-Identifier: MIT
// DWCONV: refused when a field is out of its range, split as documented, and what it costs.
#include <gtest/gtest.h>

#include "conv_valid.hpp"
#include "timing/parameters.hpp"

namespace s4::test {
namespace {

// CONV's, whose fields stand in the same places.
s4_cmd valid_dwconv() {
  s4_cmd cmd = valid_conv();
  cmd.header.opcode = S4_OP_DWCONV;
  s4_cmd_dwconv& c = cmd.dwconv;
  c.matrix.indices = 0;
  c.matrix.degree = 1;
  c.matrix.rows = 18;
  c.matrix.k = 15;
  c.matrix.x_pitch = 12;
  c.matrix.y_pitch = 72;
  c.window.x_row_pitch = 12 * 11;
  c.window.x_image_pitch = 12 * 11 * 12;
  c.window.y_row_pitch = 72 * 10;
  c.window.y_image_pitch = 72 * 10 * 9;
  c.multiplier = 3;
  return cmd;
}

TEST(DwconvCheck, EveryFieldOutOfRangeIsRefused) {
  expect_undefined_refused(valid_dwconv(), sizeof(s4_cmd_dwconv));
  using Cmd = s4_cmd&;
  using M = s4_cmd_spmm;
  using W = s4_conv_window;
  using C = s4_cmd_dwconv;
  const auto matrix = [](const char* what, auto member, auto value, s4_status status,
                         size_t offset) {
    return Wrong{what, [=](Cmd c) { c.dwconv.matrix.*member = value; }, status, offset};
  };
  const auto window = [](const char* what, auto member, auto value, s4_status status,
                         size_t offset) {
    return Wrong{what, [=](Cmd c) { c.dwconv.window.*member = value; }, status, offset};
  };
  const auto own = [](const char* what, auto member, auto value, size_t offset) {
    return Wrong{what, [=](Cmd c) { c.dwconv.*member = value; }, S4_E_FIELD, offset};
  };
  const uint64_t x_image = 12 * 11 * 12;
  expect_refused(
      valid_dwconv(),
      {matrix("rows", &M::rows, 0, S4_E_FIELD, AT(dwconv.matrix.rows)),
       matrix("rows", &M::rows, 17, S4_E_FIELD, AT(dwconv.multiplier)),
       matrix("degree", &M::degree, 2, S4_E_FIELD, AT(dwconv.matrix.degree)),
       matrix("indices", &M::indices, kVa, S4_E_FIELD, AT(dwconv.matrix.indices)),
       matrix("type", &M::type, 3, S4_E_FIELD, AT(dwconv.matrix.type)),
       matrix("y type", &M::y_type, 1, S4_E_FIELD, AT(dwconv.matrix.y_type)),
       matrix("y scale", &M::y_scale, 0, S4_E_FIELD, AT(dwconv.matrix.y_scale)),
       matrix("activation", &M::activation, S4_ACT_COUNT, S4_E_FIELD, AT(dwconv.matrix.activation)),
       matrix("x layout", &M::x_layout, 0, S4_E_FIELD, AT(dwconv.matrix.x_layout)),
       matrix("y layout", &M::y_layout, 0, S4_E_FIELD, AT(dwconv.matrix.y_layout)),
       matrix("k", &M::k, 64, S4_E_FIELD, AT(dwconv.matrix.k)),
       matrix("columns", &M::columns, 181, S4_E_FIELD, AT(dwconv.matrix.columns)),
       matrix("x", &M::x, kVa + 1, S4_E_ALIGN, AT(dwconv.matrix.x)),
       matrix("y", &M::y, kVa + 2, S4_E_ALIGN, AT(dwconv.matrix.y)),
       matrix("values", &M::values, kVa + 32, S4_E_ALIGN, AT(dwconv.matrix.values)),
       matrix("bias", &M::bias, kVa + 2, S4_E_ALIGN, AT(dwconv.matrix.bias)),
       matrix("x pitch", &M::x_pitch, 10, S4_E_FIELD, AT(dwconv.matrix.x_pitch)),
       matrix("x pitch", &M::x_pitch, 13, S4_E_ALIGN, AT(dwconv.matrix.x_pitch)),
       matrix("y pitch", &M::y_pitch, 68, S4_E_FIELD, AT(dwconv.matrix.y_pitch)),
       matrix("y pitch", &M::y_pitch, 74, S4_E_ALIGN, AT(dwconv.matrix.y_pitch)),
       matrix("x range", &M::x, kTop - 3000, S4_E_FIELD, AT(dwconv.matrix.x)),
       matrix("y range", &M::y, kTop - 8000, S4_E_FIELD, AT(dwconv.matrix.y)),
       matrix("values range", &M::values, kTop - 512, S4_E_FIELD, AT(dwconv.matrix.values)),
       matrix("bias range", &M::bias, kTop - 68, S4_E_FIELD, AT(dwconv.matrix.bias)),
       matrix("scale range", &M::scale, kTop - 68, S4_E_FIELD, AT(dwconv.matrix.scale)),
       matrix("y on x", &M::y, kVa + 2 * x_image - 4, S4_E_OVERLAP, AT(dwconv.matrix.y)),
       matrix("y on the last weight", &M::y, kVa + 0x2000000 + 536, S4_E_OVERLAP,
              AT(dwconv.matrix.y)),
       matrix("y on scale", &M::y, kVa + 0x5000000 + 68, S4_E_OVERLAP, AT(dwconv.matrix.y)),
       window("images", &W::images, 0, S4_E_FIELD, AT(dwconv.window.images)),
       window("in width", &W::in_width, 0, S4_E_FIELD, AT(dwconv.window.in_width)),
       window("out width", &W::out_width, ~0u, S4_E_FIELD, AT(dwconv.window.images)),
       window("kernel", &W::kernel_height, 0, S4_E_FIELD, AT(dwconv.window.kernel_height)),
       window("stride", &W::stride_x, 0, S4_E_FIELD, AT(dwconv.window.stride_x)),
       window("dilation", &W::dilation_y, 0, S4_E_FIELD, AT(dwconv.window.dilation_y)),
       Wrong{"reserved", [](Cmd c) { c.dwconv.window.reserved[1] = 1; }, S4_E_FIELD,
             AT(dwconv.window.reserved)},
       window("x row", &W::x_row_pitch, 12 * 10, S4_E_FIELD, AT(dwconv.window.x_row_pitch)),
       window("x row", &W::x_row_pitch, 12 * 11 + 1, S4_E_ALIGN, AT(dwconv.window.x_row_pitch)),
       window("x image", &W::x_image_pitch, x_image - 2, S4_E_FIELD,
              AT(dwconv.window.x_image_pitch)),
       window("x image", &W::x_image_pitch, x_image + 1, S4_E_ALIGN,
              AT(dwconv.window.x_image_pitch)),
       window("x image range", &W::x_image_pitch, kTop, S4_E_FIELD, AT(dwconv.matrix.x)),
       window("x row range", &W::x_row_pitch, ~uint64_t{1}, S4_E_FIELD,
              AT(dwconv.window.x_image_pitch)),
       window("y row", &W::y_row_pitch, 72 * 9, S4_E_FIELD, AT(dwconv.window.y_row_pitch)),
       window("y image", &W::y_image_pitch, 72 * 10 * 9 + 2, S4_E_ALIGN,
              AT(dwconv.window.y_image_pitch)),
       window("y image range", &W::y_image_pitch, ~uint64_t{3}, S4_E_FIELD, AT(dwconv.matrix.y)),
       own("channels", &C::channels, 0, AT(dwconv.channels)),
       own("channels", &C::channels, S4_MAX_ROWS + 1, AT(dwconv.channels)),
       own("channels", &C::channels, 9, AT(dwconv.multiplier)),
       own("multiplier", &C::multiplier, 0, AT(dwconv.multiplier)),
       own("multiplier", &C::multiplier, 0x80000003u, AT(dwconv.multiplier)),
       own("residual row without one", &C::residual_row_pitch, 1, AT(dwconv.residual_row_pitch)),
       own("residual image without one", &C::residual_image_pitch, 1,
           AT(dwconv.residual_image_pitch))});
}

TEST(DwconvCheck, AResidualHasPitchesOfItsOwn) {
  s4_cmd valid = valid_dwconv();
  valid.header.flags |= S4_SPMM_RESIDUAL;
  s4_cmd_dwconv& c = valid.dwconv;
  c.matrix.residual = kVa + 0x6000000;
  c.matrix.residual_type = S4_TYPE_BF16;
  c.matrix.residual_scale = S4_FLOAT_ONE;
  c.matrix.residual_pitch = 36;
  c.residual_row_pitch = 360;
  c.residual_image_pitch = 360 * 9;
  using Cmd = s4_cmd&;
  expect_refused(valid,
                 {{"pitch", [](Cmd c) { c.dwconv.matrix.residual_pitch = 34; }, S4_E_FIELD,
                   AT(dwconv.matrix.residual_pitch)},
                  {"row", [](Cmd c) { c.dwconv.residual_row_pitch = 358; }, S4_E_FIELD,
                   AT(dwconv.residual_row_pitch)},
                  {"image", [](Cmd c) { c.dwconv.residual_image_pitch = 360 * 9 - 2; }, S4_E_FIELD,
                   AT(dwconv.residual_image_pitch)},
                  {"range", [](Cmd c) { c.dwconv.matrix.residual = kTop - 6000; }, S4_E_FIELD,
                   AT(dwconv.matrix.residual)},
                  {"y on it", [](Cmd c) { c.dwconv.matrix.residual = c.dwconv.matrix.y + 4; },
                   S4_E_OVERLAP, AT(dwconv.matrix.y)}});
}

TEST(DwconvCheck, IsSplitByOutputRowsOrTheOnlyRowsPixels) {
  s4_cmd cmd = valid_dwconv();
  for (const s4_slice axis : {S4_SLICE_COLUMNS, S4_SLICE_ROWS}) {
    __u64 begin = 0;
    __u64 end = 0;
    cmd.dwconv.window.images = 2;
    cmd.dwconv.window.out_height = 9;
    EXPECT_TRUE(s4_cmd_slice(&cmd, axis, 1, 4, &begin, &end));  // 5, 5, 4, 4 of 18
    EXPECT_EQ(begin, 5u);
    EXPECT_EQ(end, 10u);
    cmd.dwconv.window.images = cmd.dwconv.window.out_height = 1;
    EXPECT_TRUE(s4_cmd_slice(&cmd, axis, 3, 4, &begin, &end));  // 3, 3, 2, 2 of 10
    EXPECT_EQ(begin, 8u);
    EXPECT_EQ(end, 10u);
  }
}

TEST(DwconvCheck, TakesTheVectorUnitAProductAnOperation) {
  s4_cmd cmd = valid_dwconv();
  const card::Engine& engine = *all_engines().front().engine;
  const uint64_t results = 180 * 18;
  const auto vpu = [&](uint64_t ops) {
    return (results * ops + card::timing::kVpuLanes - 1) / card::timing::kVpuLanes;
  };
  const auto cost = [&] { return engine.cost(dispatch_of(cmd)); };
  EXPECT_EQ(cost().array, 0u);
  EXPECT_EQ(cost().vpu, vpu(15 + 1));
  // 22 rows of x, as many as the windows of 2 x 9 rows reach; rows of y, weights, bias and scale.
  const uint64_t all = 22 * 192 + 18 * 768 + 576 + 128 + 128;
  EXPECT_EQ(cost().memory, (all + 79) / 80);
  cmd.dwconv.matrix.activation = S4_ACT_SILU;
  EXPECT_EQ(cost().vpu, vpu(15 + 6));
  cmd.header.flags |= S4_SPMM_RESIDUAL;
  cmd.dwconv.matrix.residual = kVa + 0x6000000;
  cmd.dwconv.matrix.residual_type = S4_TYPE_BF16;
  cmd.dwconv.matrix.residual_scale = S4_FLOAT_ONE;
  cmd.dwconv.matrix.residual_pitch = 40;  // a gap: pixel by pixel
  cmd.dwconv.residual_row_pitch = 400;
  cmd.dwconv.residual_image_pitch = 400 * 9;
  EXPECT_EQ(cost().vpu, vpu(15 + 7));
  EXPECT_EQ(cost().memory, (all + 180 * 64 + 79) / 80);
  // The second of four cores has rows [5, 10) of the 18: four of the first image and one of the
  // second, which reach 6 and 3 rows of x.
  s4_dispatch share = dispatch_of(valid_dwconv());
  share.sram_cores = 4;
  share.slice_axis = S4_SLICE_COLUMNS;
  share.slice_begin = 5;
  share.slice_end = 10;
  EXPECT_EQ(engine.cost(share).vpu, (50 * 18 * 16 + 127) / 128);
  EXPECT_EQ(engine.cost(share).memory, ((6 + 3) * 192 + 5 * 768 + 576 + 128 + 128 + 19) / 20);
}

}  // namespace
}  // namespace s4::test
