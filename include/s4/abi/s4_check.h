/* SPDX-License-Identifier: MIT */
/*
 * What makes a command descriptor valid, and how a command is split over cores: one definition
 * for the firmware, the engine and libs4. Plain C11, no library, no 64-bit division.
 *
 * The first error is reported, in the order of the checks below: single fields, undefined bytes,
 * ranges, overlap. A range is everything from a tensor's first to its last byte, gaps of a pitch
 * included. docs/commands.md, "Checks".
 */
#ifndef S4_ABI_CHECK_H
#define S4_ABI_CHECK_H

#include "s4_cmd.h"
#include "s4_limits.h"
#include "s4_mcu.h"
#include "s4_mmu.h"
#include "s4_regs.h"
#include "s4_ring.h"
#include "s4_weights.h"

/* Columns (activations) and rows (outputs) of a matrix command are split in multiples of these. */
#define S4_SLICE_COLUMN_STEP 64u
#define S4_SLICE_ROW_STEP 16u

struct s4_range {
	__u64 begin;
	__u64 bytes;
};

/* Bytes of an element, 0 for a type that does not exist. */
static inline __u32 s4_type_bytes(__u32 type)
{
	switch (type) {
	case S4_TYPE_INT8:
		return 1;
	case S4_TYPE_BF16:
		return 2;
	case S4_TYPE_FLOAT32:
	case S4_TYPE_INT32:
		return 4;
	default:
		return 0;
	}
}

/* The unit of a core that executes a command; S4_UNIT_FIRMWARE also for unknown opcodes. */
static inline enum s4_unit s4_cmd_unit(__u32 opcode)
{
	switch (opcode) {
	case S4_OP_COPY:
	case S4_OP_FILL:
		return S4_UNIT_DMA;
	case S4_OP_SPMM:
		return S4_UNIT_SPU;
	case S4_OP_ELTWISE:
		return S4_UNIT_VPU;
	default:
		return S4_UNIT_FIRMWARE;
	}
}

static inline int s4_range_ok(const struct s4_range *range)
{
	return range->begin < S4_VA_END && range->bytes <= S4_VA_END - range->begin;
}

static inline int s4_range_overlap(const struct s4_range *a, const struct s4_range *b)
{
	return a->bytes && b->bytes && a->begin < b->begin + b->bytes &&
	       b->begin < a->begin + a->bytes;
}

/* The range of `count` (at least 1) runs of `bytes`, `pitch` apart; 0 when it leaves the VA space. */
static inline int s4_range_pitched(struct s4_range *range, __u64 begin, __u64 count, __u64 pitch,
				   __u64 bytes)
{
	__u64 span;

	range->begin = begin;
	range->bytes = 0;
	if (__builtin_mul_overflow(count - 1, pitch, &span) ||
	    __builtin_add_overflow(span, bytes, &span))
		return 0;
	range->bytes = span;
	return s4_range_ok(range);
}

#define S4_CHECK_AT(member) ((__u32)__builtin_offsetof(struct s4_cmd, member))
#define S4_CHECK(condition, error, member)             \
	do {                                           \
		if (!(condition)) {                    \
			*detail = S4_CHECK_AT(member); \
			return (error);                \
		}                                      \
	} while (0)

/*
 * Bytes of the body from `used` on must be zero. 8 bytes at a time and without a branch: nearly
 * every command is valid, and the firmware's every instruction is interpreted.
 */
static inline enum s4_status s4_check_tail(const struct s4_cmd *cmd, __u32 used, __u32 *detail)
{
	const __u8 *body = cmd->body;
	__u32 bits = 0;
	__u32 i = used;

	for (; i % 8; i++)
		bits |= body[i];
	for (; i < S4_CMD_BODY_BYTES; i += 8) {
		__u32 words[2];

		__builtin_memcpy(words, __builtin_assume_aligned(body + i, 8), sizeof(words));
		bits |= words[0] | words[1];
	}
	if (!bits)
		return S4_OK;
	for (i = used; !body[i]; i++)
		;
	*detail = S4_CHECK_AT(body) + i;
	return S4_E_FIELD;
}

static inline enum s4_status s4_check_timestamp(const struct s4_cmd *cmd, __u32 *detail)
{
	struct s4_range dst = { cmd->timestamp.dst, sizeof(struct s4_timestamp) };

	S4_CHECK(dst.begin % 16 == 0, S4_E_ALIGN, timestamp.dst);
	S4_CHECK(s4_range_ok(&dst), S4_E_FIELD, timestamp.dst);
	return s4_check_tail(cmd, sizeof(cmd->timestamp), detail);
}

