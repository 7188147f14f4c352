// SPDX-License-Identifier: MIT
// POOL: exact on every engine, and refused when a field is out of its range.
#include "pool_case.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "everywhere.hpp"
#include "refusal.hpp"
#include "timing/parameters.hpp"

namespace s4::test {
namespace {

TEST(Pool, IsTheDocumentedArithmetic) {
  Random random;
  for (int i = 0; i < case_count(100); ++i) {
    Case c = random_pool(random);
    ASSERT_NO_FATAL_FAILURE(run_everywhere(c));
  }
}

// Images of `side` x `side` pixels without gaps.
s4_cmd square_pool(s4_pool_op op, uint8_t type, uint32_t channels, uint32_t side, uint32_t out_side,
                   uint8_t kernel, uint8_t stride, uint16_t pad) {
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_POOL;
  s4_cmd_pool& c = cmd.pool;
  c.x = kVa;
  c.y = kVa + 0x1000000;
  c.op = op;
  c.x_type = c.y_type = type;
  c.channels = channels;
  c.x_scale = c.y_scale = S4_FLOAT_ONE;
  c.x_pitch = c.y_pitch = channels * s4_type_bytes(type);
  s4_conv_window& w = c.window;
  w.images = 1;
  w.in_height = w.in_width = side;
  w.out_height = w.out_width = out_side;
  w.x_row_pitch = c.x_pitch * side;
  w.x_image_pitch = w.x_row_pitch * side;
  w.y_row_pitch = c.y_pitch * out_side;
  w.y_image_pitch = w.y_row_pitch * out_side;
  w.kernel_height = w.kernel_width = kernel;
  w.stride_y = w.stride_x = stride;
  w.dilation_y = w.dilation_x = 1;
  w.pad_top = w.pad_left = pad;
  return cmd;
}

TEST(Pool, OfAWholeImageIsItsAverage) {
  s4_cmd cmd = square_pool(S4_POOL_AVERAGE, S4_TYPE_FLOAT32, 2048, 7, 1, 7, 1, 0);
  std::vector<float> x(7 * 7 * 2048);
  for (size_t i = 0; i < x.size(); ++i) {
    x[i] = static_cast<float>(i / 2048 + i % 2048);  // pixel + channel
  }
  for (const NamedEngine& named : all_engines()) {
    FakeMemory memory;
    memory.map(cmd.pool.x, x.size() * 4);
    memory.map(cmd.pool.y, 2048 * 4);
    memory.put(cmd.pool.x, x);
    FakePort port(memory);
    ASSERT_FALSE(named.engine->run(dispatch_of(cmd), port));
    for (uint64_t channel = 0; channel < 2048; ++channel) {
      ASSERT_EQ(memory.get<float>(cmd.pool.y + channel * 4), 24.0f + static_cast<float>(channel));
    }
  }
}

// A window that is wider than what is kept of a row.
TEST(Pool, AWideWindowIsTakenPlaceByPlace) {
  Random random;
  s4_cmd cmd = square_pool(S4_POOL_MAX, S4_TYPE_INT8, 1000, 40, 2, 3, 1, 0);
  cmd.pool.window.dilation_x = 19;
  cmd.pool.window.in_height = 3;
  cmd.pool.window.out_height = 1;
  Case c;
  c.command = cmd;
  c.reference = reference_pool;
  const uint64_t bytes = cmd.pool.window.x_row_pitch * 3;
  c.memory.map(cmd.pool.x, bytes);
  put_elements(c, random, cmd.pool.x, bytes, S4_TYPE_INT8, Values::kAnything);
  c.y_va = cmd.pool.y;
  c.y_bytes = 2000;
  c.memory.map(c.y_va, c.y_bytes);
  c.text = "wide " + random.text();
  run_everywhere(c);
}

TEST(Pool, WindowsOfPaddingAloneAreTheLeastOrNoNumber) {
  for (const s4_pool_op op : {S4_POOL_MAX, S4_POOL_AVERAGE, S4_POOL_AVERAGE_PADDED}) {
    s4_cmd cmd = square_pool(op, S4_TYPE_FLOAT32, 1, 1, 1, 2, 1, 5);
    FakeMemory memory;
    memory.map(cmd.pool.x, 4);
    memory.map(cmd.pool.y, 4);
    FakePort port(memory);
    ASSERT_FALSE(all_engines().front().engine->run(dispatch_of(cmd), port));
    const float y = memory.get<float>(cmd.pool.y);
    if (op == S4_POOL_MAX) {
      EXPECT_EQ(y, -std::numeric_limits<float>::infinity());
    } else if (op == S4_POOL_AVERAGE) {
      EXPECT_TRUE(std::isnan(y));
    } else {
      EXPECT_EQ(y, 0.0f);
    }
  }
}

TEST(Pool, EveryFieldOutOfRangeIsRefused) {
  const s4_cmd valid = square_pool(S4_POOL_AVERAGE, S4_TYPE_BF16, 10, 8, 4, 3, 2, 1);
  expect_undefined_refused(valid, sizeof(s4_cmd_pool));
  using Cmd = s4_cmd&;
  expect_refused(
      valid,
      {{"op", [](Cmd c) { c.pool.op = 0; }, S4_E_FIELD, AT(pool.op)},
       {"op", [](Cmd c) { c.pool.op = 4; }, S4_E_FIELD, AT(pool.op)},
       {"x type", [](Cmd c) { c.pool.x_type = S4_TYPE_INT32; }, S4_E_FIELD, AT(pool.x_type)},
       {"y type", [](Cmd c) { c.pool.y_type = 0; }, S4_E_FIELD, AT(pool.y_type)},
       {"reserved", [](Cmd c) { c.pool.reserved = 1; }, S4_E_FIELD, AT(pool.reserved)},
       {"channels", [](Cmd c) { c.pool.channels = 0; }, S4_E_FIELD, AT(pool.channels)},
       {"channels", [](Cmd c) { c.pool.channels = S4_MAX_ROWS + 1; }, S4_E_FIELD,
        AT(pool.channels)},
       {"scale", [](Cmd c) { c.pool.x_scale = 0; }, S4_E_FIELD, AT(pool.x_scale)},
       {"scale", [](Cmd c) { c.pool.y_scale = 0x40000000; }, S4_E_FIELD, AT(pool.y_scale)},
       {"images", [](Cmd c) { c.pool.window.images = 0; }, S4_E_FIELD, AT(pool.window.images)},
       {"kernel", [](Cmd c) { c.pool.window.kernel_width = 0; }, S4_E_FIELD,
        AT(pool.window.kernel_width)},
       {"align", [](Cmd c) { c.pool.x += 1; }, S4_E_ALIGN, AT(pool.x)},
       {"align", [](Cmd c) { c.pool.y += 1; }, S4_E_ALIGN, AT(pool.y)},
       {"align", [](Cmd c) { c.pool.x_pitch += 1; }, S4_E_ALIGN, AT(pool.x_pitch)},
       {"align", [](Cmd c) { c.pool.y_pitch += 1; }, S4_E_ALIGN, AT(pool.y_pitch)},
       {"x pitch", [](Cmd c) { c.pool.x_pitch -= 2; }, S4_E_FIELD, AT(pool.x_pitch)},
       {"y pitch", [](Cmd c) { c.pool.y_pitch -= 2; }, S4_E_FIELD, AT(pool.y_pitch)},
       {"y row", [](Cmd c) { c.pool.window.y_row_pitch -= 2; }, S4_E_FIELD,
        AT(pool.window.y_row_pitch)},
       {"x range", [](Cmd c) { c.pool.x = kTop - 1278; }, S4_E_FIELD, AT(pool.x)},
       {"y range", [](Cmd c) { c.pool.y = kTop; }, S4_E_FIELD, AT(pool.y)},
       {"y on x", [](Cmd c) { c.pool.y = c.pool.x + 1278; }, S4_E_OVERLAP, AT(pool.y)}});
}

TEST(Pool, TakesTheVectorUnitOnePlaceAnOperation) {
  s4_cmd cmd = square_pool(S4_POOL_MAX, S4_TYPE_INT8, 64, 16, 8, 3, 2, 1);
  const card::Engine& engine = *all_engines().front().engine;
  const uint64_t results = 8 * 8 * 64;
  EXPECT_EQ(engine.cost(dispatch_of(cmd)).vpu, results * 9 / card::timing::kVpuLanes);
  EXPECT_EQ(engine.cost(dispatch_of(cmd)).memory, (16 * 16 * 64 + results + 79) / 80);
  cmd.pool.op = S4_POOL_AVERAGE;
  EXPECT_EQ(engine.cost(dispatch_of(cmd)).vpu, results * 17 / card::timing::kVpuLanes);
}

}  // namespace
}  // namespace s4::test
