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
  // Few entries: the vector unit takes sixteen clocks a tile for the results.
  EXPECT_EQ(cycles(on_chip_spmm(16, 64, 64, 32, S4_TYPE_INT8)),
            kOverhead + timing::kFillCycles + 16);
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
  e.type = S4_TYPE_FLOAT32;
  e.dims = 1;
  e.shape[0] = 1u << 20;
  e.a_stride[0] = e.y_stride[0] = 1;
  e.a_scale = e.b_scale = e.y_scale = S4_FLOAT_ONE;
  EXPECT_EQ(cycles(add), kOverhead + (2 * (4u << 20) + 64 + 79) / 80);
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
