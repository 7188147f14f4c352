// SPDX-License-Identifier: MIT
// ELTWISE and UNARY: exact on every engine, and refused when a field is out of its range.
#include <gtest/gtest.h>

#include "eltwise_case.hpp"
#include "everywhere.hpp"
#include "refusal.hpp"

namespace s4::test {
namespace {

TEST(Eltwise, IsTheDocumentedArithmetic) {
  Random random;
  for (int i = 0; i < case_count(120); ++i) {
    Case c = random_eltwise(random);
    ASSERT_NO_FATAL_FAILURE(run_everywhere(c));
  }
}

TEST(Unary, IsTheDocumentedArithmetic) {
  Random random;
  for (int i = 0; i < case_count(120); ++i) {
    Case c = random_unary(random);
    ASSERT_NO_FATAL_FAILURE(run_everywhere(c));
  }
}

s4_cmd valid_eltwise() {
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_ELTWISE;
  s4_cmd_eltwise& c = cmd.eltwise;
  c.a = kVa;
  c.b = kVa + 0x100000;
  c.y = kVa + 0x200000;
  c.op = S4_ELTWISE_ADD;
  c.a_type = c.b_type = c.y_type = S4_TYPE_BF16;
  c.dims = 3;
  const uint32_t shape[] = {4, 5, 6};
  const uint32_t dense[] = {30, 6, 1};
  for (int i = 0; i < 3; ++i) {
    c.shape[i] = shape[i];
    c.a_stride[i] = c.b_stride[i] = c.y_stride[i] = dense[i];
  }
  c.b_stride[1] = 0;
  c.a_scale = c.b_scale = c.y_scale = S4_FLOAT_ONE;
  return cmd;
}

TEST(Eltwise, EveryFieldOutOfRangeIsRefused) {
  expect_undefined_refused(valid_eltwise(), sizeof(s4_cmd_eltwise));
  using Cmd = s4_cmd&;
  expect_refused(
      valid_eltwise(),
      {{"op", [](Cmd c) { c.eltwise.op = 0; }, S4_E_FIELD, AT(eltwise.op)},
       {"op", [](Cmd c) { c.eltwise.op = S4_ELTWISE_COUNT; }, S4_E_FIELD, AT(eltwise.op)},
       {"a type", [](Cmd c) { c.eltwise.a_type = 0; }, S4_E_FIELD, AT(eltwise.a_type)},
       {"b type", [](Cmd c) { c.eltwise.b_type = 5; }, S4_E_FIELD, AT(eltwise.b_type)},
       {"y type", [](Cmd c) { c.eltwise.y_type = S4_TYPE_INT32; }, S4_E_FIELD,
        AT(eltwise.y_type)},
       {"activation", [](Cmd c) { c.eltwise.activation = S4_ACT_COUNT; }, S4_E_FIELD,
        AT(eltwise.activation)},
       {"a parameter that it has not", [](Cmd c) { c.eltwise.alpha = 1; }, S4_E_FIELD,
        AT(eltwise.activation)},
       {"a NaN as parameter",
        [](Cmd c) {
          c.eltwise.activation = S4_ACT_CLIP;
          c.eltwise.beta = 0x7fc00000;
        },
        S4_E_FIELD, AT(eltwise.activation)},
       {"no dims", [](Cmd c) { c.eltwise.dims = 0; }, S4_E_FIELD, AT(eltwise.dims)},
       {"dims", [](Cmd c) { c.eltwise.dims = 7; }, S4_E_FIELD, AT(eltwise.dims)},
       {"reserved", [](Cmd c) { c.eltwise.reserved = 1; }, S4_E_FIELD, AT(eltwise.reserved)},
       {"empty", [](Cmd c) { c.eltwise.shape[1] = 0; }, S4_E_FIELD, AT(eltwise.shape)},
       {"beyond dims", [](Cmd c) { c.eltwise.shape[3] = 1; }, S4_E_FIELD, AT(eltwise.shape)},
       {"too large",
        [](Cmd c) { c.eltwise.shape[0] = c.eltwise.shape[1] = c.eltwise.shape[2] = ~0u; },
        S4_E_FIELD, AT(eltwise.shape)},
       {"beyond dims", [](Cmd c) { c.eltwise.a_stride[5] = 1; }, S4_E_FIELD,
        AT(eltwise.a_stride)},
       {"beyond dims", [](Cmd c) { c.eltwise.b_stride[3] = 1; }, S4_E_FIELD,
        AT(eltwise.b_stride)},
       {"beyond dims", [](Cmd c) { c.eltwise.y_stride[4] = 1; }, S4_E_FIELD,
        AT(eltwise.y_stride)},
       {"scale", [](Cmd c) { c.eltwise.a_scale = 0; }, S4_E_FIELD, AT(eltwise.a_scale)},
       {"scale", [](Cmd c) { c.eltwise.b_scale = 0x40000000; }, S4_E_FIELD, AT(eltwise.b_scale)},
       {"scale", [](Cmd c) { c.eltwise.y_scale = 0xbf800000; }, S4_E_FIELD, AT(eltwise.y_scale)},
       {"reserved", [](Cmd c) { c.eltwise.reserved2 = 1; }, S4_E_FIELD, AT(eltwise.reserved2)},
       {"align", [](Cmd c) { c.eltwise.a += 1; }, S4_E_ALIGN, AT(eltwise.a)},
       {"align", [](Cmd c) { c.eltwise.b += 1; }, S4_E_ALIGN, AT(eltwise.b)},
       {"align", [](Cmd c) { c.eltwise.y += 1; }, S4_E_ALIGN, AT(eltwise.y)},
       {"a range", [](Cmd c) { c.eltwise.a = kTop - 238; }, S4_E_FIELD, AT(eltwise.a)},
       {"b range", [](Cmd c) { c.eltwise.b = kTop; }, S4_E_FIELD, AT(eltwise.b)},
       {"y range", [](Cmd c) { c.eltwise.y = ~uint64_t{1}; }, S4_E_FIELD, AT(eltwise.y)},
       {"y repeats", [](Cmd c) { c.eltwise.y_stride[1] = 0; }, S4_E_OVERLAP,
        AT(eltwise.y_stride)},
       {"y meets itself", [](Cmd c) { c.eltwise.y_stride[1] = 5; }, S4_E_OVERLAP,
        AT(eltwise.y_stride)},
       {"y meets itself", [](Cmd c) { c.eltwise.y_stride[0] = 29; }, S4_E_OVERLAP,
        AT(eltwise.y_stride)},
       {"y on a", [](Cmd c) { c.eltwise.y = c.eltwise.a + 2; }, S4_E_OVERLAP, AT(eltwise.y)},
       {"y on a repeated b", [](Cmd c) { c.eltwise.y = c.eltwise.b; }, S4_E_OVERLAP,
        AT(eltwise.y)}});
  s4_cmd cmd = valid_eltwise();
  uint32_t detail = 0;
  cmd.eltwise.y = cmd.eltwise.a;  // in place
  EXPECT_EQ(s4_cmd_check(&cmd, &detail), S4_OK);
  cmd.eltwise.y_type = S4_TYPE_FLOAT32;  // but not where elements have another size
  EXPECT_EQ(s4_cmd_check(&cmd, &detail), S4_E_OVERLAP);
  cmd.eltwise.y_type = S4_TYPE_BF16;
  cmd.eltwise.a_stride[0] = 40;
  EXPECT_EQ(s4_cmd_check(&cmd, &detail), S4_E_OVERLAP);
  cmd = valid_eltwise();
  cmd.eltwise.a_type = cmd.eltwise.b_type = cmd.eltwise.y_type = S4_TYPE_INT8;
  cmd.eltwise.y_scale = 0x3a83126f;
  EXPECT_EQ(s4_cmd_check(&cmd, &detail), S4_OK);
  cmd.eltwise.y_scale = 0x7f800000;
  EXPECT_EQ(s4_cmd_check(&cmd, &detail), S4_E_FIELD);
  // A transposed y with padding is fine.
  cmd = valid_eltwise();
  cmd.eltwise.y_stride[0] = 1;
  cmd.eltwise.y_stride[1] = 4;
  cmd.eltwise.y_stride[2] = 21;
  EXPECT_EQ(s4_cmd_check(&cmd, &detail), S4_OK);
}

s4_cmd valid_unary() {
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_UNARY;
  s4_cmd_unary& c = cmd.unary;
  c.x = kVa;
  c.y = kVa + 0x100000;
  c.x_type = S4_TYPE_INT32;
  c.y_type = S4_TYPE_BF16;
  c.activation = S4_ACT_CLIP;
  c.alpha = 0xbf800000;
  c.beta = S4_FLOAT_ONE;
  c.dims = 2;
  c.shape[0] = 4;
  c.shape[1] = 5;
  c.x_stride[0] = c.y_stride[0] = 5;
  c.x_stride[1] = c.y_stride[1] = 1;
  c.x_scale = 0x3a83126f;
  c.y_scale = S4_FLOAT_ONE;
  return cmd;
}

TEST(Unary, EveryFieldOutOfRangeIsRefused) {
  expect_undefined_refused(valid_unary(), sizeof(s4_cmd_unary));
  using Cmd = s4_cmd&;
  expect_refused(
      valid_unary(),
      {{"x type", [](Cmd c) { c.unary.x_type = 5; }, S4_E_FIELD, AT(unary.x_type)},
       {"y type", [](Cmd c) { c.unary.y_type = S4_TYPE_INT32; }, S4_E_FIELD, AT(unary.y_type)},
       {"activation", [](Cmd c) { c.unary.activation = S4_ACT_COUNT; }, S4_E_FIELD,
        AT(unary.activation)},
       {"beta that it has not", [](Cmd c) { c.unary.activation = S4_ACT_LEAKY_RELU; },
        S4_E_FIELD, AT(unary.activation)},
       {"NaN", [](Cmd c) { c.unary.alpha = 0xffc00000; }, S4_E_FIELD, AT(unary.activation)},
       {"no dims", [](Cmd c) { c.unary.dims = 0; }, S4_E_FIELD, AT(unary.dims)},
       {"dims", [](Cmd c) { c.unary.dims = 7; }, S4_E_FIELD, AT(unary.dims)},
       {"reserved", [](Cmd c) { c.unary.reserved = 1; }, S4_E_FIELD, AT(unary.reserved)},
       {"empty", [](Cmd c) { c.unary.shape[0] = 0; }, S4_E_FIELD, AT(unary.shape)},
       {"beyond dims", [](Cmd c) { c.unary.shape[2] = 1; }, S4_E_FIELD, AT(unary.shape)},
       {"too large",
        [](Cmd c) {
          c.unary.shape[0] = ~0u;
          c.unary.shape[1] = 257;
        },
        S4_E_FIELD, AT(unary.shape)},
       {"beyond dims", [](Cmd c) { c.unary.x_stride[2] = 1; }, S4_E_FIELD, AT(unary.x_stride)},
       {"beyond dims", [](Cmd c) { c.unary.y_stride[5] = 1; }, S4_E_FIELD, AT(unary.y_stride)},
       {"scale", [](Cmd c) { c.unary.x_scale = 0x7f800000; }, S4_E_FIELD, AT(unary.x_scale)},
       {"scale", [](Cmd c) { c.unary.y_scale = 0x40000000; }, S4_E_FIELD, AT(unary.y_scale)},
       {"align", [](Cmd c) { c.unary.x += 2; }, S4_E_ALIGN, AT(unary.x)},
       {"align", [](Cmd c) { c.unary.y += 1; }, S4_E_ALIGN, AT(unary.y)},
       {"x range", [](Cmd c) { c.unary.x = kTop - 76; }, S4_E_FIELD, AT(unary.x)},
       {"y range", [](Cmd c) { c.unary.y = kTop; }, S4_E_FIELD, AT(unary.y)},
       {"y meets itself", [](Cmd c) { c.unary.y_stride[0] = 4; }, S4_E_OVERLAP,
        AT(unary.y_stride)},
       {"y on x", [](Cmd c) { c.unary.y = c.unary.x + 4; }, S4_E_OVERLAP, AT(unary.y)},
       {"in place with another size", [](Cmd c) { c.unary.y = c.unary.x; }, S4_E_OVERLAP,
        AT(unary.y)}});
  s4_cmd cmd = valid_unary();
  uint32_t detail = 0;
  cmd.unary.y = cmd.unary.x;
  cmd.unary.y_type = S4_TYPE_FLOAT32;
  EXPECT_EQ(s4_cmd_check(&cmd, &detail), S4_OK);
}

TEST(Unary, QuantisesToTheNearestEven) {
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_UNARY;
  s4_cmd_unary& c = cmd.unary;
  c.x = kVa;
  c.y = kVa + 0x1000;
  c.x_type = S4_TYPE_FLOAT32;
  c.y_type = S4_TYPE_INT8;
  c.dims = 1;
  c.shape[0] = 5;
  c.x_stride[0] = c.y_stride[0] = 1;
  c.x_scale = S4_FLOAT_ONE;
  c.y_scale = 0x40000000;  // 2
  for (const NamedEngine& named : all_engines()) {
    FakeMemory memory;
    memory.map(kVa, 0x2000);
    memory.put(c.x, std::vector<float>{0.25f, 0.75f, -0.25f, 100.0f, -100.0f});
    FakePort port(memory);
    ASSERT_FALSE(named.engine->run(dispatch_of(cmd), port));
    EXPECT_EQ(memory.bytes(c.y, 5), (std::vector<uint8_t>{0, 2, 0, 127, 0x80})) << named.name;
  }
}

}  // namespace
}  // namespace s4::test
