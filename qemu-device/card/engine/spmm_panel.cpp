// SPDX-License-Identifier: MIT
// Unpacks weights. The host's safety rests here: an index becomes an offset into a tile only after
// it was copied out of memory that a guest may change, and checked.
#include <algorithm>
#include <array>
#include <cstring>

#include "engine/access.hpp"
#include "engine/spmm.hpp"

namespace s4::card {
namespace {

// Entries that one step of preparing handles, under one scope: some tens of microseconds. One row
// has at most S4_MAX_K.
constexpr size_t kStepEntries = S4_MAX_K;

// What a step keeps beside the panel.
struct Buffers {
  uint8_t* indices;  // [kStepEntries], with readable bytes before it
  std::byte* values;

  static size_t scratch_bytes(size_t entries, const SpmmShape& shape) {
    return 64 + Scratch::rounded(entries) + Scratch::rounded(entries * shape.size);
  }
  Buffers(Scratch& scratch, size_t entries, const SpmmShape& shape) {
    scratch.take<uint8_t>(64);
    indices = scratch.take<uint8_t>(entries);
    values = scratch.take<std::byte>(entries * shape.size);
  }
};

// The row, counted from `indices`, whose banks are not in order.
size_t first_bad_row(const SpmmShape& shape, const PrepareKernels& kernels, const uint8_t* indices,
                     const uint8_t* first) {
  size_t row = 0;
  while (kernels.indices_valid(indices + row * shape.row_entries(), shape.row_entries(), first)) {
    ++row;
  }
  return row;
}

// Patterns that repeat over a row's entries.
struct Patterns {
  std::array<uint8_t, S4_BANK> first;      // 0xff where a bank begins
  std::array<uint16_t, kMaxBlockK> bases;  // of the entry's bank in its block of K

  explicit Patterns(size_t bank_entries) {
    for (size_t i = 0; i < first.size(); ++i) {
      first[i] = i % bank_entries == 0 ? 0xff : 0;
    }
    for (size_t i = 0; i < kMaxBlockBanks * bank_entries; ++i) {
      bases[i] = static_cast<uint16_t>(i / bank_entries * S4_BANK);
    }
  }
};

Fault prepare_rows(const Job& job, const SpmmShape& shape, const SpmmPanel& panel,
                   const Patterns& patterns, size_t row, size_t rows, const Buffers& buffers) {
  const PrepareKernels& kernels = job.kernels.prepare;
  const size_t entries = shape.row_entries();
  const uint64_t first_entry = (panel.first_row + row) * entries;
  const Scope scope(job.memory);
  if (!scope) {
    return cancelled();
  }
  if (shape.sparse()) {
    if (const Fault fault =
            scope->read(shape.c.indices + first_entry, buffers.indices, rows * entries)) {
      return fault;
    }
    if (!kernels.indices_valid(buffers.indices, rows * entries, patterns.first.data())) {
      const size_t bad =
          first_bad_row(shape, kernels, buffers.indices, patterns.first.data());
      return {.status = S4_E_INDEX,
              .detail = static_cast<uint32_t>(panel.first_row + row + bad)};
    }
  }
  Fault fault;
  const std::byte* values = fetch(*scope, shape.c.values + first_entry * shape.size,
                                  rows * entries * shape.size, buffers.values, &fault);
  if (values == nullptr) {
    return fault;
  }
  const ValueKernels& value = shape.tiles.value;
  for (size_t r = 0; r < rows; ++r) {
    int32_t start = 0;
    for (size_t block = 0; block < shape.blocks; ++block) {
      const size_t from = r * entries + shape.entries_before(block);
      const size_t count = shape.block_entries(block);
      const size_t to = shape.entries_before(block) * panel.rows + (row + r) * count;
      std::byte* unpacked = panel.row_values(shape, row + r, block);
      value.weights(values + from * shape.size, count, unpacked);
      start += value.start ? value.start(unpacked, count) : 0;
      if (shape.sparse()) {
        kernels.offsets(buffers.indices + from, patterns.bases.data(), count, panel.offsets + to);
      }
    }
    panel.start[row + r] = start;
  }
  job.memory.retire(1);
  return {};
}

Fault prepare_channels(const Job& job, const SpmmShape& shape, SpmmPanel& panel) {
  const Scope scope(job.memory);
  if (!scope) {
    return cancelled();
  }
  if (shape.has_bias) {
    if (const Fault fault =
            scope->read(shape.c.bias + panel.first_row * 4, panel.bias, panel.rows * 4)) {
      return fault;
    }
    // What is far enough from the ends of int32 for any sum to be added.
    const auto room = static_cast<int32_t>(INT32_MAX - (shape.row_entries() << 14));
    const auto* bias = static_cast<const int32_t*>(panel.bias);
    panel.saturates = !std::all_of(bias, bias + panel.rows,
                                   [&](int32_t b) { return b >= -room && b <= room; });
  }
  if (shape.has_scale) {
    return scope->read(shape.c.scale + panel.first_row * 4, panel.scale, panel.rows * 4);
  }
  return {};
}

}  // namespace

size_t SpmmPanel::scratch_bytes(const SpmmShape& shape, size_t rows) {
  const size_t entries = rows * shape.row_entries();
  return Scratch::rounded(entries * shape.tiles.value_size) +
         (shape.sparse() ? Scratch::rounded(entries * sizeof(uint16_t)) : 0) +
         3 * Scratch::rounded(rows * 4);
}

void SpmmPanel::place(const SpmmShape& shape, Scratch& scratch) {
  const size_t entries = rows * shape.row_entries();
  values = scratch.take<std::byte>(entries * shape.tiles.value_size);
  offsets = shape.sparse() ? scratch.take<uint16_t>(entries) : nullptr;
  start = scratch.take<int32_t>(rows);
  scale = scratch.take<float>(rows);
  bias = scratch.take<std::byte>(rows * 4);
}

Fault prepare_panel(const Job& job, const SpmmShape& shape, SpmmPanel& panel) {
  if (const Fault fault = prepare_channels(job, shape, panel)) {
    return fault;
  }
  const Patterns patterns(shape.bank_entries);
  const size_t rows = std::max<size_t>(kStepEntries / shape.row_entries() / 4, 1);
  const size_t steps = (panel.rows + rows - 1) / rows;
  return for_each_tile(job.pool, steps, [&](size_t step) {
    const size_t entries = rows * shape.row_entries();
    Scratch scratch = job.scratch.get(Buffers::scratch_bytes(entries, shape));
    const Buffers buffers(scratch, entries, shape);
    const size_t row = step * rows;
    return prepare_rows(job, shape, panel, patterns, row, std::min(rows, panel.rows - row),
                        buffers);
  });
}

}  // namespace s4::card
