/* SPDX-License-Identifier: MIT */
/*
 * Commands: what a job's command list holds. Every descriptor is 256 bytes; bytes that a command
 * does not define are zero and checked. Addresses are virtual addresses of the queue's space or
 * of on-chip memory (S4_SRAM_VA). Each family has its structures in cmd/, its checks in check/, and
 * its arithmetic in docs/commands/.
 */
#ifndef S4_ABI_CMD_H
#define S4_ABI_CMD_H

#include "cmd/conv.h"
#include "cmd/dwconv.h"
#include "cmd/eltwise.h"
#include "cmd/gather.h"
#include "cmd/matmul.h"
#include "cmd/memory.h"
#include "cmd/norm.h"
#include "cmd/reduce.h"
#include "cmd/move.h"
#include "cmd/softmax.h"
#include "cmd/pool.h"
#include "cmd/resize.h"
#include "cmd/rope.h"
#include "cmd/spmm.h"
#include "cmd/topk.h"
#include "cmd/types.h"

#define S4_CMD_BYTES 256
#define S4_CMD_BODY_BYTES 240

enum s4_opcode {
	S4_OP_BARRIER = 1, /* no body: ends when every earlier command has ended */
	S4_OP_TIMESTAMP = 2, /* struct s4_cmd_timestamp */
	S4_OP_COPY = 3, /* struct s4_cmd_copy */
	S4_OP_FILL = 4, /* struct s4_cmd_fill */
	S4_OP_SPMM = 5, /* struct s4_cmd_spmm */
	S4_OP_ELTWISE = 6, /* struct s4_cmd_eltwise */
	S4_OP_CONV = 7, /* struct s4_cmd_conv */
	S4_OP_DWCONV = 8, /* struct s4_cmd_dwconv */
	S4_OP_MATMUL = 9, /* struct s4_cmd_matmul */
	S4_OP_UNARY = 10, /* struct s4_cmd_unary */
	S4_OP_REDUCE = 11, /* struct s4_cmd_reduce */
	S4_OP_NORM = 12, /* struct s4_cmd_norm */
	S4_OP_SOFTMAX = 13, /* struct s4_cmd_softmax */
	S4_OP_POOL = 14, /* struct s4_cmd_pool */
	S4_OP_RESIZE = 15, /* struct s4_cmd_resize */
	S4_OP_GATHER = 16, /* struct s4_cmd_gather */
	S4_OP_MOVE = 17, /* struct s4_cmd_move */
	S4_OP_TOPK = 18, /* struct s4_cmd_topk */
	S4_OP_ROPE = 19, /* struct s4_cmd_rope */
};

/*
 * Commands are issued in order, each to its unit; a later command may end before an earlier one
 * unless it waits. Bit i of `wait`: wait until the (i+1)-th command before this one has ended.
 * Bits that point before the first command are ignored. A command that reads what the previous
 * one wrote sets bit 0.
 */
struct s4_cmd_header {
	__u16 opcode; /* enum s4_opcode */
	__u16 flags; /* per command */
	__u32 wait;
	__u64 reserved;
};

struct s4_cmd {
	struct s4_cmd_header header;
	union {
		__u8 body[S4_CMD_BODY_BYTES];
		struct s4_cmd_timestamp timestamp;
		struct s4_cmd_copy copy;
		struct s4_cmd_fill fill;
		struct s4_cmd_spmm spmm;
		struct s4_cmd_eltwise eltwise;
		struct s4_cmd_unary unary;
		struct s4_cmd_conv conv;
		struct s4_cmd_dwconv dwconv;
		struct s4_cmd_matmul matmul;
		struct s4_cmd_reduce reduce;
		struct s4_cmd_norm norm;
		struct s4_cmd_softmax softmax;
		struct s4_cmd_pool pool;
		struct s4_cmd_resize resize;
		struct s4_cmd_gather gather;
		struct s4_cmd_move move;
		struct s4_cmd_topk topk;
		struct s4_cmd_rope rope;
	};
};

S4_ASSERT_SIZE(struct s4_cmd_header, 16);
S4_ASSERT_SIZE(struct s4_cmd, S4_CMD_BYTES);

#endif
