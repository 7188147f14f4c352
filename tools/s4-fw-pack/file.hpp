// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "s4-fw-pack/result.hpp"

namespace s4::fwpack {

using Bytes = std::vector<uint8_t>;

Result<Bytes> read_file(const std::string& path);

// Writes to a temporary file beside `path` and renames it, so that nobody reads half an image.
// `secret`: only the owner may read it.
Result<void> write_file(const std::string& path, const Bytes& data, bool secret = false);

}  // namespace s4::fwpack
