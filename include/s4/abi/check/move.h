/* SPDX-License-Identifier: MIT */
/* Checks and operands of MOVE. docs/commands/memory.md. */
#ifndef S4_ABI_CHECK_MOVE_H
#define S4_ABI_CHECK_MOVE_H

#include "common.h"

static inline void s4_move_operands(const struct s4_cmd *cmd, struct s4_operands *operands)
{
	const struct s4_cmd_move *c = &cmd->move;
	struct s4_range range;
	int inside;

	inside = s4_range_strided(&range, c->src, c->src_extent, c->src_stride, c->dims,
				  c->element_bytes);
	s4_operand_add(operands, inside, &range, S4_CHECK_AT(move.src), 0);
	inside = s4_range_strided(&range, c->dst, c->shape, c->dst_stride, c->dims,
				  c->element_bytes);
	s4_operand_add(operands, inside, &range, S4_CHECK_AT(move.dst), 1);
}

static inline enum s4_status s4_check_move(const struct s4_cmd *cmd, __u32 *detail)
{
	const struct s4_cmd_move *c = &cmd->move;
	__u32 n = c->element_bytes;
	enum s4_status status;
	__u64 elements = 1;

	S4_CHECK(n == 1 || n == 2 || n == 4 || n == 8, S4_E_FIELD, move.element_bytes);
	S4_CHECK(c->dims && c->dims <= S4_MAX_DIMS, S4_E_FIELD, move.dims);
	for (__u32 i = 0; i < S4_MAX_DIMS; i++) {
		if (i < c->dims) {
			S4_CHECK(c->shape[i] &&
					 !__builtin_mul_overflow(elements, (__u64)c->shape[i],
								 &elements) &&
					 elements <= S4_MAX_BYTES,
				 S4_E_FIELD, move.shape);
			S4_CHECK(c->before[i] < c->shape[i], S4_E_FIELD, move.before);
			S4_CHECK(c->src_extent[i] &&
					 c->src_extent[i] <= c->shape[i] - c->before[i],
				 S4_E_FIELD, move.src_extent);
		} else {
			S4_CHECK(c->shape[i] == 0, S4_E_FIELD, move.shape);
			S4_CHECK(c->before[i] == 0, S4_E_FIELD, move.before);
			S4_CHECK(c->src_extent[i] == 0, S4_E_FIELD, move.src_extent);
			S4_CHECK(c->src_stride[i] == 0, S4_E_FIELD, move.src_stride);
			S4_CHECK(c->dst_stride[i] == 0, S4_E_FIELD, move.dst_stride);
		}
	}
	S4_CHECK(n == 8 || c->pattern >> (8 * n) == 0, S4_E_FIELD, move.pattern);
	S4_CHECK((c->src & (n - 1)) == 0, S4_E_ALIGN, move.src);
	S4_CHECK((c->dst & (n - 1)) == 0, S4_E_ALIGN, move.dst);
	status = s4_check_tail(cmd, sizeof(*c), detail);
	if (status != S4_OK)
		return status;
	S4_CHECK(s4_strides_distinct(c->shape, c->dst_stride, c->dims), S4_E_OVERLAP,
		 move.dst_stride);
	return S4_OK;
}

#endif
