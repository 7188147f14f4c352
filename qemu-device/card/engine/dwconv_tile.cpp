// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <bit>

#include "engine/dwconv.hpp"
#include "engine/kernels/kernels.hpp"
#include "engine/rows.hpp"

namespace s4::card {
namespace {

// A pixel's or a tap's run of a block, of any type.
using Bounce = std::array<std::byte, kDwconvBlock * sizeof(float)>;

class Tile {
 public:
  Tile(const Job& job, const DwconvPlan& plan, const DwconvTile& tile)
      : job_(job),
        c_(job.command.dwconv),
        w_(c_.window),
        plan_(plan),
        t_(tile),
        x_(c_.matrix.type, S4_FLOAT_ONE),
        y_(c_.matrix.y_type, c_.matrix.y_scale),
        stride_((t_.rows + kPartials - 1) / kPartials * kPartials),
        channel_(t_.row / c_.multiplier),
        channels_((t_.row + t_.rows - 1) / c_.multiplier + 1 - channel_),
        band_width_(plan.banded ? band_width(w_, t_.width) : t_.width),
        scratch_(job.scratch.get((kDwconvBand + kDwconvSums + kDwconvWeights) * sizeof(float))),
        band_(scratch_.take<float>(kDwconvBand)),
        sums_(scratch_.take<float>(kDwconvSums)),
        weights_(scratch_.take<float>(kDwconvWeights)) {
    for (size_t i = 0; i < t_.rows; ++i) {
      source_[i] = static_cast<uint8_t>((t_.row + i) / c_.multiplier - channel_);
    }
  }

  Fault run() {
    const size_t taps = c_.matrix.k;
    for (size_t tap = 0; tap < taps; tap += plan_.taps) {
      const size_t count = std::min(plan_.taps, taps - tap);
      {
        RowScope scope(job_.memory);
        Fault fault;
        if (!plan_.banded) {
          fault = lay_out_tap(scope, tap);
        } else if (tap == 0) {
          fault = lay_out_band(scope);
        }
        if (fault || (fault = load_weights(scope, tap, count))) {
          return fault;
        }
      }
      add_taps(tap, count);
    }
    return finish();
  }

 private:
  // `count` pixels of a row, `step` apart from (y, x) on, of coordinates that count the padding.
  Fault lay_out(RowScope& scope, uint64_t y, uint64_t x, uint64_t step, size_t count, float* to) {
    if (const Fault fault = scope.spend(count * stride_)) {
      return fault;
    }
    // Pixels before `limit`.
    const auto before = [&](uint64_t limit) -> size_t {
      return limit <= x ? 0 : std::min<uint64_t>((limit - x + step - 1) / step, count);
    };
    const bool inside = y >= w_.pad_top && y - w_.pad_top < w_.in_height;
    const size_t first = inside ? before(w_.pad_left) : count;
    const size_t last = inside ? before(uint64_t{w_.pad_left} + w_.in_width) : count;
    std::fill_n(to, first * stride_, 0.0f);
    std::fill_n(to + last * stride_, (count - last) * stride_, 0.0f);
    if (first == last) {
      return {};
    }
    const uint64_t va = c_.matrix.x + t_.image * w_.x_image_pitch +
                        (y - w_.pad_top) * w_.x_row_pitch +
                        (x + first * step - w_.pad_left) * c_.matrix.x_pitch + channel_ * x_.size;
    Bounce bounce;
    return read_rows(*scope, va, step * c_.matrix.x_pitch, last - first, channels_ * x_.size,
                     bounce.data(),
                     [&](size_t begin, size_t pixels, const std::byte* data, size_t pitch) {
                       load(data, pitch, pixels, to + (first + begin) * stride_);
                     });
  }

  // Pixels that stand `pitch` apart to floats, a channel for each that comes of it.
  void load(const std::byte* data, size_t pitch, size_t pixels, float* to) const {
    const auto kernel = job_.kernels.rows.load[x_.type];
    if (c_.multiplier == 1) {
      if (pitch == t_.rows * x_.size && t_.rows == stride_) {  // no gaps
        return kernel(data, pixels * stride_, 1.0f, to);
      }
      for (size_t i = 0; i < pixels; ++i) {
        kernel(data + i * pitch, t_.rows, 1.0f, to + i * stride_);
        fill_up(to + i * stride_);
      }
      return;
    }
    alignas(64) std::array<float, kDwconvBlock> channels;
    for (size_t i = 0; i < pixels; ++i) {
      kernel(data + i * pitch, channels_, 1.0f, channels.data());
      for (size_t r = 0; r < t_.rows; ++r) {
        to[i * stride_ + r] = channels[source_[r]];
      }
      fill_up(to + i * stride_);
    }
  }

