/* SPDX-License-Identifier: MIT */
/* Checks and operands of CONV, and what DWCONV and POOL share of them. docs/commands/matrix.md. */
#ifndef S4_ABI_CHECK_CONV_H
#define S4_ABI_CHECK_CONV_H

#include "spmm.h"

/* One side of a window: images of `height` x `width` pixels of `run` bytes. */
struct s4_image {
	__u64 pixel_pitch;
	__u64 row_pitch;
	__u64 image_pitch;
	__u64 run;
	__u32 height;
	__u32 width;
};

static inline struct s4_image s4_window_x(const struct s4_conv_window *w, __u64 pixel_pitch,
					  __u64 run)
{
	struct s4_image image = { pixel_pitch, w->x_row_pitch, w->x_image_pitch,
				  run,	       w->in_height,   w->in_width };

	return image;
}

static inline struct s4_image s4_window_y(const struct s4_conv_window *w, __u64 pixel_pitch,
					  __u64 run)
{
	struct s4_image image = { pixel_pitch, w->y_row_pitch, w->y_image_pitch,
				  run,	       w->out_height,  w->out_width };

	return image;
}

/* Bytes of `count` runs `pitch` apart; the greatest number when that is beyond the VA space. */
static inline __u64 s4_extent(__u32 count, __u64 pitch, __u64 run)
{
	__u64 span;

	if (__builtin_mul_overflow((__u64)(count - 1), pitch, &span) || span > S4_VA_END ||
	    run > S4_VA_END)
		return ~0ULL;
	return span + run;
}

static inline __u64 s4_image_row(const struct s4_image *image)
{
	return s4_extent(image->width, image->pixel_pitch, image->run);
}

static inline int s4_range_images(struct s4_range *range, __u64 begin, __u32 images,
				  const struct s4_image *image)
{
	__u64 bytes = s4_extent(image->height, image->row_pitch, s4_image_row(image));

	if (bytes > S4_VA_END) {
		range->begin = begin;
		range->bytes = 0;
		return 0;
	}
	return s4_range_pitched(range, begin, images, image->image_pitch, bytes);
}

#define S4_CHECK_WINDOW(condition, error, member)                                           \
	do {                                                                                \
		if (!(condition)) {                                                         \
			*detail = at + (__u32)__builtin_offsetof(struct s4_conv_window, member); \
			return (error);                                                     \
		}                                                                           \
	} while (0)

/* The extents of a window that stands at offset `at` of its command; *pixels of the output. */
static inline enum s4_status s4_check_window(const struct s4_conv_window *w, __u32 at,
					     __u32 *pixels, __u32 *detail)
{
	S4_CHECK_WINDOW(w->images, S4_E_FIELD, images);
	S4_CHECK_WINDOW(w->in_height && w->in_height <= S4_MAX_COLUMNS, S4_E_FIELD, in_height);
	S4_CHECK_WINDOW(w->in_width && w->in_width <= S4_MAX_COLUMNS, S4_E_FIELD, in_width);
	S4_CHECK_WINDOW(w->out_height, S4_E_FIELD, out_height);
	S4_CHECK_WINDOW(w->out_width, S4_E_FIELD, out_width);
	S4_CHECK_WINDOW(!__builtin_mul_overflow(w->images, w->out_height, pixels) &&
				!__builtin_mul_overflow(*pixels, w->out_width, pixels) &&
				*pixels <= S4_MAX_COLUMNS,
			S4_E_FIELD, images);
	S4_CHECK_WINDOW(w->kernel_height, S4_E_FIELD, kernel_height);
	S4_CHECK_WINDOW(w->kernel_width, S4_E_FIELD, kernel_width);
	S4_CHECK_WINDOW(w->stride_y, S4_E_FIELD, stride_y);
	S4_CHECK_WINDOW(w->stride_x, S4_E_FIELD, stride_x);
	S4_CHECK_WINDOW(w->dilation_y, S4_E_FIELD, dilation_y);
	S4_CHECK_WINDOW(w->dilation_x, S4_E_FIELD, dilation_x);
	S4_CHECK_WINDOW((w->reserved[0] | w->reserved[1]) == 0, S4_E_FIELD, reserved);
	return S4_OK;
}

