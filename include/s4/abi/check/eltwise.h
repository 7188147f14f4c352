/* SPDX-License-Identifier: MIT */
/* Checks, operands and split of ELTWISE and UNARY. docs/commands/elements.md. */
#ifndef S4_ABI_CHECK_ELTWISE_H
#define S4_ABI_CHECK_ELTWISE_H

#include "common.h"

/* An operand of a box whose result is y: it may lie exactly on the result. */
static inline void s4_box_operand(struct s4_operands *operands, __u32 dims, const __u32 *shape,
				  __u64 begin, __u32 type, const __u32 *stride, __u64 y,
				  __u32 y_type, const __u32 *y_stride, __u32 field)
{
	__u32 size = s4_type_bytes(type);
	struct s4_range range;
	int inside = s4_range_strided(&range, begin, shape, stride, dims, size);

	s4_operand_add(operands, inside, &range, field, 0);
	operands->list[operands->count - 1].in_place =
		begin == y && size == s4_type_bytes(y_type) &&
		s4_same_strides(shape, stride, y_stride, dims);
}

static inline void s4_box_result(struct s4_operands *operands, __u32 dims, const __u32 *shape,
				 __u64 y, __u32 y_type, const __u32 *y_stride, __u32 field)
{
	struct s4_range range;
	int inside = s4_range_strided(&range, y, shape, y_stride, dims, s4_type_bytes(y_type));

	s4_operand_add(operands, inside, &range, field, 1);
}

static inline void s4_eltwise_operands(const struct s4_cmd *cmd, struct s4_operands *operands)
{
	const struct s4_cmd_eltwise *c = &cmd->eltwise;

	s4_box_operand(operands, c->dims, c->shape, c->a, c->a_type, c->a_stride, c->y, c->y_type,
		       c->y_stride, S4_CHECK_AT(eltwise.a));
	s4_box_operand(operands, c->dims, c->shape, c->b, c->b_type, c->b_stride, c->y, c->y_type,
		       c->y_stride, S4_CHECK_AT(eltwise.b));
	s4_box_result(operands, c->dims, c->shape, c->y, c->y_type, c->y_stride,
		      S4_CHECK_AT(eltwise.y));
}

static inline void s4_unary_operands(const struct s4_cmd *cmd, struct s4_operands *operands)
{
	const struct s4_cmd_unary *c = &cmd->unary;

	s4_box_operand(operands, c->dims, c->shape, c->x, c->x_type, c->x_stride, c->y, c->y_type,
		       c->y_stride, S4_CHECK_AT(unary.x));
	s4_box_result(operands, c->dims, c->shape, c->y, c->y_type, c->y_stride,
		      S4_CHECK_AT(unary.y));
}

/* What the vector unit writes. */
static inline int s4_result_type_ok(__u32 type)
{
	return type == S4_TYPE_INT8 || type == S4_TYPE_BF16 || type == S4_TYPE_FLOAT32;
}

