// SPDX-License-Identifier: MIT
// NORM: exact on every engine, and refused when a field is out of its range.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "everywhere.hpp"
#include "norm_case.hpp"
#include "refusal.hpp"
#include "timing/model.hpp"

namespace s4::test {
namespace {

TEST(Norm, IsTheDocumentedArithmetic) {
  Random random;
  for (int i = 0; i < case_count(150); ++i) {
    Case c = random_norm(random);
    ASSERT_NO_FATAL_FAILURE(run_everywhere(c));
  }
}

// x[4][5][6] in two groups, of float32, with everything.
s4_cmd valid_norm() {
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_NORM;
  s4_cmd_norm& c = cmd.norm;
  c.x = kVa;
  c.y = kVa + 0x100000;
  c.residual = kVa + 0x200000;
  c.gamma = kVa + 0x300000;
  c.beta = kVa + 0x400000;
  c.kind = S4_NORM_GROUP;
  c.x_type = c.residual_type = c.y_type = S4_TYPE_FLOAT32;
  c.groups = 2;
  const uint32_t shape[] = {4, 5, 6};
  const uint32_t dense[] = {30, 6, 1};
  for (int i = 0; i < 3; ++i) {
    c.shape[i] = shape[i];
    c.x_stride[i] = c.residual_stride[i] = c.y_stride[i] = dense[i];
  }
  c.epsilon = std::bit_cast<uint32_t>(1e-5f);
  c.x_scale = c.residual_scale = c.y_scale = S4_FLOAT_ONE;
  return cmd;
}

void drop_residual(s4_cmd& cmd) {
  s4_cmd_norm& c = cmd.norm;
  c.residual = 0;
  c.residual_type = 0;
  c.residual_scale = 0;
  for (__u32& stride : c.residual_stride) {
    stride = 0;
  }
}

// The results of a row by itself, without factors.
std::vector<float> row_of(const std::vector<float>& x, uint8_t kind, float epsilon) {
  FakeMemory memory;
  s4_cmd cmd = valid_norm();
  drop_residual(cmd);
  s4_cmd_norm& c = cmd.norm;
  c.gamma = c.beta = 0;
  c.kind = kind;
  c.groups = 1;
  c.shape[0] = c.shape[1] = 1;
  c.shape[2] = static_cast<uint32_t>(x.size());
  c.epsilon = std::bit_cast<uint32_t>(epsilon);
  memory.map(c.x, x.size() * 4);
  memory.map(c.y, x.size() * 4);
  memory.put(c.x, x);
  FakePort port(memory);
  EXPECT_EQ(all_engines().front().engine->run(dispatch_of(cmd), port).status, S4_OK);
  std::vector<float> y(x.size());
  memory.get(c.y, y.data(), y.size() * 4);
  return y;
}

TEST(Norm, SpecialValuesAreAsDocumented) {
  const float inf = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(row_of({1, -1, 1, -1}, S4_NORM_LAYER, 0), (std::vector<float>{1, -1, 1, -1}));
  EXPECT_EQ(row_of({3, 7}, S4_NORM_LAYER, 0), (std::vector<float>{-1, 1}));
  EXPECT_EQ(row_of({3, 3, 3}, S4_NORM_LAYER, 1), (std::vector<float>{0, 0, 0}));
  EXPECT_EQ(row_of({2, -2}, S4_NORM_RMS, 0), (std::vector<float>{1, -1}));
  // Squares that overflow.
  EXPECT_EQ(row_of({1e30f, -1e30f}, S4_NORM_RMS, 0), (std::vector<float>{0, -0.0f}));
  const auto is_nan = [](const std::vector<float>& y) {
    for (const float v : y) {
      EXPECT_EQ(std::bit_cast<uint32_t>(v), 0x7fc00000u);
    }
  };
  is_nan(row_of({3, 3}, S4_NORM_LAYER, 0));  // 0 * infinity
  is_nan(row_of({1, inf, 2}, S4_NORM_LAYER, 1));
  is_nan(row_of({1, nan, 2}, S4_NORM_LAYER, 1));
  is_nan(row_of({1, nan, 2}, S4_NORM_RMS, 1));
  const std::vector<float> y = row_of({1, inf, -2}, S4_NORM_RMS, 1);
  EXPECT_EQ(y[0], 0.0f);
  EXPECT_TRUE(std::isnan(y[1]));
  EXPECT_TRUE(y[2] == 0.0f && std::signbit(y[2]));
}

TEST(Norm, IsCloseToTheRealOne) {
  Random random;
  std::vector<float> x(768);
  for (float& v : x) {
    v = static_cast<float>(random.number(0, 20000)) / 1000 - 5;
  }
  long double sum = 0;
  long double squares = 0;
  for (const float v : x) {
    sum += v;
    squares += static_cast<long double>(v) * v;
  }
  const long double mean = sum / x.size();
  const long double variance = squares / x.size() - mean * mean;
  const std::vector<float> layer = row_of(x, S4_NORM_LAYER, 1e-12f);
  const std::vector<float> rms = row_of(x, S4_NORM_RMS, 1e-12f);
  for (size_t i = 0; i < x.size(); ++i) {
    EXPECT_NEAR(layer[i], static_cast<double>((x[i] - mean) / std::sqrt(variance)), 4e-6)
        << random.text();
    EXPECT_NEAR(rms[i], static_cast<double>(x[i] / std::sqrt(squares / x.size())), 4e-6)
        << random.text();
  }
}

// Larger than what a tile holds, so that it is read again for each step.
TEST(Norm, LargeBlocksAreTheSameArithmetic) {
  struct Shape {
    uint8_t kind;
    uint32_t rows;
    uint32_t channels;
    uint32_t groups;
  };
  for (const Shape& shape : {Shape{S4_NORM_LAYER, 1, 70001, 1}, Shape{S4_NORM_RMS, 2, 65537, 1},
                             Shape{S4_NORM_GROUP, 9000, 18, 2}, Shape{S4_NORM_GROUP, 67000, 1, 1},
                             Shape{S4_NORM_GROUP, 15, 5001, 1}}) {
    Random random;
    Case c;
    Places places(c, random, true);
    c.reference = reference_norm;
    c.command = valid_norm();
    c.text =
        std::to_string(shape.rows) + " x " + std::to_string(shape.channels) + " " + random.text();
    s4_cmd_norm& norm = c.command.norm;
    norm.kind = shape.kind;
    norm.groups = shape.groups;
    norm.shape[0] = 1;
    norm.shape[1] = shape.rows;
    norm.shape[2] = shape.channels;
    const uint32_t pitch = shape.channels + 3;
    const uint64_t bytes = uint64_t{shape.rows} * pitch * 4;
    norm.x_stride[1] = norm.residual_stride[1] = norm.y_stride[1] = pitch;
    const auto put = [&](uint64_t size) {
      const uint64_t va = places.take(size, 4);
      put_elements(c, random, va, size, S4_TYPE_FLOAT32, Values::kOrdinary);
      return va;
    };
    norm.residual = put(bytes);
    norm.gamma = put(uint64_t{shape.channels} * 4);
    norm.beta = put(uint64_t{shape.channels} * 4);
    norm.y = norm.x = places.take_output(bytes, 4);
    put_elements(c, random, norm.x, bytes, S4_TYPE_FLOAT32, Values::kOrdinary);
    ASSERT_NO_FATAL_FAILURE(run_everywhere(c));
  }
}

TEST(Norm, EveryFieldOutOfRangeIsRefused) {
  expect_undefined_refused(valid_norm(), sizeof(s4_cmd_norm));
  using Cmd = s4_cmd&;
  expect_refused(
      valid_norm(),
      {{"no kind", [](Cmd c) { c.norm.kind = 0; }, S4_E_FIELD, AT(norm.kind)},
       {"kind", [](Cmd c) { c.norm.kind = 4; }, S4_E_FIELD, AT(norm.kind)},
       {"x type", [](Cmd c) { c.norm.x_type = 5; }, S4_E_FIELD, AT(norm.x_type)},
       {"y type", [](Cmd c) { c.norm.y_type = S4_TYPE_INT32; }, S4_E_FIELD, AT(norm.y_type)},
       {"no y type", [](Cmd c) { c.norm.y_type = 0; }, S4_E_FIELD, AT(norm.y_type)},
       {"empty", [](Cmd c) { c.norm.shape[1] = 0; }, S4_E_FIELD, AT(norm.shape)},
       {"too large", [](Cmd c) { c.norm.shape[0] = c.norm.shape[1] = c.norm.shape[2] = ~0u; },
        S4_E_FIELD, AT(norm.shape)},
       {"no groups", [](Cmd c) { c.norm.groups = 0; }, S4_E_FIELD, AT(norm.groups)},
       {"no divisor", [](Cmd c) { c.norm.groups = 4; }, S4_E_FIELD, AT(norm.groups)},
       {"too many groups", [](Cmd c) { c.norm.groups = 12; }, S4_E_FIELD, AT(norm.groups)},
       {"epsilon", [](Cmd c) { c.norm.epsilon = 0x7f800000; }, S4_E_FIELD, AT(norm.epsilon)},
       {"epsilon", [](Cmd c) { c.norm.epsilon = 0x80000000; }, S4_E_FIELD, AT(norm.epsilon)},
       {"scale", [](Cmd c) { c.norm.x_scale = 0; }, S4_E_FIELD, AT(norm.x_scale)},
       {"scale", [](Cmd c) { c.norm.y_scale = 0x40000000; }, S4_E_FIELD, AT(norm.y_scale)},
       {"align", [](Cmd c) { c.norm.x += 2; }, S4_E_ALIGN, AT(norm.x)},
       {"align", [](Cmd c) { c.norm.y += 2; }, S4_E_ALIGN, AT(norm.y)},
       {"align", [](Cmd c) { c.norm.gamma += 2; }, S4_E_ALIGN, AT(norm.gamma)},
       {"align", [](Cmd c) { c.norm.beta += 2; }, S4_E_ALIGN, AT(norm.beta)},
       {"align", [](Cmd c) { c.norm.residual += 2; }, S4_E_ALIGN, AT(norm.residual)},
       {"residual type", [](Cmd c) { c.norm.residual_type = 0; }, S4_E_FIELD,
        AT(norm.residual_type)},
       {"residual scale", [](Cmd c) { c.norm.residual_scale = 0; }, S4_E_FIELD,
        AT(norm.residual_scale)},
       {"x range", [](Cmd c) { c.norm.x = kTop - 476; }, S4_E_FIELD, AT(norm.x)},
       {"y range", [](Cmd c) { c.norm.y = kTop - 476; }, S4_E_FIELD, AT(norm.y)},
       {"residual range", [](Cmd c) { c.norm.residual = kTop - 476; }, S4_E_FIELD,
        AT(norm.residual)},
       {"gamma range", [](Cmd c) { c.norm.gamma = kTop - 20; }, S4_E_FIELD, AT(norm.gamma)},
       {"beta range", [](Cmd c) { c.norm.beta = kTop - 20; }, S4_E_FIELD, AT(norm.beta)},
       {"y repeats", [](Cmd c) { c.norm.y_stride[1] = 0; }, S4_E_OVERLAP, AT(norm.y_stride)},
       {"y on x", [](Cmd c) { c.norm.y = c.norm.x + 4; }, S4_E_OVERLAP, AT(norm.y)},
       {"y on the residual", [](Cmd c) { c.norm.y = c.norm.residual - 4; }, S4_E_OVERLAP,
        AT(norm.y)},
       {"y on gamma", [](Cmd c) { c.norm.y = c.norm.gamma + 20; }, S4_E_OVERLAP, AT(norm.y)},
       {"y on beta", [](Cmd c) { c.norm.y = c.norm.beta - 476; }, S4_E_OVERLAP, AT(norm.y)}});
  s4_cmd plain = valid_norm();
  drop_residual(plain);
  expect_refused(plain, {{"type of none", [](Cmd c) { c.norm.residual_type = 1; }, S4_E_FIELD,
                          AT(norm.residual_type)},
                         {"scale of none", [](Cmd c) { c.norm.residual_scale = S4_FLOAT_ONE; },
                          S4_E_FIELD, AT(norm.residual_scale)},
                         {"stride of none", [](Cmd c) { c.norm.residual_stride[2] = 1; },
                          S4_E_FIELD, AT(norm.residual_stride)}});
  s4_cmd cmd = valid_norm();
  uint32_t detail = 0;
  cmd.norm.y = cmd.norm.x;
  EXPECT_EQ(s4_cmd_check(&cmd, &detail), S4_OK);
  cmd.norm.y = cmd.norm.residual;
  EXPECT_EQ(s4_cmd_check(&cmd, &detail), S4_OK);
  cmd.norm.y = kTop - 480;
  EXPECT_EQ(s4_cmd_check(&cmd, &detail), S4_OK);
  EXPECT_EQ(s4_cmd_unit(S4_OP_NORM), S4_UNIT_VPU);
}

TEST(Norm, IsSplitByImagesRowsOrGroups) {
  s4_cmd cmd = valid_norm();
  const auto extent = [&] {
    uint32_t result = 0;
    uint32_t step = 0;
    s4_cmd_axis(&cmd, S4_SLICE_ROWS, &result, &step);
    EXPECT_EQ(step, 1u);
    return result;
  };
  EXPECT_EQ(extent(), 4u);
  cmd.norm.shape[0] = 1;
  EXPECT_EQ(extent(), 2u);  // rows share their statistics
  cmd.norm.kind = S4_NORM_RMS;
  EXPECT_EQ(extent(), 5u);
  cmd.norm.shape[1] = 1;
  EXPECT_EQ(extent(), 2u);
}

TEST(Norm, CostsItsSteps) {
  s4_cmd cmd = valid_norm();
  s4_cmd_norm& c = cmd.norm;
  c.x = S4_SRAM_VA;
  c.y = S4_SRAM_VA + 0x1000000000;
  c.residual = S4_SRAM_VA + 0x2000000000;
  c.gamma = S4_SRAM_VA + 0x3000000000;
  c.beta = S4_SRAM_VA + 0x4000000000;
  constexpr uint64_t kFixed = card::timing::kIssueCycles + card::timing::kLatencyCycles;
  card::Engine& engine = *all_engines().front().engine;
  // 120 elements of 6 + 3 operations; 8 blocks of two sums with a division each, and 17.
  EXPECT_EQ(engine.cycles(dispatch_of(cmd)), kFixed + (120 * 9 + 8 * (46 + 17) + 127) / 128);
  c.kind = S4_NORM_LAYER;
  EXPECT_EQ(engine.cycles(dispatch_of(cmd)), kFixed + (120 * 9 + 40 * (46 + 17) + 127) / 128);
  c.kind = S4_NORM_RMS;
  c.beta = 0;
  EXPECT_EQ(engine.cycles(dispatch_of(cmd)), kFixed + (120 * 5 + 40 * (23 + 17) + 127) / 128);
  // From DRAM at a core's share: bursts of one image of x, the residual that is repeated, y, gamma.
  s4_dispatch part = dispatch_of(cmd);
  part.slice_axis = S4_SLICE_ROWS;
  part.slice_end = 1;
  part.command.norm.x = 0x100000000;
  part.command.norm.y = 0x200000000;
  part.command.norm.gamma = 0x300000000;
  part.command.norm.residual = 0x400000000;
  part.command.norm.residual_stride[1] = 0;
  EXPECT_EQ(engine.cycles(part),
            kFixed + std::max((128 + 64 + 128 + 64 + 19) / 20, (30 * 5 + 10 * 40 + 127) / 128));
  part.command.norm.shape[0] = 1;  // rows, then groups of half the channels
  EXPECT_EQ(engine.cycles(part), kFixed + (64 + 64 + 64 + 64 + 19) / 20);
  part.command.norm.shape[1] = 1;
  part.command.norm.gamma = S4_SRAM_VA;
  part.command.norm.x = S4_SRAM_VA + 0x1000000000;
  part.command.norm.residual = S4_SRAM_VA + 0x2000000000;
  EXPECT_EQ(engine.cycles(part), kFixed + (64 + 19) / 20);
}

}  // namespace
}  // namespace s4::test
