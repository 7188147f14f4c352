// SPDX-License-Identifier: MIT
#include "s4-fw-pack/image.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <charconv>
#include <cstring>

#include "s4/abi/s4_limits.h"
#include "s4/abi/s4_mcu.h"

namespace s4::fwpack {
namespace {

constexpr size_t kSigned = offsetof(s4_fw_header, signature);

}  // namespace

Result<uint32_t> parse_version(const std::string& text) {
  uint32_t part[3] = {};
  const char* at = text.data();
  const char* const end = at + text.size();
  for (int i = 0; i < 3; i++) {
    const auto [next, error] = std::from_chars(at, end, part[i]);
    if (error != std::errc() || (i < 2 ? next == end || *next != '.' : next != end)) {
      return failure(fmt::format("'{}' is not a version: X.Y.Z is wanted", text));
    }
    at = next + 1;
  }
  if (part[0] > 0xff || part[1] > 0xff || part[2] > 0xffff) {
    return failure(fmt::format("version {} does not fit 255.255.65535", text));
  }
  return S4_FW_VERSION(part[0], part[1], part[2]);
}

std::string version_text(uint32_t version) {
  return fmt::format("{}.{}.{}", S4_FW_VERSION_MAJOR(version), S4_FW_VERSION_MINOR(version),
                     S4_FW_VERSION_PATCH(version));
}

Result<Bytes> make_image(const Payload& payload, uint32_t fw_version, const Seed& seed) {
  const auto keys = key_pair(seed);
  if (!keys)
    return failure(keys.error());
  s4_fw_header header{};
  header.magic = S4_FW_MAGIC;
  header.header_version = S4_FW_HEADER_VERSION;
  header.header_size = sizeof(header);
  header.abi_version = S4_ABI_VERSION;
  header.fw_version = fw_version;
  header.payload_size = static_cast<uint32_t>(payload.data.size());
  header.load_addr = payload.load_addr;
  header.entry = payload.entry;
  crypto_hash_sha256(header.hash, payload.data.data(), payload.data.size());
  crypto_sign_detached(header.signature, nullptr, reinterpret_cast<const uint8_t*>(&header),
                       kSigned, keys->secret.data());

  Bytes image(sizeof(header));
  std::memcpy(image.data(), &header, sizeof(header));
  image.insert(image.end(), payload.data.begin(), payload.data.end());
  return image;
}

Result<s4_fw_header> parse_image(const Bytes& image) {
  s4_fw_header header;
  if (image.size() < sizeof(header))
    return failure("not a firmware image: shorter than a header");
  std::memcpy(&header, image.data(), sizeof(header));
  if (header.magic != S4_FW_MAGIC)
    return failure("not a firmware image: wrong magic");
  if (header.header_version != S4_FW_HEADER_VERSION || header.header_size != sizeof(header)) {
    return failure(fmt::format("header version {} is not known", header.header_version));
  }
  if (image.size() - sizeof(header) != header.payload_size || header.payload_size % 4 != 0) {
    return failure(fmt::format("the header says {} bytes of payload, the file has {}",
                               header.payload_size, image.size() - sizeof(header)));
  }
  const uint64_t end = uint64_t{header.load_addr} + header.payload_size;
  if (header.load_addr % 4 != 0 || header.load_addr < S4_MCU_RAM ||
      end > uint64_t{S4_MCU_RAM} + S4_MCU_RAM_BYTES || header.entry < header.load_addr ||
      header.entry >= end || header.reserved != 0) {
    return failure("load address, entry or reserved field is out of range");
  }
  return header;
}

bool hash_matches(const Bytes& image) {
  uint8_t hash[32];
  crypto_hash_sha256(hash, image.data() + sizeof(s4_fw_header),
                     image.size() - sizeof(s4_fw_header));
  return std::memcmp(hash, image.data() + offsetof(s4_fw_header, hash), sizeof(hash)) == 0;
}

Result<s4_fw_header> verify_image(const Bytes& image, const PublicKey& key) {
  if (sodium_init() < 0)
    return failure("libsodium does not start");
  auto header = parse_image(image);
  if (!header)
    return header;
  if (!hash_matches(image))
    return failure("the payload's hash is wrong: the file is damaged");
  if (crypto_sign_verify_detached(header->signature, image.data(), kSigned, key.data()) != 0) {
    return failure("the signature is not this key's");
  }
  if (S4_FW_VERSION_MIN > header->fw_version) {
    return failure(fmt::format("version {} is below {}, the oldest that a boot ROM takes",
                               version_text(header->fw_version), version_text(S4_FW_VERSION_MIN)));
  }
  return header;
}

}  // namespace s4::fwpack
