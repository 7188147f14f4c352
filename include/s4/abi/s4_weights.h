/* SPDX-License-Identifier: MIT */
/*
 * Weights in balanced banks. A matrix is [rows = outputs][K]; K is padded with zeros to a
 * multiple of 64 (S4_BANK). At degree s in {1, 2, 4, 8, 16, 32} each bank of 64 consecutive K of
 * each row holds exactly 64/s entries; an entry's value may be zero.
 *
 * Value plane: [rows][banks][64/s] of INT8 or BF16. Index plane: [rows][banks][64/s] bytes
 * 0..63, strictly ascending within a bank; absent at degree 1.
 *
 * A blob is this header, the value plane and the index plane, each plane 64-byte aligned.
 * docs/hardware.md, "Weight format".
 */
#ifndef S4_ABI_WEIGHTS_H
#define S4_ABI_WEIGHTS_H

#include "s4_limits.h"
#include "s4_types.h"

#define S4_WEIGHTS_MAGIC 0x42573453u /* "S4WB" */
#define S4_WEIGHTS_VERSION 1
#define S4_WEIGHTS_ALIGN 64

struct s4_weights_header {
	__u32 magic; /* S4_WEIGHTS_MAGIC */
	__u16 version; /* S4_WEIGHTS_VERSION */
	__u16 header_size; /* sizeof(struct s4_weights_header) */
	__u32 rows; /* 1..S4_MAX_ROWS */
	__u32 k; /* of the matrix, before padding */
	__u32 k_padded; /* k rounded up to S4_BANK, at most S4_MAX_K */
	__u8 degree;
	__u8 type; /* enum s4_type: INT8 or BF16 */
	__u8 reserved0[2];
	__u64 values_offset; /* from the blob's first byte */
	__u64 values_bytes; /* rows * k_padded / degree * element size */
	__u64 indices_offset; /* 0 at degree 1 */
	__u64 indices_bytes; /* rows * k_padded / degree; 0 at degree 1 */
	__u64 total_bytes; /* of the blob, a multiple of 64; gaps are zero */
	__u32 crc32c; /* of the whole blob with this field taken as zero (Castagnoli) */
	__u32 reserved1[15];
};
S4_ASSERT_SIZE(struct s4_weights_header, 128);

#define S4_ENTRIES_PER_BANK(degree) (S4_BANK / (degree))

#endif
