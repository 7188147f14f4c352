// SPDX-License-Identifier: MIT
// S4_OP_MOVE: the box where y is x, and the boxes around it where y is the pattern. Each becomes
// planes of two axes that the kernels move.
#include <algorithm>
#include <array>

#include "engine/access.hpp"
#include "engine/command.hpp"
#include "engine/kernels/kernels.hpp"
#include "timing/model.hpp"

namespace s4::card {
namespace {

constexpr uint64_t kTileBytes = uint64_t{64} << 10;
constexpr uint64_t kTurnElements = 128;  // along each side of a part that is transposed

struct Axis {
  uint64_t extent = 1;
  uint64_t src = 0;  // strides, in bytes
  uint64_t dst = 0;
};

// One strided box, with as few axes as it can have. The two axes of its planes come last: `column`
// is the one along which dst is densest, `row` the one along which src is, or the next of dst.
struct Box {
  bool pattern = false;
  uint64_t src = 0;
  uint64_t dst = 0;
  std::array<Axis, S4_MAX_DIMS> outer{};
  size_t dims = 0;  // of outer
  Axis row{};
  Axis column{};
  uint64_t row_part = 1;     // a tile's share of the plane
  uint64_t column_part = 1;
  uint64_t row_parts = 1;
  uint64_t column_parts = 1;
  uint64_t planes = 1;
  uint64_t group = 1;  // planes of a tile
  uint64_t tiles = 1;
};

bool follows(const Axis& outer, const Axis& inner) {
  return outer.src == inner.src * inner.extent && outer.dst == inner.dst * inner.extent;
}

void choose_parts(Box& box, uint64_t size) {
  const uint64_t most = kTileBytes / size;
  const bool turned = box.column.src != size && box.row.src == size;
  box.column_part = std::min(box.column.extent, turned ? kTurnElements : most);
  box.row_part = std::min(box.row.extent, most / box.column_part);
  box.column_part = std::min(box.column.extent, most / box.row_part);
  box.row_parts = (box.row.extent + box.row_part - 1) / box.row_part;
  box.column_parts = (box.column.extent + box.column_part - 1) / box.column_part;
  for (size_t i = 0; i < box.dims; ++i) {
    box.planes *= box.outer[i].extent;
  }
  const uint64_t parts = box.row_parts * box.column_parts;
  box.group = parts > 1 ? 1 : std::max<uint64_t>(most / (box.row.extent * box.column.extent), 1);
  box.tiles = (box.planes + box.group - 1) / box.group * parts;
}

Box make_box(bool pattern, uint64_t src, uint64_t dst, const std::array<Axis, S4_MAX_DIMS>& all,
             size_t count, uint64_t size) {
  Box box{.pattern = pattern, .src = src, .dst = dst};
  auto& axes = box.outer;
  for (size_t i = 0; i < count; ++i) {
    if (all[i].extent == 1) {
      continue;
    }
    size_t place = box.dims++;  // sorted by insertion
    for (; place > 0 && axes[place - 1].dst < all[i].dst; --place) {
      axes[place] = axes[place - 1];
    }
    axes[place] = all[i];
  }
  size_t kept = 0;
  for (size_t i = 1; i < box.dims; ++i) {
    if (follows(axes[kept], axes[i])) {
      axes[i].extent *= axes[kept].extent;
    } else {
      ++kept;
    }
    axes[kept] = axes[i];
  }
  box.dims = std::min(box.dims, kept + 1);
  if (box.dims > 0) {
    box.column = axes[--box.dims];
  } else {
    box.column = {1, size, size};
  }
  if (box.dims > 0) {
    size_t row = box.dims - 1;
    for (size_t i = 0; i < box.dims && box.column.src != size; ++i) {
      if (axes[i].src == size) {
        row = i;
      }
    }
    box.row = axes[row];
    std::copy(axes.begin() + row + 1, axes.begin() + box.dims, axes.begin() + row);
    --box.dims;
  }
  choose_parts(box, size);
  return box;
}

// The box of x, and for each dimension that of the padding before and after it: outer dimensions
// are within x there, inner ones run over all of y.
struct Boxes {
  std::array<Box, 1 + 2 * S4_MAX_DIMS> list;
  size_t count = 0;
  uint64_t tiles = 0;

