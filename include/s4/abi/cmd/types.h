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

enum s4_activation {
	S4_ACT_NONE = 0,
	S4_ACT_RELU = 1,
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
