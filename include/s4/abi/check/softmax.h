/* SPDX-License-Identifier: MIT */
/* Checks, operands and split of SOFTMAX. docs/commands/rows.md. */
#ifndef S4_ABI_CHECK_SOFTMAX_H
#define S4_ABI_CHECK_SOFTMAX_H

#include "common.h"

static inline void s4_softmax_operands(const struct s4_cmd *cmd, struct s4_operands *operands)
{
	const struct s4_cmd_softmax *c = &cmd->softmax;
	struct s4_range range;
	int inside;

	inside = s4_range_strided(&range, c->x, c->shape, c->x_stride, c->dims,
				  s4_type_bytes(c->x_type));
	s4_operand_add(operands, inside, &range, S4_CHECK_AT(softmax.x), 0);
	operands->list[0].in_place = c->x == c->y && c->x_type == c->y_type &&
				     s4_same_strides(c->shape, c->x_stride, c->y_stride, c->dims);
	s4_operand_flat(operands, c->lengths, c->lengths ? (__u64)c->shape[0] * 4 : 0,
			S4_CHECK_AT(softmax.lengths), 0);
	inside = s4_range_strided(&range, c->y, c->shape, c->y_stride, c->dims,
				  s4_type_bytes(c->y_type));
	s4_operand_add(operands, inside, &range, S4_CHECK_AT(softmax.y), 1);
}

static inline enum s4_status s4_check_softmax(const struct s4_cmd *cmd, __u32 *detail)
{
	const struct s4_cmd_softmax *c = &cmd->softmax;
	__u32 causal = c->options & S4_SOFTMAX_CAUSAL;
	enum s4_status status;
	__u64 elements = 1;

	S4_CHECK(s4_type_bytes(c->x_type), S4_E_FIELD, softmax.x_type);
	S4_CHECK(c->y_type && c->y_type <= S4_TYPE_FLOAT32, S4_E_FIELD, softmax.y_type);
	S4_CHECK(c->dims && c->dims <= S4_MAX_DIMS, S4_E_FIELD, softmax.dims);
	S4_CHECK(c->options <= S4_SOFTMAX_OPTIONS && (!causal || c->dims > 1), S4_E_FIELD,
		 softmax.options);
	S4_CHECK(causal || c->offset == 0, S4_E_FIELD, softmax.offset);
	S4_CHECK(c->reserved == 0, S4_E_FIELD, softmax.reserved);
	for (__u32 i = 0; i < S4_MAX_DIMS; i++) {
		if (i < c->dims) {
			S4_CHECK(c->shape[i] &&
					 !__builtin_mul_overflow(elements, (__u64)c->shape[i],
								 &elements) &&
					 elements <= S4_MAX_BYTES,
				 S4_E_FIELD, softmax.shape);
		} else {
			S4_CHECK(c->shape[i] == 0, S4_E_FIELD, softmax.shape);
			S4_CHECK(c->x_stride[i] == 0, S4_E_FIELD, softmax.x_stride);
			S4_CHECK(c->y_stride[i] == 0, S4_E_FIELD, softmax.y_stride);
		}
	}
	S4_CHECK(S4_FLOAT_FINITE(c->factor), S4_E_FIELD, softmax.factor);
	S4_CHECK(s4_scale_ok(c->x_type, c->x_scale), S4_E_FIELD, softmax.x_scale);
	S4_CHECK(s4_scale_ok(c->y_type, c->y_scale), S4_E_FIELD, softmax.y_scale);
	S4_CHECK((c->x & (s4_type_bytes(c->x_type) - 1)) == 0, S4_E_ALIGN, softmax.x);
	S4_CHECK((c->y & (s4_type_bytes(c->y_type) - 1)) == 0, S4_E_ALIGN, softmax.y);
	S4_CHECK(!c->lengths || c->dims > 1, S4_E_FIELD, softmax.lengths);
	S4_CHECK(c->lengths % 4 == 0, S4_E_ALIGN, softmax.lengths);
	status = s4_check_tail(cmd, sizeof(*c), detail);
	if (status != S4_OK)
		return status;
	S4_CHECK(s4_strides_distinct(c->shape, c->y_stride, c->dims), S4_E_OVERLAP,
		 softmax.y_stride);
	return S4_OK;
}

/* The outermost dimension of an extent above 1, or the last one, which is never split. */
static inline __u32 s4_softmax_split(const struct s4_cmd_softmax *c)
{
	__u32 i = 0;

	while (i + 1 < c->dims && c->shape[i] == 1)
		i++;
	return i;
}

static inline void s4_softmax_axis(const struct s4_cmd *cmd, __u32 *extent)
{
	__u32 split = s4_softmax_split(&cmd->softmax);

	if (split + 1 < cmd->softmax.dims)
		*extent = cmd->softmax.shape[split];
}

#endif
