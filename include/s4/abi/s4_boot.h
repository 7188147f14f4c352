/* SPDX-License-Identifier: MIT */
/* The firmware image: this header, then `payload_size` bytes of code and data. docs/firmware.md. */
#ifndef S4_ABI_BOOT_H
#define S4_ABI_BOOT_H

#include "s4_types.h"

#define S4_FW_MAGIC 0x57463453u /* "S4FW" */
#define S4_FW_HEADER_VERSION 1
#define S4_FW_VERSION(major, minor, patch) (((major) << 24) | ((minor) << 16) | (patch))
#define S4_FW_VERSION_MAJOR(v) (((v) >> 24) & 0xffu)
#define S4_FW_VERSION_MINOR(v) (((v) >> 16) & 0xffu)
#define S4_FW_VERSION_PATCH(v) ((v) & 0xffffu)

/* The boot ROM refuses images below this: bumped when a version must not come back. */
#define S4_FW_VERSION_MIN S4_FW_VERSION(0, 1, 0)

/*
 * hash is SHA-256 over the payload. signature is Ed25519 over the header from its first byte up
 * to `signature` (hash included).
 */
struct s4_fw_header {
	__u32 magic; /* S4_FW_MAGIC */
	__u16 header_version; /* S4_FW_HEADER_VERSION */
	__u16 header_size; /* sizeof(struct s4_fw_header) */
	__u32 abi_version; /* S4_ABI_VERSION it was built with */
	__u32 fw_version;
	__u32 payload_size; /* bytes, a multiple of 4 */
	__u32 load_addr; /* MCU address, in MCU RAM */
	__u32 entry; /* MCU address, inside the payload */
	__u32 reserved;
	__u8 hash[32];
	__u8 signature[64];
};
S4_ASSERT_SIZE(struct s4_fw_header, 128);
S4_ASSERT_OFFSET(struct s4_fw_header, signature, 64);

#endif
