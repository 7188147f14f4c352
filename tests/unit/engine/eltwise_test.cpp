// SPDX-License-Identifier: MIT
// ELTWISE: exact on every engine, and refused when a field is out of its range.
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

s4_cmd valid_eltwise() {
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_ELTWISE;
  s4_cmd_eltwise& c = cmd.eltwise;
  c.a = kVa;
  c.b = kVa + 0x100000;
  c.y = kVa + 0x200000;
  c.op = S4_ELTWISE_ADD;
  c.type = S4_TYPE_BF16;
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
       {"op", [](Cmd c) { c.eltwise.op = 3; }, S4_E_FIELD, AT(eltwise.op)},
       {"type", [](Cmd c) { c.eltwise.type = S4_TYPE_INT32; }, S4_E_FIELD, AT(eltwise.type)},
       {"activation", [](Cmd c) { c.eltwise.activation = 2; }, S4_E_FIELD,
        AT(eltwise.activation)},
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
  cmd.eltwise.a_stride[0] = 40;
  EXPECT_EQ(s4_cmd_check(&cmd, &detail), S4_E_OVERLAP);
  cmd = valid_eltwise();
  cmd.eltwise.type = S4_TYPE_INT8;
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

}  // namespace
}  // namespace s4::test
