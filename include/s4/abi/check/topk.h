/* SPDX-License-Identifier: MIT */
/* Checks, operands and split of TOPK. docs/commands/topk.md. */
#ifndef S4_ABI_CHECK_TOPK_H
#define S4_ABI_CHECK_TOPK_H

#include "common.h"

static inline void s4_topk_operands(const struct s4_cmd *cmd, struct s4_operands *operands)
{
	const struct s4_cmd_topk *c = &cmd->topk;
	__u32 size = s4_type_bytes(c->type);
	struct s4_range range;
	int inside;

	inside = s4_range_pitched(&range, c->x, c->rows, c->x_pitch, (__u64)c->n * size);
	s4_operand_add(operands, inside, &range, S4_CHECK_AT(topk.x), 0);
	inside = s4_range_pitched(&range, c->values, c->rows, c->values_pitch,
				  (__u64)c->k * size);
	s4_operand_add(operands, inside, &range, S4_CHECK_AT(topk.values), 1);
	inside = s4_range_pitched(&range, c->indices, c->rows, c->indices_pitch, (__u64)c->k * 4);
	s4_operand_add(operands, inside, &range, S4_CHECK_AT(topk.indices), 1);
}

static inline enum s4_status s4_check_topk(const struct s4_cmd *cmd, __u32 *detail)
{
	const struct s4_cmd_topk *c = &cmd->topk;
	__u32 size = s4_type_bytes(c->type);

	S4_CHECK(size, S4_E_FIELD, topk.type);
	S4_CHECK(c->order && c->order <= S4_TOPK_SMALLEST, S4_E_FIELD, topk.order);
	S4_CHECK(c->reserved == 0, S4_E_FIELD, topk.reserved);
	S4_CHECK(c->n && c->n <= S4_MAX_COLUMNS, S4_E_FIELD, topk.n);
	S4_CHECK(c->rows && (__u64)c->rows * c->n <= S4_MAX_BYTES, S4_E_FIELD, topk.rows);
	S4_CHECK(c->k && c->k <= c->n && c->k <= S4_TOPK_MAX_K, S4_E_FIELD, topk.k);
	S4_CHECK(c->x_pitch >= (__u64)c->n * size, S4_E_FIELD, topk.x_pitch);
	S4_CHECK(c->values_pitch >= (__u64)c->k * size, S4_E_FIELD, topk.values_pitch);
	S4_CHECK(c->indices_pitch >= (__u64)c->k * 4, S4_E_FIELD, topk.indices_pitch);
	S4_CHECK((c->x & (size - 1)) == 0, S4_E_ALIGN, topk.x);
	S4_CHECK((c->values & (size - 1)) == 0, S4_E_ALIGN, topk.values);
	S4_CHECK((c->indices & 3) == 0, S4_E_ALIGN, topk.indices);
	S4_CHECK((c->x_pitch & (size - 1)) == 0, S4_E_ALIGN, topk.x_pitch);
	S4_CHECK((c->values_pitch & (size - 1)) == 0, S4_E_ALIGN, topk.values_pitch);
	S4_CHECK((c->indices_pitch & 3) == 0, S4_E_ALIGN, topk.indices_pitch);
	return s4_check_tail(cmd, sizeof(*c), detail);
}

#endif
