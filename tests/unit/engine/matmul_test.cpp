// SPDX-License-Identifier: MIT
// MATMUL: exact on every engine, SPMM of dense weights, and refused when a field is out of its range.
#include <gtest/gtest.h>

#include "everywhere.hpp"
#include "matmul_case.hpp"
#include "refusal.hpp"
#include "timing/model.hpp"

namespace s4::test {
namespace {

TEST(Matmul, IsTheDocumentedArithmetic) {
  Random random;
  for (int i = 0; i < case_count(60); ++i) {
    Case c = random_matmul(random);
    ASSERT_NO_FATAL_FAILURE(run_everywhere(c));
  }
}

TEST(Matmul, IsItAlsoOfManyBlocksOfKAndManyRows) {
  Random random;
  for (int i = 0; i < case_count(4); ++i) {
    Case c = random_matmul(random, {.matrices = 2, .m = 1100, .k = 2600, .n = 6});
    ASSERT_NO_FATAL_FAILURE(run_everywhere(c));
  }
}

TEST(Matmul, IsItAlsoOfOneRowAndManyMatrices) {
  Random random;
  for (int i = 0; i < case_count(4); ++i) {
    Case c = random_matmul(random, {.matrices = 40, .m = 1, .k = 64, .n = 20});
    ASSERT_NO_FATAL_FAILURE(run_everywhere(c));
  }
}

// The SPMM whose dense weights are the a operand of the matrix, padded, at `values`.
s4_cmd as_spmm(const s4_cmd_matmul& m, FakeMemory& memory, uint64_t values, uint64_t scale) {
  const uint64_t size = s4_type_bytes(m.type);
  const uint64_t padded = (m.k + 63) / 64 * 64;
  memory.map(values, m.m * padded * size);
  for (uint64_t row = 0; row < m.m; ++row) {
    for (uint64_t k = 0; k < m.k; ++k) {
      const uint64_t at = m.a_layout == S4_LAYOUT_ROWS ? row * m.a_pitch + k * size
                                                       : k * m.a_pitch + row * size;
      memory.put(values + (row * padded + k) * size, memory.bytes(m.a + at, size));
    }
  }
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_SPMM;
  s4_cmd_spmm& c = cmd.spmm;
  c.x = m.w;
  c.y = m.y;
  c.values = values;
  c.x_pitch = m.w_pitch;
  c.y_pitch = m.y_pitch;
  c.rows = m.m;
  c.k = m.k;
  c.columns = m.n;
  c.degree = 1;
  c.type = m.type;
  c.y_type = m.y_type;
  c.x_layout = m.w_layout;
  c.y_scale = S4_FLOAT_ONE;
  if (m.y_type != S4_TYPE_INT32) {
    cmd.header.flags = S4_SPMM_SCALE;
    c.scale = scale;
    memory.map(scale, m.m * 4ull);
    memory.put(scale, std::vector<uint32_t>(m.m, m.scale));
  }
  return cmd;
}

TEST(Matmul, EqualsSpmmOfDenseWeights) {
  Random random;
  card::Engine& engine = *all_engines().front().engine;
  for (int i = 0; i < case_count(40); ++i) {
    Case c = random_matmul(random, {.matrices = 1, .m = 90, .k = 1500, .n = 90});
    const std::vector<uint8_t> before = c.output();
    FakePort port(c.memory);
    ASSERT_EQ(engine.run(dispatch_of(c.command), port).status, S4_OK) << c.text;
    const std::vector<uint8_t> product = c.output();
    c.restore(before);
    const s4_cmd spmm = as_spmm(c.command.matmul, c.memory, 0x10000000, 0x20000000);
    ASSERT_EQ(engine.run(dispatch_of(spmm), port).status, S4_OK) << c.text;
    ASSERT_EQ(c.output(), product) << c.text;
  }
}

TEST(Matmul, AFaultNamesItsByte) {
  Random random;
  for (const uint8_t layout : {S4_LAYOUT_ROWS, S4_LAYOUT_COLUMNS}) {
    Case c;
    do {
      c = random_matmul(random, {.matrices = 1, .m = 40, .k = 100, .n = 40});
    } while (c.command.matmul.m == 1 || c.command.matmul.k == 1);
    s4_cmd_matmul& m = c.command.matmul;
    m.a_layout = layout;
    m.a_pitch = 4096;
    m.a = 0x10000000;
    c.memory.map(m.a, 1);
    FakePort port(c.memory);
    const card::Fault fault = all_engines().front().engine->run(dispatch_of(c.command), port);
    EXPECT_EQ(fault.status, S4_E_UNMAPPED) << c.text;
    EXPECT_EQ(fault.va, m.a + 4096) << c.text;
  }
}

s4_cmd valid_matmul(uint8_t type) {
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_MATMUL;
  s4_cmd_matmul& c = cmd.matmul;
  c.a = kVa;
  c.w = kVa + 0x1000000;
  c.y = kVa + 0x2000000;
  c.a_pitch = 256;
  c.w_pitch = 512;
  c.y_pitch = 2048;  // of four heads side by side
  c.a_stride[0] = 0x40000;
  c.a_stride[1] = 0x10000;
  c.w_stride[0] = 0x40000;
  c.y_stride[0] = 0x40000;
  c.y_stride[1] = 512;
  c.batches = 3;
  c.heads = 4;
  c.m = 32;
  c.k = 100;
  c.n = 96;
  c.scale = 0x3e000000;
  c.type = type;
  c.y_type = type;
  c.w_layout = S4_LAYOUT_ROWS;
  return cmd;
}

TEST(Matmul, EveryFieldOutOfRangeIsRefused) {
  expect_undefined_refused(valid_matmul(S4_TYPE_INT8), sizeof(s4_cmd_matmul));
  using Cmd = s4_cmd&;
  expect_refused(
      valid_matmul(S4_TYPE_INT8),
      {{"no batches", [](Cmd c) { c.matmul.batches = 0; }, S4_E_FIELD, AT(matmul.batches)},
       {"no heads", [](Cmd c) { c.matmul.heads = 0; }, S4_E_FIELD, AT(matmul.heads)},
       {"matrices", [](Cmd c) { c.matmul.heads = S4_MATMUL_MAX_BATCH / 3 + 1; }, S4_E_FIELD,
        AT(matmul.heads)},
       {"matrices that wrap", [](Cmd c) { c.matmul.batches = c.matmul.heads = 1u << 16; },
        S4_E_FIELD, AT(matmul.heads)},
       {"no m", [](Cmd c) { c.matmul.m = 0; }, S4_E_FIELD, AT(matmul.m)},
       {"m", [](Cmd c) { c.matmul.m = S4_MAX_ROWS + 1; }, S4_E_FIELD, AT(matmul.m)},
       {"no k", [](Cmd c) { c.matmul.k = 0; }, S4_E_FIELD, AT(matmul.k)},
       {"k", [](Cmd c) { c.matmul.k = S4_MAX_K + 1; }, S4_E_FIELD, AT(matmul.k)},
       {"no n", [](Cmd c) { c.matmul.n = 0; }, S4_E_FIELD, AT(matmul.n)},
       {"n", [](Cmd c) { c.matmul.n = S4_MAX_COLUMNS + 1; }, S4_E_FIELD, AT(matmul.n)},
       {"type", [](Cmd c) { c.matmul.type = S4_TYPE_FLOAT32; }, S4_E_FIELD, AT(matmul.type)},
       {"type", [](Cmd c) { c.matmul.type = 0; }, S4_E_FIELD, AT(matmul.type)},
       {"y type", [](Cmd c) { c.matmul.y_type = 0; }, S4_E_FIELD, AT(matmul.y_type)},
       {"y type", [](Cmd c) { c.matmul.y_type = 5; }, S4_E_FIELD, AT(matmul.y_type)},
       {"layout", [](Cmd c) { c.matmul.a_layout = 2; }, S4_E_FIELD, AT(matmul.a_layout)},
       {"layout", [](Cmd c) { c.matmul.w_layout = 255; }, S4_E_FIELD, AT(matmul.w_layout)},
       {"reserved", [](Cmd c) { c.matmul.reserved[3] = 1; }, S4_E_FIELD, AT(matmul.reserved)},
       {"scale", [](Cmd c) { c.matmul.scale = 0x7f800000; }, S4_E_FIELD, AT(matmul.scale)},
       {"scale", [](Cmd c) { c.matmul.scale = 0xffc00000; }, S4_E_FIELD, AT(matmul.scale)},
       {"scale of sums", [](Cmd c) { c.matmul.y_type = S4_TYPE_INT32; }, S4_E_FIELD,
        AT(matmul.scale)},
       {"a pitch", [](Cmd c) { c.matmul.a_pitch = 99; }, S4_E_FIELD, AT(matmul.a_pitch)},
       {"a pitch of columns",
        [](Cmd c) {
          c.matmul.a_layout = S4_LAYOUT_COLUMNS;
          c.matmul.a_pitch = 31;
        },
        S4_E_FIELD, AT(matmul.a_pitch)},
       {"w pitch", [](Cmd c) { c.matmul.w_pitch = 95; }, S4_E_FIELD, AT(matmul.w_pitch)},
       {"w pitch of columns",
        [](Cmd c) {
          c.matmul.w_layout = S4_LAYOUT_COLUMNS;
          c.matmul.w_pitch = 99;
        },
        S4_E_FIELD, AT(matmul.w_pitch)},
       {"y pitch", [](Cmd c) { c.matmul.y_pitch = 95; }, S4_E_FIELD, AT(matmul.y_pitch)},
       {"heads on heads", [](Cmd c) { c.matmul.y_stride[1] = 95; }, S4_E_OVERLAP,
        AT(matmul.y_stride)},
       {"heads on rows", [](Cmd c) { c.matmul.y_stride[1] = 513 * 3; }, S4_E_OVERLAP,
        AT(matmul.y_stride)},
       {"repeated y", [](Cmd c) { c.matmul.y_stride[0] = 0; }, S4_E_OVERLAP, AT(matmul.y_stride)},
       {"batches on batches", [](Cmd c) { c.matmul.y_stride[0] = 31 * 2048; }, S4_E_OVERLAP,
        AT(matmul.y_stride)},
       {"a range", [](Cmd c) { c.matmul.a_pitch = kTop / 16; }, S4_E_FIELD, AT(matmul.a)},
       {"a range", [](Cmd c) { c.matmul.a_stride[0] = ~uint64_t{0}; }, S4_E_FIELD, AT(matmul.a)},
       {"a range", [](Cmd c) { c.matmul.a_stride[1] = kTop / 3; }, S4_E_FIELD, AT(matmul.a)},
       {"a range that wraps", [](Cmd c) { c.matmul.a_stride[0] = uint64_t{1} << 63; }, S4_E_FIELD,
        AT(matmul.a)},
       {"w range", [](Cmd c) { c.matmul.w = kTop - 100; }, S4_E_FIELD, AT(matmul.w)},
       {"w range", [](Cmd c) { c.matmul.w_stride[1] = ~uint64_t{0} / 3; }, S4_E_FIELD,
        AT(matmul.w)},
       {"y range", [](Cmd c) { c.matmul.y = kTop - 100; }, S4_E_FIELD, AT(matmul.y)},
       {"y range", [](Cmd c) { c.matmul.y_stride[0] = ~uint64_t{0} / 2; }, S4_E_FIELD,
        AT(matmul.y)},
       {"y range", [](Cmd c) { c.matmul.y_stride[0] = ~uint64_t{0}; }, S4_E_FIELD, AT(matmul.y)},
       {"y on a", [](Cmd c) { c.matmul.y = c.matmul.a + 0x80000; }, S4_E_OVERLAP, AT(matmul.y)},
       {"y on w", [](Cmd c) { c.matmul.y = c.matmul.w + 0x80000; }, S4_E_OVERLAP,
        AT(matmul.y)}});
  expect_refused(
      valid_matmul(S4_TYPE_BF16),
      {{"y type", [](Cmd c) { c.matmul.y_type = S4_TYPE_INT8; }, S4_E_FIELD, AT(matmul.y_type)},
       {"y type", [](Cmd c) { c.matmul.y_type = S4_TYPE_INT32; }, S4_E_FIELD, AT(matmul.y_type)},
       {"a", [](Cmd c) { c.matmul.a += 1; }, S4_E_ALIGN, AT(matmul.a)},
       {"w", [](Cmd c) { c.matmul.w += 1; }, S4_E_ALIGN, AT(matmul.w)},
       {"y", [](Cmd c) { c.matmul.y += 1; }, S4_E_ALIGN, AT(matmul.y)},
       {"a pitch", [](Cmd c) { c.matmul.a_pitch += 1; }, S4_E_ALIGN, AT(matmul.a_pitch)},
       {"w pitch", [](Cmd c) { c.matmul.w_pitch += 1; }, S4_E_ALIGN, AT(matmul.w_pitch)},
       {"y pitch", [](Cmd c) { c.matmul.y_pitch += 1; }, S4_E_ALIGN, AT(matmul.y_pitch)},
       {"a stride", [](Cmd c) { c.matmul.a_stride[0] += 1; }, S4_E_ALIGN, AT(matmul.a_stride)},
       {"w stride", [](Cmd c) { c.matmul.w_stride[1] += 1; }, S4_E_ALIGN, AT(matmul.w_stride)},
       {"y stride", [](Cmd c) { c.matmul.y_stride[1] += 1; }, S4_E_ALIGN,
        AT(matmul.y_stride)}});
}

TEST(Matmul, IsSplitByMatricesOrColumnsOrRows) {
  s4_cmd cmd = valid_matmul(S4_TYPE_INT8);
  __u32 extent = 0;
  __u32 step = 0;
  s4_cmd_axis(&cmd, S4_SLICE_COLUMNS, &extent, &step);
  EXPECT_EQ(extent, 12u);
  EXPECT_EQ(step, 1u);
  s4_cmd_axis(&cmd, S4_SLICE_ROWS, &extent, &step);
  EXPECT_EQ(extent, 32u);
  EXPECT_EQ(step, 16u);
  cmd.matmul.batches = cmd.matmul.heads = 1;
  s4_cmd_axis(&cmd, S4_SLICE_COLUMNS, &extent, &step);
  EXPECT_EQ(extent, 96u);
  EXPECT_EQ(step, 64u);
}

TEST(Matmul, CostsAsManyDenseProducts) {
  namespace timing = card::timing;
  card::Engine& engine = *all_engines().front().engine;
  const uint64_t fixed = timing::kIssueCycles + timing::kLatencyCycles + timing::kFillCycles;
  s4_cmd cmd = valid_matmul(S4_TYPE_INT8);
  s4_cmd_matmul& c = cmd.matmul;
  // Twelve products of 2 x 2 tiles. In DRAM: 32 and 100 and 32 runs, each of two bursts.
  EXPECT_EQ(engine.cycles(dispatch_of(cmd)), fixed + (12 * 164 * 128 + 79) / 80);
  c.a = S4_SRAM_VA;
  c.w = S4_SRAM_VA + 0x1000000000;
  c.y = S4_SRAM_VA + 0x2000000000;
  EXPECT_EQ(engine.cycles(dispatch_of(cmd)), fixed + 12 * 4 * (128 / 4));
  s4_dispatch share = dispatch_of(cmd);
  share.sram_cores = S4_NUM_CORES;
  share.slice_axis = S4_SLICE_COLUMNS;
  share.slice_begin = 3;
  share.slice_end = 6;
  EXPECT_EQ(engine.cycles(share), fixed + 3 * 4 * (128 / 4));
  share.slice_axis = S4_SLICE_ROWS;
  share.slice_begin = 16;
  share.slice_end = 32;
  EXPECT_EQ(engine.cycles(share), fixed + 12 * 2 * (128 / 4));
  c.type = c.y_type = S4_TYPE_BF16;
  EXPECT_EQ(engine.cycles(dispatch_of(cmd)), fixed + 12 * 4 * (128 / 2));
}

}  // namespace
}  // namespace s4::test
