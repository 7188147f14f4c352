// SPDX-License-Identifier: MIT
// Lines of a tile made of runs of other lines. Included once a target, so no ordinary include guard.
#if defined(S4_ENGINE_KERNELS_RUNS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef S4_ENGINE_KERNELS_RUNS_INL
#undef S4_ENGINE_KERNELS_RUNS_INL
#else
#define S4_ENGINE_KERNELS_RUNS_INL
#endif

#include <hwy/highway.h>

#include "engine/kernels/tiles.hpp"

HWY_BEFORE_NAMESPACE();
namespace s4::card {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// One run, of almost a whole line: copied as a line, which costs less than its parts.
HWY_INLINE void one_run(const RunArgs& args) {
  const hn::CappedTag<uint8_t, kTileLineBytes> u8;
  const size_t lanes = hn::Lanes(u8);
  const auto* src = reinterpret_cast<const uint8_t*>(args.runs[0].src);
  auto* tile = reinterpret_cast<uint8_t*>(args.tile);
  for (size_t i = 0; i < args.lines; ++i) {
    for (size_t at = 0; at < kTileLineBytes; at += lanes) {
      hn::StoreU(hn::LoadU(u8, src + i * args.runs[0].stride + at), u8,
                 tile + i * kTileLineBytes + at);
    }
  }
}

// What a run writes too much is where the next run, or the next line, comes: so a long one is copied like a
// whole line, another sixteen bytes at a time.
template <class Element>
void runs(const RunArgs& args) {
  constexpr hn::FixedTag<uint8_t, 16> u8;
  constexpr hn::CappedTag<uint8_t, kTileLineBytes> line_u8;
  constexpr size_t kLong = hn::MaxLanes(line_u8) / 2;
  if (args.run_count == 1 && args.runs[0].count * sizeof(Element) > kTileLineBytes - 16) {
    return one_run(args);
  }
  for (size_t i = 0; i < args.lines; ++i) {
    auto* line = reinterpret_cast<uint8_t*>(args.tile + i * kTileLineBytes);
    for (size_t r = 0; r < args.run_count; ++r) {
      const Run& run = args.runs[r];
      const auto* src = reinterpret_cast<const uint8_t*>(run.src + i * run.stride);
      uint8_t* to = line + run.first * sizeof(Element);
      const size_t bytes = run.count * sizeof(Element);
      if (bytes > kLong) {
        for (size_t at = 0; at < bytes; at += hn::MaxLanes(line_u8)) {
          hn::StoreU(hn::LoadU(line_u8, src + at), line_u8, to + at);
        }
        continue;
      }
      for (size_t at = 0; at < bytes; at += 16) {
        hn::StoreU(hn::LoadU(u8, src + at), u8, to + at);
      }
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace s4::card
HWY_AFTER_NAMESPACE();

#endif
