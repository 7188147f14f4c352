/* SPDX-License-Identifier: MIT */
/* Checks, operands and split of SPMM. docs/commands/matrix.md. */
#ifndef S4_ABI_CHECK_SPMM_H
#define S4_ABI_CHECK_SPMM_H

#include "common.h"

/* Columns (activations) and rows (outputs) of a matrix command are split in multiples of these. */
#define S4_SLICE_COLUMN_STEP 64u
#define S4_SLICE_ROW_STEP 16u

/* Stored entries of a matrix of balanced banks. */
static inline __u64 s4_weight_entries(__u32 rows, __u32 k, __u32 degree)
{
	__u32 shift = 0;

	while ((1u << shift) < degree)
		shift++;
	return ((__u64)rows * ((k + S4_BANK - 1) / S4_BANK) * S4_BANK) >> shift;
}

/* What SPMM, CONV and DWCONV, whose body begins with SPMM's, have a row of y. */
static inline void s4_channel_operands(const struct s4_cmd *cmd, struct s4_operands *operands)
{
	const struct s4_cmd_spmm *c = &cmd->spmm;
	__u64 channels = (__u64)c->rows * 4;

	s4_operand_flat(operands, c->bias, cmd->header.flags & S4_SPMM_BIAS ? channels : 0,
			S4_CHECK_AT(spmm.bias), 0);
	s4_operand_flat(operands, c->scale, cmd->header.flags & S4_SPMM_SCALE ? channels : 0,
			S4_CHECK_AT(spmm.scale), 0);
}

/* What SPMM and CONV have in common: everything but where x and y stand. */
static inline void s4_matrix_operands(const struct s4_cmd *cmd, struct s4_operands *operands)
{
	const struct s4_cmd_spmm *c = &cmd->spmm;
	__u32 size = s4_type_bytes(c->type);
	__u64 entries = s4_weight_entries(c->rows, c->k, c->degree);

	s4_operand_flat(operands, c->values, entries * size, S4_CHECK_AT(spmm.values), 0);
	s4_operand_flat(operands, c->indices, c->degree == 1 ? 0 : entries,
			S4_CHECK_AT(spmm.indices), 0);
	s4_channel_operands(cmd, operands);
}

/* The residual, of which `inside` and *range say where it is; exactly on y it is allowed. */
static inline void s4_residual_operand(const struct s4_cmd *cmd, struct s4_operands *operands,
				       int inside, const struct s4_range *range, int same_pitches)
{
	const struct s4_cmd_spmm *c = &cmd->spmm;

	s4_operand_add(operands, inside, range, S4_CHECK_AT(spmm.residual), 0);
	operands->list[operands->count - 1].in_place =
		c->residual == c->y && same_pitches && c->residual_pitch == c->y_pitch &&
		s4_type_bytes(c->residual_type) == s4_type_bytes(c->y_type);
}

static inline void s4_spmm_operands(const struct s4_cmd *cmd, struct s4_operands *operands)
{
	const struct s4_cmd_spmm *c = &cmd->spmm;
	struct s4_range range;
	int inside;

	inside = s4_range_matrix(&range, c->x, c->k, c->columns, c->x_layout, c->x_pitch,
				 s4_type_bytes(c->type));
	s4_operand_add(operands, inside, &range, S4_CHECK_AT(spmm.x), 0);
	inside = s4_range_matrix(&range, c->y, c->rows, c->columns, c->y_layout, c->y_pitch,
				 s4_type_bytes(c->y_type));
	s4_operand_add(operands, inside, &range, S4_CHECK_AT(spmm.y), 1);
	if (cmd->header.flags & S4_SPMM_RESIDUAL) {
		inside = s4_range_matrix(&range, c->residual, c->rows, c->columns, c->y_layout,
					 c->residual_pitch, s4_type_bytes(c->residual_type));
		s4_residual_operand(cmd, operands, inside, &range, 1);
	}
	s4_matrix_operands(cmd, operands);
}

/* What the epilogue adds and how it ends. */
static inline enum s4_status s4_check_epilogue(const struct s4_cmd *cmd, __u32 *detail)
{
	const struct s4_cmd_spmm *c = &cmd->spmm;
	int sums = c->y_type == S4_TYPE_INT32;
	__u32 size = 1;

	S4_CHECK(s4_activation_ok(c->activation, c->alpha, c->beta) &&
			 (!sums || c->activation == S4_ACT_NONE),
		 S4_E_FIELD, spmm.activation);
	S4_CHECK(sums ? c->y_scale == S4_FLOAT_ONE : s4_scale_ok(c->y_type, c->y_scale), S4_E_FIELD,
		 spmm.y_scale);
	if (cmd->header.flags & S4_SPMM_RESIDUAL) {
		S4_CHECK(!sums, S4_E_FIELD, header.flags);
		S4_CHECK(c->residual_type && c->residual_type <= S4_TYPE_FLOAT32, S4_E_FIELD,
			 spmm.residual_type);
		S4_CHECK(s4_scale_ok(c->residual_type, c->residual_scale), S4_E_FIELD,
			 spmm.residual_scale);
		size = s4_type_bytes(c->residual_type);
	} else {
		S4_CHECK(c->residual_type == 0, S4_E_FIELD, spmm.residual_type);
		S4_CHECK(c->residual == 0, S4_E_FIELD, spmm.residual);
		S4_CHECK(c->residual_pitch == 0, S4_E_FIELD, spmm.residual_pitch);
		S4_CHECK(c->residual_scale == 0, S4_E_FIELD, spmm.residual_scale);
	}
	S4_CHECK((c->residual & (size - 1)) == 0, S4_E_ALIGN, spmm.residual);
	S4_CHECK((c->residual_pitch & (size - 1)) == 0, S4_E_ALIGN, spmm.residual_pitch);
	return S4_OK;
}

