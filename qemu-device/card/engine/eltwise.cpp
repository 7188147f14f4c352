// SPDX-License-Identifier: MIT
// S4_OP_ELTWISE: any strided box becomes runs of elements that the kernels work on.
#include <algorithm>
#include <array>
#include <bit>

#include "engine/access.hpp"
#include "engine/command.hpp"
#include "engine/kernels/kernels.hpp"
#include "s4/abi/s4_check.h"
#include "timing/model.hpp"

namespace s4::card {
namespace {

// Elements of a run that are worked on at once, and of all runs of a tile.
constexpr uint64_t kChunk = 4096;
constexpr uint64_t kTileElements = uint64_t{16} << 10;

enum Operand { kA, kB, kY };

struct Axis {
  uint64_t extent;
  std::array<uint64_t, 3> stride;  // in elements, by Operand
};

// The box with as few axes as it can have: extents of one dropped, axes that follow each other in
// all three tensors merged, the one along which y is densest last. Order does not matter to the
// result, as each element stands for itself.
struct Box {
  std::array<uint64_t, 3> base{};  // addresses
  std::array<Axis, S4_MAX_DIMS> axes{};
  size_t dims = 0;
  uint64_t size = 0;  // bytes an element

  const Axis& inner() const { return axes[dims - 1]; }
};

bool follows(const Axis& outer, const Axis& inner) {
  for (const Operand o : {kA, kB, kY}) {
    if (outer.stride[o] != inner.stride[o] * inner.extent) {
      return false;
    }
  }
  return true;
}

Box make_box(const s4_cmd_eltwise& c, const Slice& slice, bool sliced) {
  Box box{.base = {c.a, c.b, c.y}, .size = s4_type_bytes(c.type)};
  for (size_t i = 0; i < c.dims; ++i) {
    Axis axis{c.shape[i], {c.a_stride[i], c.b_stride[i], c.y_stride[i]}};
    if (axis.extent == 1) {
      continue;
    }
    if (sliced) {
      sliced = false;  // the outermost dimension above one
      for (const Operand o : {kA, kB, kY}) {
        box.base[o] += slice.begin * axis.stride[o] * box.size;
      }
      axis.extent = slice.end - slice.begin;
      if (axis.extent == 1) {
        continue;
      }
    }
    size_t place = box.dims++;  // sorted by insertion
    for (; place > 0 && box.axes[place - 1].stride[kY] < axis.stride[kY]; --place) {
      box.axes[place] = box.axes[place - 1];
    }
    box.axes[place] = axis;
  }
  size_t kept = 0;
  for (size_t i = 1; i < box.dims; ++i) {
    if (follows(box.axes[kept], box.axes[i])) {
      box.axes[i].extent *= box.axes[kept].extent;
    } else {
      ++kept;
    }
    box.axes[kept] = box.axes[i];
  }
  if (box.dims == 0) {
    box.axes[0] = {1, {1, 1, 1}};
    box.dims = 1;
  } else {
    box.dims = kept + 1;
  }
  return box;
}

using Kernel = void (*)(const EltwiseArgs&);

Kernel kernel_of(const EltwiseKernels& kernels, const s4_cmd_eltwise& c) {
  const bool add = c.op == S4_ELTWISE_ADD;
  switch (c.type) {
    case S4_TYPE_INT8:
      return add ? kernels.add_int8 : kernels.mul_int8;
    case S4_TYPE_BF16:
      return add ? kernels.add_bf16 : kernels.mul_bf16;
    default:
      return add ? kernels.add_float32 : kernels.mul_float32;
  }
}

// Work on runs within one scope.
class Runner {
 public:
  Runner(const Box& box, Kernel kernel, const EltwiseArgs& args, AccessScope& scope,
         Scratch& scratch)
      : box_(box), kernel_(kernel), args_(args), scope_(scope) {
    for (std::byte*& buffer : buffer_) {
      buffer = scratch.take<std::byte>(kChunk * box.size);
    }
  }
  static size_t scratch_bytes(const Box& box) {
    return 3 * Scratch::rounded(kChunk * box.size);
  }

