// SPDX-License-Identifier: MIT
// The firmware image (include/s4/abi/s4_boot.h): making it, reading it, checking it.
#pragma once

#include <cstdint>
#include <string>

#include "s4-fw-pack/elf.hpp"
#include "s4-fw-pack/keys.hpp"
#include "s4-fw-pack/result.hpp"
#include "s4/abi/s4_boot.h"

namespace s4::fwpack {

// "1.2.3" as S4_FW_VERSION.
Result<uint32_t> parse_version(const std::string& text);
std::string version_text(uint32_t version);

Result<Bytes> make_image(const Payload& payload, uint32_t fw_version, const Seed& seed);

// The header, when the file's shape is right: magic, versions, sizes, addresses.
Result<s4_fw_header> parse_image(const Bytes& image);

// parse_image(), the hash and the signature.
Result<s4_fw_header> verify_image(const Bytes& image, const PublicKey& key);

// Whether the payload's hash is the header's. Needs an image that parse_image() accepted.
bool hash_matches(const Bytes& image);

}  // namespace s4::fwpack
