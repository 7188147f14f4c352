// SPDX-License-Identifier: MIT
// Element-wise commands on local runs of elements (docs/commands/elements.md).
#include <algorithm>

#include "engine/kernels/kernels.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/kernels/eltwise.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "engine/kernels/convert-inl.hpp"
#include "engine/kernels/elements-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace s4::card {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using F32 = hn::ScalableTag<float>;
using VF = hn::Vec<F32>;

using Int8 = Int8Element<F32>;
using Bf16 = Bf16Element<F32>;
using Float32 = Float32Element<F32>;

struct AddOp {
  static HWY_INLINE VF apply(VF a, VF b) { return hn::Add(a, b); }
};
struct MulOp {
  static HWY_INLINE VF apply(VF a, VF b) { return hn::Mul(a, b); }
};

struct SubOp {
  static HWY_INLINE VF apply(VF a, VF b) { return hn::Sub(a, b); }
};
struct DivOp {
  static HWY_INLINE VF apply(VF a, VF b) { return hn::Div(a, b); }
};
// b if it is beyond a, or a NaN; a NaN in a stays.
struct MinOp {
  static HWY_INLINE VF apply(VF a, VF b) {
    return hn::IfThenElse(hn::Or(hn::Lt(b, a), hn::IsNaN(b)), b, a);
  }
};
struct MaxOp {
  static HWY_INLINE VF apply(VF a, VF b) {
    return hn::IfThenElse(hn::Or(hn::Gt(b, a), hn::IsNaN(b)), b, a);
  }
};

template <class Op>
void operate(const float* a, const float* b, float* y, size_t count) {
  const F32 f32;
  const size_t lanes = hn::Lanes(f32);
  size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    hn::StoreU(Op::apply(hn::LoadU(f32, a + i), hn::LoadU(f32, b + i)), f32, y + i);
  }
  if (i < count) {
    alignas(64) float a_rest[HWY_MAX_BYTES / sizeof(float)] = {};
    alignas(64) float b_rest[HWY_MAX_BYTES / sizeof(float)] = {};
    std::copy(a + i, a + count, a_rest);
    std::copy(b + i, b + count, b_rest);
    hn::Store(Op::apply(hn::Load(f32, a_rest), hn::Load(f32, b_rest)), f32, a_rest);
    std::copy_n(a_rest, count - i, y + i);
  }
}

template <class Type, class Op>
HWY_INLINE void eltwise(const EltwiseArgs& args) {
  using T = typename Type::T;
  const size_t lanes = hn::Lanes(F32());
  const auto* a = static_cast<const T*>(args.a);
  const auto* b = static_cast<const T*>(args.b);
  auto* y = static_cast<T*>(args.y);

  alignas(64) T a_rest[HWY_MAX_BYTES / sizeof(float)];
  alignas(64) T b_rest[HWY_MAX_BYTES / sizeof(float)];
  alignas(64) T y_rest[HWY_MAX_BYTES / sizeof(float)];
  if (args.a_broadcast) {
    std::fill_n(a_rest, lanes, a[0]);
  }
  if (args.b_broadcast) {
    std::fill_n(b_rest, lanes, b[0]);
  }
  const auto one = [&](const T* from_a, const T* from_b, T* to) HWY_ATTR {
    auto v = Op::apply(Type::load(from_a, args.a_scale), Type::load(from_b, args.b_scale));
    if (args.relu) {
      v = relu(F32(), v);
    }
    Type::store(v, args.y_scale, to);
  };
  size_t i = 0;
  for (; i + lanes <= args.count; i += lanes) {
    one(args.a_broadcast ? a_rest : a + i, args.b_broadcast ? b_rest : b + i, y + i);
  }
  if (const size_t rest = args.count - i; rest > 0) {
    if (!args.a_broadcast) {
      std::fill_n(a_rest, lanes, T{});
      std::copy_n(a + i, rest, a_rest);
    }
    if (!args.b_broadcast) {
      std::fill_n(b_rest, lanes, T{});
      std::copy_n(b + i, rest, b_rest);
    }
    one(a_rest, b_rest, y_rest);
    std::copy_n(y_rest, rest, y + i);
  }
}

void add_int8(const EltwiseArgs& args) { eltwise<Int8, AddOp>(args); }
void mul_int8(const EltwiseArgs& args) { eltwise<Int8, MulOp>(args); }
void add_bf16(const EltwiseArgs& args) { eltwise<Bf16, AddOp>(args); }
void mul_bf16(const EltwiseArgs& args) { eltwise<Bf16, MulOp>(args); }
void add_float32(const EltwiseArgs& args) { eltwise<Float32, AddOp>(args); }
void mul_float32(const EltwiseArgs& args) { eltwise<Float32, MulOp>(args); }

const EltwiseKernels& eltwise_table() {
  static constexpr EltwiseKernels kTable{
      add_int8,
      mul_int8,
      add_bf16,
      mul_bf16,
      add_float32,
      mul_float32,
      {nullptr, operate<AddOp>, operate<MulOp>, operate<SubOp>, operate<DivOp>, operate<MinOp>,
       operate<MaxOp>}};
  return kTable;
}

}  // namespace HWY_NAMESPACE
}  // namespace s4::card
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "engine/kernels/select.hpp"
namespace s4::card {
const EltwiseKernels& eltwise_kernels(int64_t target) { S4_SELECT(target, eltwise_table) }
}  // namespace s4::card
#endif
