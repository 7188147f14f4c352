/* SPDX-License-Identifier: MIT */
/* CONV: sparse convolution, and the window that it shares with DWCONV and POOL. docs/commands/matrix.md. */
#ifndef S4_ABI_CMD_CONV_H
#define S4_ABI_CMD_CONV_H

#include "spmm.h"

/*
 * A window that slides over images [image][y][x][channel]. Pixel (n, y, x) stands at n * image
 * pitch + y * row pitch + x * pixel pitch, its channels one behind the other; each pitch in bytes, a
 * multiple of the element size, and at least what it steps over. Positions outside of the image read
 * as zero: padding at the bottom and on the right follows from the extent of the output.
 */
struct s4_conv_window {
	__u64 x_row_pitch;
	__u64 x_image_pitch;
	__u64 y_row_pitch;
	__u64 y_image_pitch;
	__u32 images; /* images * out_height * out_width is at most S4_MAX_COLUMNS */
	__u32 in_height; /* 1..2^24, as in_width */
	__u32 in_width;
	__u32 out_height;
	__u32 out_width;
	__u16 pad_top; /* rows of zeros above the image */
	__u16 pad_left;
	__u8 kernel_height; /* this and what follows: 1..255 */
	__u8 kernel_width;
	__u8 stride_y;
	__u8 stride_x;
	__u8 dilation_y;
	__u8 dilation_x;
	__u8 reserved[2];
};

/*
 * The product of the weights with the matrix whose columns are the windows of the output pixels:
 * y[n][oy][ox][r] = epilogue(sum over (ky, kx, c) of w[r][(ky * KW + kx) * channels + c] *
 * x[n][oy * sy + ky * dy - pad_top][ox * sx + kx * dx - pad_left][g * channels + c]),
 * g = r / (rows / groups). Flags as SPMM's.
 */
struct s4_cmd_conv {
	/*
	 * As SPMM's, with k = kernel_height * kernel_width * channels, columns = images *
	 * out_height * out_width, both layouts S4_LAYOUT_COLUMNS, and the pitches those of pixels.
	 */
	struct s4_cmd_spmm matrix;
	struct s4_conv_window window;
	__u32 channels; /* of x in a group */
	__u32 groups; /* divides rows */
	__u64 residual_row_pitch; /* as y's */
	__u64 residual_image_pitch;
};

S4_ASSERT_SIZE(struct s4_conv_window, 64);
S4_ASSERT_SIZE(struct s4_cmd_conv, 208);

#endif
