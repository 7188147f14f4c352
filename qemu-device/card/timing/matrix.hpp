// SPDX-License-Identifier: MIT
// What the costs of the matrix commands have in common.
#pragma once

#include <cstdint>

#include "s4/abi/s4_mcu.h"
#include "timing/cost.hpp"

namespace s4::card::timing {

// What a core does of the command.
struct MatrixWork {
  uint64_t rows;
  uint64_t columns;
  uint64_t row_tiles;     // of the array
  uint64_t addresses;     // cycles of the array's expansion of indices
  uint64_t x;             // traffic of the activations, read once
};

// Traffic of a matrix [features][columns] in its layout, read once.
uint64_t matrix_bytes(uint64_t va, uint32_t layout, uint64_t features, uint64_t columns,
                      uint64_t size);
// Traffic of multiplying two matrices whose own is given.
uint64_t streamed_bytes(uint64_t x, uint64_t weights);

// Of SPMM and CONV, whose descriptor begins with SPMM's.
uint64_t row_entries(const s4_cmd_spmm& c);  // stored, of a row
Cost matrix_cost(const s4_cmd& command, s4_slice axis, const MatrixWork& work);

// Traffic of what output pixels [begin, end) reach of the images, `run` bytes of each pixel.
uint64_t image_bytes(const s4_conv_window& w, uint64_t va, uint64_t pixel_pitch, uint64_t run,
                     uint64_t begin, uint64_t end);

}  // namespace s4::card::timing