/* The same of SPMM, CONV and DWCONV: everything but the extents of pitches and the bytes behind. */
static inline enum s4_status s4_check_matrix(const struct s4_cmd *cmd, __u32 *detail)
{
	const struct s4_cmd_spmm *c = &cmd->spmm;
	int bias = cmd->header.flags & S4_SPMM_BIAS;
	int scale = cmd->header.flags & S4_SPMM_SCALE;
	__u32 size = s4_type_bytes(c->type), y_size = s4_type_bytes(c->y_type);
	__u32 flags = S4_SPMM_BIAS | S4_SPMM_SCALE | S4_SPMM_RESIDUAL;
	enum s4_status status;

	S4_CHECK((cmd->header.flags & ~flags) == 0, S4_E_FIELD, header.flags);
	S4_CHECK(c->rows && c->rows <= S4_MAX_ROWS, S4_E_FIELD, spmm.rows);
	S4_CHECK(c->k && c->k <= S4_MAX_K, S4_E_FIELD, spmm.k);
	S4_CHECK(c->columns && c->columns <= S4_MAX_COLUMNS, S4_E_FIELD, spmm.columns);
	S4_CHECK(c->degree && c->degree <= S4_MAX_DEGREE && (c->degree & (c->degree - 1)) == 0,
		 S4_E_FIELD, spmm.degree);
	S4_CHECK(c->type == S4_TYPE_INT8 || c->type == S4_TYPE_BF16, S4_E_FIELD, spmm.type);
	S4_CHECK(c->y_type == S4_TYPE_FLOAT32 || c->y_type == S4_TYPE_BF16 ||
			 (c->type == S4_TYPE_INT8 && y_size),
		 S4_E_FIELD, spmm.y_type);
	S4_CHECK(c->x_layout <= S4_LAYOUT_COLUMNS, S4_E_FIELD, spmm.x_layout);
	S4_CHECK(c->y_layout <= S4_LAYOUT_COLUMNS, S4_E_FIELD, spmm.y_layout);
	for (__u32 i = 0; i < sizeof(c->reserved); i++)
		S4_CHECK(c->reserved[i] == 0, S4_E_FIELD, spmm.reserved);
	/* An INT32 result is the sum and the bias alone; any other of INT8 needs its scale. */
	if (c->y_type == S4_TYPE_INT32) {
		S4_CHECK(!scale, S4_E_FIELD, header.flags);
	} else if (c->type == S4_TYPE_INT8) {
		S4_CHECK(scale, S4_E_FIELD, header.flags);
	}
	status = s4_check_epilogue(cmd, detail);
	if (status != S4_OK)
		return status;

	S4_CHECK((c->x & (size - 1)) == 0, S4_E_ALIGN, spmm.x);
	S4_CHECK((c->y & (y_size - 1)) == 0, S4_E_ALIGN, spmm.y);
	S4_CHECK(c->values % S4_WEIGHTS_ALIGN == 0, S4_E_ALIGN, spmm.values);
	S4_CHECK(c->indices % S4_WEIGHTS_ALIGN == 0, S4_E_ALIGN, spmm.indices);
	S4_CHECK(c->degree != 1 || c->indices == 0, S4_E_FIELD, spmm.indices);
	S4_CHECK(bias || c->bias == 0, S4_E_FIELD, spmm.bias);
	S4_CHECK(c->bias % 4 == 0, S4_E_ALIGN, spmm.bias);
	S4_CHECK(scale || c->scale == 0, S4_E_FIELD, spmm.scale);
	S4_CHECK(c->scale % 4 == 0, S4_E_ALIGN, spmm.scale);
	S4_CHECK((c->x_pitch & (size - 1)) == 0, S4_E_ALIGN, spmm.x_pitch);
	S4_CHECK((c->y_pitch & (y_size - 1)) == 0, S4_E_ALIGN, spmm.y_pitch);
	return S4_OK;
}

static inline enum s4_status s4_check_spmm(const struct s4_cmd *cmd, __u32 *detail)
{
	const struct s4_cmd_spmm *c = &cmd->spmm;
	enum s4_status status = s4_check_matrix(cmd, detail);
	__u64 x_run, y_run, residual_run;

	if (status != S4_OK)
		return status;
	x_run = (__u64)(c->x_layout == S4_LAYOUT_ROWS ? c->columns : c->k) *
		s4_type_bytes(c->type);
	y_run = (__u64)(c->y_layout == S4_LAYOUT_ROWS ? c->columns : c->rows) *
		s4_type_bytes(c->y_type);
	/* 0 without a residual, whose type is then none. */
	residual_run = (__u64)(c->y_layout == S4_LAYOUT_ROWS ? c->columns : c->rows) *
		       s4_type_bytes(c->residual_type);
	S4_CHECK(c->x_pitch >= x_run, S4_E_FIELD, spmm.x_pitch);
	S4_CHECK(c->y_pitch >= y_run, S4_E_FIELD, spmm.y_pitch);
	S4_CHECK(c->residual_pitch >= residual_run, S4_E_FIELD, spmm.residual_pitch);
	return s4_check_tail(cmd, sizeof(*c), detail);
}

static inline void s4_spmm_axis(const struct s4_cmd *cmd, enum s4_slice axis, __u32 *extent,
				__u32 *step)
{
	*extent = axis == S4_SLICE_ROWS ? cmd->spmm.rows : cmd->spmm.columns;
	*step = axis == S4_SLICE_ROWS ? S4_SLICE_ROW_STEP : S4_SLICE_COLUMN_STEP;
}

#endif
