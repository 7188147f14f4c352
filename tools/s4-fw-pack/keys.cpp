// SPDX-License-Identifier: MIT
#include "s4-fw-pack/keys.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <sstream>

#include "s4-fw-pack/file.hpp"

namespace s4::fwpack {

Result<std::array<uint8_t, 32>> load_key(const std::string& path) {
  const auto file = read_file(path);
  if (!file)
    return failure(file.error());
  std::istringstream in(std::string(file->begin(), file->end()));
  std::string digits;
  for (std::string line; std::getline(in, line);) {
    line.erase(line.find_last_not_of(" \t\r") + 1);
    if (line.empty() || line[0] == '#')
      continue;
    if (!digits.empty())
      return failure(fmt::format("{}: more than one key", path));
    digits = line;
  }
  std::array<uint8_t, 32> key{};
  size_t bytes = 0;
  const char* end = nullptr;
  if (digits.size() != 64 ||
      sodium_hex2bin(key.data(), key.size(), digits.data(), digits.size(), nullptr, &bytes, &end) !=
          0 ||
      bytes != key.size() || end != digits.data() + digits.size()) {
    return failure(fmt::format("{}: no key of 64 hex digits in it", path));
  }
  return key;
}

Result<KeyPair> key_pair(const Seed& seed) {
  if (sodium_init() < 0)
    return failure("libsodium does not start");
  KeyPair pair;
  crypto_sign_seed_keypair(pair.pub.data(), pair.secret.data(), seed.data());
  return pair;
}

Result<Seed> random_seed() {
  if (sodium_init() < 0)
    return failure("libsodium does not start");
  Seed seed;
  randombytes_buf(seed.data(), seed.size());
  return seed;
}

std::string key_text(const std::array<uint8_t, 32>& key, const std::string& comment) {
  std::string text = fmt::format("# {}\n", comment);
  for (const uint8_t byte : key)
    text += fmt::format("{:02x}", byte);
  return text + "\n";
}

std::string rom_header(const PublicKey& key) {
  std::string text =
      "/* SPDX-License-Identifier: MIT */\n"
      "/* Public half of firmware/keys/dev.key: `s4-fw-pack header` prints this file. */\n"
      "#ifndef S4_CARD_BOOT_DEV_KEY_H\n#define S4_CARD_BOOT_DEV_KEY_H\n\n"
      "static const unsigned char s4_boot_key[32] = {\n";
  for (size_t i = 0; i < key.size(); i++) {
    text += fmt::format("{}0x{:02x},{}", i % 8 == 0 ? "\t" : " ", key[i], i % 8 == 7 ? "\n" : "");
  }
  return text + "};\n\n#endif\n";
}

}  // namespace s4::fwpack
