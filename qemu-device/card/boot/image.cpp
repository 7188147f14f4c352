// SPDX-License-Identifier: MIT
#include "boot/image.hpp"

#include <sodium.h>

#include <cstddef>
#include <cstring>

#include "boot/dev_key.h"
#include "s4/abi/s4_mcu.h"

namespace s4::card {
namespace {

static_assert(sizeof(s4_fw_header::hash) == crypto_hash_sha256_BYTES);
static_assert(sizeof(s4_fw_header::signature) == crypto_sign_BYTES);
static_assert(sizeof(s4_boot_key) == crypto_sign_PUBLICKEYBYTES);

bool is_placed_well(const s4_fw_header& header) {
  const uint64_t end = uint64_t{header.load_addr} + header.payload_size;
  return header.load_addr >= S4_MCU_RAM && header.load_addr % 4 == 0 &&
         end <= uint64_t{S4_MCU_RAM} + S4_MCU_RAM_BYTES && header.entry >= header.load_addr &&
         header.entry < end && header.entry % 2 == 0;
}

s4_boot_error check_header(const s4_fw_header& header, uint32_t size) {
  if (header.magic != S4_FW_MAGIC) {
    return S4_BOOT_E_MAGIC;
  }
  if (header.header_version != S4_FW_HEADER_VERSION || header.header_size != sizeof header ||
      header.reserved != 0) {
    return S4_BOOT_E_HEADER;
  }
  if (header.abi_version >> 16 != S4_ABI_MAJOR) {
    return S4_BOOT_E_ABI;
  }
  if (header.fw_version < S4_FW_VERSION_MIN) {
    return S4_BOOT_E_OLD;
  }
  if (header.payload_size != size - sizeof header || header.payload_size % 4 != 0 ||
      header.payload_size == 0) {
    return S4_BOOT_E_SIZE;
  }
  return is_placed_well(header) ? S4_BOOT_E_NONE : S4_BOOT_E_HEADER;
}

}  // namespace

s4_boot_error load_image(uint32_t size, bool verify_signature, const ReadImage& read,
                         Image& image) {
  s4_fw_header& header = image.header;
  if (size < sizeof header || size > sizeof header + S4_MCU_RAM_BYTES) {
    return S4_BOOT_E_SIZE;
  }
  if (!read(0, &header, sizeof header)) {
    return S4_BOOT_E_DMA;
  }
  if (const s4_boot_error error = check_header(header, size); error != S4_BOOT_E_NONE) {
    return error;
  }
  image.payload.resize(header.payload_size);
  if (!read(sizeof header, image.payload.data(), image.payload.size())) {
    return S4_BOOT_E_DMA;
  }
  uint8_t hash[crypto_hash_sha256_BYTES];
  crypto_hash_sha256(hash, image.payload.data(), image.payload.size());
  if (std::memcmp(hash, header.hash, sizeof hash) != 0) {
    return S4_BOOT_E_HASH;
  }
  if (verify_signature &&
      crypto_sign_verify_detached(header.signature, reinterpret_cast<const uint8_t*>(&header),
                                  offsetof(s4_fw_header, signature), s4_boot_key) != 0) {
    return S4_BOOT_E_SIGNATURE;
  }
  return S4_BOOT_E_NONE;
}

}  // namespace s4::card
