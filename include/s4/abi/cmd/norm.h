/* SPDX-License-Identifier: MIT */
/* NORM: layer, root-mean-square and group normalisation. docs/commands/rows.md. */
#ifndef S4_ABI_CMD_NORM_H
#define S4_ABI_CMD_NORM_H

#include "types.h"

enum s4_norm_kind {
	S4_NORM_LAYER = 1, /* mean and variance of each row's channels */
	S4_NORM_RMS = 2, /* mean square of each row's channels; nothing is subtracted */
	S4_NORM_GROUP = 3, /* mean and variance of all rows of an image */
};

/*
 * x[images][rows][channels], the channels in `groups` equal groups, each of which has statistics of
 * its own. Strides are in elements; zero repeats x or the residual along that dimension. y may be x
 * or the residual exactly.
 */
struct s4_cmd_norm {
	__u64 x;
	__u64 y;
	__u64 residual; /* added to x first; 0: none, and its type, scale and strides are 0 */
	__u64 gamma; /* float32 [channels]; 0: none */
	__u64 beta; /* float32 [channels]; 0: none */
	__u32 shape[3]; /* >= 1; product at most 2^40 */
	__u32 groups; /* divides the channels */
	__u32 x_stride[3];
	__u32 residual_stride[3];
	__u32 y_stride[3];
	__u8 kind; /* enum s4_norm_kind */
	__u8 x_type; /* any */
	__u8 residual_type; /* any */
	__u8 y_type; /* INT8, BF16 or FLOAT32 */
	__u32 epsilon; /* float32 bits, finite, not negative */
	__u32 x_scale; /* float32 bits, finite; 1.0 unless x is of integers */
	__u32 residual_scale;
	__u32 y_scale;
};

S4_ASSERT_SIZE(struct s4_cmd_norm, 112);

#endif
