// SPDX-License-Identifier: MIT
// Rows of elements as float32 and the sums of docs/commands/rows.md.
#include "engine/kernels/rows.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/kernels/rows.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "engine/kernels/convert-inl.hpp"
#include "engine/kernels/elements-inl.hpp"
#include "engine/kernels/partials-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace s4::card {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
namespace {

using Int8 = Int8Element<F32>;
using Int32 = Int32Element<F32>;
using Bf16 = Bf16Element<F32>;
using Float32 = Float32Element<F32>;

template <class Row>
void load_row(const std::byte* from, size_t count, float scale, float* to) {
  using T = typename Row::T;
  const T* elements = reinterpret_cast<const T*>(from);
  size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    hn::StoreU(Row::load(elements + i, scale), F32(), to + i);
  }
  if (i < count) {
    alignas(64) T rest[kLanes] = {};
    std::memcpy(rest, elements + i, (count - i) * sizeof(T));
    alignas(64) float floats[kLanes];
    hn::Store(Row::load(rest, scale), F32(), floats);
    std::copy_n(floats, count - i, to + i);
  }
}

template <class Row>
void store_row(const float* from, size_t count, float scale, std::byte* to) {
  using T = typename Row::T;
  T* elements = reinterpret_cast<T*>(to);
  size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    Row::store(hn::LoadU(F32(), from + i), scale, elements + i);
  }
  if (i < count) {
    alignas(64) float floats[kLanes] = {};
    std::copy_n(from + i, count - i, floats);
    alignas(64) T rest[kLanes];
    Row::store(hn::Load(F32(), floats), scale, rest);
    std::memcpy(elements + i, rest, (count - i) * sizeof(T));
  }
}

struct SumSquares {
  static HWY_INLINE VF take(VF s, VF x) { return hn::Add(s, hn::Mul(x, x)); }
};
struct Product {
  static HWY_INLINE VF take(VF s, VF x) { return hn::Mul(s, x); }
};
struct Min {
  static HWY_INLINE VF take(VF s, VF x) {
    return hn::IfThenElse(hn::Or(hn::Lt(x, s), hn::IsNaN(x)), x, s);
  }
};

template <class Op>
void accumulate_row(const float* x, size_t count, float* s) {
  accumulate_with(x, count, s, [](VF a, VF v, size_t) HWY_ATTR { return Op::take(a, v); });
}

void deviations(const float* x, size_t count, float mean, float* s) {
  const VF m = hn::Set(F32(), mean);
  accumulate_with(x, count, s, [&](VF a, VF v, size_t) HWY_ATTR {
    const VF d = hn::Sub(v, m);
    return hn::Add(a, hn::Mul(d, d));
  });
}

template <class Op>
void combine_row(const float* x, size_t count, float* s) {
  for (size_t i = 0; i < count; i += kLanes) {
    hn::StoreU(Op::take(hn::LoadU(F32(), s + i), hn::LoadU(F32(), x + i)), F32(), s + i);
  }
}

}  // namespace

const RowKernels& rows_table() {
  static constexpr RowKernels kTable{
      {nullptr, load_row<Int8>, load_row<Bf16>, load_row<Float32>, load_row<Int32>},
      {nullptr, store_row<Int8>, store_row<Bf16>, store_row<Float32>},
      {nullptr, accumulate_row<Sum>, accumulate_row<Sum>, accumulate_row<Max>, accumulate_row<Min>,
       accumulate_row<SumSquares>, accumulate_row<Product>},
      {nullptr, combine_row<Sum>, combine_row<Sum>, combine_row<Max>, combine_row<Min>,
       combine_row<SumSquares>, combine_row<Product>},
      {nullptr, combine_row<Sum>, combine_row<Sum>, combine_row<Max>, combine_row<Min>,
       combine_row<Sum>, combine_row<Product>},
      deviations};
  return kTable;
}

}  // namespace HWY_NAMESPACE
}  // namespace s4::card
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "engine/kernels/select.hpp"
namespace s4::card {
const RowKernels& rows_kernels(int64_t target) { S4_SELECT(target, rows_table) }
}  // namespace s4::card
#endif
