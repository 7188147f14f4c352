/* SPDX-License-Identifier: MIT */
/* MOVE: strided boxes of elements, with padding. docs/commands/memory.md. */
#ifndef S4_ABI_CMD_MOVE_H
#define S4_ABI_CMD_MOVE_H

#include "types.h"

/*
 * y[i] = x[i - before] where that is within src_extent in every dimension, else pattern.
 * Transposes, slices, parts of a concatenation, constant padding and repetition are all this. Strides are
 * in elements; a src_stride of zero repeats the source along that dimension.
 */
struct s4_cmd_move {
	__u64 src; /* element aligned */
	__u64 dst; /* element aligned */
	__u64 pattern; /* low bytes, little-endian; the unused ones zero */
	__u32 element_bytes; /* 1, 2, 4 or 8 */
	__u32 dims; /* 1..S4_MAX_DIMS */
	__u32 shape[S4_MAX_DIMS]; /* of y, >= 1; beyond dims 0. Product at most 2^40 */
	__u32 before[S4_MAX_DIMS]; /* elements of padding before x */
	__u32 src_extent[S4_MAX_DIMS]; /* of x, >= 1; before + src_extent <= shape */
	__u32 src_stride[S4_MAX_DIMS];
	__u32 dst_stride[S4_MAX_DIMS]; /* no two elements of y may share a place */
};

S4_ASSERT_SIZE(struct s4_cmd_move, 152);

#endif
