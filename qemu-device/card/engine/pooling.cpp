// SPDX-License-Identifier: MIT
// S4_OP_POOL: some pixels of an output row at a time. The rows of the image that their windows meet are
// read once, as floats, and taken place after place.
#include "engine/kernels/kernels.hpp"
#include "engine/rows.hpp"
#include "timing/model.hpp"

namespace s4::card {
namespace {

constexpr uint64_t kChannels = 1024;                   // of a tile, at most
constexpr uint64_t kRowFloats = uint64_t{8} << 10;     // of an image's row
constexpr uint64_t kSums = uint64_t{8} << 10;          // of a tile's results

// Places of a window along an axis that lie in the image: [begin, end) of its kernel.
struct Places {
  uint64_t begin;
  uint64_t end;

  Places(uint64_t output, uint64_t kernel, uint64_t stride, uint64_t dilation, uint64_t pad,
         uint64_t extent) {
    const uint64_t origin = output * stride;  // in the padded image
    const auto before = [&](uint64_t limit) {
      return limit > origin ? std::min(kernel, (limit - origin + dilation - 1) / dilation) : 0;
    };
    begin = before(pad);
    end = before(pad + extent);
  }
  uint64_t count() const { return end - begin; }
};

// Channels of a pixel among floats: row kernels work on whole vectors.
uint64_t whole_vectors(uint64_t channels) {
  return (channels + kPartials - 1) / kPartials * kPartials;
}

// How an output row falls into tiles.
struct Plan {
  uint64_t channels;       // of a tile
  uint64_t channel_parts;  // of a row
  uint64_t pixels;
  uint64_t pixel_parts;
  bool whole_rows;  // the image's rows are read once; else each place of a window by itself

  explicit Plan(const s4_cmd_pool& c) {
    const s4_conv_window& w = c.window;
    channels = std::min<uint64_t>(c.channels, kChannels);
    channel_parts = (c.channels + channels - 1) / channels;
    const uint64_t span = (w.kernel_width - uint64_t{1}) * w.dilation_x + 1;
    const uint64_t room = kRowFloats / whole_vectors(channels);  // pixels
    whole_rows = span <= room;
    pixels = whole_rows ? (room - span) / w.stride_x + 1 : 1;
    pixels = std::min<uint64_t>({pixels, kSums / whole_vectors(channels), w.out_width});
    pixel_parts = (w.out_width + pixels - 1) / pixels;
  }
  uint64_t tiles() const { return channel_parts * pixel_parts; }
};

class Tile {
 public:
  Tile(const Job& job, const Plan& plan, uint64_t row, uint64_t part)
      : c_(job.command.pool),
        w_(c_.window),
        kernels_(job.kernels.rows),
        x_(c_.x_type, c_.x_scale),
        y_(c_.y_type, c_.y_scale),
        op_(c_.op == S4_POOL_MAX ? S4_REDUCE_MAX : S4_REDUCE_SUM),
        whole_rows_(plan.whole_rows),
        image_(row / w_.out_height),
        out_y_(row % w_.out_height),
        first_(part / plan.channel_parts * plan.pixels),
        pixels_(std::min(plan.pixels, w_.out_width - first_)),
        channel_(part % plan.channel_parts * plan.channels),
        channels_(std::min(plan.channels, c_.channels - channel_)),
        stride_(whole_vectors(channels_)),
        scratch_(job.scratch.get(Scratch::rounded(RowIo::kBytes) +
                                 Scratch::rounded(kRowFloats * sizeof(float)) +
                                 Scratch::rounded(kSums * sizeof(float)))),
        io_(kernels_, scratch_),
        row_(scratch_.take<float>(kRowFloats)),
        sums_(scratch_.take<float>(kSums)),
        scope_(job.memory) {}

  Fault run() {
    std::fill_n(sums_, pixels_ * stride_, reduce_identity(op_));
    const Places rows(out_y_, w_.kernel_height, w_.stride_y, w_.dilation_y, w_.pad_top,
                      w_.in_height);
    for (uint64_t ky = rows.begin; ky < rows.end; ++ky) {
      const uint64_t in_y = out_y_ * w_.stride_y + ky * w_.dilation_y - w_.pad_top;
      const uint64_t row = c_.x + image_ * w_.x_image_pitch + in_y * w_.x_row_pitch;
      if (const Fault fault = whole_rows_ ? take_row(row) : take_places(row)) {
        return fault;
      }
    }
    return finish(rows.count());
  }

 private:
  Places places(uint64_t out_x) const {
    return {out_x, w_.kernel_width, w_.stride_x, w_.dilation_x, w_.pad_left, w_.in_width};
  }
  uint64_t in_x(uint64_t out_x, uint64_t kx) const {
    return out_x * w_.stride_x + kx * w_.dilation_x - w_.pad_left;
  }

