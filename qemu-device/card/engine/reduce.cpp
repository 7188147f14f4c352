// SPDX-License-Identifier: MIT
// S4_OP_REDUCE: along dense rows, or many results at once where a kept dimension is the dense one.
#include <optional>

#include "engine/kernels/kernels.hpp"
#include "engine/rows.hpp"
#include "timing/model.hpp"

namespace s4::card {
namespace {

constexpr size_t kWidth = 256;  // results that are worked on at once

struct Axis {
  uint64_t extent;
  uint64_t x;  // strides in elements
  uint64_t y;
};

// Axes with extents of one dropped, and those that follow each other merged.
struct Axes {
  std::array<Axis, S4_MAX_DIMS> list{};
  size_t count = 0;

  void add(const Axis& axis) {
    if (axis.extent == 1) {
      return;
    }
    if (count > 0) {
      Axis& outer = list[count - 1];
      if (outer.x == axis.x * axis.extent && outer.y == axis.y * axis.extent) {
        outer = {outer.extent * axis.extent, axis.x, axis.y};
        return;
      }
    }
    list[count++] = axis;
  }
  uint64_t elements() const {
    uint64_t result = 1;
    for (size_t i = 0; i < count; ++i) {
      result *= list[i].extent;
    }
    return result;
  }
  // Offsets of the index-th element.
  Axis at(uint64_t index) const {
    Axis result{0, 0, 0};
    for (size_t i = count; i-- > 0;) {
      const uint64_t place = index % list[i].extent;
      index /= list[i].extent;
      result.x += place * list[i].x;
      result.y += place * list[i].y;
    }
    return result;
  }
  Axis take(size_t index) {
    const Axis taken = list[index];
    std::copy(list.begin() + index + 1, list.begin() + count, list.begin() + index);
    --count;
    return taken;
  }
  // The last one, or one of a single element.
  Axis take_last() { return count > 0 ? take(count - 1) : Axis{1, 1, 1}; }
};

struct Box {
  uint32_t op;
  Elements x;
  Elements y;
  uint64_t x_va;
  uint64_t y_va;
  Axes kept;
  Axes reduced;
  uint64_t elements;  // a result

