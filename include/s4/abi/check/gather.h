/* SPDX-License-Identifier: MIT */
/* Checks and operands of GATHER. docs/commands/memory.md. */
#ifndef S4_ABI_CHECK_GATHER_H
#define S4_ABI_CHECK_GATHER_H

#include "common.h"

static inline void s4_gather_operands(const struct s4_cmd *cmd, struct s4_operands *operands)
{
	const struct s4_cmd_gather *c = &cmd->gather;
	struct s4_range range;
	int inside;

	inside = s4_range_pitched(&range, c->table, c->entries, c->table_pitch, c->row_bytes);
	s4_operand_add(operands, inside, &range, S4_CHECK_AT(gather.table), 0);
	inside = s4_range_pitched(&range, c->indices, c->count,
				  (__u64)c->index_stride * c->index_bytes, c->index_bytes);
	s4_operand_add(operands, inside, &range, S4_CHECK_AT(gather.indices), 0);
	inside = s4_range_pitched(&range, c->dst, c->count, c->dst_pitch, c->row_bytes);
	s4_operand_add(operands, inside, &range, S4_CHECK_AT(gather.dst), 1);
}

static inline enum s4_status s4_check_gather(const struct s4_cmd *cmd, __u32 *detail)
{
	const struct s4_cmd_gather *c = &cmd->gather;

	S4_CHECK(c->row_bytes && c->row_bytes <= S4_MAX_BYTES, S4_E_FIELD, gather.row_bytes);
	S4_CHECK(c->table_pitch >= c->row_bytes, S4_E_FIELD, gather.table_pitch);
	S4_CHECK(c->dst_pitch >= c->row_bytes, S4_E_FIELD, gather.dst_pitch);
	S4_CHECK(c->entries, S4_E_FIELD, gather.entries);
	S4_CHECK(c->count, S4_E_FIELD, gather.count);
	S4_CHECK(c->index_bytes == 4 || c->index_bytes == 8, S4_E_FIELD, gather.index_bytes);
	S4_CHECK(c->index_stride, S4_E_FIELD, gather.index_stride);
	S4_CHECK((c->indices & (c->index_bytes - 1)) == 0, S4_E_ALIGN, gather.indices);
	return s4_check_tail(cmd, sizeof(*c), detail);
}

#endif
