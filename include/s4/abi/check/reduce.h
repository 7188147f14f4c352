/* SPDX-License-Identifier: MIT */
/* Checks, operands and split of REDUCE. docs/commands/rows.md. */
#ifndef S4_ABI_CHECK_REDUCE_H
#define S4_ABI_CHECK_REDUCE_H

#include "common.h"

/* The result's shape: reduced dimensions have one place. */
static inline void s4_reduce_shape(const struct s4_cmd_reduce *c, __u32 *shape)
{
	for (__u32 i = 0; i < c->dims; i++)
		shape[i] = c->reduced & (1u << i) ? 1 : c->shape[i];
}

static inline void s4_reduce_operands(const struct s4_cmd *cmd, struct s4_operands *operands)
{
	const struct s4_cmd_reduce *c = &cmd->reduce;
	__u32 shape[S4_MAX_DIMS];
	struct s4_range range;
	int inside;

	inside = s4_range_strided(&range, c->x, c->shape, c->x_stride, c->dims,
				  s4_type_bytes(c->x_type));
	s4_operand_add(operands, inside, &range, S4_CHECK_AT(reduce.x), 0);
	s4_reduce_shape(c, shape);
	inside = s4_range_strided(&range, c->y, shape, c->y_stride, c->dims,
				  s4_type_bytes(c->y_type));
	s4_operand_add(operands, inside, &range, S4_CHECK_AT(reduce.y), 1);
}

static inline enum s4_status s4_check_reduce(const struct s4_cmd *cmd, __u32 *detail)
{
	const struct s4_cmd_reduce *c = &cmd->reduce;
	__u32 shape[S4_MAX_DIMS];
	enum s4_status status;
	__u64 elements = 1;

	S4_CHECK(c->op && c->op <= S4_REDUCE_PRODUCT, S4_E_FIELD, reduce.op);
	S4_CHECK(s4_type_bytes(c->x_type), S4_E_FIELD, reduce.x_type);
	S4_CHECK(c->y_type && c->y_type <= S4_TYPE_FLOAT32, S4_E_FIELD, reduce.y_type);
	S4_CHECK(c->dims && c->dims <= S4_MAX_DIMS, S4_E_FIELD, reduce.dims);
	S4_CHECK(c->reduced && c->reduced >> c->dims == 0, S4_E_FIELD, reduce.reduced);
	for (__u32 i = 0; i < sizeof(c->reserved); i++)
		S4_CHECK(c->reserved[i] == 0, S4_E_FIELD, reduce.reserved);
	for (__u32 i = 0; i < S4_MAX_DIMS; i++) {
		if (i < c->dims) {
			S4_CHECK(c->shape[i] &&
					 !__builtin_mul_overflow(elements, (__u64)c->shape[i],
								 &elements) &&
					 elements <= S4_MAX_BYTES,
				 S4_E_FIELD, reduce.shape);
			S4_CHECK(!(c->reduced & (1u << i)) || c->y_stride[i] == 0, S4_E_FIELD,
				 reduce.y_stride);
		} else {
			S4_CHECK(c->shape[i] == 0, S4_E_FIELD, reduce.shape);
			S4_CHECK(c->x_stride[i] == 0, S4_E_FIELD, reduce.x_stride);
			S4_CHECK(c->y_stride[i] == 0, S4_E_FIELD, reduce.y_stride);
		}
	}
	S4_CHECK(s4_scale_ok(c->x_type, c->x_scale), S4_E_FIELD, reduce.x_scale);
	S4_CHECK(s4_scale_ok(c->y_type, c->y_scale), S4_E_FIELD, reduce.y_scale);
	S4_CHECK((c->x & (s4_type_bytes(c->x_type) - 1)) == 0, S4_E_ALIGN, reduce.x);
	S4_CHECK((c->y & (s4_type_bytes(c->y_type) - 1)) == 0, S4_E_ALIGN, reduce.y);
	status = s4_check_tail(cmd, sizeof(*c), detail);
	if (status != S4_OK)
		return status;
	s4_reduce_shape(c, shape);
	S4_CHECK(s4_strides_distinct(shape, c->y_stride, c->dims), S4_E_OVERLAP, reduce.y_stride);
	return S4_OK;
}

/* The outermost kept dimension of an extent above 1, or `dims` when there is none. */
static inline __u32 s4_reduce_split(const struct s4_cmd_reduce *c)
{
	__u32 i = 0;

	while (i < c->dims && (c->reduced & (1u << i) || c->shape[i] == 1))
		i++;
	return i;
}

static inline void s4_reduce_axis(const struct s4_cmd *cmd, __u32 *extent)
{
	__u32 split = s4_reduce_split(&cmd->reduce);

	if (split < cmd->reduce.dims)
		*extent = cmd->reduce.shape[split];
}

#endif
