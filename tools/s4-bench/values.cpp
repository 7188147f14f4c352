// SPDX-License-Identifier: MIT
#include "values.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>
#include <vector>

#include "s4/abi/s4_weights.h"

namespace s4::bench {
namespace {

void put_indices(std::byte* to, size_t banks, size_t per_bank, std::minstd_rand& random) {
  std::array<uint8_t, S4_BANK> bank;
  for (size_t b = 0; b < banks; ++b) {
    std::iota(bank.begin(), bank.end(), uint8_t{0});
    std::shuffle(bank.begin(), bank.end(), random);
    std::sort(bank.begin(), bank.begin() + static_cast<ptrdiff_t>(per_bank));
    std::memcpy(to + b * per_bank, bank.data(), per_bank);
  }
}

}  // namespace

void put_values(std::byte* to, size_t count, bool int8, std::minstd_rand& random) {
  for (size_t i = 0; i < count; ++i) {
    if (int8) {
      to[i] = static_cast<std::byte>(random() >> 8);
    } else {
      const auto bits = static_cast<uint16_t>((random() & 0x807fu) | 0x3f00u);
      std::memcpy(to + 2 * i, &bits, 2);
    }
  }
}

void put_weights(FlatMemory& memory, s4_cmd_spmm& c, size_t k, bool int8,
                 std::minstd_rand& random) {
  const size_t entries = c.rows * k / c.degree;
  c.values = memory.take(entries * (int8 ? 1 : 2));
  put_values(memory.at(c.values), entries, int8, random);
  if (c.degree > 1) {
    c.indices = memory.take(entries);
    put_indices(memory.at(c.indices), c.rows * k / S4_BANK, S4_BANK / c.degree, random);
  }
  c.bias = memory.take(c.rows * 4);
  if (int8) {
    c.scale = memory.take(c.rows * 4);
    const std::vector<float> scale(c.rows, 1.0f / 4096);
    std::memcpy(memory.at(c.scale), scale.data(), scale.size() * 4);
  }
}

}  // namespace s4::bench
