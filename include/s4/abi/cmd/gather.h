/* SPDX-License-Identifier: MIT */
/* GATHER: rows of a table by their numbers. docs/commands/memory.md. */
#ifndef S4_ABI_CMD_GATHER_H
#define S4_ABI_CMD_GATHER_H

#include "types.h"

/* Row i of dst is row indices[i] of the table. An index outside [0, entries) is S4_E_INDEX. */
struct s4_cmd_gather {
	__u64 table; /* any alignment */
	__u64 indices; /* signed integers, aligned to their size */
	__u64 dst; /* any alignment */
	__u64 row_bytes; /* 1..2^40 */
	__u64 table_pitch; /* bytes from a row to the next, >= row_bytes */
	__u64 dst_pitch;
	__u32 entries; /* rows of the table, >= 1 */
	__u32 count; /* rows of dst, >= 1 */
	__u32 index_bytes; /* 4 or 8 */
	__u32 index_stride; /* from an index to the next, in indices, >= 1 */
};

S4_ASSERT_SIZE(struct s4_cmd_gather, 64);

#endif
