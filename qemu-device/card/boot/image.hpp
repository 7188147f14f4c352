// SPDX-License-Identifier: MIT
// The boot ROM's check of a firmware image. docs/hardware.md, "Boot".
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "s4/abi/s4_boot.h"
#include "s4/abi/s4_regs.h"

namespace s4::card {

// A checked image: a private copy, since the host's may change at any time.
struct Image {
  s4_fw_header header;
  std::vector<uint8_t> payload;
};

// Reads `bytes` bytes at `offset` of the image; false when that failed.
using ReadImage = std::function<bool(uint64_t offset, void* to, size_t bytes)>;

// Reads and checks an image of `size` bytes. S4_BOOT_E_NONE: `image` is good.
s4_boot_error load_image(uint32_t size, bool verify_signature, const ReadImage& read, Image& image);

}  // namespace s4::card
