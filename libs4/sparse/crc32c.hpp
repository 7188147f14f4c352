// SPDX-License-Identifier: MIT
// CRC-32C (Castagnoli, reflected, as in RFC 3720), by the processor's instruction where it has one.
#pragma once

#include <cstddef>
#include <cstdint>

namespace s4::sparse {

// `crc` is the result for what came before, 0 at the start, so that pieces can be chained.
uint32_t crc32c(uint32_t crc, const void* data, size_t bytes);

// The two ways of computing it, for tests. crc32c_hardware() needs crc32c_has_hardware().
uint32_t crc32c_table(uint32_t crc, const void* data, size_t bytes);
uint32_t crc32c_hardware(uint32_t crc, const void* data, size_t bytes);
bool crc32c_has_hardware();

}  // namespace s4::sparse
