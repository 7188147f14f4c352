// SPDX-License-Identifier: MIT
// Key files: one line of 64 hex digits; empty lines and lines from '#' on are comments.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "s4-fw-pack/result.hpp"

namespace s4::fwpack {

using Seed = std::array<uint8_t, 32>;
using PublicKey = std::array<uint8_t, 32>;

struct KeyPair {
  std::array<uint8_t, 64> secret;
  PublicKey pub;
};

Result<std::array<uint8_t, 32>> load_key(const std::string& path);
Result<KeyPair> key_pair(const Seed& seed);
Result<Seed> random_seed();
std::string key_text(const std::array<uint8_t, 32>& key, const std::string& comment);
// The boot ROM's header that holds `key` (qemu-device/card/boot/dev_key.h).
std::string rom_header(const PublicKey& key);

}  // namespace s4::fwpack