  explicit Boxes(const s4_cmd_move& c) {
    const uint64_t size = c.element_bytes;
    std::array<Axis, S4_MAX_DIMS> axes;
    uint64_t dst = c.dst;
    for (size_t i = 0; i < c.dims; ++i) {
      axes[i] = {c.src_extent[i], c.src_stride[i] * size, c.dst_stride[i] * size};
      dst += c.before[i] * axes[i].dst;
    }
    add(make_box(false, c.src, dst, axes, c.dims, size));
    for (size_t i = c.dims; i-- > 0;) {
      dst -= c.before[i] * axes[i].dst;  // dimensions from i on begin with y
      const uint64_t end = uint64_t{c.before[i]} + c.src_extent[i];
      for (Axis& axis : axes) {
        axis.src = 0;
      }
      axes[i].extent = c.before[i];
      if (axes[i].extent > 0) {
        add(make_box(true, 0, dst, axes, c.dims, size));
      }
      axes[i].extent = c.shape[i] - end;
      if (axes[i].extent > 0) {
        add(make_box(true, 0, dst + end * axes[i].dst, axes, c.dims, size));
      }
      axes[i].extent = c.shape[i];
    }
  }

 private:
  void add(const Box& box) {
    list[count++] = box;
    tiles += box.tiles;
  }
};

using Kernel = void (*)(const MoveArgs&);

Kernel kernel_of(const MoveKernels& kernels, uint64_t size) {
  return size == 1 ? kernels.bytes1
         : size == 2 ? kernels.bytes2
         : size == 4 ? kernels.bytes4
                     : kernels.bytes8;
}

// Moves parts of planes within one scope: in place where memory is contiguous, else by way of
// buffers of kTileBytes, which are dense along what is contiguous in memory.
class Mover {
 public:
  Mover(const s4_cmd_move& c, Kernel kernel, AccessScope& scope, Scratch& scratch)
      : size_(c.element_bytes),
        pattern_(reinterpret_cast<const std::byte*>(&c.pattern)),
        kernel_(kernel),
        scope_(scope),
        in_(scratch.take<std::byte>(kTileBytes)),
        out_(scratch.take<std::byte>(kTileBytes)) {}
  static size_t scratch_bytes() { return 2 * kTileBytes; }

  Fault move(const Box& box, uint64_t src, uint64_t dst, uint64_t rows, uint64_t columns) {
    MoveArgs args{.src = nullptr,
                  .dst = nullptr,
                  .src_row = box.row.src,
                  .src_column = box.column.src,
                  .dst_row = box.row.dst,
                  .dst_column = box.column.dst,
                  .rows = rows,
                  .columns = columns};
    if (box.pattern) {
      args.src = pattern_;
    } else if (const Fault fault = load(src, args)) {
      return fault;
    }
    const uint64_t span = (rows - 1) * args.dst_row + (columns - 1) * args.dst_column + size_;
    args.dst = scope_.view_write(dst, span);
    if (args.dst != nullptr) {
      kernel_(args);
      return {};
    }
    args.dst = out_;
    args.dst_row = columns * size_;
    args.dst_column = size_;
    kernel_(args);
    return store(box, dst, rows, columns);
  }

