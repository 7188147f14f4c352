/* SPDX-License-Identifier: MIT */
/* COPY, FILL and TIMESTAMP. docs/commands/memory.md. */
#ifndef S4_ABI_CMD_MEMORY_H
#define S4_ABI_CMD_MEMORY_H

#include "types.h"

/* Writes struct s4_timestamp when every command before it in the list has ended. */
struct s4_cmd_timestamp {
	__u64 dst; /* 16-byte aligned */
};
struct s4_timestamp {
	__u64 card_cycles; /* same scale as s4_job_result.card_start */
	__u64 time_ns; /* S4_REG_TIME */
};

/* rows x row_bytes; any alignment. Source and destination ranges must not overlap. */
struct s4_cmd_copy {
	__u64 src;
	__u64 dst;
	__u64 row_bytes; /* 1..2^40 */
	__u64 src_pitch; /* bytes from a row to the next, >= row_bytes; 0 with one row */
	__u64 dst_pitch;
	__u32 rows; /* >= 1 */
	__u32 reserved;
};

/* dst[i] = pattern byte i % pattern_bytes. */
struct s4_cmd_fill {
	__u64 dst; /* pattern_bytes aligned */
	__u64 bytes; /* a multiple of pattern_bytes, 1..2^40 */
	__u32 pattern; /* low bytes, little-endian; the unused ones zero */
	__u32 pattern_bytes; /* 1, 2 or 4 */
};

S4_ASSERT_SIZE(struct s4_timestamp, 16);
S4_ASSERT_SIZE(struct s4_cmd_copy, 48);
S4_ASSERT_SIZE(struct s4_cmd_fill, 24);

#endif