static inline enum s4_status s4_check_eltwise(const struct s4_cmd *cmd, __u32 *detail)
{
	const struct s4_cmd_eltwise *c = &cmd->eltwise;
	__u32 a_size = s4_type_bytes(c->a_type), b_size = s4_type_bytes(c->b_type);
	__u32 y_size = s4_type_bytes(c->y_type);
	enum s4_status status;

	S4_CHECK(c->op && c->op < S4_ELTWISE_COUNT, S4_E_FIELD, eltwise.op);
	S4_CHECK(a_size, S4_E_FIELD, eltwise.a_type);
	S4_CHECK(b_size, S4_E_FIELD, eltwise.b_type);
	S4_CHECK(s4_result_type_ok(c->y_type), S4_E_FIELD, eltwise.y_type);
	S4_CHECK(s4_activation_ok(c->activation, c->alpha, c->beta), S4_E_FIELD,
		 eltwise.activation);
	S4_CHECK(c->dims && c->dims <= S4_MAX_DIMS, S4_E_FIELD, eltwise.dims);
	S4_CHECK(c->reserved == 0, S4_E_FIELD, eltwise.reserved);
	S4_CHECK(s4_shape_ok(c->shape, c->dims), S4_E_FIELD, eltwise.shape);
	S4_CHECK(s4_zero_beyond(c->a_stride, c->dims), S4_E_FIELD, eltwise.a_stride);
	S4_CHECK(s4_zero_beyond(c->b_stride, c->dims), S4_E_FIELD, eltwise.b_stride);
	S4_CHECK(s4_zero_beyond(c->y_stride, c->dims), S4_E_FIELD, eltwise.y_stride);
	S4_CHECK(s4_scale_ok(c->a_type, c->a_scale), S4_E_FIELD, eltwise.a_scale);
	S4_CHECK(s4_scale_ok(c->b_type, c->b_scale), S4_E_FIELD, eltwise.b_scale);
	S4_CHECK(s4_scale_ok(c->y_type, c->y_scale), S4_E_FIELD, eltwise.y_scale);
	S4_CHECK(c->reserved2 == 0, S4_E_FIELD, eltwise.reserved2);
	S4_CHECK((c->a & (a_size - 1)) == 0, S4_E_ALIGN, eltwise.a);
	S4_CHECK((c->b & (b_size - 1)) == 0, S4_E_ALIGN, eltwise.b);
	S4_CHECK((c->y & (y_size - 1)) == 0, S4_E_ALIGN, eltwise.y);
	status = s4_check_tail(cmd, sizeof(*c), detail);
	if (status != S4_OK)
		return status;
	S4_CHECK(s4_strides_distinct(c->shape, c->y_stride, c->dims), S4_E_OVERLAP,
		 eltwise.y_stride);
	return S4_OK;
}

static inline enum s4_status s4_check_unary(const struct s4_cmd *cmd, __u32 *detail)
{
	const struct s4_cmd_unary *c = &cmd->unary;
	__u32 x_size = s4_type_bytes(c->x_type), y_size = s4_type_bytes(c->y_type);
	enum s4_status status;

	S4_CHECK(x_size, S4_E_FIELD, unary.x_type);
	S4_CHECK(s4_result_type_ok(c->y_type), S4_E_FIELD, unary.y_type);
	S4_CHECK(s4_activation_ok(c->activation, c->alpha, c->beta), S4_E_FIELD, unary.activation);
	S4_CHECK(c->dims && c->dims <= S4_MAX_DIMS, S4_E_FIELD, unary.dims);
	S4_CHECK(c->reserved == 0, S4_E_FIELD, unary.reserved);
	S4_CHECK(s4_shape_ok(c->shape, c->dims), S4_E_FIELD, unary.shape);
	S4_CHECK(s4_zero_beyond(c->x_stride, c->dims), S4_E_FIELD, unary.x_stride);
	S4_CHECK(s4_zero_beyond(c->y_stride, c->dims), S4_E_FIELD, unary.y_stride);
	S4_CHECK(s4_scale_ok(c->x_type, c->x_scale), S4_E_FIELD, unary.x_scale);
	S4_CHECK(s4_scale_ok(c->y_type, c->y_scale), S4_E_FIELD, unary.y_scale);
	S4_CHECK((c->x & (x_size - 1)) == 0, S4_E_ALIGN, unary.x);
	S4_CHECK((c->y & (y_size - 1)) == 0, S4_E_ALIGN, unary.y);
	status = s4_check_tail(cmd, sizeof(*c), detail);
	if (status != S4_OK)
		return status;
	S4_CHECK(s4_strides_distinct(c->shape, c->y_stride, c->dims), S4_E_OVERLAP,
		 unary.y_stride);
	return S4_OK;
}

/* The outermost dimension of an extent above 1. */
static inline void s4_box_axis(const __u32 *shape, __u32 dims, __u32 *extent)
{
	for (__u32 i = 0; i < dims && *extent == 1; i++)
		*extent = shape[i];
}

#endif
