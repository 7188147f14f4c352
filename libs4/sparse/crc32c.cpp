// SPDX-License-Identifier: MIT
#include "sparse/crc32c.hpp"

#include <array>
#include <cstring>

namespace s4::sparse {
namespace {

constexpr uint32_t kPolynomial = 0x82f63b78;  // 0x1edc6f41, bits reflected

// kTables[n][b]: the CRC of byte b followed by n zero bytes, so that eight bytes go in one step.
constexpr std::array<std::array<uint32_t, 256>, 8> make_tables() {
  std::array<std::array<uint32_t, 256>, 8> tables{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit)
      crc = (crc >> 1) ^ ((crc & 1) ? kPolynomial : 0);
    tables[0][byte] = crc;
  }
  for (size_t n = 1; n < 8; ++n) {
    for (size_t byte = 0; byte < 256; ++byte) {
      uint32_t before = tables[n - 1][byte];
      tables[n][byte] = (before >> 8) ^ tables[0][before & 0xff];
    }
  }
  return tables;
}

constexpr auto kTables = make_tables();

}  // namespace

uint32_t crc32c_table(uint32_t crc, const void* data, size_t bytes) {
  const auto* p = static_cast<const uint8_t*>(data);
  crc = ~crc;
  for (; bytes >= 8; bytes -= 8, p += 8) {
    uint64_t word;
    std::memcpy(&word, p, 8);
    word ^= crc;
    crc = 0;
    for (int i = 0; i < 8; ++i)
      crc ^= kTables[7 - i][(word >> (8 * i)) & 0xff];
  }
  for (; bytes > 0; --bytes, ++p)
    crc = (crc >> 8) ^ kTables[0][(crc ^ *p) & 0xff];
  return ~crc;
}

#if defined(__x86_64__)

bool crc32c_has_hardware() {
  return __builtin_cpu_supports("sse4.2");
}

__attribute__((target("sse4.2"))) uint32_t crc32c_hardware(uint32_t crc, const void* data,
                                                           size_t bytes) {
  const auto* p = static_cast<const uint8_t*>(data);
  uint64_t wide = static_cast<uint32_t>(~crc);
  for (; bytes >= 8; bytes -= 8, p += 8) {
    uint64_t word;
    std::memcpy(&word, p, 8);
    wide = __builtin_ia32_crc32di(wide, word);
  }
  uint32_t narrow = static_cast<uint32_t>(wide);
  for (; bytes > 0; --bytes, ++p)
    narrow = __builtin_ia32_crc32qi(narrow, *p);
  return ~narrow;
}

#else

bool crc32c_has_hardware() {
  return false;
}
uint32_t crc32c_hardware(uint32_t crc, const void* data, size_t bytes) {
  return crc32c_table(crc, data, bytes);
}

#endif

uint32_t crc32c(uint32_t crc, const void* data, size_t bytes) {
  return crc32c_has_hardware() ? crc32c_hardware(crc, data, bytes) : crc32c_table(crc, data, bytes);
}

}  // namespace s4::sparse
