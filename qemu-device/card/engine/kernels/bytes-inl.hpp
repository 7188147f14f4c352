// SPDX-License-Identifier: MIT
// What files on tiles of bytes share. Included once a target, so no ordinary include guard.
#if defined(S4_ENGINE_KERNELS_BYTES_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef S4_ENGINE_KERNELS_BYTES_INL
#undef S4_ENGINE_KERNELS_BYTES_INL
#else
#define S4_ENGINE_KERNELS_BYTES_INL
#endif

#include <hwy/highway.h>

#include "engine/kernels/tiles.hpp"

namespace s4::card {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

constexpr size_t kByteColumns = kTileLineBytes;

// Of kBlocks blocks of 16 columns.
template <size_t kBlocks>
using U8 = hn::FixedTag<uint8_t, 16 * kBlocks>;
template <size_t kBlocks>
using I32 = hn::FixedTag<int32_t, 4 * kBlocks>;

}  // namespace HWY_NAMESPACE
}  // namespace s4::card

#endif
