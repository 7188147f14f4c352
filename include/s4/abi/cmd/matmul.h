/* SPDX-License-Identifier: MIT */
/* MATMUL: products of activations, as in attention. docs/commands/matrix.md. */
#ifndef S4_ABI_CMD_MATMUL_H
#define S4_ABI_CMD_MATMUL_H

#include "types.h"

/*
 * y[b][h][m][n] = epilogue(sum over k of a[b][h][m][k] * w[b][h][k][n]) for every batch b and head h.
 * type INT8: y INT8, BF16, FLOAT32, or INT32 (the sum alone). type BF16: y BF16 or FLOAT32.
 * Strides are bytes from batch to batch and from head to head; 0 repeats an operand.
 */
struct s4_cmd_matmul {
	__u64 a; /* [m][k], element aligned */
	__u64 w; /* [k][n] */
	__u64 y; /* [m][n], a row contiguous */
	__u64 a_pitch; /* bytes; a multiple of the element size, >= the contiguous extent */
	__u64 w_pitch;
	__u64 y_pitch;
	__u64 a_stride[2]; /* of batch and head; a multiple of the element size */
	__u64 w_stride[2];
	__u64 y_stride[2]; /* no two results in one place */
	__u32 batches; /* batches * heads is 1..S4_MATMUL_MAX_BATCH */
	__u32 heads;
	__u32 m; /* 1..S4_MAX_ROWS */
	__u32 k; /* 1..S4_MAX_K */
	__u32 n; /* 1..S4_MAX_COLUMNS */
	__u32 scale; /* float32 bits, finite; 1.0 when y is INT32 */
	__u8 type; /* of a and w: S4_TYPE_INT8 or S4_TYPE_BF16 */
	__u8 y_type;
	__u8 a_layout; /* enum s4_layout: ROWS when a row, k after k, is contiguous */
	__u8 w_layout; /* ROWS when a row, n after n, is contiguous */
	__u8 reserved[4];
};

#define S4_MATMUL_MAX_BATCH (1u << 24)

S4_ASSERT_SIZE(struct s4_cmd_matmul, 128);

#endif
