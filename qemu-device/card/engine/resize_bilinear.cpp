// SPDX-License-Identifier: MIT
// BILINEAR of S4_OP_RESIZE: first along the row, then between two rows.
#include "engine/kernels/kernels.hpp"
#include "engine/resize.hpp"

namespace s4::card {
namespace {

class BilinearTile : ResizeTile {
 public:
  BilinearTile(const Job& job, const ResizePlan& plan, uint64_t part)
      : ResizeTile(job, plan, part),
        kernels_(job.kernels.resize),
        scratch_(job.scratch.get(RowIo::kBytes + kResizeLine * (sizeof(float) + sizeof(uint32_t)) +
                                 3 * kLineBytes + kSpanBytes)),
        io_(job.kernels.rows, scratch_),
        f_(scratch_.take<float>(kResizeLine)),
        at_(scratch_.take<uint32_t>(kResizeLine)),
        out_(scratch_.take<float>(kResizeLine + kResizeSlack)),
        span_(scratch_.take<float>(kResizeSpan + kResizeChannels + kResizeSlack)) {
    for (Line& line : lines_) {
      line.floats = scratch_.take<float>(kResizeLine + kResizeSlack);
    }
    origin_ = plan.across.between(first_).low;
    for (uint64_t i = 0; i < pixels_; ++i) {
      const ResizeAxis::Between x = plan.across.between(first_ + i);
      f_[i] = x.f;
      at_[i] =
          static_cast<uint32_t>(plan.spans ? (x.low - origin_) * channels_ : 2 * i * channels_);
      span_pixels_ = x.low - origin_ + (x.f != 0 ? 2 : 1);
    }
  }

  Fault run(uint64_t row) {
    const ResizeAxis::Between y = plan_.down.between(row % c_.out_height);
    const uint64_t from = x_row(row / c_.out_height, y.low);
    const float* result = nullptr;
    Fault fault = find(from, nullptr, &result);
    if (!fault && y.f != 0) {
      const float* lower = nullptr;
      fault = find(from + c_.x_row_pitch, result, &lower);
      if (!fault) {
        kernels_.down(result, lower, y.f, pixels_ * channels_, out_);
        result = out_;
      }
    }
    if (fault || (fault = scope_.spend(pixels_ * channels_))) {
      return fault;
    }
    return c_.y_pitch == run_
               ? io_.store(*scope_, elements_, y_row(row), 1, pixels_ * channels_, result)
               : io_.store_rows(*scope_, elements_, y_row(row), c_.y_pitch / elements_.size,
                                pixels_, channels_, result);
  }

 private:
  static constexpr size_t kLineBytes =
      Scratch::rounded((kResizeLine + kResizeSlack) * sizeof(float));
  static constexpr size_t kSpanBytes =
      Scratch::rounded((kResizeSpan + kResizeChannels + kResizeSlack) * sizeof(float));

  struct Line {
    float* floats;
    uint64_t of = kNoRow;  // address of the row of the image
  };

  // The line of a row of the image: kept, or made now in the place that `other` does not take.
  Fault find(uint64_t row, const float* other, const float** found) {
    for (const Line& line : lines_) {
      if (line.of == row) {
        *found = line.floats;
        return {};
      }
    }
    Line& line = lines_[lines_[0].floats == other];
    line.of = kNoRow;
    if (const Fault fault = plan_.spans ? take_span(row) : take_pairs(row)) {
      return fault;
    }
    kernels_.across({span_, at_, f_, pixels_, channels_, line.floats});
    line.of = row;
    *found = line.floats;
    return {};
  }

  Fault take_span(uint64_t row) {
    const uint64_t from = row + origin_ * c_.x_pitch;
    const bool dense = c_.x_pitch == run_;
    // Elements, or pixels of them.
    const uint64_t all = dense ? span_pixels_ * channels_ : span_pixels_;
    const uint64_t most = dense ? kRowChunk : kRowChunk / channels_;
    for (uint64_t done = 0; done < all; done += most) {
      const uint64_t count = std::min(most, all - done);
      Fault fault = scope_.spend(count * (dense ? 1 : channels_));
      if (!fault && dense) {
        fault = io_.load(*scope_, elements_, from + done * elements_.size, 1, count, span_ + done);
      } else if (!fault) {
        fault = load_pixels(from + done * c_.x_pitch, count, span_ + done * channels_);
      }
      if (fault) {
        return fault;
      }
    }
    return {};
  }

  Fault take_pairs(uint64_t row) {
    for (uint64_t i = 0; i < pixels_; ++i) {
      Fault fault = scope_.spend(2 * channels_);
      if (!fault) {
        fault = load_pixels(row + plan_.across.between(first_ + i).low * c_.x_pitch,
                            f_[i] != 0 ? 2 : 1, span_ + at_[i]);
      }
      if (fault) {
        return fault;
      }
    }
    return {};
  }

  Fault load_pixels(uint64_t va, uint64_t count, float* to) {
    return io_.load_rows(*scope_, elements_, va, c_.x_pitch / elements_.size, count, channels_, to);
  }

  const ResizeKernels& kernels_;
  Scratch scratch_;
  RowIo io_;
  float* f_;
  uint32_t* at_;  // floats of span_ where the pixel below an output begins
  float* out_;
  float* span_;  // of a row of the image: all that lies between, or the two pixels of each output
  std::array<Line, 2> lines_;
  uint64_t origin_;  // the first pixel
  uint64_t span_pixels_ = 0;
};

}  // namespace

Fault run_resize_bilinear(const Job& job) {
  return run_resize_tiles<BilinearTile>(job);
}

}  // namespace s4::card
