/* SPDX-License-Identifier: MIT */
/* Checks, operands and split of ELTWISE. docs/commands/elements.md. */
#ifndef S4_ABI_CHECK_ELTWISE_H
#define S4_ABI_CHECK_ELTWISE_H

#include "common.h"

static inline void s4_eltwise_operand(struct s4_operands *operands, const struct s4_cmd_eltwise *c,
				      __u64 begin, const __u32 *stride, __u32 field)
{
	struct s4_range range;
	int inside = s4_range_strided(&range, begin, c->shape, stride, c->dims,
				      s4_type_bytes(c->type));

	s4_operand_add(operands, inside, &range, field, 0);
	/* In place: y may be an operand exactly. */
	operands->list[operands->count - 1].in_place =
		begin == c->y && s4_same_strides(c->shape, stride, c->y_stride, c->dims);
}

static inline void s4_eltwise_operands(const struct s4_cmd *cmd, struct s4_operands *operands)
{
	const struct s4_cmd_eltwise *c = &cmd->eltwise;

	s4_eltwise_operand(operands, c, c->a, c->a_stride, S4_CHECK_AT(eltwise.a));
	s4_eltwise_operand(operands, c, c->b, c->b_stride, S4_CHECK_AT(eltwise.b));
	s4_eltwise_operand(operands, c, c->y, c->y_stride, S4_CHECK_AT(eltwise.y));
	operands->list[operands->count - 1].written = 1;
	operands->list[operands->count - 1].in_place = 0;
}

static inline enum s4_status s4_check_eltwise(const struct s4_cmd *cmd, __u32 *detail)
{
	const struct s4_cmd_eltwise *c = &cmd->eltwise;
	enum s4_status status;
	__u64 elements = 1;
	int int8 = c->type == S4_TYPE_INT8;
	__u32 align;

	S4_CHECK(c->op == S4_ELTWISE_ADD || c->op == S4_ELTWISE_MUL, S4_E_FIELD, eltwise.op);
	S4_CHECK(int8 || c->type == S4_TYPE_BF16 || c->type == S4_TYPE_FLOAT32, S4_E_FIELD,
		 eltwise.type);
	S4_CHECK(c->activation <= S4_ACT_RELU, S4_E_FIELD, eltwise.activation);
	S4_CHECK(c->dims && c->dims <= S4_MAX_DIMS, S4_E_FIELD, eltwise.dims);
	S4_CHECK(c->reserved == 0, S4_E_FIELD, eltwise.reserved);
	for (__u32 i = 0; i < S4_MAX_DIMS; i++) {
		if (i < c->dims) {
			S4_CHECK(c->shape[i] &&
					 !__builtin_mul_overflow(elements, (__u64)c->shape[i],
								 &elements) &&
					 elements <= S4_MAX_BYTES,
				 S4_E_FIELD, eltwise.shape);
		} else {
			S4_CHECK(c->shape[i] == 0, S4_E_FIELD, eltwise.shape);
			S4_CHECK(c->a_stride[i] == 0, S4_E_FIELD, eltwise.a_stride);
			S4_CHECK(c->b_stride[i] == 0, S4_E_FIELD, eltwise.b_stride);
			S4_CHECK(c->y_stride[i] == 0, S4_E_FIELD, eltwise.y_stride);
		}
	}
	S4_CHECK(int8 ? S4_FLOAT_FINITE(c->a_scale) : c->a_scale == S4_FLOAT_ONE, S4_E_FIELD,
		 eltwise.a_scale);
	S4_CHECK(int8 ? S4_FLOAT_FINITE(c->b_scale) : c->b_scale == S4_FLOAT_ONE, S4_E_FIELD,
		 eltwise.b_scale);
	S4_CHECK(int8 ? S4_FLOAT_FINITE(c->y_scale) : c->y_scale == S4_FLOAT_ONE, S4_E_FIELD,
		 eltwise.y_scale);
	S4_CHECK(c->reserved2 == 0, S4_E_FIELD, eltwise.reserved2);
	align = s4_type_bytes(c->type) - 1;
	S4_CHECK((c->a & align) == 0, S4_E_ALIGN, eltwise.a);
	S4_CHECK((c->b & align) == 0, S4_E_ALIGN, eltwise.b);
	S4_CHECK((c->y & align) == 0, S4_E_ALIGN, eltwise.y);
	status = s4_check_tail(cmd, sizeof(*c), detail);
	if (status != S4_OK)
		return status;
	S4_CHECK(s4_strides_distinct(c->shape, c->y_stride, c->dims), S4_E_OVERLAP,
		 eltwise.y_stride);
	return S4_OK;
}

/* The outermost dimension of an extent above 1. */
static inline void s4_eltwise_axis(const struct s4_cmd *cmd, __u32 *extent)
{
	for (__u32 i = 0; i < cmd->eltwise.dims && *extent == 1; i++)
		*extent = cmd->eltwise.shape[i];
}

#endif
