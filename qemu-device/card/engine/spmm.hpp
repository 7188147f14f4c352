// SPDX-License-Identifier: MIT
// S4_OP_SPMM in three steps: prepare a panel of weights (spmm_panel.cpp), multiply it with tiles of
// activations (spmm_tile.cpp), over all panels and tiles of the command (spmm.cpp). S4_OP_CONV is
// the same with other ends (conv.hpp), S4_OP_MATMUL with other weights (matmul.hpp).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "engine/command.hpp"
#include "engine/kernels/kernels.hpp"

namespace s4::card {

// K is worked on in blocks of at most this many banks, of about equal size: a tile of 1024 lines is
// 64 KiB, which the second-level cache holds beside the weights that stream past. Every row has the
// same number of entries in a block, so blocks need no row pointers.
inline constexpr size_t kMaxBlockBanks = 16;
inline constexpr size_t kMaxBlockK = kMaxBlockBanks * S4_BANK;
static_assert(kMaxBlockK * kTileLineBytes <= 65536, "offsets are 16 bits");
static_assert(kMaxBlockK <= kMaxExactEntries, "INT8 sums of a block are exact");

// The command in the units of the engine, reduced to its slice.
struct SpmmShape {
  const s4_cmd_spmm& c;
  const TileKernels& tiles;
  size_t size;           // bytes of a weight or an activation
  size_t y_size;         // bytes of a result
  uint64_t row_begin;    // the slice
  uint64_t row_end;
  uint64_t column_begin;
  uint64_t column_end;
  size_t banks;
  size_t bank_entries;      // of a row in a bank
  size_t blocks;            // of K
  size_t full_block_banks;  // of every block but the last, which may have fewer
  bool has_bias;
  bool has_scale;
  bool has_residual;
  bool plain;  // the finish kernels do the whole epilogue: NONE or RELU, a residual of the weights' type

  static SpmmShape of(const Job& job) {
    return of(job, job.command.spmm, job.command.header.flags);
  }
  // Of a matrix that the job's command contains; the shape refers to it.
  static SpmmShape of(const Job& job, const s4_cmd_spmm& c, uint32_t flags);

  bool sparse() const { return bank_entries < S4_BANK; }
  size_t row_entries() const { return banks * bank_entries; }
  size_t block_banks(size_t block) const {
    const size_t left = banks - block * full_block_banks;
    return left < full_block_banks ? left : full_block_banks;
  }
  size_t block_entries(size_t block) const { return block_banks(block) * bank_entries; }
  // Entries of a row before the block.
  size_t entries_before(size_t block) const { return block * full_block_banks * bank_entries; }
};

// Weights of some rows, checked and unpacked: block after block of K, row after row.
struct SpmmPanel {
  uint64_t first_row;  // of the matrix
  size_t rows;
  std::byte* values;  // block b: from entries_before(b) * rows values on
  uint16_t* offsets;  // likewise; none at degree 1
  int32_t* start;     // [rows], if the form of the tiles wants it
  float* scale;       // [rows], if the command has one
  void* bias;         // [rows], likewise
  bool saturates;     // adding it may: INT8 alone

  static size_t scratch_bytes(const SpmmShape& shape, size_t rows);
  void place(const SpmmShape& shape, Scratch& scratch);

  // Where the row of the panel has its values of the block.
  std::byte* row_values(const SpmmShape& shape, size_t row, size_t block) const {
    return values + (shape.entries_before(block) * rows + row * shape.block_entries(block)) *
                        shape.tiles.value_size;
  }
};

// Reads and checks the panel's weights, bias and scale.
Fault prepare_panel(const Job& job, const SpmmShape& shape, SpmmPanel& panel);

// Multiplies rows [row, row + rows) of the panel with the tile of columns that begins at `column`,
// and writes the results.
struct SpmmTile {
  size_t row;
  size_t rows;  // at most kTileRows
  uint64_t column;
  size_t columns;  // at most shape.tiles.columns
};
inline constexpr size_t kTileRows = 512;   // sums of a tile: 64 or 128 KiB
inline constexpr size_t kChunkRows = 64;   // rows finished together: sums in the first-level cache

// Working memory of a tile.
struct TileBuffers {
  std::byte* tile;    // [kMaxBlockK][kTileLineBytes], and what a run writes too much (RunArgs)
  std::byte* sums;    // [rows][columns of a tile] of 4 bytes
  std::byte* out;     // likewise, of the y type
  std::byte* turned;  // the same by columns; scratch while a tile is packed
  std::byte* residual;  // [rows][columns that the tile has], and what a finish kernel reads too much
  float* floats;        // [kChunkRows][columns of a tile]
  std::byte* bounce;    // one row or column of a block of activations

  static size_t scratch_bytes() {
    return kTileBytes + 3 * kSumBytes + kResidualBytes + kFloatBytes + kBounceBytes;
  }
  explicit TileBuffers(Scratch& scratch)
      : tile(scratch.take<std::byte>(kTileBytes)),
        sums(scratch.take<std::byte>(kSumBytes)),
        out(scratch.take<std::byte>(kSumBytes)),
        turned(scratch.take<std::byte>(kSumBytes)),
        residual(scratch.take<std::byte>(kResidualBytes)),
        floats(scratch.take<float>(kFloatBytes / sizeof(float))),
        bounce(scratch.take<std::byte>(kBounceBytes)) {}