static inline enum s4_status s4_check_copy(const struct s4_cmd *cmd, __u32 *detail)
{
	const struct s4_cmd_copy *c = &cmd->copy;
	struct s4_range src, dst;
	enum s4_status status;

	S4_CHECK(c->rows, S4_E_FIELD, copy.rows);
	S4_CHECK(c->row_bytes && c->row_bytes <= S4_MAX_BYTES, S4_E_FIELD, copy.row_bytes);
	if (c->rows == 1) {
		S4_CHECK(c->src_pitch == 0, S4_E_FIELD, copy.src_pitch);
		S4_CHECK(c->dst_pitch == 0, S4_E_FIELD, copy.dst_pitch);
	} else {
		S4_CHECK(c->src_pitch >= c->row_bytes, S4_E_FIELD, copy.src_pitch);
		S4_CHECK(c->dst_pitch >= c->row_bytes, S4_E_FIELD, copy.dst_pitch);
	}
	S4_CHECK(s4_range_pitched(&src, c->src, c->rows, c->src_pitch, c->row_bytes), S4_E_FIELD,
		 copy.src);
	S4_CHECK(s4_range_pitched(&dst, c->dst, c->rows, c->dst_pitch, c->row_bytes), S4_E_FIELD,
		 copy.dst);
	S4_CHECK(c->reserved == 0, S4_E_FIELD, copy.reserved);
	status = s4_check_tail(cmd, sizeof(*c), detail);
	if (status != S4_OK)
		return status;
	S4_CHECK(!s4_range_overlap(&src, &dst), S4_E_OVERLAP, copy.dst);
	return S4_OK;
}

static inline enum s4_status s4_check_fill(const struct s4_cmd *cmd, __u32 *detail)
{
	const struct s4_cmd_fill *c = &cmd->fill;
	__u32 n = c->pattern_bytes;
	struct s4_range dst = { c->dst, c->bytes };

	S4_CHECK(n == 1 || n == 2 || n == 4, S4_E_FIELD, fill.pattern_bytes);
	S4_CHECK((c->dst & (n - 1)) == 0, S4_E_ALIGN, fill.dst);
	S4_CHECK(c->bytes && c->bytes <= S4_MAX_BYTES, S4_E_FIELD, fill.bytes);
	S4_CHECK((c->bytes & (n - 1)) == 0, S4_E_ALIGN, fill.bytes);
	S4_CHECK(s4_range_ok(&dst), S4_E_FIELD, fill.dst);
	S4_CHECK(n == 4 || c->pattern >> (8 * n) == 0, S4_E_FIELD, fill.pattern);
	return s4_check_tail(cmd, sizeof(*c), detail);
}

/* The range of an activation matrix [features][columns]. */
static inline int s4_range_matrix(struct s4_range *range, __u64 begin, __u32 features, __u32 columns,
				  __u32 layout, __u64 pitch, __u32 size)
{
	if (layout == S4_LAYOUT_ROWS)
		return s4_range_pitched(range, begin, features, pitch, (__u64)columns * size);
	return s4_range_pitched(range, begin, columns, pitch, (__u64)features * size);
}