 private:
  Fault load(uint64_t src, MoveArgs& args) {
    const uint64_t span =
        (args.rows - 1) * args.src_row + (args.columns - 1) * args.src_column + size_;
    args.src = scope_.view(src, span);
    if (args.src != nullptr) {
      return {};
    }
    args.src = in_;
    const bool by_rows = args.src_row == size_ && args.src_column != size_;
    const uint64_t lines = by_rows ? args.columns : args.rows;
    const uint64_t run = by_rows ? args.rows : args.columns;
    const uint64_t pitch = by_rows ? args.src_column : args.src_row;
    const uint64_t step = by_rows ? args.src_row : args.src_column;
    for (uint64_t line = 0; line < lines; ++line) {
      if (const Fault fault = load_line(src + line * pitch, step, run, in_ + line * run * size_)) {
        return fault;
      }
    }
    args.src_row = by_rows ? size_ : run * size_;
    args.src_column = by_rows ? run * size_ : size_;
    return {};
  }

  Fault load_line(uint64_t src, uint64_t step, uint64_t run, std::byte* to) {
    if (step == size_) {
      return scope_.read(src, to, run * size_);
    }
    for (uint64_t i = 0; i < run; ++i) {
      if (const Fault fault = scope_.read(src + i * step, to + i * size_, size_)) {
        return fault;
      }
    }
    return {};
  }

  Fault store(const Box& box, uint64_t dst, uint64_t rows, uint64_t columns) {
    const uint64_t run = columns * size_;
    if (box.column.dst == size_) {
      return write_rows(scope_, dst, box.row.dst, rows, run, out_, run);
    }
    for (uint64_t row = 0; row < rows; ++row) {
      if (const Fault fault = write_rows(scope_, dst + row * box.row.dst, box.column.dst, columns,
                                         size_, out_ + row * run, size_)) {
        return fault;
      }
    }
    return {};
  }

  uint64_t size_;
  const std::byte* pattern_;
  Kernel kernel_;
  AccessScope& scope_;
  std::byte* in_;
  std::byte* out_;
};

// The tile of the box: a part of one plane, or some whole planes.
Fault move_tile(Mover& mover, const Box& box, uint64_t tile) {
  const uint64_t parts = box.row_parts * box.column_parts;
  const uint64_t part = tile % parts;
  const uint64_t row = part / box.column_parts * box.row_part;
  const uint64_t column = part % box.column_parts * box.column_part;
  const uint64_t rows = std::min(box.row_part, box.row.extent - row);
  const uint64_t columns = std::min(box.column_part, box.column.extent - column);
  const uint64_t first = tile / parts * box.group;
  const uint64_t last = std::min(first + box.group, box.planes);
  for (uint64_t plane = first; plane < last; ++plane) {
    uint64_t src = box.src + row * box.row.src + column * box.column.src;
    uint64_t dst = box.dst + row * box.row.dst + column * box.column.dst;
    uint64_t rest = plane;
    for (size_t i = box.dims; i-- > 0;) {
      const uint64_t index = rest % box.outer[i].extent;
      rest /= box.outer[i].extent;
      src += index * box.outer[i].src;
      dst += index * box.outer[i].dst;
    }
    if (const Fault fault = mover.move(box, src, dst, rows, columns)) {
      return fault;
    }
  }
  return {};
}

Fault run_move(const Job& job) {
  const s4_cmd_move& c = job.command.move;
  const Boxes boxes(c);
  const Kernel kernel = kernel_of(job.kernels.move, c.element_bytes);
  return for_each_tile(job.pool, boxes.tiles, [&](size_t tile) -> Fault {
    Scratch scratch = job.scratch.get(Mover::scratch_bytes());
    const Scope scope(job.memory);
    if (!scope) {
      return cancelled();
    }
    Mover mover(c, kernel, *scope, scratch);
    const Box* box = boxes.list.data();
    uint64_t at = tile;
    for (; at >= box->tiles; ++box) {
      at -= box->tiles;
    }
    if (const Fault fault = move_tile(mover, *box, at)) {
      return fault;
    }
    job.memory.retire(1);
    return {};
  });
}

timing::Cost move_cost(const s4_cmd& command, s4_slice, const Slice&) {
  return timing::move_cost(command.move);
}

}  // namespace

const Command kMoveCommand{S4_OP_MOVE, run_move, move_cost};

}  // namespace s4::card
