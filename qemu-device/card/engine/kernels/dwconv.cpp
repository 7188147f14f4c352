// SPDX-License-Identifier: MIT
// The arithmetic of DWCONV, docs/commands/windows.md: every channel of a result is its own chain of
// fused multiply-adds from +0.
#include "engine/kernels/dwconv.hpp"

#include "engine/kernels/kernels.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/kernels/dwconv.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "engine/kernels/convert-inl.hpp"
#include "engine/kernels/partials-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace s4::card {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
namespace {

using I32 = hn::RebindToSigned<F32>;

// Eight chains or more hide the latency of a multiply-add: kPixels results of kVecs vectors. The
// weights of a tap serve all pixels.
template <size_t kPixels, size_t kVecs, bool kInt8>
HWY_INLINE void add_taps(const DwconvArgs& args, const float* x, size_t channel, void* to) {
  const F32 f32;
  const I32 i32;
  const size_t channels = args.channels;
  auto* float_sums = static_cast<float*>(to);
  auto* int_sums = static_cast<int32_t*>(to);
  VF sums[kPixels][kVecs];
  const float* from[kPixels];
  for (size_t p = 0; p < kPixels; ++p) {
    from[p] = x + p * args.pixel_step + channel;
    for (size_t v = 0; v < kVecs; ++v) {
      sums[p][v] = kInt8 || args.first
                       ? hn::Zero(f32)
                       : hn::LoadU(f32, float_sums + p * channels + channel + v * kLanes);
    }
  }
  const float* weights = args.weights + channel;
  for (size_t tap = 0; tap < args.taps; ++tap, weights += channels) {
    const size_t offset = args.offsets[tap];
    for (size_t v = 0; v < kVecs; ++v) {
      const VF weight = hn::LoadU(f32, weights + v * kLanes);
      for (size_t p = 0; p < kPixels; ++p) {
        sums[p][v] = hn::MulAdd(weight, hn::LoadU(f32, from[p] + offset + v * kLanes), sums[p][v]);
      }
    }
  }
  for (size_t p = 0; p < kPixels; ++p) {
    for (size_t v = 0; v < kVecs; ++v) {
      const size_t at = p * channels + channel + v * kLanes;
      if constexpr (kInt8) {
        // Exact: at most kMaxExactEntries products of int8 have been added.
        auto sum = hn::ConvertTo(i32, sums[p][v]);
        if (!args.first) {
          sum = hn::Add(sum, hn::LoadU(i32, int_sums + at));
        }
        hn::StoreU(sum, i32, int_sums + at);
      } else {
        hn::StoreU(sums[p][v], f32, float_sums + at);
      }
    }
  }
}

template <size_t kVecs, bool kInt8>
HWY_INLINE void add_channels(const DwconvArgs& args, size_t channel) {
  constexpr size_t kMost = 8 / kVecs;
  for (size_t row = 0; row < args.rows; ++row) {
    const float* x = args.x + row * args.row_step;
    auto* sums = static_cast<uint8_t*>(args.sums) + row * args.pixels * args.channels * 4;
    size_t left = args.pixels;
    const auto take = [&](size_t pixels) HWY_ATTR {
      x += pixels * args.pixel_step;
      sums += pixels * args.channels * 4;
      left -= pixels;
    };
    while (left >= kMost) {
      add_taps<kMost, kVecs, kInt8>(args, x, channel, sums);
      take(kMost);
    }
    while (left >= 2) {
      add_taps<2, kVecs, kInt8>(args, x, channel, sums);
      take(2);
    }
    if (left > 0) {
      add_taps<1, kVecs, kInt8>(args, x, channel, sums);
    }
  }
}

// Channels outermost: what the windows of a few rows have of two vectors stays in the inner cache.
template <bool kInt8>
HWY_INLINE void add_all(const DwconvArgs& args) {
  size_t channel = 0;
  for (; channel + 2 * kLanes <= args.channels; channel += 2 * kLanes) {
    add_channels<2, kInt8>(args, channel);
  }
  if (channel < args.channels) {
    add_channels<1, kInt8>(args, channel);
  }
}

void bf16(const DwconvArgs& args) {
  add_all<false>(args);
}
void int8(const DwconvArgs& args) {
  add_all<true>(args);
}

template <bool kScale, bool kBias>
HWY_INLINE void end_bf16_as(const DwconvEndArgs& args) {
  const F32 f32;
  auto* sums = static_cast<float*>(args.sums);
  for (size_t pixel = 0; pixel < args.pixels; ++pixel, sums += args.channels) {
    for (size_t c = 0; c < args.channels; c += kLanes) {
      VF v = hn::Add(hn::LoadU(f32, sums + c), hn::Zero(f32));
      v = kScale ? hn::Mul(v, hn::LoadU(f32, args.scale + c)) : v;
      v = kBias ? hn::Add(v, hn::LoadU(f32, static_cast<const float*>(args.bias) + c)) : v;
      hn::StoreU(v, f32, sums + c);
    }
  }
}

void end_bf16(const DwconvEndArgs& args) {
  if (args.scale) {
    args.bias ? end_bf16_as<true, true>(args) : end_bf16_as<true, false>(args);
  } else {
    args.bias ? end_bf16_as<false, true>(args) : end_bf16_as<false, false>(args);
  }
}

template <class End>
HWY_INLINE void end_sums(const DwconvEndArgs& args, const End& end) {
  const I32 i32;
  auto* sums = static_cast<int32_t*>(args.sums);
  const auto* bias = static_cast<const int32_t*>(args.bias);
  for (size_t pixel = 0; pixel < args.pixels; ++pixel, sums += args.channels) {
    for (size_t c = 0; c < args.channels; c += kLanes) {
      const auto sum = hn::LoadU(i32, sums + c);
      end(bias ? saturated_add(i32, sum, hn::LoadU(i32, bias + c)) : sum, c, sums + c);
    }
  }
}

void end_int8(const DwconvEndArgs& args) {
  end_sums(args, [&](auto sum, size_t c, int32_t* to) HWY_ATTR {
    const VF v = hn::Mul(hn::ConvertTo(F32(), sum), hn::LoadU(F32(), args.scale + c));
    hn::StoreU(hn::BitCast(I32(), v), I32(), to);
  });
}

void end_int32(const DwconvEndArgs& args) {
  end_sums(args, [](auto sum, size_t, int32_t* to) HWY_ATTR { hn::StoreU(sum, I32(), to); });
}

}  // namespace

const DwconvKernels& dwconv_table() {
  static constexpr DwconvKernels kTable{bf16, int8, end_bf16, end_int8, end_int32};
  return kTable;
}

}  // namespace HWY_NAMESPACE
}  // namespace s4::card
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "engine/kernels/select.hpp"
namespace s4::card {
const DwconvKernels& dwconv_kernels(int64_t target) {
  S4_SELECT(target, dwconv_table)
}
}  // namespace s4::card
#endif