  // Elements [begin, end) of the run whose first element stands at `at`.
  Fault run(const std::array<uint64_t, 3>& at, uint64_t begin, uint64_t end) {
    EltwiseArgs args = args_;
    args.count = end - begin;
    Fault fault;
    args.a = load(kA, at, begin, args.count, &args.a_broadcast, &fault);
    if (args.a == nullptr) {
      return fault;
    }
    args.b = load(kB, at, begin, args.count, &args.b_broadcast, &fault);
    if (args.b == nullptr) {
      return fault;
    }
    const uint64_t stride = box_.inner().stride[kY] * box_.size;
    const uint64_t va = at[kY] + begin * stride;
    if (stride == box_.size) {
      if (std::byte* in_place = scope_.view_write(va, args.count * box_.size)) {
        args.y = in_place;
        kernel_(args);
        return {};
      }
    }
    args.y = buffer_[kY];
    kernel_(args);
    return write_rows(scope_, va, stride, args.count, box_.size, buffer_[kY], box_.size);
  }

 private:
  const std::byte* load(Operand o, const std::array<uint64_t, 3>& at, uint64_t begin,
                        uint64_t count, bool* broadcast, Fault* fault) {
    const uint64_t stride = box_.inner().stride[o] * box_.size;
    const uint64_t va = at[o] + begin * stride;
    *broadcast = stride == 0;
    if (stride == 0) {
      return fetch(scope_, va, box_.size, buffer_[o], fault);
    }
    if (stride == box_.size) {
      return fetch(scope_, va, count * box_.size, buffer_[o], fault);
    }
    std::array<std::byte, 4> bounce;
    std::byte* to = buffer_[o];
    *fault = read_rows(scope_, va, stride, count, box_.size, bounce.data(),
                       [&](size_t first, size_t elements, const std::byte* from, size_t pitch) {
                         for (size_t i = 0; i < elements; ++i) {
                           std::memcpy(to + (first + i) * box_.size, from + i * pitch, box_.size);
                         }
                       });
    return *fault ? nullptr : to;
  }

  const Box& box_;
  Kernel kernel_;
  const EltwiseArgs& args_;
  AccessScope& scope_;
  std::array<std::byte*, 3> buffer_;
};

Fault run_eltwise(const Job& job) {
  const s4_cmd_eltwise& c = job.command.eltwise;
  const Box box = make_box(c, job.slice, job.axis() != S4_SLICE_ALL);
  const Kernel kernel = kernel_of(job.kernels.eltwise, c);
  const EltwiseArgs args{.a = nullptr,
                         .b = nullptr,
                         .y = nullptr,
                         .count = 0,
                         .a_broadcast = false,
                         .b_broadcast = false,
                         .relu = c.activation == S4_ACT_RELU,
                         .a_scale = std::bit_cast<float>(c.a_scale),
                         .b_scale = std::bit_cast<float>(c.b_scale),
                         .y_scale = std::bit_cast<float>(c.y_scale)};
  uint64_t runs = 1;
  for (size_t i = 0; i + 1 < box.dims; ++i) {
    runs *= box.axes[i].extent;
  }
  // A tile is some whole runs, or a part of one.
  const uint64_t length = box.inner().extent;
  const uint64_t parts = (length + kTileElements - 1) / kTileElements;
  const uint64_t group = std::max<uint64_t>(kTileElements / length, 1);
  const uint64_t tiles = (runs + group - 1) / group * parts;

  return for_each_tile(job.pool, tiles, [&](size_t tile) -> Fault {
    Scratch scratch = job.scratch.get(Runner::scratch_bytes(box));
    const Scope scope(job.memory);
    if (!scope) {
      return cancelled();
    }
    Runner runner(box, kernel, args, *scope, scratch);
    const uint64_t part_begin = tile % parts * kTileElements;
    const uint64_t part_end = std::min(part_begin + kTileElements, length);
    const uint64_t last = std::min((tile / parts + 1) * group, runs);
    for (uint64_t run = tile / parts * group; run < last; ++run) {
      std::array<uint64_t, 3> at = box.base;
      uint64_t rest = run;
      for (size_t i = box.dims - 1; i-- > 0;) {
        const uint64_t index = rest % box.axes[i].extent;
        rest /= box.axes[i].extent;
        for (const Operand o : {kA, kB, kY}) {
          at[o] += index * box.axes[i].stride[o] * box.size;
        }
      }
      for (uint64_t begin = part_begin; begin < part_end; begin += kChunk) {
        if (const Fault fault = runner.run(at, begin, std::min(begin + kChunk, part_end))) {
          return fault;
        }
      }
    }
    job.memory.retire(1);
    return {};
  });
}

timing::Cost eltwise_cost(const s4_cmd& command, s4_slice axis, const Slice& slice) {
  return timing::eltwise_cost(command.eltwise, axis, slice.begin, slice.end);
}

}  // namespace

const Command kEltwiseCommand{S4_OP_ELTWISE, run_eltwise, eltwise_cost};

}  // namespace s4::card
