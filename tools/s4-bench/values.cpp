// SPDX-License-Identifier: MIT
#include "values.hpp"

#include <bit>
#include <cstring>
#include <vector>

#include "s4/abi/s4_weights.h"

namespace s4::bench {

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

void put_indices(std::byte* to, uint64_t banks, unsigned count, std::minstd_rand& random) {
  for (uint64_t bank = 0; bank < banks; ++bank) {
    uint64_t places = 0;
    while (static_cast<unsigned>(std::popcount(places)) < count) {
      places |= uint64_t{1} << ((random() >> 8) % S4_BANK);
    }
    for (; places != 0; places &= places - 1) {
      *to++ = static_cast<std::byte>(std::countr_zero(places));
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
