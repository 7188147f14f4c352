// SPDX-License-Identifier: MIT
// Checks weight indices and places entries in a tile.

#include "engine/kernels/kernels.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/kernels/prepare.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace s4::card {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

bool indices_valid(const uint8_t* indices, size_t count, const uint8_t* first) {
  const hn::ScalableTag<uint8_t> u8;
  const size_t lanes = hn::Lanes(u8);
  const auto limit = hn::Set(u8, 63);
  auto bad = hn::Zero(u8);
  size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const auto now = hn::LoadU(u8, indices + i);
    // An index that begins a bank follows nothing; max(now, previous + 1) differs from now when
    // now is not above previous. Indices above 63 are bad already, so 255 + 1 does not matter.
    const auto previous = hn::AndNot(hn::LoadU(u8, first + i % 64), hn::LoadU(u8, indices + i - 1));
    const auto step = hn::AndNot(hn::LoadU(u8, first + i % 64), hn::Set(u8, 1));
    const auto least = hn::Add(previous, step);
    bad = hn::Or(bad, hn::Xor(hn::Max(now, least), now));
    bad = hn::Or(bad, hn::Xor(hn::Min(now, limit), now));
  }
  bool valid = hn::AllTrue(u8, hn::Eq(bad, hn::Zero(u8)));
  for (; i < count; ++i) {
    valid &= indices[i] <= 63 && (first[i % 64] != 0 || indices[i] > indices[i - 1]);
  }
  return valid;
}

void offsets(const uint8_t* indices, const uint16_t* bases, size_t count, uint16_t* out) {
  const hn::ScalableTag<uint16_t> u16;
  const hn::Rebind<uint8_t, decltype(u16)> u8;
  const size_t lanes = hn::Lanes(u16);
  static_assert(kTileLineBytes == 64);
  size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const auto k = hn::Add(hn::PromoteTo(u16, hn::LoadU(u8, indices + i)),
                           hn::LoadU(u16, bases + i));
    hn::StoreU(hn::ShiftLeft<6>(k), u16, out + i);
  }
  for (; i < count; ++i) {
    out[i] = static_cast<uint16_t>((indices[i] + bases[i]) * kTileLineBytes);
  }
}

const PrepareKernels& prepare_table() {
  static constexpr PrepareKernels kTable{indices_valid, offsets};
  return kTable;
}

}  // namespace HWY_NAMESPACE
}  // namespace s4::card
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "engine/kernels/select.hpp"
namespace s4::card {
const PrepareKernels& prepare_kernels(int64_t target) { S4_SELECT(target, prepare_table) }
}  // namespace s4::card
#endif
