// SPDX-License-Identifier: MIT
// NEAREST of S4_OP_RESIZE: pixels are copied, whatever is in them.
#include "engine/resize.hpp"

namespace s4::card {
namespace {

// Pixel at[i] of a row for each i, of which x holds those from `first` on. By the bytes of a pixel:
// those of few are worth a loop of their own.
template <size_t kRun>
void copy_pixels(const uint32_t* at, size_t count, size_t first, const std::byte* x, size_t pitch,
                 size_t run, std::byte* y) {
  const size_t bytes = kRun != 0 ? kRun : run;
  for (size_t i = 0; i < count; ++i) {
    std::memcpy(y + i * bytes, x + (at[i] - first) * pitch, kRun != 0 ? kRun : run);
  }
}
using CopyPixels = void (*)(const uint32_t* at, size_t count, size_t first, const std::byte* x,
                            size_t pitch, size_t run, std::byte* y);
constexpr std::array<CopyPixels, 17> kCopyPixels = {
    copy_pixels<0>,  copy_pixels<1>, copy_pixels<2>, copy_pixels<3>, copy_pixels<4>, copy_pixels<0>,
    copy_pixels<6>,  copy_pixels<0>, copy_pixels<8>, copy_pixels<0>, copy_pixels<0>, copy_pixels<0>,
    copy_pixels<12>, copy_pixels<0>, copy_pixels<0>, copy_pixels<0>, copy_pixels<16>};

class NearestTile : ResizeTile {
 public:
  NearestTile(const Job& job, const ResizePlan& plan, uint64_t part)
      : ResizeTile(job, plan, part),
        copy_(kCopyPixels[run_ < kCopyPixels.size() ? run_ : 0]),
        scratch_(job.scratch.get(2 * kResizeLine * 4 + kResizeLine * sizeof(uint32_t))),
        line_(scratch_.take<std::byte>(kResizeLine * 4)),
        bounce_(scratch_.take<std::byte>(kResizeLine * 4)),
        at_(scratch_.take<uint32_t>(kResizeLine)) {
    origin_ = plan.across.nearest(first_, c_.rounding);
    for (uint64_t i = 0; i < pixels_; ++i) {
      at_[i] = static_cast<uint32_t>(plan.across.nearest(first_ + i, c_.rounding) - origin_);
    }
  }

  Fault run(uint64_t row) {
    const uint64_t y = plan_.down.nearest(row % c_.out_height, c_.rounding);
    const uint64_t from = x_row(row / c_.out_height, y) + origin_ * c_.x_pitch;
    Fault fault;
    if (from != line_of_) {
      line_of_ = kNoRow;
      if ((fault = plan_.spans ? take_span(from) : take_pixels(from))) {
        return fault;
      }
      line_of_ = from;
    }
    if ((fault = scope_.spend(pixels_ * channels_))) {
      return fault;
    }
    return c_.y_pitch == run_
               ? write_rows(*scope_, y_row(row), 0, 1, pixels_ * run_, line_, pixels_ * run_)
               : write_rows(*scope_, y_row(row), c_.y_pitch, pixels_, run_, line_, run_);
  }

 private:
  Fault take_span(uint64_t from) {
    if (const Fault fault = scope_.spend(pixels_ * channels_)) {
      return fault;
    }
    uint64_t done = 0;  // pixels of the line
    return read_rows(*scope_, from, c_.x_pitch, at_[pixels_ - 1] + size_t{1}, run_, bounce_,
                     [&](size_t first, size_t count, const std::byte* data, size_t pitch) {
                       const uint64_t begin = done;
                       while (done < pixels_ && at_[done] < first + count) {
                         ++done;
                       }
                       copy_(at_ + begin, done - begin, first, data, pitch, run_,
                             line_ + begin * run_);
                     });
  }

  Fault take_pixels(uint64_t from) {
    for (uint64_t i = 0; i < pixels_; ++i) {
      Fault fault = scope_.spend(channels_);
      if (fault) {
        return fault;
      }
      std::byte* to = line_ + i * run_;
      const std::byte* pixel = fetch(*scope_, from + at_[i] * c_.x_pitch, run_, to, &fault);
      if (pixel == nullptr) {
        return fault;
      }
      if (pixel != to) {
        std::memcpy(to, pixel, run_);
      }
    }
    return {};
  }

  const CopyPixels copy_;
  Scratch scratch_;
  std::byte* line_;  // the output row
  std::byte* bounce_;
  uint32_t* at_;  // pixels of the row of the image, counted from origin_
  uint64_t origin_;
  uint64_t line_of_ = kNoRow;  // address of what the line was made of
};

}  // namespace

Fault run_resize_nearest(const Job& job) {
  return run_resize_tiles<NearestTile>(job);
}

}  // namespace s4::card
