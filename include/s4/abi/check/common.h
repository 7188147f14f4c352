/* SPDX-License-Identifier: MIT */
/*
 * What the checks of all commands share: types, ranges of tensors, the list of a command's
 * operands. Plain C11, no library, no 64-bit division. docs/commands.md, "Checks".
 */
#ifndef S4_ABI_CHECK_COMMON_H
#define S4_ABI_CHECK_COMMON_H

#include "../s4_cmd.h"
#include "../s4_limits.h"
#include "../s4_mcu.h"
#include "../s4_mmu.h"
#include "../s4_regs.h"
#include "../s4_ring.h"
#include "../s4_weights.h"

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

/*
 * A tensor of a command: what range of memory it takes, the descriptor's field that names it, and
 * whether it is the result. The one list of them serves the checks below and whoever orders
 * commands (libs4).
 */
struct s4_operand {
	struct s4_range range;
	__u16 field; /* offset of its address in struct s4_cmd */
	__u8 written;
	__u8 in_place; /* element on element the same as the result, so that it may lie on it */
	__u8 outside; /* leaves the VA space */
	__u8 reserved[3];
};

#define S4_MAX_OPERANDS 10

struct s4_operands {
	struct s4_operand list[S4_MAX_OPERANDS];
	__u32 count;
};

#define S4_CHECK_AT(member) ((__u32)__builtin_offsetof(struct s4_cmd, member))

/* `inside`: what the function that made the range gave. */
static inline void s4_operand_add(struct s4_operands *operands, int inside,
				  const struct s4_range *range, __u32 field, int written)
{
	struct s4_operand *one = &operands->list[operands->count++];

	one->range = *range;
	one->field = (__u16)field;
	one->written = (__u8)written;
	one->in_place = 0;
	one->outside = !inside;
}

/* An operand of `bytes` in one piece; none with 0. */
static inline void s4_operand_flat(struct s4_operands *operands, __u64 begin, __u64 bytes,
				   __u32 field, int written)
{
	struct s4_range range = { begin, bytes };

	if (bytes)
		s4_operand_add(operands, s4_range_ok(&range), &range, field, written);
}

/* Every range within the VA space, and no result on another operand. */
static inline enum s4_status s4_check_operands(const struct s4_operands *operands, __u32 *detail)
{
	for (__u32 i = 0; i < operands->count; i++) {
		if (operands->list[i].outside) {
			*detail = operands->list[i].field;
			return S4_E_FIELD;
		}
	}
	for (__u32 i = 0; i < operands->count; i++) {
		const struct s4_operand *result = &operands->list[i];

		for (__u32 j = 0; result->written && j < operands->count; j++) {
			const struct s4_operand *other = &operands->list[j];

			if (j != i && !other->in_place &&
			    s4_range_overlap(&result->range, &other->range)) {
				*detail = result->field;
				return S4_E_OVERLAP;
			}
		}
	}
	return S4_OK;
}

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

/* The range of an activation matrix [features][columns]. */
static inline int s4_range_matrix(struct s4_range *range, __u64 begin, __u32 features, __u32 columns,
				  __u32 layout, __u64 pitch, __u32 size)
{
	if (layout == S4_LAYOUT_ROWS)
		return s4_range_pitched(range, begin, features, pitch, (__u64)columns * size);
	return s4_range_pitched(range, begin, columns, pitch, (__u64)features * size);
}

/* What describes dimensions that do not exist is zero. */
static inline int s4_zero_beyond(const __u32 *values, __u32 dims)
{
	__u32 bits = 0;

	for (__u32 i = dims; i < S4_MAX_DIMS; i++)
		bits |= values[i];
	return !bits;
}

/* Extents of a box of up to 2^40 elements. */
static inline int s4_shape_ok(const __u32 *shape, __u32 dims)
{
	__u64 elements = 1;

	for (__u32 i = 0; i < dims; i++)
		if (!shape[i] || __builtin_mul_overflow(elements, (__u64)shape[i], &elements) ||
		    elements > S4_MAX_BYTES)
			return 0;
	return s4_zero_beyond(shape, dims);
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

/* The scale of a tensor of a type: any finite number for integers, else 1.0. */
static inline int s4_scale_ok(__u32 type, __u32 bits)
{
	return type == S4_TYPE_INT8 || type == S4_TYPE_INT32 ? S4_FLOAT_FINITE(bits) :
							       bits == S4_FLOAT_ONE;
}

#define S4_FLOAT_NAN(bits) (((bits) & 0x7fffffffu) > 0x7f800000u)

/* Whether there is such an activation, and its parameters are numbers; those it has not are 0. */
static inline int s4_activation_ok(__u32 activation, __u32 alpha, __u32 beta)
{
	int has_alpha = activation == S4_ACT_LEAKY_RELU || activation == S4_ACT_CLIP;
	int has_beta = activation == S4_ACT_CLIP;

	return activation < S4_ACT_COUNT && (has_alpha ? !S4_FLOAT_NAN(alpha) : alpha == 0) &&
	       (has_beta ? !S4_FLOAT_NAN(beta) : beta == 0);
}

#endif
