/* SPDX-License-Identifier: MIT */
/* Checks, operands and split of RESIZE. docs/commands/resize.md. */
#ifndef S4_ABI_CHECK_RESIZE_H
#define S4_ABI_CHECK_RESIZE_H

#include "conv.h"
#include "eltwise.h"

static inline struct s4_image s4_resize_x(const struct s4_cmd_resize *c)
{
	struct s4_image image = { c->x_pitch,
				  c->x_row_pitch,
				  c->x_image_pitch,
				  (__u64)c->channels * s4_type_bytes(c->type),
				  c->in_height,
				  c->in_width };

	return image;
}

static inline struct s4_image s4_resize_y(const struct s4_cmd_resize *c)
{
	struct s4_image image = { c->y_pitch,
				  c->y_row_pitch,
				  c->y_image_pitch,
				  (__u64)c->channels * s4_type_bytes(c->type),
				  c->out_height,
				  c->out_width };

	return image;
}

static inline void s4_resize_operands(const struct s4_cmd *cmd, struct s4_operands *operands)
{
	const struct s4_cmd_resize *c = &cmd->resize;
	struct s4_image x = s4_resize_x(c), y = s4_resize_y(c);
	struct s4_range range;
	int inside;

	inside = s4_range_images(&range, c->x, c->images, &x);
	s4_operand_add(operands, inside, &range, S4_CHECK_AT(resize.x), 0);
	inside = s4_range_images(&range, c->y, c->images, &y);
	s4_operand_add(operands, inside, &range, S4_CHECK_AT(resize.y), 1);
}

static inline enum s4_status s4_check_resize_extents(const struct s4_cmd *cmd, __u32 *detail)
{
	const struct s4_cmd_resize *c = &cmd->resize;
	__u32 pixels;

	S4_CHECK(c->images, S4_E_FIELD, resize.images);
	S4_CHECK(c->in_height && c->in_height <= S4_MAX_COLUMNS, S4_E_FIELD, resize.in_height);
	S4_CHECK(c->in_width && c->in_width <= S4_MAX_COLUMNS, S4_E_FIELD, resize.in_width);
	S4_CHECK(c->out_height, S4_E_FIELD, resize.out_height);
	S4_CHECK(c->out_width, S4_E_FIELD, resize.out_width);
	S4_CHECK(!__builtin_mul_overflow(c->images, c->out_height, &pixels) &&
			 !__builtin_mul_overflow(pixels, c->out_width, &pixels) &&
			 pixels <= S4_MAX_COLUMNS,
		 S4_E_FIELD, resize.images);
	S4_CHECK(c->channels && c->channels <= S4_MAX_ROWS, S4_E_FIELD, resize.channels);
	return S4_OK;
}

static inline enum s4_status s4_check_resize_pitches(const struct s4_cmd *cmd, __u32 *detail)
{
	const struct s4_cmd_resize *c = &cmd->resize;
	struct s4_image x = s4_resize_x(c), y = s4_resize_y(c);
	__u64 x_row = s4_image_row(&x), y_row = s4_image_row(&y);
	__u32 mask = s4_type_bytes(c->type) - 1;

	S4_CHECK((c->x & mask) == 0, S4_E_ALIGN, resize.x);
	S4_CHECK((c->y & mask) == 0, S4_E_ALIGN, resize.y);
	S4_CHECK((c->x_pitch & mask) == 0, S4_E_ALIGN, resize.x_pitch);
	S4_CHECK((c->y_pitch & mask) == 0, S4_E_ALIGN, resize.y_pitch);
	S4_CHECK(c->x_pitch >= x.run, S4_E_FIELD, resize.x_pitch);
	S4_CHECK(c->y_pitch >= y.run, S4_E_FIELD, resize.y_pitch);
	S4_CHECK((c->x_row_pitch & mask) == 0, S4_E_ALIGN, resize.x_row_pitch);
	S4_CHECK(c->x_row_pitch >= x_row, S4_E_FIELD, resize.x_row_pitch);
	S4_CHECK((c->x_image_pitch & mask) == 0, S4_E_ALIGN, resize.x_image_pitch);
	S4_CHECK(c->x_image_pitch >= s4_extent(x.height, x.row_pitch, x_row), S4_E_FIELD,
		 resize.x_image_pitch);
	S4_CHECK((c->y_row_pitch & mask) == 0, S4_E_ALIGN, resize.y_row_pitch);
	S4_CHECK(c->y_row_pitch >= y_row, S4_E_FIELD, resize.y_row_pitch);
	S4_CHECK((c->y_image_pitch & mask) == 0, S4_E_ALIGN, resize.y_image_pitch);
	S4_CHECK(c->y_image_pitch >= s4_extent(y.height, y.row_pitch, y_row), S4_E_FIELD,
		 resize.y_image_pitch);
	return S4_OK;
}

static inline enum s4_status s4_check_resize(const struct s4_cmd *cmd, __u32 *detail)
{
	const struct s4_cmd_resize *c = &cmd->resize;
	enum s4_status status;

	status = s4_check_resize_extents(cmd, detail);
	if (status != S4_OK)
		return status;
	S4_CHECK(s4_result_type_ok(c->type), S4_E_FIELD, resize.type);
	S4_CHECK(c->mode == S4_RESIZE_NEAREST || c->mode == S4_RESIZE_BILINEAR, S4_E_FIELD,
		 resize.mode);
	S4_CHECK(c->coordinate >= S4_RESIZE_HALF_PIXEL &&
			 c->coordinate <= S4_RESIZE_ALIGN_CORNERS,
		 S4_E_FIELD, resize.coordinate);
	S4_CHECK(c->mode == S4_RESIZE_BILINEAR ?
			 c->rounding == 0 :
			 c->rounding >= S4_RESIZE_FLOOR &&
				 c->rounding <= S4_RESIZE_ROUND_PREFER_CEIL,
		 S4_E_FIELD, resize.rounding);
	S4_CHECK(c->reserved == 0, S4_E_FIELD, resize.reserved);
	status = s4_check_resize_pitches(cmd, detail);
	if (status != S4_OK)
		return status;
	return s4_check_tail(cmd, sizeof(*c), detail);
}

/* Output rows of all images. */
static inline void s4_resize_axis(const struct s4_cmd *cmd, __u32 *extent)
{
	*extent = cmd->resize.images * cmd->resize.out_height;
}

#endif
