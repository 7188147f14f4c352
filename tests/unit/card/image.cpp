// SPDX-License-Identifier: MIT
#include "image.hpp"

#include <sodium.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include "s4/abi/s4_mcu.h"

namespace s4::test {
namespace {

std::vector<uint8_t> read_file(const char* path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    throw std::runtime_error(std::string("cannot read ") + path);
  }
  return {std::istreambuf_iterator<char>(file), {}};
}

// The first line of 64 hexadecimal digits is the seed.
void read_key(unsigned char* secret) {
  std::ifstream file(S4_TEST_DEV_KEY);
  unsigned char seed[crypto_sign_SEEDBYTES];
  for (std::string line; std::getline(file, line);) {
    size_t length = 0;
    if (line.size() == 2 * sizeof seed &&
        sodium_hex2bin(seed, sizeof seed, line.data(), line.size(), nullptr, &length, nullptr) ==
            0 &&
        length == sizeof seed) {
      unsigned char open[crypto_sign_PUBLICKEYBYTES];
      crypto_sign_seed_keypair(open, secret, seed);
      return;
    }
  }
  throw std::runtime_error("no key in " S4_TEST_DEV_KEY);
}

}  // namespace

Image::Image(Mode mode) : payload(read_file(S4_TEST_MONITOR)) {
  payload.resize((payload.size() + 3) / 4 * 4);
  std::memcpy(payload.data() + 4, &mode, 4);
  header.magic = S4_FW_MAGIC;
  header.header_version = S4_FW_HEADER_VERSION;
  header.header_size = sizeof header;
  header.abi_version = S4_ABI_VERSION;
  header.fw_version = S4_FW_VERSION(1, 2, 3);
  header.payload_size = static_cast<uint32_t>(payload.size());
  header.load_addr = S4_MCU_RAM;
  header.entry = S4_MCU_RAM;
}

std::vector<uint8_t> Image::sign() const {
  s4_fw_header signed_header = header;
  unsigned char secret[crypto_sign_SECRETKEYBYTES];
  read_key(secret);
  crypto_hash_sha256(signed_header.hash, payload.data(), payload.size());
  crypto_sign_detached(signed_header.signature, nullptr,
                       reinterpret_cast<const unsigned char*>(&signed_header),
                       offsetof(s4_fw_header, signature), secret);
  std::vector<uint8_t> image(sizeof signed_header + payload.size());
  std::memcpy(image.data(), &signed_header, sizeof signed_header);
  std::copy(payload.begin(), payload.end(), image.begin() + sizeof signed_header);
  return image;
}

}  // namespace s4::test