  // Kernels work on whole vectors: what they make of these is not used, but zeros are quick.
  void fill_up(float* to) const { std::fill(to + t_.rows, to + stride_, 0.0f); }

  Fault lay_out_band(RowScope& scope) {
    const size_t height = band_height(w_, t_.height);
    for (size_t i = 0; i < height; ++i) {
      if (const Fault fault = lay_out(scope, t_.y * w_.stride_y + i, t_.x * w_.stride_x, 1,
                                      band_width_, band_ + i * band_width_ * stride_)) {
        return fault;
      }
    }
    return {};
  }

  Fault lay_out_tap(RowScope& scope, size_t tap) {
    const uint64_t dy = tap / w_.kernel_width * w_.dilation_y;
    const uint64_t dx = tap % w_.kernel_width * w_.dilation_x;
    for (size_t i = 0; i < t_.height; ++i) {
      if (const Fault fault = lay_out(scope, (t_.y + i) * w_.stride_y + dy, t_.x * w_.stride_x + dx,
                                      w_.stride_x, t_.width, band_ + i * band_width_ * stride_)) {
        return fault;
      }
    }
    return {};
  }

  Fault load_weights(RowScope& scope, size_t tap, size_t count) {
    if (const Fault fault = scope.spend(count * stride_)) {
      return fault;
    }
    Bounce bounce;
    const uint64_t pitch = c_.matrix.rows * x_.size;
    return read_rows(*scope, c_.matrix.values + tap * pitch + t_.row * x_.size, pitch, count,
                     t_.rows * x_.size, bounce.data(),
                     [&](size_t first, size_t taps, const std::byte* data, size_t step) {
                       for (size_t i = 0; i < taps; ++i) {
                         float* to = weights_ + (first + i) * stride_;
                         job_.kernels.rows.load[x_.type](data + i * step, t_.rows, 1.0f, to);
                         fill_up(to);
                       }
                     });
  }

  void add_taps(size_t tap, size_t count) {
    std::array<uint32_t, kDwconvTaps> offsets{};
    for (size_t i = 0; plan_.banded && i < count; ++i) {
      const size_t y = (tap + i) / w_.kernel_width * w_.dilation_y;
      const size_t x = (tap + i) % w_.kernel_width * w_.dilation_x;
      offsets[i] = static_cast<uint32_t>((y * band_width_ + x) * stride_);
    }
    const DwconvArgs args{.x = band_,
                          .row_step = (plan_.banded ? w_.stride_y : 1) * band_width_ * stride_,
                          .pixel_step = (plan_.banded ? w_.stride_x : 1) * stride_,
                          .offsets = offsets.data(),
                          .weights = weights_,
                          .taps = count,
                          .rows = t_.height,
                          .pixels = t_.width,
                          .channels = stride_,
                          .first = tap == 0,
                          .sums = sums_};
    (x_.type == S4_TYPE_INT8 ? job_.kernels.dwconv.int8 : job_.kernels.dwconv.bf16)(args);
  }

