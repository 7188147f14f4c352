/* SPDX-License-Identifier: MIT */
/* ELTWISE and UNARY: element by element. docs/commands/elements.md. */
#ifndef S4_ABI_CMD_ELTWISE_H
#define S4_ABI_CMD_ELTWISE_H

#include "types.h"

enum s4_eltwise_op {
	S4_ELTWISE_ADD = 1,
	S4_ELTWISE_MUL = 2,
	S4_ELTWISE_SUB = 3,
	S4_ELTWISE_DIV = 4,
	S4_ELTWISE_MIN = 5,
	S4_ELTWISE_MAX = 6,
	S4_ELTWISE_POW = 7,
	S4_ELTWISE_COUNT = 8,
};

/*
 * y[i] = activation(a[i] op b[i]) over a box of up to six dimensions. Strides are in elements;
 * zero repeats an operand along that dimension (broadcasting). Dimension 0 varies slowest.
 * Integers are scaled to float32 first, an INT8 result by y_scale before it is rounded and
 * saturated; the scales of BF16 and FLOAT32 are 1.0.
 */
struct s4_cmd_eltwise {
	__u64 a;
	__u64 b;
	__u64 y;
	__u8 op; /* enum s4_eltwise_op */
	__u8 a_type; /* any */
	__u8 b_type; /* any */
	__u8 y_type; /* INT8, BF16 or FLOAT32 */
	__u8 activation;
	__u8 dims; /* 1..S4_MAX_DIMS */
	__u16 reserved;
	__u32 shape[S4_MAX_DIMS]; /* >= 1; beyond dims 0. Product at most 2^40 */
	__u32 a_stride[S4_MAX_DIMS];
	__u32 b_stride[S4_MAX_DIMS];
	__u32 y_stride[S4_MAX_DIMS]; /* no two elements of y may share a place */
	__u32 a_scale; /* float32 bits, finite */
	__u32 b_scale;
	__u32 y_scale;
	__u32 alpha; /* the activation's parameters, float32 bits; 0 when it has none */
	__u32 beta;
	__u32 reserved2;
};

/* y[i] = activation(x[i]): functions, and conversions between types. Everything else as ELTWISE. */
struct s4_cmd_unary {
	__u64 x;
	__u64 y;
	__u8 x_type;
	__u8 y_type;
	__u8 activation;
	__u8 dims;
	__u32 reserved;
	__u32 shape[S4_MAX_DIMS];
	__u32 x_stride[S4_MAX_DIMS];
	__u32 y_stride[S4_MAX_DIMS];
	__u32 x_scale;
	__u32 y_scale;
	__u32 alpha;
	__u32 beta;
};

S4_ASSERT_SIZE(struct s4_cmd_eltwise, 152);
S4_ASSERT_SIZE(struct s4_cmd_unary, 112);

#endif
