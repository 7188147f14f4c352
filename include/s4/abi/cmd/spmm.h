/* SPDX-License-Identifier: MIT */
/* SPMM: sparse matrix times dense matrix. docs/commands/matrix.md. */
#ifndef S4_ABI_CMD_SPMM_H
#define S4_ABI_CMD_SPMM_H

#include "types.h"

#define S4_SPMM_BIAS (1u << 0)
#define S4_SPMM_SCALE (1u << 1) /* must be set for INT8 unless y is INT32 */
#define S4_SPMM_RESIDUAL (1u << 2) /* not for INT32 */

/*
 * y[r][c] = epilogue(sum over k of w[r][k] * x[k][c]), w in balanced banks (s4_weights.h).
 * The epilogue: bias and scale, the residual's element added, the activation, the conversion to y.
 * type INT8: w, x int8, bias int32, y INT8, BF16, FLOAT32, or INT32 (sum and bias alone).
 * type BF16: w, x bfloat16, bias float32, y BF16 or FLOAT32.
 */
struct s4_cmd_spmm {
	__u64 x; /* activations [k][columns], element aligned */
	__u64 y; /* results [rows][columns], element aligned */
	__u64 values; /* value plane, 64-byte aligned */
	__u64 indices; /* index plane, 64-byte aligned; 0 at degree 1 */
	__u64 bias; /* [rows], 4-byte aligned; 0 without S4_SPMM_BIAS */
	__u64 scale; /* float32 [rows], 4-byte aligned; 0 without S4_SPMM_SCALE */
	__u64 x_pitch; /* bytes; a multiple of the element size, >= the contiguous extent */
	__u64 y_pitch;
	__u32 rows; /* 1..2^20 */
	__u32 k; /* 1..S4_MAX_K; the planes are padded to a multiple of S4_BANK */
	__u32 columns; /* 1..2^24 */
	__u8 degree; /* 1, 2, 4, 8, 16 or 32 */
	__u8 type; /* S4_TYPE_INT8 or S4_TYPE_BF16 */
	__u8 y_type;
	__u8 activation; /* enum s4_activation */
	__u8 x_layout; /* enum s4_layout */
	__u8 y_layout;
	__u8 residual_type; /* INT8, BF16 or FLOAT32; this and the residual's other fields 0 without it */
	__u8 reserved[5];
	__u64 residual; /* [rows][columns] in y's layout, element aligned */
	__u64 residual_pitch; /* bytes, as y_pitch */
	__u32 residual_scale; /* float32 bits; 1.0 unless INT8 */
	__u32 y_scale; /* float32 bits; 1.0 unless y is INT8 */
	__u32 alpha; /* the activation's parameters, float32 bits; 0 when it has none */
	__u32 beta;
};

S4_ASSERT_SIZE(struct s4_cmd_spmm, 120);

#endif
