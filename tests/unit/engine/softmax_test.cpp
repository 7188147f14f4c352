// SPDX-License-Identifier: MIT
// SOFTMAX: exact on every engine, and refused when a field is out of its range.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "everywhere.hpp"
#include "functions.hpp"
#include "refusal.hpp"
#include "softmax_case.hpp"
#include "timing/model.hpp"

namespace s4::test {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

TEST(Softmax, IsTheDocumentedArithmetic) {
  Random random;
  for (int i = 0; i < case_count(150); ++i) {
    Case c = random_softmax(random);
    ASSERT_NO_FATAL_FAILURE(run_everywhere(c));
  }
}

// x[4][5][6] of float32.
s4_cmd valid_softmax() {
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_SOFTMAX;
  s4_cmd_softmax& c = cmd.softmax;
  c.x = kVa;
  c.y = kVa + 0x100000;
  c.lengths = kVa + 0x200000;
  c.x_type = c.y_type = S4_TYPE_FLOAT32;
  c.options = S4_SOFTMAX_CAUSAL;
  c.offset = -1;
  c.dims = 3;
  const uint32_t shape[] = {4, 5, 6};
  const uint32_t dense[] = {30, 6, 1};
  for (int i = 0; i < 3; ++i) {
    c.shape[i] = shape[i];
    c.x_stride[i] = c.y_stride[i] = dense[i];
  }
  c.factor = c.x_scale = c.y_scale = S4_FLOAT_ONE;
  return cmd;
}

// The results of a row by itself.
std::vector<float> row_of(const std::vector<float>& x, uint8_t options) {
  FakeMemory memory;
  s4_cmd cmd = valid_softmax();
  s4_cmd_softmax& c = cmd.softmax;
  c.lengths = 0;
  c.offset = 0;
  c.options = options;
  c.dims = 1;
  for (int i = 0; i < 3; ++i) {
    c.shape[i] = c.x_stride[i] = c.y_stride[i] = 0;
  }
  c.shape[0] = static_cast<uint32_t>(x.size());
  c.x_stride[0] = c.y_stride[0] = 1;
  memory.map(c.x, x.size() * 4);
  memory.map(c.y, x.size() * 4);
  memory.put(c.x, x);
  FakePort port(memory);
  EXPECT_EQ(all_engines().front().engine->run(dispatch_of(cmd), port).status, S4_OK);
  std::vector<float> y(x.size());
  memory.get(c.y, y.data(), y.size() * 4);
  return y;
}

TEST(Softmax, SpecialValuesAreAsDocumented) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(row_of({5, 5, 5, 5}, 0), (std::vector<float>{0.25f, 0.25f, 0.25f, 0.25f}));
  EXPECT_EQ(row_of({7}, S4_SOFTMAX_LOG), std::vector<float>{0.0f});
  // A minus infinity beside numbers is what a masked element is.
  EXPECT_EQ(row_of({1, -kInfinity, 1}, 0), (std::vector<float>{0.5f, 0.0f, 0.5f}));
  EXPECT_EQ(row_of({1, -kInfinity}, S4_SOFTMAX_LOG), (std::vector<float>{0.0f, -kInfinity}));
  for (const uint8_t options : {0, 1}) {
    for (const auto& row :
         {std::vector<float>{1, nan, 2, -kInfinity}, {0, kInfinity, 3}, {-kInfinity, -kInfinity}}) {
      for (const float y : row_of(row, options)) {
        EXPECT_EQ(std::bit_cast<uint32_t>(y), 0x7fc00000u) << int{options};
      }
    }
  }
}

TEST(Softmax, SmallExponentialsVanishAsInTheSequence) {
  const std::vector<float> x = {0, -87.5f, -103.9f, -103.98f, -104, -104.5f, -10000};
  const std::vector<float> y = row_of(x, 0);
  EXPECT_EQ(y[0], 1.0f);
  for (size_t i = 1; i < x.size(); ++i) {
    EXPECT_EQ(std::bit_cast<uint32_t>(y[i]), std::bit_cast<uint32_t>(fn_exp(x[i]))) << x[i];
  }
}

TEST(Softmax, IsCloseToTheRealOne) {
  Random random;
  std::vector<float> x(384);
  for (float& v : x) {
    v = static_cast<float>(random.number(0, 20000)) / 1000 - 10;
  }
  long double sum = 0;
  for (const float v : x) {
    sum += std::exp(static_cast<long double>(v));
  }
  const std::vector<float> y = row_of(x, 0);
  const std::vector<float> log = row_of(x, S4_SOFTMAX_LOG);
  for (size_t i = 0; i < x.size(); ++i) {
    const auto right = static_cast<double>(std::exp(static_cast<long double>(x[i])) / sum);
    EXPECT_NEAR(y[i], right, right * 4e-6) << random.text();
    EXPECT_NEAR(log[i], std::log(right), 4e-6) << random.text();
  }
}