static inline enum s4_status s4_check_spmm_fields(const struct s4_cmd *cmd, __u32 *detail)
{
	const struct s4_cmd_spmm *c = &cmd->spmm;
	int bias = cmd->header.flags & S4_SPMM_BIAS;
	int scale = cmd->header.flags & S4_SPMM_SCALE;
	__u32 size = s4_type_bytes(c->type), y_size = s4_type_bytes(c->y_type);
	__u64 x_run, y_run;

	S4_CHECK((cmd->header.flags & ~(S4_SPMM_BIAS | S4_SPMM_SCALE)) == 0, S4_E_FIELD,
		 header.flags);
	S4_CHECK(c->rows && c->rows <= S4_MAX_ROWS, S4_E_FIELD, spmm.rows);
	S4_CHECK(c->k && c->k <= S4_MAX_K, S4_E_FIELD, spmm.k);
	S4_CHECK(c->columns && c->columns <= S4_MAX_COLUMNS, S4_E_FIELD, spmm.columns);
	S4_CHECK(c->degree && c->degree <= 32 && (c->degree & (c->degree - 1)) == 0, S4_E_FIELD,
		 spmm.degree);
	S4_CHECK(c->type == S4_TYPE_INT8 || c->type == S4_TYPE_BF16, S4_E_FIELD, spmm.type);
	S4_CHECK(c->y_type == S4_TYPE_FLOAT32 || c->y_type == S4_TYPE_BF16 ||
			 (c->type == S4_TYPE_INT8 && y_size),
		 S4_E_FIELD, spmm.y_type);
	S4_CHECK(c->activation <= S4_ACT_RELU, S4_E_FIELD, spmm.activation);
	S4_CHECK(c->x_layout <= S4_LAYOUT_COLUMNS, S4_E_FIELD, spmm.x_layout);
	S4_CHECK(c->y_layout <= S4_LAYOUT_COLUMNS, S4_E_FIELD, spmm.y_layout);
	for (__u32 i = 0; i < sizeof(c->reserved); i++)
		S4_CHECK(c->reserved[i] == 0, S4_E_FIELD, spmm.reserved);
	/* An INT32 result is the sum and the bias alone; any other of INT8 needs its scale. */
	if (c->y_type == S4_TYPE_INT32) {
		S4_CHECK(!scale, S4_E_FIELD, header.flags);
		S4_CHECK(c->activation == S4_ACT_NONE, S4_E_FIELD, spmm.activation);
	} else if (c->type == S4_TYPE_INT8) {
		S4_CHECK(scale, S4_E_FIELD, header.flags);
	}

	S4_CHECK((c->x & (size - 1)) == 0, S4_E_ALIGN, spmm.x);
	S4_CHECK((c->y & (y_size - 1)) == 0, S4_E_ALIGN, spmm.y);
	S4_CHECK(c->values % S4_WEIGHTS_ALIGN == 0, S4_E_ALIGN, spmm.values);
	S4_CHECK(c->indices % S4_WEIGHTS_ALIGN == 0, S4_E_ALIGN, spmm.indices);
	S4_CHECK(c->degree != 1 || c->indices == 0, S4_E_FIELD, spmm.indices);
	S4_CHECK(bias || c->bias == 0, S4_E_FIELD, spmm.bias);
	S4_CHECK(c->bias % 4 == 0, S4_E_ALIGN, spmm.bias);
	S4_CHECK(scale || c->scale == 0, S4_E_FIELD, spmm.scale);
	S4_CHECK(c->scale % 4 == 0, S4_E_ALIGN, spmm.scale);

	x_run = (__u64)(c->x_layout == S4_LAYOUT_ROWS ? c->columns : c->k) * size;
	y_run = (__u64)(c->y_layout == S4_LAYOUT_ROWS ? c->columns : c->rows) * y_size;
	S4_CHECK((c->x_pitch & (size - 1)) == 0, S4_E_ALIGN, spmm.x_pitch);
	S4_CHECK(c->x_pitch >= x_run, S4_E_FIELD, spmm.x_pitch);
	S4_CHECK((c->y_pitch & (y_size - 1)) == 0, S4_E_ALIGN, spmm.y_pitch);
	S4_CHECK(c->y_pitch >= y_run, S4_E_FIELD, spmm.y_pitch);
	return s4_check_tail(cmd, sizeof(*c), detail);
}

static inline enum s4_status s4_check_spmm(const struct s4_cmd *cmd, __u32 *detail)
{
	const struct s4_cmd_spmm *c = &cmd->spmm;
	enum s4_status status = s4_check_spmm_fields(cmd, detail);
	struct s4_range x, y, values, indices, bias, scale;
	__u32 size, y_size, shift = 0;
	__u64 entries;

	if (status != S4_OK)
		return status;
	size = s4_type_bytes(c->type);
	y_size = s4_type_bytes(c->y_type);
	while ((1u << shift) < c->degree)
		shift++;
	entries = ((__u64)c->rows * ((c->k + S4_BANK - 1) / S4_BANK) * S4_BANK) >> shift;
	values.begin = c->values;
	values.bytes = entries * size;
	indices.begin = c->indices;
	indices.bytes = c->degree == 1 ? 0 : entries;
	bias.begin = c->bias;
	bias.bytes = cmd->header.flags & S4_SPMM_BIAS ? (__u64)c->rows * 4 : 0;
	scale.begin = c->scale;
	scale.bytes = cmd->header.flags & S4_SPMM_SCALE ? (__u64)c->rows * 4 : 0;

	S4_CHECK(s4_range_matrix(&x, c->x, c->k, c->columns, c->x_layout, c->x_pitch, size),
		 S4_E_FIELD, spmm.x);
	S4_CHECK(s4_range_matrix(&y, c->y, c->rows, c->columns, c->y_layout, c->y_pitch, y_size),
		 S4_E_FIELD, spmm.y);
	S4_CHECK(s4_range_ok(&values), S4_E_FIELD, spmm.values);
	S4_CHECK(s4_range_ok(&indices), S4_E_FIELD, spmm.indices);
	S4_CHECK(s4_range_ok(&bias), S4_E_FIELD, spmm.bias);
	S4_CHECK(s4_range_ok(&scale), S4_E_FIELD, spmm.scale);
	S4_CHECK(!s4_range_overlap(&y, &x) && !s4_range_overlap(&y, &values) &&
			 !s4_range_overlap(&y, &indices) && !s4_range_overlap(&y, &bias) &&
			 !s4_range_overlap(&y, &scale),
		 S4_E_OVERLAP, spmm.y);
	return S4_OK;
}

