/* SPDX-License-Identifier: MIT */
/* REDUCE: sums, means and extremes along any dimensions. docs/commands/rows.md. */
#ifndef S4_ABI_CMD_REDUCE_H
#define S4_ABI_CMD_REDUCE_H

#include "types.h"

enum s4_reduce_op {
	S4_REDUCE_SUM = 1,
	S4_REDUCE_MEAN = 2,
	S4_REDUCE_MAX = 3,
	S4_REDUCE_MIN = 4,
	S4_REDUCE_SUM_SQUARES = 5,
	S4_REDUCE_PRODUCT = 6,
};

/*
 * y[kept] = op over the elements of x[kept][reduced], a box of up to six dimensions, each of which is
 * kept or reduced. Strides are in elements; zero repeats x along that dimension. Dimension 0 varies
 * slowest.
 */
struct s4_cmd_reduce {
	__u64 x;
	__u64 y;
	__u8 op; /* enum s4_reduce_op */
	__u8 x_type; /* any */
	__u8 y_type; /* INT8, BF16 or FLOAT32 */
	__u8 dims; /* 1..S4_MAX_DIMS */
	__u8 reduced; /* bit i: dimension i is reduced; at least one */
	__u8 reserved[3];
	__u32 shape[S4_MAX_DIMS]; /* >= 1; beyond dims 0. Product at most 2^40 */
	__u32 x_stride[S4_MAX_DIMS];
	__u32 y_stride[S4_MAX_DIMS]; /* of a reduced dimension 0 */
	__u32 x_scale; /* float32 bits, finite; 1.0 unless x is of integers */
	__u32 y_scale;
};

S4_ASSERT_SIZE(struct s4_cmd_reduce, 104);

#endif
