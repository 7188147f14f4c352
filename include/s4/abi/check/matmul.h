/* SPDX-License-Identifier: MIT */
/* Checks, operands and split of MATMUL. docs/commands/matrix.md. */
#ifndef S4_ABI_CHECK_MATMUL_H
#define S4_ABI_CHECK_MATMUL_H

#include "common.h"
#include "spmm.h"

/* Makes the range of one matrix that of all batches and heads; 0 when it leaves the VA space. */
static inline int s4_matmul_range(const struct s4_cmd_matmul *c, struct s4_range *range, int inside,
				  const __u64 *stride)
{
	__u64 batches, heads;

	if (!inside || __builtin_mul_overflow((__u64)(c->batches - 1), stride[0], &batches) ||
	    __builtin_mul_overflow((__u64)(c->heads - 1), stride[1], &heads) ||
	    __builtin_add_overflow(range->bytes, batches, &range->bytes) ||
	    __builtin_add_overflow(range->bytes, heads, &range->bytes))
		return 0;
	return s4_range_ok(range);
}

static inline void s4_matmul_operands(const struct s4_cmd *cmd, struct s4_operands *operands)
{
	const struct s4_cmd_matmul *c = &cmd->matmul;
	__u32 size = s4_type_bytes(c->type);
	struct s4_range range;
	int inside;

	inside = s4_range_matrix(&range, c->a, c->m, c->k, c->a_layout, c->a_pitch, size);
	inside = s4_matmul_range(c, &range, inside, c->a_stride);
	s4_operand_add(operands, inside, &range, S4_CHECK_AT(matmul.a), 0);
	inside = s4_range_matrix(&range, c->w, c->k, c->n, c->w_layout, c->w_pitch, size);
	inside = s4_matmul_range(c, &range, inside, c->w_stride);
	s4_operand_add(operands, inside, &range, S4_CHECK_AT(matmul.w), 0);
	inside = s4_range_matrix(&range, c->y, c->m, c->n, S4_LAYOUT_ROWS, c->y_pitch,
				 s4_type_bytes(c->y_type));
	inside = s4_matmul_range(c, &range, inside, c->y_stride);
	s4_operand_add(operands, inside, &range, S4_CHECK_AT(matmul.y), 1);
}

/*
 * Whether no two rows of results share a byte, by the rule of s4_strides_distinct(). What reaches
 * beyond 64 bits passes: its range is refused.
 */
static inline int s4_matmul_distinct(const struct s4_cmd_matmul *c)
{
	const __u32 extent[3] = { c->m, c->heads, c->batches };
	const __u64 stride[3] = { c->y_pitch, c->y_stride[1], c->y_stride[0] };
	__u64 reach = (__u64)c->n * s4_type_bytes(c->y_type); /* bytes so far */
	__u32 done = 0; /* a bit for each dimension */

	for (__u32 i = 0; i < 3; i++) /* what has one place steps nowhere */
		if (extent[i] == 1)
			done |= 1u << i;
	while (done != 7) {
		__u32 best = 3;
		__u64 span;

		for (__u32 i = 0; i < 3; i++)
			if (!(done & (1u << i)) && (best == 3 || stride[i] < stride[best]))
				best = i;
		done |= 1u << best;
		if (stride[best] < reach)
			return 0;
		if (__builtin_mul_overflow((__u64)(extent[best] - 1), stride[best], &span) ||
		    __builtin_add_overflow(reach, span, &reach))
			return 1;
	}
	return 1;
}

