/* SPDX-License-Identifier: MIT */
/* POOL: maximum or average over windows of images. docs/commands/windows.md. */
#ifndef S4_ABI_CMD_POOL_H
#define S4_ABI_CMD_POOL_H

#include "conv.h"

enum s4_pool_op {
	S4_POOL_MAX = 1,
	S4_POOL_AVERAGE = 2, /* over the places of the window that lie in the image */
	S4_POOL_AVERAGE_PADDED = 3, /* over all places of the window, those outside being zero */
};

/* Each channel for itself. The window is CONV's, with kernel, stride, padding and dilation. */
struct s4_cmd_pool {
	__u64 x; /* element aligned */
	__u64 y;
	__u64 x_pitch; /* bytes from a pixel to the next, >= a pixel */
	__u64 y_pitch;
	struct s4_conv_window window;
	__u32 channels; /* 1..S4_MAX_ROWS */
	__u8 op; /* enum s4_pool_op */
	__u8 x_type; /* INT8, BF16 or FLOAT32 */
	__u8 y_type; /* likewise */
	__u8 reserved;
	__u32 x_scale; /* float32 bits; 1.0 unless INT8 */
	__u32 y_scale;
};

S4_ASSERT_SIZE(struct s4_cmd_pool, 112);

#endif
