// SPDX-License-Identifier: MIT
// Flattens a linked firmware ELF into the bytes that the boot ROM puts into MCU RAM.
#pragma once

#include <cstdint>

#include "s4-fw-pack/file.hpp"
#include "s4-fw-pack/result.hpp"

namespace s4::fwpack {

struct Payload {
  Bytes data;  // a multiple of 4 bytes; gaps between segments are zero
  uint32_t load_addr = 0;
  uint32_t entry = 0;
};

// The loadable segments of a 32-bit little-endian RISC-V executable. Refuses files whose segments
// leave MCU RAM, or overlap, and an entry that is not in them. .bss is not part of it: crt0 clears.
Result<Payload> flatten_elf(const Bytes& file);

}  // namespace s4::fwpack