/* The range of a strided tensor; 0 when it leaves the VA space. Needs a valid shape. */
static inline int s4_range_strided(struct s4_range *range, __u64 begin, const __u32 *shape,
				   const __u32 *stride, __u32 dims, __u32 size)
{
	__u64 last = 0;

	range->begin = begin;
	range->bytes = 0;
	for (__u32 i = 0; i < dims; i++) {
		__u64 span = (__u64)(shape[i] - 1) * stride[i];

		if (span >= S4_VA_END)
			return 0;
		last += span;
	}
	range->bytes = (last + 1) * size;
	return s4_range_ok(range);
}

/*
 * Whether no two elements can share a place: taken in the order of their strides, each dimension
 * steps over everything that the ones before it reach. Sufficient, and exact for every tensor
 * that is a permutation, a slice or a padding of a dense one.
 */
static inline int s4_strides_distinct(const __u32 *shape, const __u32 *stride, __u32 dims)
{
	__u64 reach = 0; /* largest offset so far */
	__u32 done = 0; /* a bit for each dimension */

	for (__u32 n = 0; n < dims; n++) {
		__u32 best = dims;

		for (__u32 i = 0; i < dims; i++)
			if (!(done & (1u << i)) && (best == dims || stride[i] < stride[best]))
				best = i;
		done |= 1u << best;
		if (shape[best] == 1)
			continue;
		if (stride[best] <= reach)
			return 0;
		reach += (__u64)(shape[best] - 1) * stride[best];
	}
	return 1;
}

static inline int s4_same_strides(const __u32 *shape, const __u32 *a, const __u32 *b, __u32 dims)
{
	for (__u32 i = 0; i < dims; i++)
		if (shape[i] > 1 && a[i] != b[i])
			return 0;
	return 1;
}

#define S4_FLOAT_ONE 0x3f800000u
#define S4_FLOAT_FINITE(bits) (((bits) & 0x7f800000u) != 0x7f800000u)

static inline enum s4_status s4_check_eltwise_fields(const struct s4_cmd *cmd, __u32 *detail)
{
	const struct s4_cmd_eltwise *c = &cmd->eltwise;
	__u64 elements = 1;
	int int8 = c->type == S4_TYPE_INT8;
	__u32 align;

	S4_CHECK(c->op == S4_ELTWISE_ADD || c->op == S4_ELTWISE_MUL, S4_E_FIELD, eltwise.op);
	S4_CHECK(int8 || c->type == S4_TYPE_BF16 || c->type == S4_TYPE_FLOAT32, S4_E_FIELD,
		 eltwise.type);
	S4_CHECK(c->activation <= S4_ACT_RELU, S4_E_FIELD, eltwise.activation);
	S4_CHECK(c->dims && c->dims <= S4_MAX_DIMS, S4_E_FIELD, eltwise.dims);
	S4_CHECK(c->reserved == 0, S4_E_FIELD, eltwise.reserved);
	for (__u32 i = 0; i < S4_MAX_DIMS; i++) {
		if (i < c->dims) {
			S4_CHECK(c->shape[i] &&
					 !__builtin_mul_overflow(elements, (__u64)c->shape[i],
								 &elements) &&
					 elements <= S4_MAX_BYTES,
				 S4_E_FIELD, eltwise.shape);
		} else {
			S4_CHECK(c->shape[i] == 0, S4_E_FIELD, eltwise.shape);
			S4_CHECK(c->a_stride[i] == 0, S4_E_FIELD, eltwise.a_stride);
			S4_CHECK(c->b_stride[i] == 0, S4_E_FIELD, eltwise.b_stride);
			S4_CHECK(c->y_stride[i] == 0, S4_E_FIELD, eltwise.y_stride);
		}
	}
	S4_CHECK(int8 ? S4_FLOAT_FINITE(c->a_scale) : c->a_scale == S4_FLOAT_ONE, S4_E_FIELD,
		 eltwise.a_scale);
	S4_CHECK(int8 ? S4_FLOAT_FINITE(c->b_scale) : c->b_scale == S4_FLOAT_ONE, S4_E_FIELD,
		 eltwise.b_scale);
	S4_CHECK(int8 ? S4_FLOAT_FINITE(c->y_scale) : c->y_scale == S4_FLOAT_ONE, S4_E_FIELD,
		 eltwise.y_scale);
	S4_CHECK(c->reserved2 == 0, S4_E_FIELD, eltwise.reserved2);
	align = s4_type_bytes(c->type) - 1;
	S4_CHECK((c->a & align) == 0, S4_E_ALIGN, eltwise.a);
	S4_CHECK((c->b & align) == 0, S4_E_ALIGN, eltwise.b);
	S4_CHECK((c->y & align) == 0, S4_E_ALIGN, eltwise.y);
	return s4_check_tail(cmd, sizeof(*c), detail);
}

