// SPDX-License-Identifier: MIT
// SPMM: exact on every engine, and refused when a field is out of its range.
#include <gtest/gtest.h>

#include "everywhere.hpp"
#include "refusal.hpp"
#include "spmm_case.hpp"

namespace s4::test {
namespace {

TEST(Spmm, IsTheDocumentedArithmetic) {
  Random random;
  for (int i = 0; i < case_count(60); ++i) {
    Case c = random_spmm(random);
    ASSERT_NO_FATAL_FAILURE(run_everywhere(c));
  }
}

TEST(Spmm, IsItAlsoOfManyBlocksOfKAndManyRows) {
  Random random;
  for (int i = 0; i < case_count(6); ++i) {
    Case c = random_spmm(random, {.rows = 1300, .k = 3000, .columns = 6});
    ASSERT_NO_FATAL_FAILURE(run_everywhere(c));
  }
}

s4_cmd valid_spmm(uint8_t type) {
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_SPMM;
  cmd.header.flags = S4_SPMM_BIAS | S4_SPMM_SCALE;
  s4_cmd_spmm& c = cmd.spmm;
  c.x = kVa;
  c.y = kVa + 0x1000000;
  c.values = kVa + 0x2000000;
  c.indices = kVa + 0x3000000;
  c.bias = kVa + 0x4000000;
  c.scale = kVa + 0x5000000;
  c.x_pitch = 512;
  c.y_pitch = 512;
  c.rows = 32;
  c.k = 100;
  c.columns = 96;
  c.degree = 8;
  c.type = type;
  c.y_type = type;
  c.activation = S4_ACT_RELU;
  c.x_layout = S4_LAYOUT_COLUMNS;
  c.y_layout = S4_LAYOUT_ROWS;
  c.y_scale = S4_FLOAT_ONE;
  return cmd;
}

s4_cmd valid_residual() {
  s4_cmd cmd = valid_spmm(S4_TYPE_INT8);
  cmd.header.flags |= S4_SPMM_RESIDUAL;
  cmd.spmm.activation = S4_ACT_CLIP;
  cmd.spmm.beta = S4_FLOAT_ONE;
  cmd.spmm.residual = kVa + 0x6000000;
  cmd.spmm.residual_type = S4_TYPE_BF16;
  cmd.spmm.residual_pitch = 256;
  cmd.spmm.residual_scale = S4_FLOAT_ONE;
  cmd.spmm.y_scale = 0x3a83126f;
  return cmd;
}

TEST(Spmm, EveryFieldOfTheEpilogueOutOfRangeIsRefused) {
  expect_undefined_refused(valid_residual(), sizeof(s4_cmd_spmm));
  using Cmd = s4_cmd&;
  expect_refused(
      valid_residual(),
      {{"activation", [](Cmd c) { c.spmm.activation = S4_ACT_COUNT; }, S4_E_FIELD,
        AT(spmm.activation)},
       {"parameter", [](Cmd c) { c.spmm.activation = S4_ACT_RELU; }, S4_E_FIELD,
        AT(spmm.activation)},
       {"NaN", [](Cmd c) { c.spmm.alpha = 0x7fffffff; }, S4_E_FIELD, AT(spmm.activation)},
       {"y scale", [](Cmd c) { c.spmm.y_scale = 0x7f800000; }, S4_E_FIELD, AT(spmm.y_scale)},
       {"y scale of floats", [](Cmd c) { c.spmm.y_type = S4_TYPE_FLOAT32; }, S4_E_FIELD,
        AT(spmm.y_scale)},
       {"residual of sums",
        [](Cmd c) {
          c.header.flags = S4_SPMM_RESIDUAL;
          c.spmm.y_type = S4_TYPE_INT32;
          c.spmm.activation = S4_ACT_NONE;
          c.spmm.beta = 0;
          c.spmm.y_scale = S4_FLOAT_ONE;
        },
        S4_E_FIELD, AT(header.flags)},
       {"type", [](Cmd c) { c.spmm.residual_type = S4_TYPE_INT32; }, S4_E_FIELD,
        AT(spmm.residual_type)},
       {"type", [](Cmd c) { c.spmm.residual_type = 0; }, S4_E_FIELD, AT(spmm.residual_type)},
       {"scale", [](Cmd c) { c.spmm.residual_scale = 0x40000000; }, S4_E_FIELD,
        AT(spmm.residual_scale)},
       {"align", [](Cmd c) { c.spmm.residual += 1; }, S4_E_ALIGN, AT(spmm.residual)},
       {"pitch align", [](Cmd c) { c.spmm.residual_pitch += 1; }, S4_E_ALIGN,
        AT(spmm.residual_pitch)},
       {"pitch", [](Cmd c) { c.spmm.residual_pitch = 190; }, S4_E_FIELD, AT(spmm.residual_pitch)},
       {"range", [](Cmd c) { c.spmm.residual = kTop - 100; }, S4_E_FIELD, AT(spmm.residual)},
       {"y on it", [](Cmd c) { c.spmm.y = c.spmm.residual; }, S4_E_OVERLAP, AT(spmm.y)}});
  expect_refused(
      valid_spmm(S4_TYPE_INT8),
      {{"none, but", [](Cmd c) { c.spmm.residual_type = 1; }, S4_E_FIELD, AT(spmm.residual_type)},
       {"none, but", [](Cmd c) { c.spmm.residual = kVa; }, S4_E_FIELD, AT(spmm.residual)},
       {"none, but", [](Cmd c) { c.spmm.residual_pitch = 512; }, S4_E_FIELD,
        AT(spmm.residual_pitch)},
       {"none, but", [](Cmd c) { c.spmm.residual_scale = 1; }, S4_E_FIELD,
        AT(spmm.residual_scale)}});
  // In place: the same type's size and pitch.
  s4_cmd cmd = valid_residual();
  uint32_t detail = 0;
  cmd.spmm.residual_type = S4_TYPE_INT8;
  cmd.spmm.residual = cmd.spmm.y;
  cmd.spmm.residual_pitch = cmd.spmm.y_pitch;
  EXPECT_EQ(s4_cmd_check(&cmd, &detail), S4_OK);
  cmd.spmm.residual_pitch += 1;
  EXPECT_EQ(s4_cmd_check(&cmd, &detail), S4_E_OVERLAP);
}

TEST(Spmm, EveryFieldOutOfRangeIsRefused) {
  expect_undefined_refused(valid_spmm(S4_TYPE_INT8), sizeof(s4_cmd_spmm));
  using Cmd = s4_cmd&;
  expect_refused(
      valid_spmm(S4_TYPE_INT8),
      {{"unknown flag", [](Cmd c) { c.header.flags |= 8; }, S4_E_FIELD, AT(header.flags)},
       {"no scale", [](Cmd c) { c.header.flags = S4_SPMM_BIAS; }, S4_E_FIELD, AT(header.flags)},
       {"scale of sums", [](Cmd c) { c.spmm.y_type = S4_TYPE_INT32; }, S4_E_FIELD,
        AT(header.flags)},
       {"activation of sums",
        [](Cmd c) {
          c.spmm.y_type = S4_TYPE_INT32;
          c.header.flags = 0;
        },
        S4_E_FIELD, AT(spmm.activation)},
       {"no rows", [](Cmd c) { c.spmm.rows = 0; }, S4_E_FIELD, AT(spmm.rows)},
       {"rows", [](Cmd c) { c.spmm.rows = S4_MAX_ROWS + 1; }, S4_E_FIELD, AT(spmm.rows)},
       {"no k", [](Cmd c) { c.spmm.k = 0; }, S4_E_FIELD, AT(spmm.k)},
       {"k", [](Cmd c) { c.spmm.k = S4_MAX_K + 1; }, S4_E_FIELD, AT(spmm.k)},
       {"no columns", [](Cmd c) { c.spmm.columns = 0; }, S4_E_FIELD, AT(spmm.columns)},
       {"columns", [](Cmd c) { c.spmm.columns = S4_MAX_COLUMNS + 1; }, S4_E_FIELD,
        AT(spmm.columns)},
       {"degree", [](Cmd c) { c.spmm.degree = 0; }, S4_E_FIELD, AT(spmm.degree)},
       {"degree", [](Cmd c) { c.spmm.degree = 3; }, S4_E_FIELD, AT(spmm.degree)},
       {"degree", [](Cmd c) { c.spmm.degree = 64; }, S4_E_FIELD, AT(spmm.degree)},
       {"type", [](Cmd c) { c.spmm.type = S4_TYPE_FLOAT32; }, S4_E_FIELD, AT(spmm.type)},
       {"type", [](Cmd c) { c.spmm.type = 0; }, S4_E_FIELD, AT(spmm.type)},
       {"y type", [](Cmd c) { c.spmm.y_type = 0; }, S4_E_FIELD, AT(spmm.y_type)},
       {"y type", [](Cmd c) { c.spmm.y_type = 5; }, S4_E_FIELD, AT(spmm.y_type)},
       {"activation", [](Cmd c) { c.spmm.activation = S4_ACT_COUNT; }, S4_E_FIELD, AT(spmm.activation)},
       {"layout", [](Cmd c) { c.spmm.x_layout = 2; }, S4_E_FIELD, AT(spmm.x_layout)},
       {"layout", [](Cmd c) { c.spmm.y_layout = 255; }, S4_E_FIELD, AT(spmm.y_layout)},
       {"reserved", [](Cmd c) { c.spmm.reserved[4] = 1; }, S4_E_FIELD, AT(spmm.reserved)},
       {"values", [](Cmd c) { c.spmm.values += 32; }, S4_E_ALIGN, AT(spmm.values)},
       {"indices", [](Cmd c) { c.spmm.indices += 1; }, S4_E_ALIGN, AT(spmm.indices)},
       {"dense indices", [](Cmd c) { c.spmm.degree = 1; }, S4_E_FIELD, AT(spmm.indices)},
       {"no bias", [](Cmd c) { c.header.flags = S4_SPMM_SCALE; }, S4_E_FIELD, AT(spmm.bias)},
       {"bias", [](Cmd c) { c.spmm.bias += 2; }, S4_E_ALIGN, AT(spmm.bias)},
       {"scale", [](Cmd c) { c.spmm.scale += 2; }, S4_E_ALIGN, AT(spmm.scale)},
       {"x pitch", [](Cmd c) { c.spmm.x_pitch = 99; }, S4_E_FIELD, AT(spmm.x_pitch)},
       {"y pitch", [](Cmd c) { c.spmm.y_pitch = 95; }, S4_E_FIELD, AT(spmm.y_pitch)},
       {"x range", [](Cmd c) { c.spmm.x_pitch = kTop / 64; }, S4_E_FIELD, AT(spmm.x)},
       {"x range", [](Cmd c) { c.spmm.x_pitch = ~uint64_t{0}; }, S4_E_FIELD, AT(spmm.x)},
       {"y range", [](Cmd c) { c.spmm.y = kTop - 100; }, S4_E_FIELD, AT(spmm.y)},
       {"values range", [](Cmd c) { c.spmm.values = kTop - 64; }, S4_E_FIELD, AT(spmm.values)},
       {"indices range", [](Cmd c) { c.spmm.indices = kTop - 64; }, S4_E_FIELD,
        AT(spmm.indices)},
       {"bias range", [](Cmd c) { c.spmm.bias = kTop - 64; }, S4_E_FIELD, AT(spmm.bias)},
       {"scale range", [](Cmd c) { c.spmm.scale = kTop - 64; }, S4_E_FIELD, AT(spmm.scale)},
       {"y on x", [](Cmd c) { c.spmm.y = c.spmm.x; }, S4_E_OVERLAP, AT(spmm.y)},
       {"y on values", [](Cmd c) { c.spmm.y = c.spmm.values + 511; }, S4_E_OVERLAP, AT(spmm.y)},
       {"y on indices", [](Cmd c) { c.spmm.y = c.spmm.indices + 511; }, S4_E_OVERLAP,
        AT(spmm.y)},
       {"y on bias", [](Cmd c) { c.spmm.y = c.spmm.bias + 127; }, S4_E_OVERLAP, AT(spmm.y)},
       {"y on scale", [](Cmd c) { c.spmm.y = c.spmm.scale - 1; }, S4_E_OVERLAP, AT(spmm.y)}});
  expect_refused(
      valid_spmm(S4_TYPE_BF16),
      {{"y type", [](Cmd c) { c.spmm.y_type = S4_TYPE_INT8; }, S4_E_FIELD, AT(spmm.y_type)},
       {"y type", [](Cmd c) { c.spmm.y_type = S4_TYPE_INT32; }, S4_E_FIELD, AT(spmm.y_type)},
       {"no scale", [](Cmd c) { c.header.flags = S4_SPMM_BIAS; }, S4_E_FIELD, AT(spmm.scale)},
       {"x", [](Cmd c) { c.spmm.x += 1; }, S4_E_ALIGN, AT(spmm.x)},
       {"y", [](Cmd c) { c.spmm.y += 1; }, S4_E_ALIGN, AT(spmm.y)},
       {"x pitch", [](Cmd c) { c.spmm.x_pitch = 513; }, S4_E_ALIGN, AT(spmm.x_pitch)},
       {"y pitch", [](Cmd c) { c.spmm.y_pitch = 515; }, S4_E_ALIGN, AT(spmm.y_pitch)}});
}

}  // namespace
}  // namespace s4::test