  // The epilogue. The weights are used up: bias and scale take their place, and the band's place
  // what is added and what is written.
  Fault finish() {
    const uint32_t flags = job_.command.header.flags;
    RowScope scope(job_.memory);
    Fault fault = scope.spend(2 * stride_);
    std::byte* bias = reinterpret_cast<std::byte*>(weights_);
    float* scale = weights_ + stride_;
    if (fault ||
        ((flags & S4_SPMM_BIAS) &&
         (fault = (*scope).read(c_.matrix.bias + t_.row * 4, bias, t_.rows * 4))) ||
        ((flags & S4_SPMM_SCALE) &&
         (fault = (*scope).read(c_.matrix.scale + t_.row * 4, scale, t_.rows * 4)))) {
      return fault;
    }
    const size_t pixels = t_.height * t_.width;
    const DwconvEndArgs args{.sums = sums_,
                             .pixels = pixels,
                             .channels = stride_,
                             .scale = flags & S4_SPMM_SCALE ? scale : nullptr,
                             .bias = flags & S4_SPMM_BIAS ? bias : nullptr};
    const DwconvKernels& kernels = job_.kernels.dwconv;
    if (y_.type == S4_TYPE_INT32) {
      kernels.end_int32(args);
      return write(scope, reinterpret_cast<const std::byte*>(sums_));
    }
    (x_.type == S4_TYPE_INT8 ? kernels.end_int8 : kernels.end_bf16)(args);
    if (flags & S4_SPMM_RESIDUAL) {
      for (size_t i = 0; i < t_.height; ++i) {
        if ((fault = add_residual(scope, i))) {
          return fault;
        }
      }
    }
    if (c_.matrix.activation != S4_ACT_NONE) {
      job_.kernels.functions.activate(sums_, pixels * stride_,
                                      {c_.matrix.activation, std::bit_cast<float>(c_.matrix.alpha),
                                       std::bit_cast<float>(c_.matrix.beta)});
    }
    auto* out = reinterpret_cast<std::byte*>(band_);
    job_.kernels.rows.store[y_.type](sums_, pixels * stride_, y_.scale, out);
    return write(scope, out);
  }

  Fault add_residual(RowScope& scope, size_t line) {
    if (const Fault fault = scope.spend(t_.width * stride_)) {
      return fault;
    }
    const Elements e(c_.matrix.residual_type, c_.matrix.residual_scale);
    Bounce bounce;
    const uint64_t va = c_.matrix.residual + t_.image * c_.residual_image_pitch +
                        (t_.y + line) * c_.residual_row_pitch + t_.x * c_.matrix.residual_pitch +
                        t_.row * e.size;
    const Fault fault =
        read_rows(*scope, va, c_.matrix.residual_pitch, t_.width, t_.rows * e.size, bounce.data(),
                  [&](size_t first, size_t count, const std::byte* data, size_t pitch) {
                    for (size_t i = 0; i < count; ++i) {
                      float* to = band_ + (first + i) * stride_;
                      job_.kernels.rows.load[e.type](data + i * pitch, t_.rows, e.scale, to);
                      fill_up(to);
                    }
                  });
    if (!fault) {
      float* sums = sums_ + line * t_.width * stride_;
      job_.kernels.eltwise.operate[S4_ELTWISE_ADD](sums, band_, sums, t_.width * stride_);
    }
    return fault;
  }

  Fault write(RowScope& scope, const std::byte* from) {
    const size_t run = t_.rows * y_.size;
    const size_t from_pitch = stride_ * y_.size;
    for (size_t i = 0; i < t_.height; ++i) {
      if (const Fault fault = scope.spend(t_.width * stride_)) {
        return fault;
      }
      const uint64_t va = c_.matrix.y + t_.image * w_.y_image_pitch + (t_.y + i) * w_.y_row_pitch +
                          t_.x * c_.matrix.y_pitch + t_.row * y_.size;
      const std::byte* line = from + i * t_.width * from_pitch;
      const bool dense = run == c_.matrix.y_pitch && run == from_pitch;
      if (const Fault fault =
              dense
                  ? write_rows(*scope, va, run * t_.width, 1, run * t_.width, line, run * t_.width)
                  : write_rows(*scope, va, c_.matrix.y_pitch, t_.width, run, line, from_pitch)) {
        return fault;
      }
    }
    return {};
  }

  const Job& job_;
  const s4_cmd_dwconv& c_;
  const s4_conv_window& w_;
  const DwconvPlan& plan_;
  const DwconvTile& t_;
  const Elements x_;  // and the weights
  const Elements y_;
  const size_t stride_;     // floats of a pixel
  const uint64_t channel_;  // of x
  const size_t channels_;
  const size_t band_width_;
  Scratch scratch_;
  float* const band_;
  float* const sums_;
  float* const weights_;
  std::array<uint8_t, kDwconvBlock> source_;  // of a channel of y, from channel_ on
};

}  // namespace

Fault run_dwconv_tile(const Job& job, const DwconvPlan& plan, const DwconvTile& tile) {
  return Tile(job, plan, tile).run();
}

}  // namespace s4::card
