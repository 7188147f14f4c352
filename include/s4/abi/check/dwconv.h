/* SPDX-License-Identifier: MIT */
/* Checks, operands and split of DWCONV. docs/commands/windows.md. */
#ifndef S4_ABI_CHECK_DWCONV_H
#define S4_ABI_CHECK_DWCONV_H

#include "conv.h"

static inline struct s4_image s4_dwconv_x(const struct s4_cmd_dwconv *c)
{
	return s4_window_x(&c->window, c->matrix.x_pitch,
			   (__u64)c->channels * s4_type_bytes(c->matrix.type));
}

/* Bytes of the weights: no bank is filled up. */
static inline __u64 s4_dwconv_values(const struct s4_cmd_dwconv *c)
{
	return (__u64)c->matrix.k * c->matrix.rows * s4_type_bytes(c->matrix.type);
}

static inline void s4_dwconv_operands(const struct s4_cmd *cmd, struct s4_operands *operands)
{
	const struct s4_cmd_dwconv *c = &cmd->dwconv;
	struct s4_image x = s4_dwconv_x(c);

	s4_conv_images(cmd, &x, operands);
	s4_operand_flat(operands, c->matrix.values, s4_dwconv_values(c),
			S4_CHECK_AT(dwconv.matrix.values), 0);
	s4_channel_operands(cmd, operands);
}

static inline enum s4_status s4_check_dwconv(const struct s4_cmd *cmd, __u32 *detail)
{
	const struct s4_cmd_dwconv *c = &cmd->dwconv;
	enum s4_status status;
	struct s4_image x;
	__u32 pixels;

	status = s4_check_conv_window(cmd, &pixels, detail);
	if (status != S4_OK)
		return status;
	S4_CHECK(c->matrix.degree == 1, S4_E_FIELD, dwconv.matrix.degree);
	S4_CHECK(c->channels && c->channels <= S4_MAX_ROWS, S4_E_FIELD, dwconv.channels);
	S4_CHECK(c->matrix.k == (__u32)c->window.kernel_height * c->window.kernel_width, S4_E_FIELD,
		 dwconv.matrix.k);
	S4_CHECK(c->matrix.columns == pixels, S4_E_FIELD, dwconv.matrix.columns);
	S4_CHECK((__u64)c->channels * c->multiplier == c->matrix.rows, S4_E_FIELD,
		 dwconv.multiplier);
	x = s4_dwconv_x(c);
	status = s4_check_conv_pitches(cmd, &x, detail);
	if (status != S4_OK)
		return status;
	return s4_check_tail(cmd, sizeof(*c), detail);
}

/* Output rows of all images; where there is but one, its pixels. */
static inline void s4_dwconv_axis(const struct s4_cmd *cmd, __u32 *extent)
{
	const struct s4_conv_window *w = &cmd->dwconv.window;

	*extent = w->images * w->out_height;
	if (*extent == 1)
		*extent = w->out_width;
}

#endif
