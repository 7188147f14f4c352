// SPDX-License-Identifier: MIT
// CRC-32C (Castagnoli), reflected: the check of network files and of weight blobs.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace s4::digits {

constexpr std::array<std::uint32_t, 256> make_crc32c_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t v = i;
    for (int bit = 0; bit < 8; ++bit) {
      v = (v >> 1) ^ ((v & 1) != 0 ? 0x82f63b78u : 0u);
    }
    table[i] = v;
  }
  return table;
}
inline constexpr std::array<std::uint32_t, 256> kCrc32cTable = make_crc32c_table();

class Crc32c {
 public:
  void add(std::span<const std::byte> bytes) {
    for (const std::byte b : bytes) {
      state_ = kCrc32cTable[(state_ ^ static_cast<std::uint8_t>(b)) & 0xff] ^ (state_ >> 8);
    }
  }
  [[nodiscard]] std::uint32_t value() const { return ~state_; }

 private:
  std::uint32_t state_ = ~std::uint32_t{0};
};

// Of `bytes` with the four bytes at `field` taken as zero: how a CRC that stands inside is made.
inline std::uint32_t crc32c_without(std::span<const std::byte> bytes, std::size_t field) {
  Crc32c crc;
  crc.add(bytes.first(field));
  crc.add(std::array<std::byte, 4>{});
  crc.add(bytes.subspan(field + 4));
  return crc.value();
}

}  // namespace s4::digits
