// SPDX-License-Identifier: MIT
// SPMM: random commands and what they do by the document.
#pragma once

#include <vector>

#include "case.hpp"

namespace s4::test {

// Valid index plane for [rows][k] at a degree above 1.
std::vector<uint8_t> random_indices(Random& random, uint32_t rows, uint32_t k, uint32_t degree);

struct SpmmLimits {
  uint32_t rows = 90;
  uint32_t k = 700;
  uint32_t columns = 140;
  bool scattered = true;  // false: all of memory contiguous and writable in place
};
Case random_spmm(Random& random, SpmmLimits limits = {});
void reference_spmm(const s4_cmd& command, FakeMemory& memory);

// What the cases of SPMM, CONV and DWCONV share, whose bodies begin with SPMM's. Types, degree,
// activation and flags; then, shape given, places for weights, bias and scale.
void random_types(Random& random, s4_cmd& command);
void random_weights(Case& c, Places& places, Random& random, Values values);
void random_channels(Case& c, Places& places, Random& random, Values values);  // bias and scale
// A residual of `bytes`, whose type and pitches are set, or, if they allow it, y itself.
void random_residual(Case& c, Places& places, Random& random, Values values, uint64_t bytes,
                     uint64_t y_bytes, bool same_pitches);

// A stored entry of a row: where its activation is and what it is multiplied by.
struct Entry {
  uint64_t k;
  float value;  // an int8 is one exactly
};
// The entries of a row, k ascending.
std::vector<Entry> row_entries(const s4_cmd_spmm& c, const FakeMemory& memory, uint64_t row);
// An activation as float32, exactly.
float activation_at(const s4_cmd_spmm& c, const FakeMemory& memory, uint64_t va);
// The row's sum with the padded column x, through the epilogue to `y`; `residual` is where its
// element of that stands, if there is one.
void reference_result(const s4_cmd& command, FakeMemory& memory, uint64_t row,
                      const std::vector<Entry>& entries, const std::vector<float>& x, uint64_t y,
                      uint64_t residual);

}  // namespace s4::test
