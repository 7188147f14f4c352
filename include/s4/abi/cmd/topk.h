/* SPDX-License-Identifier: MIT */
/* TOPK: the greatest or least elements of each row, sorted. docs/commands/topk.md. */
#ifndef S4_ABI_CMD_TOPK_H
#define S4_ABI_CMD_TOPK_H

#include "types.h"

#define S4_TOPK_MAX_K 1024u

enum s4_topk_order {
	S4_TOPK_LARGEST = 1,
	S4_TOPK_SMALLEST = 2,
};

/* values[row][j] = x[row][indices[row][j]], j < k: the first k of row x[row][0..n-1] in its order. */
struct s4_cmd_topk {
	__u64 x; /* the addresses and pitches: multiples of the element's size */
	__u64 values; /* of the type of x */
	__u64 indices; /* int32 */
	__u64 x_pitch; /* bytes from a row to the next, at least those of a row */
	__u64 values_pitch;
	__u64 indices_pitch;
	__u32 rows; /* >= 1; rows * n at most 2^40 */
	__u32 n; /* 1..S4_MAX_COLUMNS */
	__u32 k; /* 1..n, at most S4_TOPK_MAX_K */
	__u8 type; /* any */
	__u8 order; /* enum s4_topk_order */
	__u16 reserved;
};

S4_ASSERT_SIZE(struct s4_cmd_topk, 64);

#endif
