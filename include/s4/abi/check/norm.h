/* SPDX-License-Identifier: MIT */
/* Checks, operands and split of NORM. docs/commands/rows.md. */
#ifndef S4_ABI_CHECK_NORM_H
#define S4_ABI_CHECK_NORM_H

#include "common.h"

/* x or the residual: y may lie on it. */
static inline void s4_norm_source(struct s4_operands *operands, const struct s4_cmd_norm *c,
				  __u64 begin, const __u32 *stride, __u32 type, __u32 field)
{
	struct s4_range range;
	int inside = s4_range_strided(&range, begin, c->shape, stride, 3, s4_type_bytes(type));

	s4_operand_add(operands, inside, &range, field, 0);
	operands->list[operands->count - 1].in_place =
		begin == c->y && type == c->y_type &&
		s4_same_strides(c->shape, stride, c->y_stride, 3);
}

static inline void s4_norm_operands(const struct s4_cmd *cmd, struct s4_operands *operands)
{
	const struct s4_cmd_norm *c = &cmd->norm;
	__u64 bytes = (__u64)c->shape[2] * 4;
	struct s4_range range;
	int inside;

	s4_norm_source(operands, c, c->x, c->x_stride, c->x_type, S4_CHECK_AT(norm.x));
	if (c->residual)
		s4_norm_source(operands, c, c->residual, c->residual_stride, c->residual_type,
			       S4_CHECK_AT(norm.residual));
	s4_operand_flat(operands, c->gamma, c->gamma ? bytes : 0, S4_CHECK_AT(norm.gamma), 0);
	s4_operand_flat(operands, c->beta, c->beta ? bytes : 0, S4_CHECK_AT(norm.beta), 0);
	inside = s4_range_strided(&range, c->y, c->shape, c->y_stride, 3,
				  s4_type_bytes(c->y_type));
	s4_operand_add(operands, inside, &range, S4_CHECK_AT(norm.y), 1);
}

static inline enum s4_status s4_check_residual(const struct s4_cmd_norm *c, __u32 *detail)
{
	if (c->residual) {
		S4_CHECK(s4_type_bytes(c->residual_type), S4_E_FIELD, norm.residual_type);
		S4_CHECK(s4_scale_ok(c->residual_type, c->residual_scale), S4_E_FIELD,
			 norm.residual_scale);
		S4_CHECK((c->residual & (s4_type_bytes(c->residual_type) - 1)) == 0, S4_E_ALIGN,
			 norm.residual);
		return S4_OK;
	}
	S4_CHECK(c->residual_type == 0, S4_E_FIELD, norm.residual_type);
	S4_CHECK(c->residual_scale == 0, S4_E_FIELD, norm.residual_scale);
	for (__u32 i = 0; i < 3; i++)
		S4_CHECK(c->residual_stride[i] == 0, S4_E_FIELD, norm.residual_stride);
	return S4_OK;
}

static inline enum s4_status s4_check_norm(const struct s4_cmd *cmd, __u32 *detail)
{
	const struct s4_cmd_norm *c = &cmd->norm;
	enum s4_status status;
	__u64 elements = 1;

	S4_CHECK(c->kind && c->kind <= S4_NORM_GROUP, S4_E_FIELD, norm.kind);
	S4_CHECK(s4_type_bytes(c->x_type), S4_E_FIELD, norm.x_type);
	S4_CHECK(c->y_type && c->y_type <= S4_TYPE_FLOAT32, S4_E_FIELD, norm.y_type);
	for (__u32 i = 0; i < 3; i++)
		S4_CHECK(c->shape[i] &&
				 !__builtin_mul_overflow(elements, (__u64)c->shape[i], &elements) &&
				 elements <= S4_MAX_BYTES,
			 S4_E_FIELD, norm.shape);
	S4_CHECK(c->groups && c->shape[2] % c->groups == 0, S4_E_FIELD, norm.groups);
	S4_CHECK(S4_FLOAT_FINITE(c->epsilon) && c->epsilon >> 31 == 0, S4_E_FIELD, norm.epsilon);
	S4_CHECK(s4_scale_ok(c->x_type, c->x_scale), S4_E_FIELD, norm.x_scale);
	S4_CHECK(s4_scale_ok(c->y_type, c->y_scale), S4_E_FIELD, norm.y_scale);
	S4_CHECK((c->x & (s4_type_bytes(c->x_type) - 1)) == 0, S4_E_ALIGN, norm.x);
	S4_CHECK((c->y & (s4_type_bytes(c->y_type) - 1)) == 0, S4_E_ALIGN, norm.y);
	S4_CHECK(c->gamma % 4 == 0, S4_E_ALIGN, norm.gamma);
	S4_CHECK(c->beta % 4 == 0, S4_E_ALIGN, norm.beta);
	status = s4_check_residual(c, detail);
	if (status != S4_OK)
		return status;
	status = s4_check_tail(cmd, sizeof(*c), detail);
	if (status != S4_OK)
		return status;
	S4_CHECK(s4_strides_distinct(c->shape, c->y_stride, 3), S4_E_OVERLAP, norm.y_stride);
	return S4_OK;
}

/* What is split: images, or of one image rows that have statistics of their own, or groups. */
enum s4_norm_part {
	S4_NORM_IMAGES,
	S4_NORM_ROWS,
	S4_NORM_GROUPS,
};

static inline enum s4_norm_part s4_norm_split(const struct s4_cmd_norm *c)
{
	if (c->shape[0] > 1)
		return S4_NORM_IMAGES;
	return c->kind != S4_NORM_GROUP && c->shape[1] > 1 ? S4_NORM_ROWS : S4_NORM_GROUPS;
}

static inline void s4_norm_axis(const struct s4_cmd *cmd, __u32 *extent)
{
	const struct s4_cmd_norm *c = &cmd->norm;
	enum s4_norm_part part = s4_norm_split(c);

	*extent = part == S4_NORM_GROUPS ? c->groups : c->shape[part];
}

#endif