TEST(Softmax, ALengthOutsideOfTheRowIsReportedByItsIndex) {
  for (const int32_t wrong : {7, -1, INT32_MIN, INT32_MAX}) {
    FakeMemory memory;
    const s4_cmd cmd = valid_softmax();
    memory.map(cmd.softmax.x, 480);
    memory.map(cmd.softmax.y, 480);
    memory.map(cmd.softmax.lengths, 16);
    const std::vector<int32_t> lengths = {6, 0, wrong, wrong};
    memory.put(cmd.softmax.lengths, lengths);
    for (const NamedEngine& named : all_engines()) {
      for (const s4_slice axis : {S4_SLICE_ALL, S4_SLICE_ROWS}) {
        FakePort port(memory);
        const card::Fault fault = run_split(*named.engine, cmd, port, axis, S4_NUM_CORES);
        EXPECT_EQ(fault.status, S4_E_INDEX) << named.name << " " << wrong;
        EXPECT_EQ(fault.detail, 2u) << named.name << " " << wrong;
      }
    }
  }
}

TEST(Softmax, WhatIsMaskedIsNotRead) {
  FakeMemory memory;
  s4_cmd cmd = valid_softmax();
  s4_cmd_softmax& c = cmd.softmax;
  c.offset = INT32_MIN;  // no row sees anything
  memory.map(c.y, 480);
  memory.map(c.lengths, 16);
  memory.put(c.y, std::vector<float>(120, 7.0f));
  FakePort port(memory);
  EXPECT_EQ(all_engines().front().engine->run(dispatch_of(cmd), port).status, S4_OK);
  for (uint64_t i = 0; i < 120; ++i) {
    EXPECT_EQ(memory.get<uint32_t>(c.y + i * 4), 0u);
  }
  c.offset = 0;
  const std::vector<int32_t> lengths(4, 6);
  memory.put(c.lengths, lengths);
  const card::Fault fault = all_engines().front().engine->run(dispatch_of(cmd), port);
  EXPECT_EQ(fault.status, S4_E_UNMAPPED);
  EXPECT_EQ(fault.va, c.x);
}

TEST(Softmax, EveryFieldOutOfRangeIsRefused) {
  expect_undefined_refused(valid_softmax(), sizeof(s4_cmd_softmax));
  using Cmd = s4_cmd&;
  expect_refused(
      valid_softmax(),
      {{"x type", [](Cmd c) { c.softmax.x_type = 5; }, S4_E_FIELD, AT(softmax.x_type)},
       {"no x type", [](Cmd c) { c.softmax.x_type = 0; }, S4_E_FIELD, AT(softmax.x_type)},
       {"y type", [](Cmd c) { c.softmax.y_type = S4_TYPE_INT32; }, S4_E_FIELD, AT(softmax.y_type)},
       {"no y type", [](Cmd c) { c.softmax.y_type = 0; }, S4_E_FIELD, AT(softmax.y_type)},
       {"no dims", [](Cmd c) { c.softmax.dims = 0; }, S4_E_FIELD, AT(softmax.dims)},
       {"dims", [](Cmd c) { c.softmax.dims = 7; }, S4_E_FIELD, AT(softmax.dims)},
       {"option", [](Cmd c) { c.softmax.options |= 4; }, S4_E_FIELD, AT(softmax.options)},
       {"no rows to mask", [](Cmd c) { c.softmax.dims = 1; }, S4_E_FIELD, AT(softmax.options)},
       {"offset of no mask", [](Cmd c) { c.softmax.options = 0; }, S4_E_FIELD, AT(softmax.offset)},
       {"reserved", [](Cmd c) { c.softmax.reserved = 1; }, S4_E_FIELD, AT(softmax.reserved)},
       {"empty", [](Cmd c) { c.softmax.shape[1] = 0; }, S4_E_FIELD, AT(softmax.shape)},
       {"beyond dims", [](Cmd c) { c.softmax.shape[3] = 1; }, S4_E_FIELD, AT(softmax.shape)},
       {"too large",
        [](Cmd c) { c.softmax.shape[0] = c.softmax.shape[1] = c.softmax.shape[2] = ~0u; },
        S4_E_FIELD, AT(softmax.shape)},
       {"beyond dims", [](Cmd c) { c.softmax.x_stride[5] = 1; }, S4_E_FIELD, AT(softmax.x_stride)},
       {"beyond dims", [](Cmd c) { c.softmax.y_stride[3] = 1; }, S4_E_FIELD, AT(softmax.y_stride)},
       {"factor", [](Cmd c) { c.softmax.factor = 0x7f800000; }, S4_E_FIELD, AT(softmax.factor)},
       {"factor", [](Cmd c) { c.softmax.factor = 0xffc00000; }, S4_E_FIELD, AT(softmax.factor)},
       {"scale", [](Cmd c) { c.softmax.x_scale = 0; }, S4_E_FIELD, AT(softmax.x_scale)},
       {"scale", [](Cmd c) { c.softmax.y_scale = 0x40000000; }, S4_E_FIELD, AT(softmax.y_scale)},
       {"align", [](Cmd c) { c.softmax.x += 2; }, S4_E_ALIGN, AT(softmax.x)},
       {"align", [](Cmd c) { c.softmax.y += 2; }, S4_E_ALIGN, AT(softmax.y)},
       {"align", [](Cmd c) { c.softmax.lengths += 2; }, S4_E_ALIGN, AT(softmax.lengths)},
       {"x range", [](Cmd c) { c.softmax.x = kTop - 476; }, S4_E_FIELD, AT(softmax.x)},
       {"y range", [](Cmd c) { c.softmax.y = kTop - 476; }, S4_E_FIELD, AT(softmax.y)},
       {"lengths range", [](Cmd c) { c.softmax.lengths = kTop - 12; }, S4_E_FIELD,
        AT(softmax.lengths)},
       {"y repeats", [](Cmd c) { c.softmax.y_stride[1] = 0; }, S4_E_OVERLAP, AT(softmax.y_stride)},
       {"y on x", [](Cmd c) { c.softmax.y = c.softmax.x + 4; }, S4_E_OVERLAP, AT(softmax.y)},
       {"y on lengths", [](Cmd c) { c.softmax.y = c.softmax.lengths - 476; }, S4_E_OVERLAP,
        AT(softmax.y)},
       {"other strides in place",
        [](Cmd c) {
          c.softmax.y = c.softmax.x;
          c.softmax.x_stride[0] = 31;
        },
        S4_E_OVERLAP, AT(softmax.y)}});
  s4_cmd cmd = valid_softmax();
  uint32_t detail = 0;
  cmd.softmax.y = cmd.softmax.x;
  EXPECT_EQ(s4_cmd_check(&cmd, &detail), S4_OK);
  cmd.softmax.y = kTop - 480;
  EXPECT_EQ(s4_cmd_check(&cmd, &detail), S4_OK);
  EXPECT_EQ(s4_cmd_unit(S4_OP_SOFTMAX), S4_UNIT_VPU);
  cmd.softmax.options = 0;
  cmd.softmax.offset = 0;
  cmd.softmax.dims = 1;
  cmd.softmax.shape[1] = cmd.softmax.shape[2] = 0;
  for (int i = 1; i < 3; ++i) {
    cmd.softmax.x_stride[i] = cmd.softmax.y_stride[i] = 0;
  }
  EXPECT_EQ(s4_cmd_check(&cmd, &detail), S4_E_FIELD);  // lengths of nothing
  EXPECT_EQ(detail, AT(softmax.lengths));
}

