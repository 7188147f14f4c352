// SPDX-License-Identifier: MIT
// REDUCE: exact on every engine, and refused when a field is out of its range.
#include <gtest/gtest.h>

#include "everywhere.hpp"
#include "reduce_case.hpp"
#include "refusal.hpp"
#include "timing/model.hpp"

namespace s4::test {
namespace {

TEST(Reduce, IsTheDocumentedArithmetic) {
  Random random;
  for (int i = 0; i < case_count(150); ++i) {
    Case c = random_reduce(random);
    ASSERT_NO_FATAL_FAILURE(run_everywhere(c));
  }
}

// x[4][5][6], its first and last dimensions reduced.
s4_cmd valid_reduce() {
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_REDUCE;
  s4_cmd_reduce& c = cmd.reduce;
  c.x = kVa;
  c.y = kVa + 0x100000;
  c.op = S4_REDUCE_MEAN;
  c.x_type = S4_TYPE_BF16;
  c.y_type = S4_TYPE_FLOAT32;
  c.dims = 3;
  c.reduced = 5;
  const uint32_t shape[] = {4, 5, 6};
  const uint32_t dense[] = {30, 6, 1};
  for (int i = 0; i < 3; ++i) {
    c.shape[i] = shape[i];
    c.x_stride[i] = dense[i];
  }
  c.y_stride[1] = 1;
  c.x_scale = c.y_scale = S4_FLOAT_ONE;
  return cmd;
}

TEST(Reduce, EveryFieldOutOfRangeIsRefused) {
  expect_undefined_refused(valid_reduce(), sizeof(s4_cmd_reduce));
  using Cmd = s4_cmd&;
  expect_refused(
      valid_reduce(),
      {{"op", [](Cmd c) { c.reduce.op = 0; }, S4_E_FIELD, AT(reduce.op)},
       {"op", [](Cmd c) { c.reduce.op = 7; }, S4_E_FIELD, AT(reduce.op)},
       {"x type", [](Cmd c) { c.reduce.x_type = 5; }, S4_E_FIELD, AT(reduce.x_type)},
       {"y type", [](Cmd c) { c.reduce.y_type = S4_TYPE_INT32; }, S4_E_FIELD, AT(reduce.y_type)},
       {"no y type", [](Cmd c) { c.reduce.y_type = 0; }, S4_E_FIELD, AT(reduce.y_type)},
       {"no dims", [](Cmd c) { c.reduce.dims = 0; }, S4_E_FIELD, AT(reduce.dims)},
       {"dims", [](Cmd c) { c.reduce.dims = 7; }, S4_E_FIELD, AT(reduce.dims)},
       {"nothing reduced", [](Cmd c) { c.reduce.reduced = 0; }, S4_E_FIELD, AT(reduce.reduced)},
       {"beyond dims", [](Cmd c) { c.reduce.reduced = 9; }, S4_E_FIELD, AT(reduce.reduced)},
       {"reserved", [](Cmd c) { c.reduce.reserved[2] = 1; }, S4_E_FIELD, AT(reduce.reserved)},
       {"empty", [](Cmd c) { c.reduce.shape[1] = 0; }, S4_E_FIELD, AT(reduce.shape)},
       {"beyond dims", [](Cmd c) { c.reduce.shape[3] = 1; }, S4_E_FIELD, AT(reduce.shape)},
       {"too large",
        [](Cmd c) { c.reduce.shape[0] = c.reduce.shape[1] = c.reduce.shape[2] = ~0u; },
        S4_E_FIELD, AT(reduce.shape)},
       {"beyond dims", [](Cmd c) { c.reduce.x_stride[5] = 1; }, S4_E_FIELD, AT(reduce.x_stride)},
       {"beyond dims", [](Cmd c) { c.reduce.y_stride[3] = 1; }, S4_E_FIELD, AT(reduce.y_stride)},
       {"of a reduced one", [](Cmd c) { c.reduce.y_stride[0] = 5; }, S4_E_FIELD,
        AT(reduce.y_stride)},
       {"scale", [](Cmd c) { c.reduce.x_scale = 0; }, S4_E_FIELD, AT(reduce.x_scale)},
       {"scale", [](Cmd c) { c.reduce.y_scale = 0x40000000; }, S4_E_FIELD, AT(reduce.y_scale)},
       {"align", [](Cmd c) { c.reduce.x += 1; }, S4_E_ALIGN, AT(reduce.x)},
       {"align", [](Cmd c) { c.reduce.y += 2; }, S4_E_ALIGN, AT(reduce.y)},
       {"x range", [](Cmd c) { c.reduce.x = kTop - 238; }, S4_E_FIELD, AT(reduce.x)},
       {"y range", [](Cmd c) { c.reduce.y = kTop - 16; }, S4_E_FIELD, AT(reduce.y)},
       {"y repeats", [](Cmd c) { c.reduce.y_stride[1] = 0; }, S4_E_OVERLAP, AT(reduce.y_stride)},
       {"y on x", [](Cmd c) { c.reduce.y = c.reduce.x + 236; }, S4_E_OVERLAP, AT(reduce.y)}});
  s4_cmd cmd = valid_reduce();
  uint32_t detail = 0;
  cmd.reduce.y = cmd.reduce.x + 240;  // right behind
  EXPECT_EQ(s4_cmd_check(&cmd, &detail), S4_OK);
  cmd.reduce.y = kTop - 20;
  EXPECT_EQ(s4_cmd_check(&cmd, &detail), S4_OK);
  cmd.reduce.x_type = S4_TYPE_INT32;
  cmd.reduce.x_scale = 0x7f800000;
  EXPECT_EQ(s4_cmd_check(&cmd, &detail), S4_E_FIELD);
  EXPECT_EQ(s4_cmd_unit(S4_OP_REDUCE), S4_UNIT_VPU);
}

TEST(Reduce, IsSplitAlongTheOutermostKeptDimension) {
  s4_cmd cmd = valid_reduce();
  uint32_t extent = 0;
  uint32_t step = 0;
  s4_cmd_axis(&cmd, S4_SLICE_ROWS, &extent, &step);
  EXPECT_EQ(extent, 5u);
  EXPECT_EQ(step, 1u);
  cmd.reduce.reduced = 7;
  cmd.reduce.y_stride[1] = 0;
  s4_cmd_axis(&cmd, S4_SLICE_COLUMNS, &extent, &step);
  EXPECT_EQ(extent, 1u);
}

TEST(Reduce, CostsItsElementsAndTheFold) {
  s4_cmd cmd = valid_reduce();
  cmd.reduce.x = S4_SRAM_VA;
  cmd.reduce.y = S4_SRAM_VA + 0x1000000000;
  constexpr uint64_t kFixed = card::timing::kIssueCycles + card::timing::kLatencyCycles;
  card::Engine& engine = *all_engines().front().engine;
  // 120 elements and 5 results of 15 + 8 operations, 64 a clock.
  EXPECT_EQ(engine.cycles(dispatch_of(cmd)), kFixed + (120 + 5 * 23 + 127) / 128);
  cmd.reduce.op = S4_REDUCE_SUM_SQUARES;
  EXPECT_EQ(engine.cycles(dispatch_of(cmd)), kFixed + (240 + 5 * 15 + 127) / 128);
  cmd.reduce.x = 0x100000000;
  cmd.reduce.shape[1] = 5000;
  cmd.reduce.x_stride[0] = 30000;
  EXPECT_EQ(engine.cycles(dispatch_of(cmd)), kFixed + std::max((240000 + 75000 + 127) / 128,
                                                               240000 / 80));
}

}  // namespace
}  // namespace s4::test
