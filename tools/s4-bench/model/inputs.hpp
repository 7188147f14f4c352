// SPDX-License-Identifier: MIT
// Random inputs of a network.
#pragma once

#include <cstddef>
#include <vector>

#include "model/network.hpp"

namespace s4::bench {

struct Input {
  size_t tensor;
  std::vector<std::byte> data;
};

// Of every tensor that comes from the host: any int8, BF16 numbers around one in size, or rows
// of the table that they look up.
std::vector<Input> make_inputs(const Network& network);

}  // namespace s4::bench
