// SPDX-License-Identifier: MIT
// Valid random weights and activations for benches of the bare engine.
#pragma once

#include <cstddef>
#include <random>

#include "flat_memory.hpp"
#include "s4/abi/s4_cmd.h"

namespace s4::bench {

// Values around one in size, or any int8.
void put_values(std::byte* to, size_t count, bool int8, std::minstd_rand& random);

// `count` places of each bank, any with the same chance, ascending.
void put_indices(std::byte* to, uint64_t banks, unsigned count, std::minstd_rand& random);

// Places for weights of c.rows x k (a multiple of S4_BANK), bias and, for INT8, scale.
void put_weights(FlatMemory& memory, s4_cmd_spmm& c, size_t k, bool int8,
                 std::minstd_rand& random);

}  // namespace s4::bench
