/* SPDX-License-Identifier: MIT */
/* What commands share: element types, activations, layouts, bounds. docs/commands.md. */
#ifndef S4_ABI_CMD_TYPES_H
#define S4_ABI_CMD_TYPES_H

#include "../s4_types.h"

/* Element types. */
enum s4_type {
	S4_TYPE_INT8 = 1,
	S4_TYPE_BF16 = 2,
	S4_TYPE_FLOAT32 = 3,
	S4_TYPE_INT32 = 4,
};

/* A function of each result, with the parameters alpha and beta. docs/commands/functions.md. */
enum s4_activation {
	S4_ACT_NONE = 0,
	S4_ACT_RELU = 1,
	S4_ACT_RELU6 = 2,
	S4_ACT_LEAKY_RELU = 3, /* v * alpha unless v > 0 */
	S4_ACT_GELU = 4, /* by erf */
	S4_ACT_GELU_TANH = 5,
	S4_ACT_SILU = 6,
	S4_ACT_SIGMOID = 7,
	S4_ACT_TANH = 8,
	S4_ACT_HARD_SWISH = 9,
	S4_ACT_HARD_SIGMOID = 10, /* relu6(v + 3) / 6 */
	S4_ACT_EXP = 11,
	S4_ACT_ERF = 12,
	S4_ACT_SQRT = 13,
	S4_ACT_LOG = 14, /* natural */
	S4_ACT_ABS = 15,
	S4_ACT_NEG = 16,
	S4_ACT_RECIPROCAL = 17,
	S4_ACT_RSQRT = 18,
	S4_ACT_CLIP = 19, /* to [alpha, beta] */
	S4_ACT_FLOOR = 20,
	S4_ACT_CEIL = 21,
	S4_ACT_ROUND = 22, /* to nearest even */
	S4_ACT_COUNT = 23,
};

/* Where the elements of an activation matrix [features][columns] stand. */
enum s4_layout {
	S4_LAYOUT_ROWS = 0, /* element (f, c) at f * pitch + c * size: a feature is contiguous */
	S4_LAYOUT_COLUMNS = 1, /* element (f, c) at c * pitch + f * size: a column is contiguous */
};

#define S4_MAX_DIMS 6

/* Bounds that the firmware checks before a unit sees a command. */
#define S4_MAX_BYTES (1ULL << 40)
#define S4_MAX_ROWS (1u << 20)
#define S4_MAX_COLUMNS (1u << 24)

#endif
