/* SPDX-License-Identifier: MIT */
/* Checks, operands and split of ROPE. docs/commands/rope.md. */
#ifndef S4_ABI_CHECK_ROPE_H
#define S4_ABI_CHECK_ROPE_H

#include "common.h"

/* The range of `tokens` times `heads` runs of `bytes`; 0 when it leaves the VA space. */
static inline int s4_rope_range(struct s4_range *range, const struct s4_cmd_rope *c, __u64 begin,
				__u64 token_pitch, __u64 head_pitch, __u32 bytes)
{
	struct s4_range token;

	if (!s4_range_pitched(&token, begin, c->heads, head_pitch, bytes)) {
		*range = token;
		return 0;
	}
	return s4_range_pitched(range, begin, c->tokens, token_pitch, token.bytes);
}

/* x lies on y element on element. */
static inline int s4_rope_in_place(const struct s4_cmd_rope *c)
{
	return c->x == c->y && c->x_type == c->y_type &&
	       (c->tokens == 1 || c->x_token_pitch == c->y_token_pitch) &&
	       (c->heads == 1 || c->x_head_pitch == c->y_head_pitch);
}

static inline void s4_rope_operands(const struct s4_cmd *cmd, struct s4_operands *operands)
{
	const struct s4_cmd_rope *c = &cmd->rope;
	__u32 row = c->rotary_dim / 2 * 4;
	struct s4_range range;
	int inside;

	inside = s4_rope_range(&range, c, c->x, c->x_token_pitch, c->x_head_pitch,
			       c->head_dim * s4_type_bytes(c->x_type));
	s4_operand_add(operands, inside, &range, S4_CHECK_AT(rope.x), 0);
	operands->list[0].in_place = (__u8)s4_rope_in_place(c);
	inside = s4_range_pitched(&range, c->cos, c->entries, c->table_pitch, row);
	s4_operand_add(operands, inside, &range, S4_CHECK_AT(rope.cos), 0);
	inside = s4_range_pitched(&range, c->sin, c->entries, c->table_pitch, row);
	s4_operand_add(operands, inside, &range, S4_CHECK_AT(rope.sin), 0);
	s4_operand_flat(operands, c->positions, c->positions ? (__u64)c->tokens * 4 : 0,
			S4_CHECK_AT(rope.positions), 0);
	inside = s4_rope_range(&range, c, c->y, c->y_token_pitch, c->y_head_pitch,
			       c->head_dim * s4_type_bytes(c->y_type));
	s4_operand_add(operands, inside, &range, S4_CHECK_AT(rope.y), 1);
}

/* Whether no two heads of y share a byte: the larger pitch goes over what the smaller reaches. */
static inline int s4_rope_distinct(const struct s4_cmd_rope *c, __u32 bytes)
{
	int token_inner = c->y_token_pitch < c->y_head_pitch;
	__u64 inner = token_inner ? c->y_token_pitch : c->y_head_pitch;
	__u64 outer = token_inner ? c->y_head_pitch : c->y_token_pitch;
	__u32 inner_count = token_inner ? c->tokens : c->heads;
	__u32 outer_count = token_inner ? c->heads : c->tokens;
	__u64 reach = 0;

	if (inner_count > 1 && inner < bytes)
		return 0;
	if (outer_count == 1)
		return 1;
	return !__builtin_mul_overflow((__u64)(inner_count - 1), inner, &reach) &&
	       !__builtin_add_overflow(reach, (__u64)bytes, &reach) && outer >= reach;
}

static inline enum s4_status s4_check_rope(const struct s4_cmd *cmd, __u32 *detail)
{
	const struct s4_cmd_rope *c = &cmd->rope;
	__u32 x_mask, y_mask, last;
	enum s4_status status;
	__u64 elements;

	S4_CHECK(c->x_type == S4_TYPE_BF16 || c->x_type == S4_TYPE_FLOAT32, S4_E_FIELD,
		 rope.x_type);
	S4_CHECK(c->y_type == S4_TYPE_BF16 || c->y_type == S4_TYPE_FLOAT32, S4_E_FIELD,
		 rope.y_type);
	S4_CHECK(c->layout <= S4_ROPE_INTERLEAVED, S4_E_FIELD, rope.layout);
	S4_CHECK(c->reserved == 0, S4_E_FIELD, rope.reserved);
	S4_CHECK(c->head_dim && c->head_dim <= S4_ROPE_MAX_DIM, S4_E_FIELD, rope.head_dim);
	S4_CHECK(c->rotary_dim && c->rotary_dim % 2 == 0 && c->rotary_dim <= c->head_dim,
		 S4_E_FIELD, rope.rotary_dim);
	S4_CHECK(c->heads, S4_E_FIELD, rope.heads);
	elements = (__u64)c->heads * c->head_dim; /* below 2^44 */
	S4_CHECK(c->tokens && !__builtin_mul_overflow(elements, (__u64)c->tokens, &elements) &&
			 elements <= S4_MAX_BYTES,
		 S4_E_FIELD, rope.tokens);
	S4_CHECK(c->entries, S4_E_FIELD, rope.entries);
	S4_CHECK(!c->sequence == !!c->positions, S4_E_FIELD, rope.sequence);
	/* The greatest position is known, unless an array has them: those are checked when read. */
	last = c->sequence < c->tokens ? c->sequence : c->tokens;
	S4_CHECK(c->positions ? c->first_position == 0 :
				(__u64)c->first_position + last <= c->entries,
		 S4_E_FIELD, rope.first_position);
	S4_CHECK(c->table_pitch >= c->rotary_dim / 2 * 4, S4_E_FIELD, rope.table_pitch);
	x_mask = s4_type_bytes(c->x_type) - 1;
	y_mask = s4_type_bytes(c->y_type) - 1;
	S4_CHECK((c->x & x_mask) == 0, S4_E_ALIGN, rope.x);
	S4_CHECK((c->y & y_mask) == 0, S4_E_ALIGN, rope.y);
	S4_CHECK((c->cos & 3) == 0, S4_E_ALIGN, rope.cos);
	S4_CHECK((c->sin & 3) == 0, S4_E_ALIGN, rope.sin);
	S4_CHECK((c->positions & 3) == 0, S4_E_ALIGN, rope.positions);
	S4_CHECK((c->x_token_pitch & x_mask) == 0, S4_E_ALIGN, rope.x_token_pitch);
	S4_CHECK((c->x_head_pitch & x_mask) == 0, S4_E_ALIGN, rope.x_head_pitch);
	S4_CHECK((c->y_token_pitch & y_mask) == 0, S4_E_ALIGN, rope.y_token_pitch);
	S4_CHECK((c->y_head_pitch & y_mask) == 0, S4_E_ALIGN, rope.y_head_pitch);
	S4_CHECK((c->table_pitch & 3) == 0, S4_E_ALIGN, rope.table_pitch);
	status = s4_check_tail(cmd, sizeof(*c), detail);
	if (status != S4_OK)
		return status;
	S4_CHECK(s4_rope_distinct(c, c->head_dim * (y_mask + 1)), S4_E_OVERLAP,
		 rope.y_token_pitch);
	return S4_OK;
}

/* Tokens, or the heads of a single one. */
static inline void s4_rope_axis(const struct s4_cmd *cmd, __u32 *extent)
{
	*extent = cmd->rope.tokens > 1 ? cmd->rope.tokens : cmd->rope.heads;
}

#endif