/* Pitches and strides: aligned, and each pitch over its run. */
static inline enum s4_status s4_check_matmul_steps(const struct s4_cmd *cmd, __u32 *detail)
{
	const struct s4_cmd_matmul *c = &cmd->matmul;
	__u32 size = s4_type_bytes(c->type), y_size = s4_type_bytes(c->y_type);
	__u64 a_run = (__u64)(c->a_layout == S4_LAYOUT_ROWS ? c->k : c->m) * size;
	__u64 w_run = (__u64)(c->w_layout == S4_LAYOUT_ROWS ? c->n : c->k) * size;

	S4_CHECK((c->a_pitch & (size - 1)) == 0, S4_E_ALIGN, matmul.a_pitch);
	S4_CHECK((c->w_pitch & (size - 1)) == 0, S4_E_ALIGN, matmul.w_pitch);
	S4_CHECK((c->y_pitch & (y_size - 1)) == 0, S4_E_ALIGN, matmul.y_pitch);
	S4_CHECK(((c->a_stride[0] | c->a_stride[1]) & (size - 1)) == 0, S4_E_ALIGN, matmul.a_stride);
	S4_CHECK(((c->w_stride[0] | c->w_stride[1]) & (size - 1)) == 0, S4_E_ALIGN, matmul.w_stride);
	S4_CHECK(((c->y_stride[0] | c->y_stride[1]) & (y_size - 1)) == 0, S4_E_ALIGN,
		 matmul.y_stride);
	S4_CHECK(c->a_pitch >= a_run, S4_E_FIELD, matmul.a_pitch);
	S4_CHECK(c->w_pitch >= w_run, S4_E_FIELD, matmul.w_pitch);
	S4_CHECK(c->y_pitch >= (__u64)c->n * y_size, S4_E_FIELD, matmul.y_pitch);
	return S4_OK;
}

static inline enum s4_status s4_check_matmul(const struct s4_cmd *cmd, __u32 *detail)
{
	const struct s4_cmd_matmul *c = &cmd->matmul;
	enum s4_status status;

	S4_CHECK(c->batches, S4_E_FIELD, matmul.batches);
	S4_CHECK(c->heads && (__u64)c->batches * c->heads <= S4_MATMUL_MAX_BATCH, S4_E_FIELD,
		 matmul.heads);
	S4_CHECK(c->m && c->m <= S4_MAX_ROWS, S4_E_FIELD, matmul.m);
	S4_CHECK(c->k && c->k <= S4_MAX_K, S4_E_FIELD, matmul.k);
	S4_CHECK(c->n && c->n <= S4_MAX_COLUMNS, S4_E_FIELD, matmul.n);
	S4_CHECK(c->type == S4_TYPE_INT8 || c->type == S4_TYPE_BF16, S4_E_FIELD, matmul.type);
	S4_CHECK(c->y_type == S4_TYPE_FLOAT32 || c->y_type == S4_TYPE_BF16 ||
			 (c->type == S4_TYPE_INT8 && s4_type_bytes(c->y_type)),
		 S4_E_FIELD, matmul.y_type);
	S4_CHECK(c->a_layout <= S4_LAYOUT_COLUMNS, S4_E_FIELD, matmul.a_layout);
	S4_CHECK(c->w_layout <= S4_LAYOUT_COLUMNS, S4_E_FIELD, matmul.w_layout);
	for (__u32 i = 0; i < sizeof(c->reserved); i++)
		S4_CHECK(c->reserved[i] == 0, S4_E_FIELD, matmul.reserved);
	/* An INT32 result is the sum alone. */
	S4_CHECK(c->y_type == S4_TYPE_INT32 ? c->scale == S4_FLOAT_ONE : S4_FLOAT_FINITE(c->scale),
		 S4_E_FIELD, matmul.scale);
	S4_CHECK((c->a & (s4_type_bytes(c->type) - 1)) == 0, S4_E_ALIGN, matmul.a);
	S4_CHECK((c->w & (s4_type_bytes(c->type) - 1)) == 0, S4_E_ALIGN, matmul.w);
	S4_CHECK((c->y & (s4_type_bytes(c->y_type) - 1)) == 0, S4_E_ALIGN, matmul.y);
	status = s4_check_matmul_steps(cmd, detail);
	if (status == S4_OK)
		status = s4_check_tail(cmd, sizeof(*c), detail);
	if (status != S4_OK)
		return status;
	S4_CHECK(s4_matmul_distinct(c), S4_E_OVERLAP, matmul.y_stride);
	return S4_OK;
}

/* Rows, or the matrices when there are several, else columns. */
static inline void s4_matmul_axis(const struct s4_cmd *cmd, enum s4_slice axis, __u32 *extent,
				  __u32 *step)
{
	const struct s4_cmd_matmul *c = &cmd->matmul;
	__u32 matrices = c->batches * c->heads;

	if (axis == S4_SLICE_ROWS) {
		*extent = c->m;
		*step = S4_SLICE_ROW_STEP;
	} else if (matrices > 1) {
		*extent = matrices;
	} else {
		*extent = c->n;
		*step = S4_SLICE_COLUMN_STEP;
	}
}

#endif
