// SPDX-License-Identifier: MIT
#include "compiler/ir/array.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace s4::compiler {
namespace {

TEST(Array, CopiesShareBytesUntilOneIsWritten) {
  Array a = Array::of<float>({2}, {1, 2});
  Array b = a;
  EXPECT_EQ(a.raw(), b.raw());
  b.mutable_data<float>()[0] = 5;
  EXPECT_EQ(a.data<float>()[0], 1);
  EXPECT_EQ(b.data<float>()[0], 5);
}

TEST(Array, BytesOfSomebodyElseAreNeverWritten) {
  const float outside[] = {1, 2};
  Array a(DType::kFloat32, {2}, outside, nullptr);
  a.mutable_data<float>()[1] = 9;
  EXPECT_EQ(outside[1], 2);
  EXPECT_EQ(a.data<float>()[1], 9);
}

TEST(Array, ReadingAnotherTypeIsAnError) {
  EXPECT_THROW((void)Array::scalar<float>(1).data<int32_t>(), CompileError);
}

TEST(Array, CastsOfFloatsSaturateAndTruncate) {
  const float huge = 1e30f, nan = std::nanf("");
  const Array a = Array::of<float>({5}, {huge, -huge, nan, -2.75f, 300});
  EXPECT_EQ(a.cast(DType::kInt8).to_int64(), (std::vector<int64_t>{127, -128, 0, -2, 127}));
  EXPECT_EQ(a.to_int64()[0], std::numeric_limits<int64_t>::max());
}

TEST(Array, EveryHalfSurvivesTheWayThroughFloat) {
  for (uint32_t bits = 0; bits < 65536; ++bits) {
    const Float16 half{static_cast<uint16_t>(bits)};
    if (!std::isnan(to_float(half))) {
      ASSERT_EQ(to_float16(to_float(half)).bits, bits);
    }
    const Bfloat16 brain{static_cast<uint16_t>(bits)};
    if (!std::isnan(to_float(brain))) {
      ASSERT_EQ(to_bfloat16(to_float(brain)).bits, bits);
    }
  }
  EXPECT_EQ(to_float16(65520).bits, 0x7c00);
  EXPECT_EQ(to_float16(65519).bits, 0x7bff);
  EXPECT_EQ(to_float16(0x1p-25f).bits, 0);
  EXPECT_EQ(to_float16(0x1.8p-24f).bits, 2);
}

TEST(Shapes, BroadcastByTheRulesOfNumpy) {
  EXPECT_EQ(broadcast_shapes(Shape{4, 1, 3}, Shape{5, 1}), (Shape{4, 5, 3}));
  EXPECT_EQ(broadcast_shapes(Shape{}, Shape{2}), (Shape{2}));
  EXPECT_THROW(broadcast_shapes(Shape{2}, Shape{3}), CompileError);
  EXPECT_THROW(element_count(Shape{1 << 21, 1 << 21}), CompileError);
}

}  // namespace
}  // namespace s4::compiler
