/* SPDX-License-Identifier: MIT */
/* ROPE: rotary position embedding of the heads of tokens. docs/commands/rope.md. */
#ifndef S4_ABI_CMD_ROPE_H
#define S4_ABI_CMD_ROPE_H

#include "types.h"

/* Which elements of a head are turned together, i < rotary_dim / 2. */
enum s4_rope_layout {
	S4_ROPE_HALVES = 0, /* i and i + rotary_dim / 2 */
	S4_ROPE_INTERLEAVED = 1, /* 2i and 2i + 1 */
};

#define S4_ROPE_MAX_DIM 4096 /* elements of a head */

/*
 * y[t][h] = x[t][h] with its pairs turned by row p(t) of the table, the rest copied. p(t) is
 * positions[t], or first_position + t mod sequence. A position outside [0, entries) of the array
 * is S4_E_INDEX. Pitches are in bytes. y may be x exactly.
 */
struct s4_cmd_rope {
	__u64 x;
	__u64 y;
	__u64 cos; /* float32 [entries][rotary_dim / 2], rows table_pitch apart */
	__u64 sin; /* the same */
	__u64 positions; /* int32 [tokens], or 0 */
	__u64 x_token_pitch; /* multiples of an element; 0 repeats x */
	__u64 x_head_pitch;
	__u64 y_token_pitch;
	__u64 y_head_pitch;
	__u64 table_pitch; /* >= a row, a multiple of 4 */
	__u32 tokens; /* >= 1; tokens * heads * head_dim at most 2^40 */
	__u32 heads; /* >= 1 */
	__u32 head_dim; /* up to S4_ROPE_MAX_DIM */
	__u32 rotary_dim; /* even, 2..head_dim */
	__u32 entries; /* rows of the table, >= 1 */
	__u32 first_position; /* every position below entries; 0 with an array */
	__u32 sequence; /* >= 1; 0 with an array */
	__u8 x_type; /* BF16 or FLOAT32 */
	__u8 y_type; /* BF16 or FLOAT32 */
	__u8 layout; /* enum s4_rope_layout */
	__u8 reserved;
};

S4_ASSERT_SIZE(struct s4_cmd_rope, 112);

#endif
