/* SPDX-License-Identifier: MIT */
/* Checks, operands and split of POOL. docs/commands/windows.md. */
#ifndef S4_ABI_CHECK_POOL_H
#define S4_ABI_CHECK_POOL_H

#include "conv.h"
#include "eltwise.h"

static inline struct s4_image s4_pool_x(const struct s4_cmd_pool *c)
{
	return s4_window_x(&c->window, c->x_pitch, (__u64)c->channels * s4_type_bytes(c->x_type));
}

static inline struct s4_image s4_pool_y(const struct s4_cmd_pool *c)
{
	return s4_window_y(&c->window, c->y_pitch, (__u64)c->channels * s4_type_bytes(c->y_type));
}

static inline void s4_pool_operands(const struct s4_cmd *cmd, struct s4_operands *operands)
{
	const struct s4_cmd_pool *c = &cmd->pool;
	struct s4_image x = s4_pool_x(c), y = s4_pool_y(c);
	struct s4_range range;
	int inside;

	inside = s4_range_images(&range, c->x, c->window.images, &x);
	s4_operand_add(operands, inside, &range, S4_CHECK_AT(pool.x), 0);
	inside = s4_range_images(&range, c->y, c->window.images, &y);
	s4_operand_add(operands, inside, &range, S4_CHECK_AT(pool.y), 1);
}

static inline enum s4_status s4_check_pool(const struct s4_cmd *cmd, __u32 *detail)
{
	const struct s4_cmd_pool *c = &cmd->pool;
	__u32 x_size = s4_type_bytes(c->x_type), y_size = s4_type_bytes(c->y_type);
	__u32 at = S4_CHECK_AT(pool.window), pixels;
	enum s4_status status;
	struct s4_image x, y;

	status = s4_check_window(&c->window, at, &pixels, detail);
	if (status != S4_OK)
		return status;
	S4_CHECK(c->channels && c->channels <= S4_MAX_ROWS, S4_E_FIELD, pool.channels);
	S4_CHECK(c->op >= S4_POOL_MAX && c->op <= S4_POOL_AVERAGE_PADDED, S4_E_FIELD, pool.op);
	S4_CHECK(s4_result_type_ok(c->x_type), S4_E_FIELD, pool.x_type);
	S4_CHECK(s4_result_type_ok(c->y_type), S4_E_FIELD, pool.y_type);
	S4_CHECK(c->reserved == 0, S4_E_FIELD, pool.reserved);
	S4_CHECK(s4_scale_ok(c->x_type, c->x_scale), S4_E_FIELD, pool.x_scale);
	S4_CHECK(s4_scale_ok(c->y_type, c->y_scale), S4_E_FIELD, pool.y_scale);
	S4_CHECK((c->x & (x_size - 1)) == 0, S4_E_ALIGN, pool.x);
	S4_CHECK((c->y & (y_size - 1)) == 0, S4_E_ALIGN, pool.y);
	S4_CHECK((c->x_pitch & (x_size - 1)) == 0, S4_E_ALIGN, pool.x_pitch);
	S4_CHECK((c->y_pitch & (y_size - 1)) == 0, S4_E_ALIGN, pool.y_pitch);
	x = s4_pool_x(c);
	y = s4_pool_y(c);
	S4_CHECK(c->x_pitch >= x.run, S4_E_FIELD, pool.x_pitch);
	S4_CHECK(c->y_pitch >= y.run, S4_E_FIELD, pool.y_pitch);
	status = s4_check_window_pitches(&c->window, at, &x, x_size, &y, y_size, detail);
	if (status != S4_OK)
		return status;
	return s4_check_tail(cmd, sizeof(*c), detail);
}

/* Output rows of all images. */
static inline void s4_pool_axis(const struct s4_cmd *cmd, __u32 *extent)
{
	*extent = cmd->pool.window.images * cmd->pool.window.out_height;
}

#endif