  explicit Box(const s4_cmd_reduce& c)
      : op(c.op), x(c.x_type, c.x_scale), y(c.y_type, c.y_scale), x_va(c.x), y_va(c.y) {}
};

Box make_box(const s4_cmd_reduce& c, const Slice& slice, bool sliced) {
  Box box(c);
  const uint32_t split = sliced ? s4_reduce_split(&c) : c.dims;
  for (uint32_t i = 0; i < c.dims; ++i) {
    Axis axis{c.shape[i], c.x_stride[i], c.y_stride[i]};
    if (i == split) {
      axis.extent = slice.end - slice.begin;
      box.x_va += slice.begin * axis.x * box.x.size;
      box.y_va += slice.begin * axis.y * box.y.size;
    }
    ((c.reduced >> i) & 1 ? box.reduced : box.kept).add(axis);
  }
  box.elements = box.reduced.elements();
  return box;
}

// The kept axis along which x is denser than along any other, or none.
std::optional<size_t> dense_kept_axis(const Box& box) {
  uint64_t least = ~uint64_t{0};
  for (size_t i = 0; i < box.reduced.count; ++i) {
    least = std::min(least, box.reduced.list[i].x);
  }
  std::optional<size_t> best;
  for (size_t i = 0; i < box.kept.count; ++i) {
    if (const uint64_t stride = box.kept.list[i].x; stride != 0 && stride < least) {
      least = stride;
      best = i;
    }
  }
  return best;
}

// MEAN divides; the others are done.
void finish(const Box& box, size_t count, float* s) {
  if (box.op == S4_REDUCE_MEAN) {
    const auto n = static_cast<float>(box.elements);
    for (size_t i = 0; i < count; ++i) {
      s[i] = s[i] / n;
    }
  }
}

// Results one by one, each along runs of the last reduced axis.
Fault reduce_rows(const Job& job, const Box& box) {
  const RowKernels& kernels = job.kernels.rows;
  Axes outer = box.reduced;
  const Axis inner = outer.take_last();
  const uint64_t runs = outer.elements();
  const uint64_t results = box.kept.elements();
  const uint64_t group = std::max<uint64_t>(kRowTile / box.elements, 1);

  return for_each_tile(job.pool, (results + group - 1) / group, [&](size_t tile) -> Fault {
    Scratch scratch = job.scratch.get(RowIo::kBytes + Scratch::rounded(kRowChunk * 4) + 64);
    RowIo io(kernels, scratch);
    float* staged = scratch.take<float>(kRowChunk);
    float* s = scratch.take<float>(kPartials);
    RowScope scope(job.memory);
    const uint64_t last = std::min((tile + 1) * group, results);
    for (uint64_t result = tile * group; result < last; ++result) {
      const Axis at = box.kept.at(result);
      std::fill_n(s, kPartials, reduce_identity(box.op));
      size_t filled = 0;  // runs follow each other, whatever their length is
      for (uint64_t run = 0; run < runs; ++run) {
        const uint64_t begin = at.x + outer.at(run).x;
        for (uint64_t i = 0; i < inner.extent;) {
          const size_t count = std::min(inner.extent - i, kRowChunk - filled);
          if (const Fault fault = scope.spend(count)) {
            return fault;
          }
          const uint64_t va = box.x_va + (begin + i * inner.x) * box.x.size;
          if (const Fault fault = io.load(*scope, box.x, va, inner.x, count, staged + filled)) {
            return fault;
          }
          i += count;
          filled += count;
          if (filled == kRowChunk) {
            kernels.accumulate[box.op](staged, filled, s);
            filled = 0;
          }
        }
      }
      kernels.accumulate[box.op](staged, filled, s);
      alignas(64) float lanes[kPartials * kPartials] = {};
      for (size_t j = 0; j < kPartials; ++j) {
        lanes[j * kPartials] = s[j];
      }
      fold_partials(kernels, box.op, kPartials, 1, lanes);
      finish(box, 1, lanes);
      if (const Fault fault =
              io.store(*scope, box.y, box.y_va + at.y * box.y.size, 1, 1, lanes)) {
        return fault;
      }
    }
    return {};
  });
}

// Up to kWidth results at once along a kept axis.
Fault reduce_lanes(const Job& job, const Box& box, size_t dense) {
  const RowKernels& kernels = job.kernels.rows;
  Axes outer = box.kept;
  const Axis lane = outer.take(dense);
  const uint64_t parts = (lane.extent + kWidth - 1) / kWidth;
  const uint64_t work = box.elements * std::min<uint64_t>(lane.extent, kWidth);
  const uint64_t blocks = outer.elements() * parts;
  const uint64_t group = std::max<uint64_t>(kRowTile / work, 1);

  return for_each_tile(job.pool, (blocks + group - 1) / group, [&](size_t tile) -> Fault {
    Scratch scratch = job.scratch.get(RowIo::kBytes + (kPartials + 1) * kWidth * 4);
    RowIo io(kernels, scratch);
    float* row = scratch.take<float>(kWidth);
    float* s = scratch.take<float>(kPartials * kWidth);
    std::fill_n(row, kWidth, 0.0f);
    RowScope scope(job.memory);
    const uint64_t last = std::min((tile + 1) * group, blocks);
    for (uint64_t block = tile * group; block < last; ++block) {
      const Axis at = outer.at(block / parts);
      const uint64_t first = block % parts * kWidth;
      const size_t count = std::min<uint64_t>(lane.extent - first, kWidth);
      std::fill_n(s, kPartials * kWidth, reduce_identity(box.op));
      const uint64_t x_va = box.x_va + (at.x + first * lane.x) * box.x.size;
      for (uint64_t e = 0; e < box.elements; ++e) {
        if (const Fault fault = scope.spend(count)) {
          return fault;
        }
        const uint64_t va = x_va + box.reduced.at(e).x * box.x.size;
        if (const Fault fault = io.load(*scope, box.x, va, lane.x, count, row)) {
          return fault;
        }
        kernels.combine[box.op](row, count, s + e % kPartials * kWidth);
      }
      fold_partials(kernels, box.op, kWidth, count, s);
      finish(box, count, s);
      const uint64_t y_va = box.y_va + (at.y + first * lane.y) * box.y.size;
      if (const Fault fault = io.store(*scope, box.y, y_va, lane.y, count, s)) {
        return fault;
      }
    }
    return {};
  });
}

Fault run_reduce(const Job& job) {
  const Box box = make_box(job.command.reduce, job.slice, job.axis() != S4_SLICE_ALL);
  if (const std::optional<size_t> dense = dense_kept_axis(box)) {
    return reduce_lanes(job, box, *dense);
  }
  return reduce_rows(job, box);
}

timing::Cost reduce_cost(const s4_cmd& command, s4_slice axis, const Slice& slice) {
  return timing::reduce_cost(command.reduce, axis, slice.begin, slice.end);
}

}  // namespace

const Command kReduceCommand{S4_OP_REDUCE, run_reduce, reduce_cost};

}  // namespace s4::card
