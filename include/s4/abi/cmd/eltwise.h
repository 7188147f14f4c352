/* SPDX-License-Identifier: MIT */
/* ELTWISE: two operands, element by element. docs/commands/elements.md. */
#ifndef S4_ABI_CMD_ELTWISE_H
#define S4_ABI_CMD_ELTWISE_H

#include "types.h"

enum s4_eltwise_op {
	S4_ELTWISE_ADD = 1,
	S4_ELTWISE_MUL = 2,
};

/*
 * y[i] = activation(a[i] op b[i]) over a box of up to six dimensions. Strides are in elements;
 * zero repeats an operand along that dimension (broadcasting). Dimension 0 varies slowest.
 * INT8: each operand is scaled to float32 first, the result by y_scale, then rounded and saturated.
 * BF16 and FLOAT32: the scales are 1.0. All three tensors have the one type.
 */
struct s4_cmd_eltwise {
	__u64 a;
	__u64 b;
	__u64 y;
	__u8 op; /* enum s4_eltwise_op */
	__u8 type; /* INT8, BF16 or FLOAT32 */
	__u8 activation;
	__u8 dims; /* 1..S4_MAX_DIMS */
	__u32 reserved;
	__u32 shape[S4_MAX_DIMS]; /* >= 1; beyond dims 0. Product at most 2^40 */
	__u32 a_stride[S4_MAX_DIMS];
	__u32 b_stride[S4_MAX_DIMS];
	__u32 y_stride[S4_MAX_DIMS]; /* no two elements of y may share a place */
	__u32 a_scale; /* float32 bits, finite */
	__u32 b_scale;
	__u32 y_scale;
	__u32 reserved2;
};

S4_ASSERT_SIZE(struct s4_cmd_eltwise, 144);

#endif
