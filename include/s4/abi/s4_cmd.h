/* SPDX-License-Identifier: MIT */
/*
 * Commands: what a job's command list holds. Every descriptor is 256 bytes; bytes that a command
 * does not define are zero and checked. Addresses are virtual addresses of the queue's space or
 * of on-chip memory (S4_SRAM_VA). docs/hardware.md, "Commands", gives the arithmetic.
 */
#ifndef S4_ABI_CMD_H
#define S4_ABI_CMD_H

#include "s4_types.h"

#define S4_CMD_BYTES 256
#define S4_CMD_BODY_BYTES 240

enum s4_opcode {
	S4_OP_BARRIER = 1, /* no body: ends when every earlier command has ended */
	S4_OP_TIMESTAMP = 2, /* struct s4_cmd_timestamp */
	S4_OP_COPY = 3, /* struct s4_cmd_copy */
	S4_OP_FILL = 4, /* struct s4_cmd_fill */
	S4_OP_SPMM = 5, /* struct s4_cmd_spmm */
	S4_OP_ELTWISE = 6, /* struct s4_cmd_eltwise */
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

/* Element types. */
enum s4_type {
	S4_TYPE_INT8 = 1,
	S4_TYPE_BF16 = 2,
	S4_TYPE_FLOAT32 = 3,
	S4_TYPE_INT32 = 4,
};

enum s4_activation {
	S4_ACT_NONE = 0,
	S4_ACT_RELU = 1,
};

/* Where the elements of an activation matrix [features][columns] stand. */
enum s4_layout {
	S4_LAYOUT_ROWS = 0, /* element (f, c) at f * pitch + c * size: a feature is contiguous */
	S4_LAYOUT_COLUMNS = 1, /* element (f, c) at c * pitch + f * size: a column is contiguous */
};

/* Writes struct s4_timestamp when every command before it in the list has ended. */
struct s4_cmd_timestamp {
	__u64 dst; /* 16-byte aligned */
};
struct s4_timestamp {
	__u64 card_cycles; /* same scale as s4_job_result.card_start */
	__u64 time_ns; /* S4_REG_TIME */
};

/* rows x row_bytes; any alignment. Source and destination ranges must not overlap. */
struct s4_cmd_copy {
	__u64 src;
	__u64 dst;
	__u64 row_bytes; /* 1..2^40 */
	__u64 src_pitch; /* bytes from a row to the next, >= row_bytes; 0 with one row */
	__u64 dst_pitch;
	__u32 rows; /* >= 1 */
	__u32 reserved;
};

/* dst[i] = pattern byte i % pattern_bytes. */
struct s4_cmd_fill {
	__u64 dst; /* pattern_bytes aligned */
	__u64 bytes; /* a multiple of pattern_bytes, 1..2^40 */
	__u32 pattern; /* low bytes, little-endian; the unused ones zero */
	__u32 pattern_bytes; /* 1, 2 or 4 */
};

#define S4_SPMM_BIAS (1u << 0)
#define S4_SPMM_SCALE (1u << 1) /* must be set for INT8 unless y is INT32 */

/*
 * y[r][c] = epilogue(sum over k of w[r][k] * x[k][c]), w in balanced banks (s4_weights.h).
 * type INT8: w, x int8, bias int32, y INT8, BF16, FLOAT32, or INT32 (sum and bias alone).
 * type BF16: w, x bfloat16, bias float32, y BF16 or FLOAT32.
 */
struct s4_cmd_spmm {
	__u64 x; /* activations [k][columns], element aligned */
	__u64 y; /* results [rows][columns], element aligned */
	__u64 values; /* value plane, 64-byte aligned */
	__u64 indices; /* index plane, 64-byte aligned; 0 at degree 1 */
	__u64 bias; /* [rows], 4-byte aligned; 0 without S4_SPMM_BIAS */
	__u64 scale; /* float32 [rows], 4-byte aligned; 0 without S4_SPMM_SCALE */
	__u64 x_pitch; /* bytes; a multiple of the element size, >= the contiguous extent */
	__u64 y_pitch;
	__u32 rows; /* 1..2^20 */
	__u32 k; /* 1..S4_MAX_K; the planes are padded to a multiple of S4_BANK */
	__u32 columns; /* 1..2^24 */
	__u8 degree; /* 1, 2, 4, 8, 16 or 32 */
	__u8 type; /* S4_TYPE_INT8 or S4_TYPE_BF16 */
	__u8 y_type;
	__u8 activation; /* enum s4_activation */
	__u8 x_layout; /* enum s4_layout */
	__u8 y_layout;
	__u8 reserved[6];
};

enum s4_eltwise_op {
	S4_ELTWISE_ADD = 1,
	S4_ELTWISE_MUL = 2,
};

#define S4_MAX_DIMS 6

/*
 * y[i] = activation(a[i] op b[i]) over a box of up to six dimensions. Strides are in elements;
 * zero repeats an operand along that dimension (broadcasting). Dimension 0 varies slowest.
 * INT8: each operand is scaled to float32 first, the result by y_scale, then rounded and saturated.
 * BF16 and FLOAT32: the scales are 1.0. All three tensors have the one type.
 */
struct s4_cmd_eltwise {
	__u64 a;
	__u64 b;
	__u64 y;
	__u8 op; /* enum s4_eltwise_op */
	__u8 type; /* INT8, BF16 or FLOAT32 */
	__u8 activation;
	__u8 dims; /* 1..S4_MAX_DIMS */
	__u32 reserved;
	__u32 shape[S4_MAX_DIMS]; /* >= 1; beyond dims 0. Product at most 2^40 */
	__u32 a_stride[S4_MAX_DIMS];
	__u32 b_stride[S4_MAX_DIMS];
	__u32 y_stride[S4_MAX_DIMS]; /* no two elements of y may share a place */
	__u32 a_scale; /* float32 bits, finite */
	__u32 b_scale;
	__u32 y_scale;
	__u32 reserved2;
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
	};
};

S4_ASSERT_SIZE(struct s4_cmd_header, 16);
S4_ASSERT_SIZE(struct s4_timestamp, 16);
S4_ASSERT_SIZE(struct s4_cmd_copy, 48);
S4_ASSERT_SIZE(struct s4_cmd_fill, 24);
S4_ASSERT_SIZE(struct s4_cmd_spmm, 88);
S4_ASSERT_SIZE(struct s4_cmd_eltwise, 144);
S4_ASSERT_SIZE(struct s4_cmd, S4_CMD_BYTES);

/* Bounds that the firmware checks before a unit sees a command. */
#define S4_MAX_BYTES (1ULL << 40)
#define S4_MAX_ROWS (1u << 20)
#define S4_MAX_COLUMNS (1u << 24)

#endif
