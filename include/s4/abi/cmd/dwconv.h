/* SPDX-License-Identifier: MIT */
/* DWCONV: depthwise convolution with dense weights. docs/commands/windows.md. */
#ifndef S4_ABI_CMD_DWCONV_H
#define S4_ABI_CMD_DWCONV_H

#include "conv.h"

/*
 * y[n][oy][ox][r] = epilogue(sum over (ky, kx) of w[ky][kx][r] *
 * x[n][oy * sy + ky * dy - pad_top][ox * sx + kx * dx - pad_left][r / multiplier]).
 * Flags as SPMM's. The fields stand where CONV's do, `multiplier` in the place of the groups.
 */
struct s4_cmd_dwconv {
	/*
	 * As CONV's, with k = kernel_height * kernel_width, rows = channels * multiplier, degree 1,
	 * and `values` the dense plane [kernel_height][kernel_width][rows].
	 */
	struct s4_cmd_spmm matrix;
	struct s4_conv_window window;
	__u32 channels; /* of x, 1..S4_MAX_ROWS */
	__u32 multiplier; /* channels of y that come from one of x, at least 1 */
	__u64 residual_row_pitch; /* as y's */
	__u64 residual_image_pitch;
};

S4_ASSERT_SIZE(struct s4_cmd_dwconv, 208);

#endif