TEST(Softmax, IsSplitAlongTheOutermostDimensionButNotARow) {
  s4_cmd cmd = valid_softmax();
  uint32_t extent = 0;
  uint32_t step = 0;
  for (const uint32_t expected : {4u, 5u, 1u}) {
    s4_cmd_axis(&cmd, S4_SLICE_ROWS, &extent, &step);
    EXPECT_EQ(extent, expected);
    EXPECT_EQ(step, 1u);
    cmd.softmax.shape[expected == 4 ? 0 : 1] = 1;
  }
}

TEST(Softmax, CostsItsSteps) {
  s4_cmd cmd = valid_softmax();
  cmd.softmax.x = S4_SRAM_VA;
  cmd.softmax.y = S4_SRAM_VA + 0x1000000000;
  constexpr uint64_t kFixed = card::timing::kIssueCycles + card::timing::kLatencyCycles;
  card::Engine& engine = *all_engines().front().engine;
  // 120 elements of 9 operations, 20 rows of two folds and a division.
  EXPECT_EQ(engine.cycles(dispatch_of(cmd)), kFixed + (120 * 9 + 20 * 38 + 127) / 128);
  cmd.softmax.options |= S4_SOFTMAX_LOG;
  EXPECT_EQ(engine.cycles(dispatch_of(cmd)), kFixed + (120 * 9 + 20 * 34 + 127) / 128);
  s4_dispatch part = dispatch_of(cmd);
  part.slice_axis = S4_SLICE_ROWS;
  part.slice_end = 1;
  EXPECT_EQ(engine.cycles(part), kFixed + (30 * 9 + 5 * 34 + 127) / 128);
  // From DRAM at a core's share of it: bursts of x, of y and of the lengths.
  part.command.softmax.x = 0x100000000;
  part.command.softmax.y = 0x200000000;
  EXPECT_EQ(engine.cycles(part), kFixed + (128 + 128 + 64) / 20);
  part.command.softmax.x_stride[1] = 0;  // six elements
  part.command.softmax.lengths = 0;
  EXPECT_EQ(engine.cycles(part), kFixed + (64 + 128 + 19) / 20);
}

}  // namespace
}  // namespace s4::test
