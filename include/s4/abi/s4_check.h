/* SPDX-License-Identifier: MIT */
/*
 * What makes a command descriptor valid, what memory it touches, and how it is split over cores:
 * one definition for the firmware, the engine and libs4. Plain C11, no library, no 64-bit division.
 * Each family of commands has a header in check/; this one finds the right one.
 *
 * The first error is reported, in the order: opcode, flags and reserved words, single fields,
 * undefined bytes, ranges, overlap. A range is everything from a tensor's first to its last byte,
 * gaps of a pitch included. docs/commands.md, "Checks".
 */
#ifndef S4_ABI_CHECK_H
#define S4_ABI_CHECK_H

#include "check/common.h"
#include "check/conv.h"
#include "check/dwconv.h"
#include "check/eltwise.h"
#include "check/gather.h"
#include "check/matmul.h"
#include "check/memory.h"
#include "check/move.h"
#include "check/norm.h"
#include "check/pool.h"
#include "check/reduce.h"
#include "check/resize.h"
#include "check/rope.h"
#include "check/softmax.h"
#include "check/spmm.h"
#include "check/topk.h"

/* Bit n: opcode n exists. */
#define S4_KNOWN_OPCODES                                                                       \
	((1u << S4_OP_BARRIER) | (1u << S4_OP_TIMESTAMP) | (1u << S4_OP_COPY) |                \
	 (1u << S4_OP_FILL) | (1u << S4_OP_SPMM) | (1u << S4_OP_ELTWISE) |                     \
	 (1u << S4_OP_CONV) | (1u << S4_OP_REDUCE) | (1u << S4_OP_GATHER) |                  \
	 (1u << S4_OP_MOVE) | (1u << S4_OP_UNARY) | (1u << S4_OP_POOL) | \
	 (1u << S4_OP_SOFTMAX) | (1u << S4_OP_NORM) | (1u << S4_OP_MATMUL) | \
	 (1u << S4_OP_TOPK) | (1u << S4_OP_ROPE) | (1u << S4_OP_RESIZE) | \
	 (1u << S4_OP_DWCONV))

static inline int s4_opcode_known(__u32 opcode)
{
	return opcode < 32 && (S4_KNOWN_OPCODES >> opcode) & 1;
}

/* The unit of a core that executes a command; S4_UNIT_FIRMWARE also for unknown opcodes. */
static inline enum s4_unit s4_cmd_unit(__u32 opcode)
{
	switch (opcode) {
	case S4_OP_COPY:
	case S4_OP_FILL:
	case S4_OP_GATHER:
	case S4_OP_MOVE:
		return S4_UNIT_DMA;
	case S4_OP_SPMM:
	case S4_OP_CONV:
	case S4_OP_MATMUL:
		return S4_UNIT_SPU;
	case S4_OP_ELTWISE:
	case S4_OP_UNARY:
	case S4_OP_REDUCE:
	case S4_OP_NORM:
	case S4_OP_SOFTMAX:
	case S4_OP_POOL:
	case S4_OP_RESIZE:
	case S4_OP_DWCONV:
	case S4_OP_TOPK:
	case S4_OP_ROPE:
		return S4_UNIT_VPU;
	default:
		return S4_UNIT_FIRMWARE;
	}
}

/* What a command touches; of one whose fields s4_cmd_check() has found valid. */
static inline void s4_cmd_operands(const struct s4_cmd *cmd, struct s4_operands *operands)
{
	operands->count = 0;
	switch (cmd->header.opcode) {
	case S4_OP_TIMESTAMP:
		s4_timestamp_operands(cmd, operands);
		break;
	case S4_OP_COPY:
		s4_copy_operands(cmd, operands);
		break;
	case S4_OP_FILL:
		s4_fill_operands(cmd, operands);
		break;
	case S4_OP_SPMM:
		s4_spmm_operands(cmd, operands);
		break;
	case S4_OP_ELTWISE:
		s4_eltwise_operands(cmd, operands);
		break;
	case S4_OP_UNARY:
		s4_unary_operands(cmd, operands);
		break;
	case S4_OP_CONV:
		s4_conv_operands(cmd, operands);
		break;
	case S4_OP_DWCONV:
		s4_dwconv_operands(cmd, operands);
		break;
	case S4_OP_MATMUL:
		s4_matmul_operands(cmd, operands);
		break;
	case S4_OP_REDUCE:
		s4_reduce_operands(cmd, operands);
		break;
	case S4_OP_NORM:
		s4_norm_operands(cmd, operands);
		break;
	case S4_OP_SOFTMAX:
		s4_softmax_operands(cmd, operands);
		break;
	case S4_OP_POOL:
		s4_pool_operands(cmd, operands);
		break;
	case S4_OP_RESIZE:
		s4_resize_operands(cmd, operands);
		break;
	case S4_OP_GATHER:
		s4_gather_operands(cmd, operands);
		break;
	case S4_OP_MOVE:
		s4_move_operands(cmd, operands);
		break;
	case S4_OP_TOPK:
		s4_topk_operands(cmd, operands);
		break;
	case S4_OP_ROPE:
		s4_rope_operands(cmd, operands);
		break;
	default: /* a barrier */
		break;
	}
}