/* Its pitches, given the sides; elements of x have x_size bytes, those of y y_size. */
static inline enum s4_status s4_check_window_pitches(const struct s4_conv_window *w, __u32 at,
						     const struct s4_image *x, __u32 x_size,
						     const struct s4_image *y, __u32 y_size,
						     __u32 *detail)
{
	__u64 x_row = s4_image_row(x), y_row = s4_image_row(y);

	S4_CHECK_WINDOW((w->x_row_pitch & (x_size - 1)) == 0, S4_E_ALIGN, x_row_pitch);
	S4_CHECK_WINDOW(w->x_row_pitch >= x_row, S4_E_FIELD, x_row_pitch);
	S4_CHECK_WINDOW((w->x_image_pitch & (x_size - 1)) == 0, S4_E_ALIGN, x_image_pitch);
	S4_CHECK_WINDOW(w->x_image_pitch >= s4_extent(x->height, x->row_pitch, x_row), S4_E_FIELD,
			x_image_pitch);
	S4_CHECK_WINDOW((w->y_row_pitch & (y_size - 1)) == 0, S4_E_ALIGN, y_row_pitch);
	S4_CHECK_WINDOW(w->y_row_pitch >= y_row, S4_E_FIELD, y_row_pitch);
	S4_CHECK_WINDOW((w->y_image_pitch & (y_size - 1)) == 0, S4_E_ALIGN, y_image_pitch);
	S4_CHECK_WINDOW(w->y_image_pitch >= s4_extent(y->height, y->row_pitch, y_row), S4_E_FIELD,
			y_image_pitch);
	return S4_OK;
}

static inline struct s4_image s4_conv_x(const struct s4_cmd_conv *c)
{
	return s4_window_x(&c->window, c->matrix.x_pitch,
			   (__u64)c->channels * c->groups * s4_type_bytes(c->matrix.type));
}

static inline struct s4_image s4_conv_y(const struct s4_cmd_conv *c)
{
	return s4_window_y(&c->window, c->matrix.y_pitch,
			   (__u64)c->matrix.rows * s4_type_bytes(c->matrix.y_type));
}

static inline struct s4_image s4_conv_residual(const struct s4_cmd_conv *c)
{
	struct s4_image image = { c->matrix.residual_pitch,
				  c->residual_row_pitch,
				  c->residual_image_pitch,
				  (__u64)c->matrix.rows * s4_type_bytes(c->matrix.residual_type),
				  c->window.out_height,
				  c->window.out_width };

	return image;
}

/*
 * What follows is DWCONV's too, whose fields stand where CONV's do: x, of which the caller says what it
 * is, y and the residual.
 */
static inline void s4_conv_images(const struct s4_cmd *cmd, const struct s4_image *x,
				  struct s4_operands *operands)
{
	const struct s4_cmd_conv *c = &cmd->conv;
	struct s4_image y = s4_conv_y(c);
	struct s4_range range;
	int inside;

	inside = s4_range_images(&range, c->matrix.x, c->window.images, x);
	s4_operand_add(operands, inside, &range, S4_CHECK_AT(conv.matrix.x), 0);
	inside = s4_range_images(&range, c->matrix.y, c->window.images, &y);
	s4_operand_add(operands, inside, &range, S4_CHECK_AT(conv.matrix.y), 1);
	if (cmd->header.flags & S4_SPMM_RESIDUAL) {
		struct s4_image residual = s4_conv_residual(c);

		inside = s4_range_images(&range, c->matrix.residual, c->window.images, &residual);
		s4_residual_operand(cmd, operands, inside, &range,
				    c->residual_row_pitch == c->window.y_row_pitch &&
					    c->residual_image_pitch == c->window.y_image_pitch);
	}
}

