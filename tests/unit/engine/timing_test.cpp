// SPDX-License-Identifier: MIT
// The model of card time: the documented formulas at numbers worked out by hand.
#include <gtest/gtest.h>

#include "case.hpp"
#include "engines.hpp"
#include "timing/model.hpp"

namespace s4::test {
namespace timing = card::timing;
namespace {

constexpr uint64_t kOverhead = timing::kIssueCycles + timing::kLatencyCycles;

s4_cmd on_chip_spmm(uint32_t rows, uint32_t k, uint32_t columns, uint8_t degree, uint8_t type) {
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_SPMM;
  s4_cmd_spmm& c = cmd.spmm;
  // On-chip, and so bound by the array alone; four windows of the space.
  c.x = S4_SRAM_VA;
  c.y = S4_SRAM_VA + 0x1000000000;
  c.values = S4_SRAM_VA + 0x2000000000;
  c.indices = degree > 1 ? S4_SRAM_VA + 0x3000000000 : 0;
  c.rows = rows;
  c.k = k;
  c.columns = columns;
  c.degree = degree;
  c.type = type;
  c.y_type = type == S4_TYPE_INT8 ? S4_TYPE_INT32 : S4_TYPE_BF16;
  c.x_pitch = columns * s4_type_bytes(type);
  c.y_pitch = columns * s4_type_bytes(c.y_type);
  c.y_scale = S4_FLOAT_ONE;
  return cmd;
}

uint64_t cycles(const s4_cmd& cmd) {
  return all_engines().front().engine->cycles(dispatch_of(cmd));
}

TEST(Timing, TheArrayDoesItsMultiplyAccumulatesAClock) {
  const uint64_t fixed = kOverhead + timing::kFillCycles;
  EXPECT_EQ(cycles(on_chip_spmm(4096, 4096, 4096, 1, S4_TYPE_INT8)) - fixed,
            4096ull * 4096 * 4096 / S4_MACS_INT8);
  EXPECT_EQ(cycles(on_chip_spmm(4096, 4096, 4096, 1, S4_TYPE_BF16)) - fixed,
            4096ull * 4096 * 4096 / S4_MACS_BF16);
  EXPECT_EQ(cycles(on_chip_spmm(4096, 4096, 4096, 32, S4_TYPE_INT8)) - fixed,
            4096ull * 4096 * 4096 / S4_MACS_INT8 / 32);
}

TEST(Timing, APartOfATileCostsAWholeOne) {
  EXPECT_EQ(cycles(on_chip_spmm(17, 640, 65, 1, S4_TYPE_INT8)),
            cycles(on_chip_spmm(32, 640, 128, 1, S4_TYPE_INT8)));
  EXPECT_EQ(cycles(on_chip_spmm(16, 1, 64, 1, S4_TYPE_INT8)),
            cycles(on_chip_spmm(16, 64, 64, 1, S4_TYPE_INT8)));
  // Few entries: the vector unit takes eight clocks a tile for the results.
  EXPECT_EQ(cycles(on_chip_spmm(16, 64, 64, 32, S4_TYPE_INT8)),
            kOverhead + timing::kFillCycles + 8);
}

TEST(Timing, DramBoundWorkTakesItsBytesAt80AClock) {
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_COPY;
  cmd.copy.src = 0x100000000;
  cmd.copy.dst = 0x200000000;
  cmd.copy.row_bytes = 72000000;
  cmd.copy.rows = 1;
  EXPECT_EQ(cycles(cmd), kOverhead + 2 * 72000000 / 80);
  cmd.copy.dst = S4_SRAM_VA;
  EXPECT_EQ(cycles(cmd), kOverhead + 72000000 / 64);  // a burst a clock

  s4_cmd fill{};
  fill.header.opcode = S4_OP_FILL;
  fill.fill = {.dst = 0x100000000, .bytes = 8000000, .pattern = 0, .pattern_bytes = 1};
  EXPECT_EQ(cycles(fill), kOverhead + 8000000 / 64);

  s4_cmd add{};
  add.header.opcode = S4_OP_ELTWISE;
  s4_cmd_eltwise& e = add.eltwise;
  e.a = 0x100000000;
  e.b = 0x200000000;
  e.y = 0x300000000;
  e.op = S4_ELTWISE_ADD;
  e.a_type = e.b_type = e.y_type = S4_TYPE_FLOAT32;
  e.dims = 1;
  e.shape[0] = 1u << 20;
  e.a_stride[0] = e.y_stride[0] = 1;
  e.a_scale = e.b_scale = e.y_scale = S4_FLOAT_ONE;
  EXPECT_EQ(cycles(add), kOverhead + (2 * (4u << 20) + 64 + 79) / 80);
}

TEST(Timing, AnEpilogueTakesTheVectorUnit) {
  s4_cmd cmd = on_chip_spmm(160, 64, 640, 32, S4_TYPE_BF16);
  const auto vpu = [&] { return all_engines().front().engine->cost(dispatch_of(cmd)).vpu; };
  EXPECT_EQ(vpu(), 100u * 8);
  cmd.spmm.activation = S4_ACT_RELU;
  EXPECT_EQ(vpu(), 100u * 8);
  cmd.spmm.activation = S4_ACT_GELU;
  EXPECT_EQ(vpu(), 9 * 100u * 8);
  cmd.header.flags = S4_SPMM_RESIDUAL;
  cmd.spmm.residual = 0x100000000;
  cmd.spmm.residual_pitch = 1280;
  cmd.spmm.residual_type = S4_TYPE_BF16;
  cmd.spmm.residual_scale = S4_FLOAT_ONE;
  EXPECT_EQ(vpu(), 10 * 100u * 8);
  EXPECT_EQ(all_engines().front().engine->cost(dispatch_of(cmd)).memory, 160u * 1280 / 80);
}

TEST(Timing, FunctionsTakeTheVectorUnitsOperations) {
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_UNARY;
  s4_cmd_unary& c = cmd.unary;
  c.x = S4_SRAM_VA;
  c.y = S4_SRAM_VA + 0x100000;
  c.x_type = c.y_type = S4_TYPE_BF16;
  c.dims = 1;
  c.shape[0] = 64 * 100;
  c.x_stride[0] = c.y_stride[0] = 1;
  c.x_scale = c.y_scale = S4_FLOAT_ONE;
  const auto vpu = [&] { return all_engines().front().engine->cost(dispatch_of(cmd)).vpu; };
  const uint64_t each = 64 * 100 / timing::kVpuLanes;
  EXPECT_EQ(vpu(), each);  // a conversion
  c.activation = S4_ACT_GELU;
  EXPECT_EQ(vpu(), 9 * each);
  c.activation = S4_ACT_RSQRT;
  EXPECT_EQ(vpu(), 16 * each);

  s4_cmd two{};
  two.header.opcode = S4_OP_ELTWISE;
  s4_cmd_eltwise& e = two.eltwise;
  e.a = S4_SRAM_VA;
  e.b = S4_SRAM_VA + 0x100000;
  e.y = S4_SRAM_VA + 0x200000;
  e.op = S4_ELTWISE_POW;
  e.a_type = e.b_type = e.y_type = S4_TYPE_BF16;
  e.activation = S4_ACT_RELU6;
  e.dims = 1;
  e.shape[0] = 64 * 100;
  e.a_stride[0] = e.b_stride[0] = e.y_stride[0] = 1;
  e.a_scale = e.b_scale = e.y_scale = S4_FLOAT_ONE;
  EXPECT_EQ(all_engines().front().engine->cost(dispatch_of(two)).vpu, (9 + 1) * each);
}

TEST(Timing, ACoreOfASplitCommandHasItsShareOfTheBandwidth) {
  s4_cmd cmd = on_chip_spmm(1024, 1024, 1024, 32, S4_TYPE_INT8);
  cmd.spmm.x = 0x100000000;
  cmd.spmm.y = 0x200000000;
  s4_dispatch quarter = dispatch_of(cmd);
  quarter.sram_cores = 4;
  quarter.slice_axis = S4_SLICE_COLUMNS;
  quarter.slice_begin = 256;
  quarter.slice_end = 512;
  card::Engine& engine = *all_engines().front().engine;
  const uint64_t fixed = kOverhead + timing::kFillCycles;
  // A quarter of the columns of x and y, which both bind, at a quarter of the rate.
  EXPECT_EQ(engine.cycles(quarter), engine.cycles(dispatch_of(cmd)));
  EXPECT_EQ(engine.cycles(quarter), fixed + (1024 * 256 + 1024 * 256 * 4 + 19) / 20);
}

// 3x3 over 8x8 pixels of 64 channels, padded: K is 576, a row at degree 8 has 72 entries.
s4_cmd small_conv() {
  s4_cmd cmd = on_chip_spmm(32, 576, 64, 8, S4_TYPE_INT8);
  cmd.header.opcode = S4_OP_CONV;
  s4_cmd_conv& c = cmd.conv;
  c.matrix.x_layout = c.matrix.y_layout = S4_LAYOUT_COLUMNS;
  c.matrix.x_pitch = 64;
  c.matrix.y_pitch = 32 * 4;
  c.channels = 64;
  c.groups = 1;
  c.window = {.x_row_pitch = 64 * 8, .x_image_pitch = 64 * 64, .y_row_pitch = 128 * 8,
              .y_image_pitch = 128 * 64, .images = 1, .in_height = 8, .in_width = 8,
              .out_height = 8, .out_width = 8, .pad_top = 1, .pad_left = 1, .kernel_height = 3,
              .kernel_width = 3, .stride_y = 1, .stride_x = 1, .dilation_y = 1, .dilation_x = 1,
              .reserved = {}};
  return cmd;
}

TEST(Timing, AConvolutionIsItsMatrixAndTheAddressesOfItsEntries) {
  const uint64_t fixed = kOverhead + timing::kFillCycles;
  // Two tiles of ceil(72 / 4) clocks, and 32 x 72 entries at 64 a clock.
  EXPECT_EQ(cycles(small_conv()), fixed + 2 * 18 + 36);
  // Two groups of 16 rows are two tiles too; of 17 and more, each has a part of a tile of its own.
  s4_cmd cmd = small_conv();
  cmd.conv.groups = 2;
  cmd.conv.channels = 32;
  cmd.conv.matrix.k = 288;  // five banks of 8 entries
  EXPECT_EQ(cycles(cmd), fixed + 2 * 10 + 20);
  cmd.conv.matrix.rows = 34;
  cmd.conv.matrix.y_pitch = 34 * 4;
  cmd.conv.window.y_row_pitch = 34 * 4 * 8;
  cmd.conv.window.y_image_pitch = 34 * 4 * 64;
  EXPECT_EQ(cycles(cmd), fixed + 4 * 10 + 22);
  // Rows [16, 34): one of the first group, 17 of the second.
  s4_dispatch rows = dispatch_of(cmd);
  rows.sram_cores = 4;
  rows.slice_axis = S4_SLICE_ROWS;
  rows.slice_begin = 16;
  rows.slice_end = 34;
  EXPECT_EQ(all_engines().front().engine->cycles(rows), fixed + 3 * 10 + 12);
}

TEST(Timing, AConvolutionReadsItsImageOnce) {
  const uint64_t fixed = kOverhead + timing::kFillCycles;
  s4_cmd cmd = small_conv();
  cmd.conv.matrix.x = 0x100000000;
  EXPECT_EQ(cycles(cmd), fixed + 2 * 18 + 36);  // 4096 bytes are 52 clocks
  cmd.conv.window.images = 10;
  cmd.conv.matrix.columns = 640;
  EXPECT_EQ(cycles(cmd), fixed + (40960 + 79) / 80);
  // Every other pixel and row alone: five images' worth of 16 pixels in runs of 64 bytes.
  cmd.conv.window.kernel_height = cmd.conv.window.kernel_width = 1;
  cmd.conv.window.pad_top = cmd.conv.window.pad_left = 0;
  cmd.conv.window.stride_y = cmd.conv.window.stride_x = 2;
  cmd.conv.window.out_height = cmd.conv.window.out_width = 4;
  cmd.conv.matrix.k = 64;
  cmd.conv.matrix.columns = 160;
  cmd.conv.matrix.x_pitch = 192;  // of more channels
  cmd.conv.window.x_row_pitch = 192 * 8;
  cmd.conv.window.x_image_pitch = 192 * 64;
  EXPECT_EQ(cycles(cmd), fixed + 160 * 64 / 80);
}

TEST(Timing, CyclesArePureAndGrowWithTheWork) {
  Random random;
  for (int i = 0; i < 200; ++i) {
    const auto rows = static_cast<uint32_t>(random.number(1, 5000));
    const auto k = static_cast<uint32_t>(random.number(1, 5000));
    const auto columns = static_cast<uint32_t>(random.number(1, 5000));
    const auto type = random.one_of<uint8_t>({S4_TYPE_INT8, S4_TYPE_BF16});
    uint64_t denser = ~uint64_t{0};
    for (const uint8_t degree : {1, 2, 4, 8, 16, 32}) {
      const s4_cmd cmd = on_chip_spmm(rows, k, columns, degree, type);
      const uint64_t cost = cycles(cmd);
      for (const NamedEngine& named : all_engines()) {
        ASSERT_EQ(named.engine->cycles(dispatch_of(cmd)), cost) << random.text();
      }
      ASSERT_GT(cost, kOverhead);
      ASSERT_LE(cost, denser) << random.text();
      denser = cost;
    }
    ASSERT_LE(cycles(on_chip_spmm(rows, k, columns, 8, type)),
              cycles(on_chip_spmm(rows + 16, k, columns + 64, 8, type)))
        << random.text();
  }
}

}  // namespace
}  // namespace s4::test
