// SPDX-License-Identifier: MIT
// Strided boxes of several tensors, element on element, as runs that kernels work on.
#pragma once

#include <algorithm>
#include <array>

#include "engine/command.hpp"
#include "engine/parallel.hpp"
#include "s4/abi/s4_cmd.h"

namespace s4::card {

// Elements of a run that are worked on at once, and of all runs of a tile (some tens of microseconds).
inline constexpr uint64_t kBoxChunk = 4096;
inline constexpr uint64_t kBoxTile = uint64_t{16} << 10;

// The box with as few axes as it can have: extents of one dropped, axes that follow each other in all
// tensors merged, the one along which the last tensor (the result) is densest last. Order does not
// matter to the result, as each element stands for itself.
template <size_t N>
struct Box {
  struct Axis {
    uint64_t extent;
    std::array<uint64_t, N> stride;  // bytes

    bool followed_by(const Axis& inner) const {
      for (size_t t = 0; t < N; ++t) {
        if (stride[t] != inner.stride[t] * inner.extent) {
          return false;
        }
      }
      return true;
    }
  };
  using Place = std::array<uint64_t, N>;

  Place base{};  // addresses
  std::array<Axis, S4_MAX_DIMS> axes{};
  size_t dims = 0;

  const Axis& inner() const { return axes[dims - 1]; }
  uint64_t runs() const {
    uint64_t result = 1;
    for (size_t i = 0; i + 1 < dims; ++i) {
      result *= axes[i].extent;
    }
    return result;
  }
  // Where the first elements of a run stand.
  Place run(uint64_t number) const {
    Place at = base;
    for (size_t i = dims - 1; i-- > 0;) {
      const uint64_t index = number % axes[i].extent;
      number /= axes[i].extent;
      for (size_t t = 0; t < N; ++t) {
        at[t] += index * axes[i].stride[t];
      }
    }
    return at;
  }
};

struct BoxTensor {
  uint64_t va;
  uint64_t size;  // bytes an element
  const __u32* stride;
};

// `sliced`: the share of the outermost dimension above one.
template <size_t N>
Box<N> make_box(const __u32* shape, size_t dims, const std::array<BoxTensor, N>& tensors,
                const Slice& slice, bool sliced) {
  Box<N> box;
  for (size_t t = 0; t < N; ++t) {
    box.base[t] = tensors[t].va;
  }
  for (size_t i = 0; i < dims; ++i) {
    if (shape[i] == 1) {
      continue;
    }
    typename Box<N>::Axis axis{shape[i], {}};
    for (size_t t = 0; t < N; ++t) {
      axis.stride[t] = tensors[t].stride[i] * tensors[t].size;
    }
    if (sliced) {
      sliced = false;
      for (size_t t = 0; t < N; ++t) {
        box.base[t] += slice.begin * axis.stride[t];
      }
      axis.extent = slice.end - slice.begin;
      if (axis.extent == 1) {
        continue;
      }
    }
    size_t place = box.dims++;  // sorted by insertion
    for (; place > 0 && box.axes[place - 1].stride[N - 1] < axis.stride[N - 1]; --place) {
      box.axes[place] = box.axes[place - 1];
    }
    box.axes[place] = axis;
  }
  if (box.dims == 0) {
    box.axes[0].extent = 1;
    for (size_t t = 0; t < N; ++t) {
      box.axes[0].stride[t] = tensors[t].size;
    }
    box.dims = 1;
    return box;
  }
  size_t kept = 0;
  for (size_t i = 1; i < box.dims; ++i) {
    if (box.axes[kept].followed_by(box.axes[i])) {
      box.axes[i].extent *= box.axes[kept].extent;
    } else {
      ++kept;
    }
    box.axes[kept] = box.axes[i];
  }
  box.dims = kept + 1;
  return box;
}

// All of the box in chunks, by several threads: make(scope, scratch) gives a tile its worker, and
// worker(at, count) works on `count` elements of the innermost axis from `at` on.
template <size_t N, class Make>
Fault for_each_chunk(const Job& job, const Box<N>& box, size_t scratch_bytes, const Make& make) {
  const uint64_t runs = box.runs();
  // A tile is some whole runs, or a part of one.
  const uint64_t length = box.inner().extent;
  const uint64_t parts = (length + kBoxTile - 1) / kBoxTile;
  const uint64_t group = std::max<uint64_t>(kBoxTile / length, 1);
  const uint64_t tiles = (runs + group - 1) / group * parts;
  return for_each_tile(job.pool, tiles, [&](size_t tile) -> Fault {
    Scratch scratch = job.scratch.get(scratch_bytes);
    const Scope scope(job.memory);
    if (!scope) {
      return cancelled();
    }
    auto worker = make(*scope, scratch);
    const uint64_t part_begin = tile % parts * kBoxTile;
    const uint64_t part_end = std::min(part_begin + kBoxTile, length);
    const uint64_t last = std::min((tile / parts + 1) * group, runs);
    for (uint64_t run = tile / parts * group; run < last; ++run) {
      const typename Box<N>::Place first = box.run(run);
      for (uint64_t begin = part_begin; begin < part_end; begin += kBoxChunk) {
        typename Box<N>::Place at = first;
        for (size_t t = 0; t < N; ++t) {
          at[t] += begin * box.inner().stride[t];
        }
        if (const Fault fault = worker(at, std::min(kBoxChunk, part_end - begin))) {
          return fault;
        }
      }
    }
    job.memory.retire(1);
    return {};
  });
}

}  // namespace s4::card