/* Opcode, flags, reserved words, single fields and undefined bytes. */
static inline enum s4_status s4_check_fields(const struct s4_cmd *cmd, __u32 *detail)
{
	__u32 opcode = cmd->header.opcode;

	if (!s4_opcode_known(opcode))
		return S4_E_OPCODE;
	S4_CHECK(opcode == S4_OP_SPMM || opcode == S4_OP_CONV || opcode == S4_OP_DWCONV ||
			 cmd->header.flags == 0,
		 S4_E_FIELD, header.flags);
	S4_CHECK(cmd->header.reserved == 0, S4_E_FIELD, header.reserved);
	switch (opcode) {
	case S4_OP_TIMESTAMP:
		return s4_check_timestamp(cmd, detail);
	case S4_OP_COPY:
		return s4_check_copy(cmd, detail);
	case S4_OP_FILL:
		return s4_check_fill(cmd, detail);
	case S4_OP_SPMM:
		return s4_check_spmm(cmd, detail);
	case S4_OP_ELTWISE:
		return s4_check_eltwise(cmd, detail);
	case S4_OP_UNARY:
		return s4_check_unary(cmd, detail);
	case S4_OP_CONV:
		return s4_check_conv(cmd, detail);
	case S4_OP_DWCONV:
		return s4_check_dwconv(cmd, detail);
	case S4_OP_MATMUL:
		return s4_check_matmul(cmd, detail);
	case S4_OP_REDUCE:
		return s4_check_reduce(cmd, detail);
	case S4_OP_NORM:
		return s4_check_norm(cmd, detail);
	case S4_OP_SOFTMAX:
		return s4_check_softmax(cmd, detail);
	case S4_OP_POOL:
		return s4_check_pool(cmd, detail);
	case S4_OP_RESIZE:
		return s4_check_resize(cmd, detail);
	case S4_OP_GATHER:
		return s4_check_gather(cmd, detail);
	case S4_OP_MOVE:
		return s4_check_move(cmd, detail);
	case S4_OP_TOPK:
		return s4_check_topk(cmd, detail);
	case S4_OP_ROPE:
		return s4_check_rope(cmd, detail);
	default:
		return s4_check_tail(cmd, 0, detail);
	}
}

/*
 * Checks everything about a descriptor that does not need memory. S4_OK, or the first error with
 * *detail the offset of the field in the descriptor. *detail is 0 with S4_OK and S4_E_OPCODE.
 */
static inline enum s4_status s4_cmd_check(const struct s4_cmd *cmd, __u32 *detail)
{
	struct s4_operands operands;
	enum s4_status status;

	*detail = 0;
	status = s4_check_fields(cmd, detail);
	if (status != S4_OK)
		return status;
	s4_cmd_operands(cmd, &operands);
	return s4_check_operands(&operands, detail);
}

/* The axis that a command is split over: its extent, and the step that slices are multiples of. */
static inline void s4_cmd_axis(const struct s4_cmd *cmd, enum s4_slice axis, __u32 *extent,
			       __u32 *step)
{
	*extent = 1;
	*step = 1;
	if (axis == S4_SLICE_ALL)
		return;
	switch (cmd->header.opcode) {
	case S4_OP_SPMM:
	case S4_OP_CONV:
		s4_spmm_axis(cmd, axis, extent, step);
		break;
	case S4_OP_DWCONV:
		s4_dwconv_axis(cmd, extent);
		break;
	case S4_OP_MATMUL:
		s4_matmul_axis(cmd, axis, extent, step);
		break;
	case S4_OP_ELTWISE:
		s4_box_axis(cmd->eltwise.shape, cmd->eltwise.dims, extent);
		break;
	case S4_OP_UNARY:
		s4_box_axis(cmd->unary.shape, cmd->unary.dims, extent);
		break;
	case S4_OP_REDUCE:
		s4_reduce_axis(cmd, extent);
		break;
	case S4_OP_NORM:
		s4_norm_axis(cmd, extent);
		break;
	case S4_OP_SOFTMAX:
		s4_softmax_axis(cmd, extent);
		break;
	case S4_OP_POOL:
		s4_pool_axis(cmd, extent);
		break;
	case S4_OP_RESIZE:
		s4_resize_axis(cmd, extent);
		break;
	case S4_OP_TOPK:
		*extent = cmd->topk.rows;
		break;
	case S4_OP_ROPE:
		s4_rope_axis(cmd, extent);
		break;
	default: /* not split */
		break;
	}
}

/*
 * The share [*begin, *end) of core `index` of `count` when a valid command is split over `axis`.
 * What is not split, and S4_SLICE_ALL, belongs to core 0, which has [0, 1). Shares differ by at most
 * one step. Returns 0 when this core has nothing to do.
 */
static inline int s4_cmd_slice(const struct s4_cmd *cmd, enum s4_slice axis, __u32 index,
			       __u32 count, __u64 *begin, __u64 *end)
{
	__u32 extent, step, steps, share, rest, first, last;

	s4_cmd_axis(cmd, axis, &extent, &step);
	steps = (extent - 1) / step + 1;
	share = steps / count;
	rest = steps % count;
	first = index * share + (index < rest ? index : rest);
	last = first + share + (index < rest);
	*begin = (__u64)first * step;
	*end = (__u64)last * step;
	if (*begin > extent)
		*begin = extent;
	if (*end > extent)
		*end = extent;
	return *begin < *end;
}

#endif
