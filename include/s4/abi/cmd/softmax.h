/* SPDX-License-Identifier: MIT */
/* SOFTMAX: softmax and its logarithm along the last dimension, masked. docs/commands/rows.md. */
#ifndef S4_ABI_CMD_SOFTMAX_H
#define S4_ABI_CMD_SOFTMAX_H

#include "types.h"

#define S4_SOFTMAX_LOG (1u << 0) /* the logarithm of the softmax */
#define S4_SOFTMAX_CAUSAL (1u << 1) /* row i sees elements j <= i + offset */
#define S4_SOFTMAX_OPTIONS 3u

/*
 * y = softmax(x * factor) along the last dimension of a box of up to six, of what a row sees.
 * Strides are in elements; zero repeats x along that dimension. y may be x exactly.
 */
struct s4_cmd_softmax {
	__u64 x;
	__u64 y;
	__u64 lengths; /* int32 [shape[0]]: a row sees elements j < length; 0: all of them */
	__u8 options; /* S4_SOFTMAX_*; CAUSAL needs two dimensions, as lengths do */
	__u8 x_type; /* any */
	__u8 y_type; /* INT8, BF16 or FLOAT32 */
	__u8 dims; /* 1..S4_MAX_DIMS */
	__s32 offset; /* of CAUSAL, else 0; i is the index of the last dimension but one */
	__u32 shape[S4_MAX_DIMS]; /* >= 1; beyond dims 0. Product at most 2^40 */
	__u32 x_stride[S4_MAX_DIMS];
	__u32 y_stride[S4_MAX_DIMS];
	__u32 factor; /* float32 bits, finite */
	__u32 x_scale; /* float32 bits, finite; 1.0 unless x is of integers */
	__u32 y_scale;
	__u32 reserved;
};

S4_ASSERT_SIZE(struct s4_cmd_softmax, 120);

#endif
