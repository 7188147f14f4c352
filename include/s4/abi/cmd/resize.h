/* SPDX-License-Identifier: MIT */
/* RESIZE: images of another size, by nearest pixels or bilinear. docs/commands/resize.md. */
#ifndef S4_ABI_CMD_RESIZE_H
#define S4_ABI_CMD_RESIZE_H

#include "types.h"

enum s4_resize_mode {
	S4_RESIZE_NEAREST = 1, /* copies pixels */
	S4_RESIZE_BILINEAR = 2, /* between the four around a position */
};

/* Where output o looks along an axis of `in` pixels that becomes one of `out`. */
enum s4_resize_coordinate {
	S4_RESIZE_HALF_PIXEL = 1, /* (o + 1/2) * in / out - 1/2 */
	S4_RESIZE_ASYMMETRIC = 2, /* o * in / out */
	S4_RESIZE_ALIGN_CORNERS = 3, /* o * (in - 1) / (out - 1); 0 where out is 1 */
};

/* Which pixel is nearest to a position between two. */
enum s4_resize_rounding {
	S4_RESIZE_FLOOR = 1,
	S4_RESIZE_CEIL = 2,
	S4_RESIZE_ROUND_PREFER_FLOOR = 3, /* the nearer one; of two as near the lower */
	S4_RESIZE_ROUND_PREFER_CEIL = 4,
};

/*
 * Each channel for itself. Images are [image][y][x][channel]: pixel (n, y, x) stands at n * image
 * pitch + y * row pitch + x * pixel pitch, its channels one behind the other. Pitches are in bytes,
 * multiples of an element, and at least what they step over.
 */
struct s4_cmd_resize {
	__u64 x; /* element aligned */
	__u64 y;
	__u64 x_pitch; /* from a pixel to the next */
	__u64 y_pitch;
	__u64 x_row_pitch;
	__u64 x_image_pitch;
	__u64 y_row_pitch;
	__u64 y_image_pitch;
	__u32 images; /* images * out_height * out_width is at most S4_MAX_COLUMNS */
	__u32 in_height; /* 1..2^24, as in_width */
	__u32 in_width;
	__u32 out_height;
	__u32 out_width;
	__u32 channels; /* 1..S4_MAX_ROWS */
	__u8 type; /* of x and y: INT8, BF16 or FLOAT32 */
	__u8 mode; /* enum s4_resize_mode */
	__u8 coordinate; /* enum s4_resize_coordinate */
	__u8 rounding; /* enum s4_resize_rounding; 0 for BILINEAR */
	__u32 reserved;
};

S4_ASSERT_SIZE(struct s4_cmd_resize, 96);

#endif