  static constexpr size_t kTileBytes = kMaxBlockK * kTileLineBytes + 64;
  static constexpr size_t kSumBytes = kTileRows * kMaxTileColumns * 4;
  static constexpr size_t kResidualBytes = kSumBytes + 64;
  static constexpr size_t kFloatBytes = kChunkRows * kMaxTileColumns * sizeof(float);
  static constexpr size_t kBounceBytes = kMaxBlockK * 2;
};

// Columns of a tile that stand at equal steps: [first, first + count), of which the first one's row 0 is at
// `va`.
struct Span {
  size_t first;
  size_t count;
  uint64_t va;
  uint64_t pitch;
};
struct Spans {
  std::array<Span, kMaxTileColumns> spans;
  size_t count = 0;

  void add(const Span& span) { spans[count++] = span; }
  const Span* begin() const { return spans.data(); }
  const Span* end() const { return spans.data() + count; }
};

// Where the activations of tiles come from and where results by columns go: what differs between
// the commands.
class TileEnds {
 public:
  TileEnds() = default;
  virtual ~TileEnds() = default;
  TileEnds(const TileEnds&) = delete;
  TileEnds& operator=(const TileEnds&) = delete;

  // Packs the `ks` lines from `k` on into buffers.tile.
  virtual Fault pack(AccessScope& scope, const SpmmTile& tile, uint64_t k, size_t ks,
                     const TileBuffers& buffers) const = 0;
  // Where the tile's columns stand in y, and in the residual, when they are by columns.
  virtual Spans y_spans(const SpmmTile& tile) const = 0;
  virtual Spans residual_spans(const SpmmTile& tile) const = 0;
};

// SPMM's own (spmm_ends.cpp).
class SpmmEnds final : public TileEnds {
 public:
  explicit SpmmEnds(const SpmmShape& shape) : shape_(shape) {}
  Fault pack(AccessScope& scope, const SpmmTile& tile, uint64_t k, size_t ks,
             const TileBuffers& buffers) const override;
  Spans y_spans(const SpmmTile& tile) const override;
  Spans residual_spans(const SpmmTile& tile) const override;

 private:
  const SpmmShape& shape_;
};

// Packs ks lines of columns that stand `pitch` apart; `va` is line 0 of the first one.
Fault pack_columns(AccessScope& scope, const SpmmShape& shape, uint64_t va,
                   uint64_t pitch, size_t ks, size_t columns, const TileBuffers& buffers);

// Zeroes the tile from the first 16 bytes of its lines on that have none of `columns`.
void clear_columns(const TileKernels& kernels, size_t ks, size_t columns, std::byte* tile);

TurnKernels::Turn* turn_of(const Job& job, size_t size);

// Reads the tile's part of the residual into buffers.residual, before any of y is written: it may be y itself
// (spmm_epilogue.cpp).
Fault read_residual(AccessScope& scope, const Job& job, const SpmmShape& shape,
                    const SpmmPanel& panel, const SpmmTile& tile, const TileEnds& ends,
                    const TileBuffers& buffers);

// Sums of the tile's rows [row, row + rows), at most kChunkRows, to results of the y type in `out`.
void finish_rows(const Job& job, const SpmmShape& shape, const SpmmPanel& panel,
                 const SpmmTile& tile, size_t row, size_t rows, const std::byte* sums,
                 const TileBuffers& buffers, std::byte* out, size_t out_pitch);

Fault run_tile(const Job& job, const SpmmShape& shape, const SpmmPanel& panel, const SpmmTile& tile,
               const TileEnds& ends);

// All tiles of the columns [begin, end) with the panel.
Fault run_tiles(const Job& job, const SpmmShape& shape, const SpmmPanel& panel,
                const TileEnds& ends, uint64_t begin, uint64_t end);

// Rows of a tile when `rows` rows are multiplied with `column_tiles` tiles of columns: few enough for
// all threads to have work.
size_t tile_rows(const Job& job, size_t rows, size_t column_tiles);

// Entries of the panels that stand unpacked at a time: room in the outer caches, and rows enough that
// packing activations again for each panel does not matter.
inline constexpr size_t kPanelEntries = size_t{1} << 20;

// Rows that a panel has when there are enough of them.
size_t panel_rows(const SpmmShape& shape);

// Prepares the shape's rows panel by panel and calls run(panel) for each.
template <class Run>
Fault for_each_panel(const Job& job, const SpmmShape& shape, Run&& run) {
  const size_t rows = std::min<uint64_t>(panel_rows(shape), shape.row_end - shape.row_begin);
  Scratch scratch = job.scratch.get(SpmmPanel::scratch_bytes(shape, rows));
  SpmmPanel panel{};
  panel.rows = rows;
  panel.place(shape, scratch);
  for (uint64_t row = shape.row_begin; row < shape.row_end; row += rows) {
    panel.first_row = row;
    panel.rows = std::min<uint64_t>(rows, shape.row_end - row);
    if (const Fault fault = prepare_panel(job, shape, panel)) {
      return fault;
    }
    if (const Fault fault = run(panel)) {
      return fault;
    }
  }
  return {};
}

}  // namespace s4::card