static inline enum s4_status s4_check_conv_residual(const struct s4_cmd *cmd, __u32 *detail)
{
	const struct s4_cmd_conv *c = &cmd->conv;
	struct s4_image image = s4_conv_residual(c);
	__u32 size = s4_type_bytes(c->matrix.residual_type);
	__u64 row;

	if (!(cmd->header.flags & S4_SPMM_RESIDUAL)) {
		S4_CHECK(c->residual_row_pitch == 0, S4_E_FIELD, conv.residual_row_pitch);
		S4_CHECK(c->residual_image_pitch == 0, S4_E_FIELD, conv.residual_image_pitch);
		return S4_OK;
	}
	row = s4_image_row(&image);
	S4_CHECK(c->matrix.residual_pitch >= image.run, S4_E_FIELD, conv.matrix.residual_pitch);
	S4_CHECK((c->residual_row_pitch & (size - 1)) == 0, S4_E_ALIGN, conv.residual_row_pitch);
	S4_CHECK(c->residual_row_pitch >= row, S4_E_FIELD, conv.residual_row_pitch);
	S4_CHECK((c->residual_image_pitch & (size - 1)) == 0, S4_E_ALIGN, conv.residual_image_pitch);
	S4_CHECK(c->residual_image_pitch >= s4_extent(image.height, image.row_pitch, row), S4_E_FIELD,
		 conv.residual_image_pitch);
	return S4_OK;
}

/* The matrix and the extents of the window. */
static inline enum s4_status s4_check_conv_window(const struct s4_cmd *cmd, __u32 *pixels,
						  __u32 *detail)
{
	const struct s4_cmd_conv *c = &cmd->conv;
	enum s4_status status;

	status = s4_check_matrix(cmd, detail);
	if (status != S4_OK)
		return status;
	S4_CHECK(c->matrix.x_layout == S4_LAYOUT_COLUMNS, S4_E_FIELD, conv.matrix.x_layout);
	S4_CHECK(c->matrix.y_layout == S4_LAYOUT_COLUMNS, S4_E_FIELD, conv.matrix.y_layout);
	return s4_check_window(&c->window, S4_CHECK_AT(conv.window), pixels, detail);
}

/* All pitches. */
static inline enum s4_status s4_check_conv_pitches(const struct s4_cmd *cmd,
						   const struct s4_image *x, __u32 *detail)
{
	const struct s4_cmd_conv *c = &cmd->conv;
	struct s4_image y = s4_conv_y(c);
	enum s4_status status;

	S4_CHECK(c->matrix.x_pitch >= x->run, S4_E_FIELD, conv.matrix.x_pitch);
	S4_CHECK(c->matrix.y_pitch >= y.run, S4_E_FIELD, conv.matrix.y_pitch);
	status = s4_check_window_pitches(&c->window, S4_CHECK_AT(conv.window), x,
					 s4_type_bytes(c->matrix.type), &y,
					 s4_type_bytes(c->matrix.y_type), detail);
	if (status != S4_OK)
		return status;
	return s4_check_conv_residual(cmd, detail);
}

static inline void s4_conv_operands(const struct s4_cmd *cmd, struct s4_operands *operands)
{
	struct s4_image x = s4_conv_x(&cmd->conv);

	s4_conv_images(cmd, &x, operands);
	s4_matrix_operands(cmd, operands);
}

static inline enum s4_status s4_check_conv(const struct s4_cmd *cmd, __u32 *detail)
{
	const struct s4_cmd_conv *c = &cmd->conv;
	enum s4_status status;
	struct s4_image x;
	__u32 pixels;

	status = s4_check_conv_window(cmd, &pixels, detail);
	if (status != S4_OK)
		return status;
	S4_CHECK(c->channels && c->channels <= S4_MAX_K, S4_E_FIELD, conv.channels);
	/* At most 255 * 255 * 65536, which 32 bits hold. */
	S4_CHECK(c->matrix.k ==
			 (__u32)c->window.kernel_height * c->window.kernel_width * c->channels,
		 S4_E_FIELD, conv.matrix.k);
	S4_CHECK(c->matrix.columns == pixels, S4_E_FIELD, conv.matrix.columns);
	S4_CHECK(c->groups && (c->groups == 1 || c->matrix.rows % c->groups == 0), S4_E_FIELD,
		 conv.groups);
	x = s4_conv_x(c);
	status = s4_check_conv_pitches(cmd, &x, detail);
	if (status != S4_OK)
		return status;
	return s4_check_tail(cmd, sizeof(*c), detail);
}

#endif
