/* SPDX-License-Identifier: MIT */
/* Checks and operands of COPY, FILL and TIMESTAMP. docs/commands/memory.md. */
#ifndef S4_ABI_CHECK_MEMORY_H
#define S4_ABI_CHECK_MEMORY_H

#include "common.h"

static inline void s4_timestamp_operands(const struct s4_cmd *cmd, struct s4_operands *operands)
{
	s4_operand_flat(operands, cmd->timestamp.dst, sizeof(struct s4_timestamp),
			S4_CHECK_AT(timestamp.dst), 1);
}

static inline enum s4_status s4_check_timestamp(const struct s4_cmd *cmd, __u32 *detail)
{
	S4_CHECK(cmd->timestamp.dst % 16 == 0, S4_E_ALIGN, timestamp.dst);
	return s4_check_tail(cmd, sizeof(cmd->timestamp), detail);
}

static inline void s4_copy_operands(const struct s4_cmd *cmd, struct s4_operands *operands)
{
	const struct s4_cmd_copy *c = &cmd->copy;
	struct s4_range range;
	int inside;

	inside = s4_range_pitched(&range, c->src, c->rows, c->src_pitch, c->row_bytes);
	s4_operand_add(operands, inside, &range, S4_CHECK_AT(copy.src), 0);
	inside = s4_range_pitched(&range, c->dst, c->rows, c->dst_pitch, c->row_bytes);
	s4_operand_add(operands, inside, &range, S4_CHECK_AT(copy.dst), 1);
}

static inline enum s4_status s4_check_copy(const struct s4_cmd *cmd, __u32 *detail)
{
	const struct s4_cmd_copy *c = &cmd->copy;

	S4_CHECK(c->rows, S4_E_FIELD, copy.rows);
	S4_CHECK(c->row_bytes && c->row_bytes <= S4_MAX_BYTES, S4_E_FIELD, copy.row_bytes);
	if (c->rows == 1) {
		S4_CHECK(c->src_pitch == 0, S4_E_FIELD, copy.src_pitch);
		S4_CHECK(c->dst_pitch == 0, S4_E_FIELD, copy.dst_pitch);
	} else {
		S4_CHECK(c->src_pitch >= c->row_bytes, S4_E_FIELD, copy.src_pitch);
		S4_CHECK(c->dst_pitch >= c->row_bytes, S4_E_FIELD, copy.dst_pitch);
	}
	S4_CHECK(c->reserved == 0, S4_E_FIELD, copy.reserved);
	return s4_check_tail(cmd, sizeof(*c), detail);
}

static inline void s4_fill_operands(const struct s4_cmd *cmd, struct s4_operands *operands)
{
	s4_operand_flat(operands, cmd->fill.dst, cmd->fill.bytes, S4_CHECK_AT(fill.dst), 1);
}

static inline enum s4_status s4_check_fill(const struct s4_cmd *cmd, __u32 *detail)
{
	const struct s4_cmd_fill *c = &cmd->fill;
	__u32 n = c->pattern_bytes;

	S4_CHECK(n == 1 || n == 2 || n == 4, S4_E_FIELD, fill.pattern_bytes);
	S4_CHECK((c->dst & (n - 1)) == 0, S4_E_ALIGN, fill.dst);
	S4_CHECK(c->bytes && c->bytes <= S4_MAX_BYTES, S4_E_FIELD, fill.bytes);
	S4_CHECK((c->bytes & (n - 1)) == 0, S4_E_ALIGN, fill.bytes);
	S4_CHECK(n == 4 || c->pattern >> (8 * n) == 0, S4_E_FIELD, fill.pattern);
	return s4_check_tail(cmd, sizeof(*c), detail);
}

#endif