  // `count` pixels of a row of the image from in_x on, as floats.
  Fault load(uint64_t row, uint64_t in_x, uint64_t count, float* to) {
    const uint64_t va = row + in_x * c_.x_pitch + channel_ * x_.size;
    if (c_.x_pitch == channels_ * x_.size && stride_ == channels_) {  // no gaps
      for (uint64_t done = 0; done < count * channels_; done += kRowChunk) {
        const uint64_t part = std::min(kRowChunk, count * channels_ - done);
        if (const Fault fault =
                io_.load(*scope_, x_, va + done * x_.size, 1, part, to + done)) {
          return fault;
        }
      }
      return {};
    }
    for (uint64_t i = 0; i < count; ++i) {
      if (const Fault fault =
              io_.load(*scope_, x_, va + i * c_.x_pitch, 1, channels_, to + i * stride_)) {
        return fault;
      }
    }
    return {};
  }

  Fault take_row(uint64_t row) {
    // Places of windows at the border lie outside; the outermost that do not bound what is read.
    uint64_t begin = ~uint64_t{0};
    uint64_t end = 0;
    uint64_t taken = 0;
    for (uint64_t x = first_; x < first_ + pixels_; ++x) {
      if (const Places at = places(x); at.count() > 0) {
        begin = std::min(begin, in_x(x, at.begin));
        end = std::max(end, in_x(x, at.end - 1) + 1);
        taken += at.count();
      }
    }
    if (taken == 0) {
      return {};
    }
    if (const Fault fault = scope_.spend((end - begin + taken) * channels_)) {
      return fault;
    }
    if (const Fault fault = load(row, begin, end - begin, row_)) {
      return fault;
    }
    for (uint64_t i = 0; i < pixels_; ++i) {
      const Places at = places(first_ + i);
      for (uint64_t kx = at.begin; kx < at.end; ++kx) {
        kernels_.combine[op_](row_ + (in_x(first_ + i, kx) - begin) * stride_, channels_,
                              sums_ + i * stride_);
      }
    }
    return {};
  }

  Fault take_places(uint64_t row) {
    for (uint64_t i = 0; i < pixels_; ++i) {
      const Places at = places(first_ + i);
      for (uint64_t kx = at.begin; kx < at.end; ++kx) {
        if (const Fault fault = scope_.spend(channels_)) {
          return fault;
        }
        if (const Fault fault = load(row, in_x(first_ + i, kx), 1, row_)) {
          return fault;
        }
        kernels_.combine[op_](row_, channels_, sums_ + i * stride_);
      }
    }
    return {};
  }

  Fault finish(uint64_t rows) {
    if (const Fault fault = scope_.spend(pixels_ * channels_)) {
      return fault;
    }
    const uint64_t y = c_.y + image_ * w_.y_image_pitch + out_y_ * w_.y_row_pitch;
    for (uint64_t i = 0; i < pixels_; ++i) {
      float* sums = sums_ + i * stride_;
      if (c_.op != S4_POOL_MAX) {
        const auto count = static_cast<float>(
            c_.op == S4_POOL_AVERAGE ? rows * places(first_ + i).count()
                                     : uint64_t{w_.kernel_height} * w_.kernel_width);
        for (uint64_t e = 0; e < channels_; ++e) {
          sums[e] = sums[e] / count;
        }
      }
      if (const Fault fault = io_.store(*scope_, y_, y + (first_ + i) * c_.y_pitch +
                                                         channel_ * y_.size,
                                        1, channels_, sums)) {
        return fault;
      }
    }
    return {};
  }

  const s4_cmd_pool& c_;
  const s4_conv_window& w_;
  const RowKernels& kernels_;
  Elements x_;
  Elements y_;
  uint32_t op_;
  bool whole_rows_;
  uint64_t image_;
  uint64_t out_y_;
  uint64_t first_;  // output pixel
  uint64_t pixels_;
  uint64_t channel_;
  uint64_t channels_;
  uint64_t stride_;  // floats of a pixel
  Scratch scratch_;
  RowIo io_;
  float* row_;
  float* sums_;
  RowScope scope_;
};

Fault run_pool(const Job& job) {
  const s4_conv_window& w = job.command.pool.window;
  const bool sliced = job.axis() != S4_SLICE_ALL;
  const uint64_t begin = sliced ? job.slice.begin : 0;
  const uint64_t end = sliced ? job.slice.end : uint64_t{w.images} * w.out_height;
  const Plan plan(job.command.pool);
  const uint64_t parts = plan.tiles();
  return for_each_tile(job.pool, (end - begin) * parts, [&](size_t tile) {
    return Tile(job, plan, begin + tile / parts, tile % parts).run();
  });
}

timing::Cost pool_cost(const s4_cmd& command, s4_slice axis, const Slice& slice) {
  return timing::pool_cost(command.pool, axis, slice.begin, slice.end);
}

}  // namespace

const Command kPoolCommand{S4_OP_POOL, run_pool, pool_cost};

}  // namespace s4::card
