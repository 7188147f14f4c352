// SPDX-License-Identifier: MIT
// Which targets were built, which run here, and their tables.
#include "engine/kernels/kernels.hpp"

#include <hwy/highway.h>

#include <algorithm>
#include <iterator>

#include "engine/options.hpp"

namespace s4::card {
namespace {

TileKernels words(const PackKernels& pack, const ValueKernels& value,
                  const MultiplyKernels& multiply, const FinishKernels& finish) {
  TileKernels result{.columns = kWordColumns,
                     .size = 2,
                     .zero = std::byte{0},
                     .value_size = sizeof(float),
                     .pack = pack,
                     .value = value,
                     .multiply = multiply,
                     .finish = {}};
  std::copy(std::begin(finish), std::end(finish), result.finish);
  return result;
}

TileKernels int8_tiles(int64_t target) {
  const ByteKernels* bytes = byte_kernels(target);
  if (bytes == nullptr) {
    return words(word_packs(target).int8, word_values(target).int8, word_multiplies(target).int8,
                 word_finishes(target).int8);
  }
  TileKernels result{.columns = kTileLineBytes,
                     .size = 1,
                     .zero = std::byte{kByteFlip},
                     .value_size = 1,
                     .pack = bytes->pack,
                     .value = bytes->value,
                     .multiply = bytes->multiply,
                     .finish = {}};
  std::copy(std::begin(byte_finishes(target).int8), std::end(byte_finishes(target).int8), result.finish);
  return result;
}

Kernels make(int64_t target) {
  return {words(word_packs(target).bf16, word_values(target).bf16, word_multiplies(target).bf16,
                word_finishes(target).bf16),
          int8_tiles(target),
          prepare_kernels(target), eltwise_kernels(target), turn_kernels(target),
          rows_kernels(target), function_kernels(target), move_kernels(target),
          softmax_kernels(target), norm_kernels(target), topk_kernels(target),
          rope_kernels(target), resize_kernels(target), dwconv_kernels(target)};
}

template <int64_t kTarget>
const Kernels& table() {
  static const Kernels kTable = make(kTarget);
  return kTable;
}

}  // namespace

const Kernels* find_kernels(int64_t allowed) {
  const int64_t usable = hwy::SupportedTargets() & HWY_TARGETS & allowed;
  switch (usable & -usable) {  // Highway numbers better targets lower
#if HWY_TARGETS & HWY_AVX3_DL
    case HWY_AVX3_DL:
      return &table<HWY_AVX3_DL>();
#endif
#if HWY_TARGETS & HWY_AVX3
    case HWY_AVX3:
      return &table<HWY_AVX3>();
#endif
#if HWY_TARGETS & HWY_AVX2
    case HWY_AVX2:
      return &table<HWY_AVX2>();
#endif
#if HWY_TARGETS & HWY_NEON
    case HWY_NEON:
      return &table<HWY_NEON>();
#endif
    default:
      return nullptr;
  }
}

std::vector<EngineTarget> engine_targets() {
  std::vector<EngineTarget> result;
  for (int64_t left = hwy::SupportedTargets() & HWY_TARGETS; left != 0; left &= left - 1) {
    const int64_t target = left & -left;
    result.push_back({target, hwy::TargetName(target)});
  }
  return result;
}

}  // namespace s4::card
