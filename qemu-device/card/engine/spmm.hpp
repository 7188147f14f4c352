// SPDX-License-Identifier: MIT
// S4_OP_SPMM in three steps: prepare a panel of weights (spmm_panel.cpp), multiply it with tiles of
// activations (spmm_tile.cpp), over all panels and tiles of the command (spmm.cpp).
#pragma once

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
  bool int8;
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

  static SpmmShape of(const Job& job);

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
  float* values;      // block b: from entries_before(b) * rows on
  uint16_t* offsets;  // likewise; at degree 1 one block's sequence for all rows and blocks
  float* scale;       // [rows], if the command has one
  void* bias;         // [rows], likewise

  static size_t scratch_bytes(const SpmmShape& shape, size_t rows);
  void place(const SpmmShape& shape, Scratch& scratch);
};

// Reads and checks the panel's weights, bias and scale.
Fault prepare_panel(const Job& job, const SpmmShape& shape, const SpmmPanel& panel);

// Multiplies rows [row, row + rows) of the panel with the tile of columns that begins at `column`,
// and writes the results.
struct SpmmTile {
  size_t row;
  size_t rows;  // at most kTileRows
  uint64_t column;
  size_t columns;  // at most kTileColumns
};
inline constexpr size_t kTileRows = 512;   // sums of a tile: 64 KiB
inline constexpr size_t kChunkRows = 64;   // rows finished together: sums in the first-level cache
Fault run_tile(const Job& job, const SpmmShape& shape, const SpmmPanel& panel,
               const SpmmTile& tile);

}  // namespace s4::card