static inline enum s4_status s4_check_eltwise(const struct s4_cmd *cmd, __u32 *detail)
{
	const struct s4_cmd_eltwise *c = &cmd->eltwise;
	enum s4_status status = s4_check_eltwise_fields(cmd, detail);
	struct s4_range a, b, y;
	__u32 size;

	if (status != S4_OK)
		return status;
	size = s4_type_bytes(c->type);
	S4_CHECK(s4_range_strided(&a, c->a, c->shape, c->a_stride, c->dims, size), S4_E_FIELD,
		 eltwise.a);
	S4_CHECK(s4_range_strided(&b, c->b, c->shape, c->b_stride, c->dims, size), S4_E_FIELD,
		 eltwise.b);
	S4_CHECK(s4_range_strided(&y, c->y, c->shape, c->y_stride, c->dims, size), S4_E_FIELD,
		 eltwise.y);
	S4_CHECK(s4_strides_distinct(c->shape, c->y_stride, c->dims), S4_E_OVERLAP,
		 eltwise.y_stride);
	/* In place: y may be an operand exactly, element on element. */
	S4_CHECK(!s4_range_overlap(&y, &a) ||
			 (c->a == c->y &&
			  s4_same_strides(c->shape, c->a_stride, c->y_stride, c->dims)),
		 S4_E_OVERLAP, eltwise.y);
	S4_CHECK(!s4_range_overlap(&y, &b) ||
			 (c->b == c->y &&
			  s4_same_strides(c->shape, c->b_stride, c->y_stride, c->dims)),
		 S4_E_OVERLAP, eltwise.y);
	return S4_OK;
}

/*
 * Checks everything about a descriptor that does not need memory. S4_OK, or the first error with
 * *detail the offset of the field in the descriptor. *detail is 0 with S4_OK and S4_E_OPCODE.
 */
static inline enum s4_status s4_cmd_check(const struct s4_cmd *cmd, __u32 *detail)
{
	__u32 opcode = cmd->header.opcode;

	*detail = 0;
	if (opcode < S4_OP_BARRIER || opcode > S4_OP_ELTWISE)
		return S4_E_OPCODE;
	S4_CHECK(opcode == S4_OP_SPMM || cmd->header.flags == 0, S4_E_FIELD, header.flags);
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
	default:
		return s4_check_tail(cmd, 0, detail);
	}
}

/* The axis that a command is split over: its extent, and the step that slices are multiples of. */
static inline void s4_cmd_axis(const struct s4_cmd *cmd, enum s4_slice axis, __u32 *extent,
			       __u32 *step)
{
	*extent = 1;
	*step = 1;
	if (axis == S4_SLICE_ALL)
		return;
	if (cmd->header.opcode == S4_OP_SPMM) {
		*extent = axis == S4_SLICE_ROWS ? cmd->spmm.rows : cmd->spmm.columns;
		*step = axis == S4_SLICE_ROWS ? S4_SLICE_ROW_STEP : S4_SLICE_COLUMN_STEP;
	} else if (cmd->header.opcode == S4_OP_ELTWISE) {
		for (__u32 i = 0; i < cmd->eltwise.dims && *extent == 1; i++)
			*extent = cmd->eltwise.shape[i];
	}
}

/*
 * The share [*begin, *end) of core `index` of `count` when a valid command is split over `axis`.
 * SPMM: columns in multiples of 64, or rows in multiples of 16. ELTWISE: the outermost dimension
 * of an extent above 1, on both axes. Everything else, and S4_SLICE_ALL, is not split: core 0
 * has [0, 1). Shares differ by at most one step. Returns 0 when this core has nothing to do.
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

#undef S4_CHECK

#endif
