// SPDX-License-Identifier: MIT
#include "core/describe.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <iterator>

#include "s4/abi/s4_mmu.h"
#include "s4/abi/s4_regs.h"
#include "s4/abi/s4_ring.h"

namespace s4::core {
namespace {

struct Field {
  uint32_t opcode;  // 0: of every command
  uint32_t offset;
  const char* name;
};

#define S4_FIELD(opcode, body, name) \
  { opcode, offsetof(s4_cmd, body.name), #name }

constexpr Field kFields[] = {
    S4_FIELD(0, header, opcode),
    S4_FIELD(0, header, flags),
    S4_FIELD(0, header, wait),
    S4_FIELD(S4_OP_TIMESTAMP, timestamp, dst),
    S4_FIELD(S4_OP_COPY, copy, src),
    S4_FIELD(S4_OP_COPY, copy, dst),
    S4_FIELD(S4_OP_COPY, copy, row_bytes),
    S4_FIELD(S4_OP_COPY, copy, src_pitch),
    S4_FIELD(S4_OP_COPY, copy, dst_pitch),
    S4_FIELD(S4_OP_COPY, copy, rows),
    S4_FIELD(S4_OP_FILL, fill, dst),
    S4_FIELD(S4_OP_FILL, fill, bytes),
    S4_FIELD(S4_OP_FILL, fill, pattern),
    S4_FIELD(S4_OP_FILL, fill, pattern_bytes),
    S4_FIELD(S4_OP_SPMM, spmm, x),
    S4_FIELD(S4_OP_SPMM, spmm, y),
    S4_FIELD(S4_OP_SPMM, spmm, values),
    S4_FIELD(S4_OP_SPMM, spmm, indices),
    S4_FIELD(S4_OP_SPMM, spmm, bias),
    S4_FIELD(S4_OP_SPMM, spmm, scale),
    S4_FIELD(S4_OP_SPMM, spmm, x_pitch),
    S4_FIELD(S4_OP_SPMM, spmm, y_pitch),
    S4_FIELD(S4_OP_SPMM, spmm, rows),
    S4_FIELD(S4_OP_SPMM, spmm, k),
    S4_FIELD(S4_OP_SPMM, spmm, columns),
    S4_FIELD(S4_OP_SPMM, spmm, degree),
    S4_FIELD(S4_OP_SPMM, spmm, type),
    S4_FIELD(S4_OP_SPMM, spmm, y_type),
    S4_FIELD(S4_OP_SPMM, spmm, activation),
    S4_FIELD(S4_OP_SPMM, spmm, x_layout),
    S4_FIELD(S4_OP_SPMM, spmm, y_layout),
    S4_FIELD(S4_OP_SPMM, spmm, residual),
    S4_FIELD(S4_OP_SPMM, spmm, residual_pitch),
    S4_FIELD(S4_OP_SPMM, spmm, residual_type),
    S4_FIELD(S4_OP_SPMM, spmm, residual_scale),
    S4_FIELD(S4_OP_SPMM, spmm, y_scale),
    S4_FIELD(S4_OP_SPMM, spmm, alpha),
    S4_FIELD(S4_OP_SPMM, spmm, beta),
    S4_FIELD(S4_OP_ELTWISE, eltwise, a),
    S4_FIELD(S4_OP_ELTWISE, eltwise, b),
    S4_FIELD(S4_OP_ELTWISE, eltwise, y),
    S4_FIELD(S4_OP_ELTWISE, eltwise, op),
    S4_FIELD(S4_OP_ELTWISE, eltwise, a_type),
    S4_FIELD(S4_OP_ELTWISE, eltwise, b_type),
    S4_FIELD(S4_OP_ELTWISE, eltwise, y_type),
    S4_FIELD(S4_OP_ELTWISE, eltwise, activation),
    S4_FIELD(S4_OP_ELTWISE, eltwise, dims),
    S4_FIELD(S4_OP_ELTWISE, eltwise, shape),
    S4_FIELD(S4_OP_ELTWISE, eltwise, a_stride),
    S4_FIELD(S4_OP_ELTWISE, eltwise, b_stride),
    S4_FIELD(S4_OP_ELTWISE, eltwise, y_stride),
    S4_FIELD(S4_OP_ELTWISE, eltwise, a_scale),
    S4_FIELD(S4_OP_ELTWISE, eltwise, b_scale),
    S4_FIELD(S4_OP_ELTWISE, eltwise, y_scale),
    S4_FIELD(S4_OP_ELTWISE, eltwise, alpha),
    S4_FIELD(S4_OP_ELTWISE, eltwise, beta),
    S4_FIELD(S4_OP_UNARY, unary, x),
    S4_FIELD(S4_OP_UNARY, unary, y),
    S4_FIELD(S4_OP_UNARY, unary, x_type),
    S4_FIELD(S4_OP_UNARY, unary, y_type),
    S4_FIELD(S4_OP_UNARY, unary, activation),
    S4_FIELD(S4_OP_UNARY, unary, dims),
    S4_FIELD(S4_OP_UNARY, unary, shape),
    S4_FIELD(S4_OP_UNARY, unary, x_stride),
    S4_FIELD(S4_OP_UNARY, unary, y_stride),
    S4_FIELD(S4_OP_UNARY, unary, x_scale),
    S4_FIELD(S4_OP_UNARY, unary, y_scale),
    S4_FIELD(S4_OP_UNARY, unary, alpha),
    S4_FIELD(S4_OP_UNARY, unary, beta),
    // Stands where the groups of CONV do, so it comes before them.
    S4_FIELD(S4_OP_DWCONV, dwconv, multiplier),
    S4_FIELD(S4_OP_CONV, conv, window.x_row_pitch),
    S4_FIELD(S4_OP_CONV, conv, window.x_image_pitch),
    S4_FIELD(S4_OP_CONV, conv, window.y_row_pitch),
    S4_FIELD(S4_OP_CONV, conv, window.y_image_pitch),
    S4_FIELD(S4_OP_CONV, conv, residual_row_pitch),
    S4_FIELD(S4_OP_CONV, conv, residual_image_pitch),
    S4_FIELD(S4_OP_CONV, conv, window.images),
    S4_FIELD(S4_OP_CONV, conv, window.in_height),
    S4_FIELD(S4_OP_CONV, conv, window.in_width),
    S4_FIELD(S4_OP_CONV, conv, window.out_height),
    S4_FIELD(S4_OP_CONV, conv, window.out_width),
    S4_FIELD(S4_OP_CONV, conv, window.kernel_height),
    S4_FIELD(S4_OP_CONV, conv, window.kernel_width),
    S4_FIELD(S4_OP_CONV, conv, window.stride_y),
    S4_FIELD(S4_OP_CONV, conv, window.stride_x),
    S4_FIELD(S4_OP_CONV, conv, window.dilation_y),
    S4_FIELD(S4_OP_CONV, conv, window.dilation_x),
    S4_FIELD(S4_OP_CONV, conv, channels),
    S4_FIELD(S4_OP_CONV, conv, groups),
    S4_FIELD(S4_OP_MATMUL, matmul, a),
    S4_FIELD(S4_OP_MATMUL, matmul, w),
    S4_FIELD(S4_OP_MATMUL, matmul, y),
    S4_FIELD(S4_OP_MATMUL, matmul, a_pitch),
    S4_FIELD(S4_OP_MATMUL, matmul, w_pitch),
    S4_FIELD(S4_OP_MATMUL, matmul, y_pitch),
    S4_FIELD(S4_OP_MATMUL, matmul, a_stride),
    S4_FIELD(S4_OP_MATMUL, matmul, w_stride),
    S4_FIELD(S4_OP_MATMUL, matmul, y_stride),
    S4_FIELD(S4_OP_MATMUL, matmul, batches),
    S4_FIELD(S4_OP_MATMUL, matmul, heads),
    S4_FIELD(S4_OP_MATMUL, matmul, m),
    S4_FIELD(S4_OP_MATMUL, matmul, k),
    S4_FIELD(S4_OP_MATMUL, matmul, n),
    S4_FIELD(S4_OP_MATMUL, matmul, scale),
    S4_FIELD(S4_OP_MATMUL, matmul, type),
    S4_FIELD(S4_OP_MATMUL, matmul, y_type),
    S4_FIELD(S4_OP_MATMUL, matmul, a_layout),
    S4_FIELD(S4_OP_MATMUL, matmul, w_layout),
    S4_FIELD(S4_OP_POOL, pool, x),
    S4_FIELD(S4_OP_POOL, pool, y),
    S4_FIELD(S4_OP_POOL, pool, x_pitch),
    S4_FIELD(S4_OP_POOL, pool, y_pitch),
    S4_FIELD(S4_OP_POOL, pool, window.x_row_pitch),
    S4_FIELD(S4_OP_POOL, pool, window.x_image_pitch),
    S4_FIELD(S4_OP_POOL, pool, window.y_row_pitch),
    S4_FIELD(S4_OP_POOL, pool, window.y_image_pitch),
    S4_FIELD(S4_OP_POOL, pool, window.images),
    S4_FIELD(S4_OP_POOL, pool, window.in_height),
    S4_FIELD(S4_OP_POOL, pool, window.in_width),
    S4_FIELD(S4_OP_POOL, pool, window.out_height),
    S4_FIELD(S4_OP_POOL, pool, window.out_width),
    S4_FIELD(S4_OP_POOL, pool, window.kernel_height),
    S4_FIELD(S4_OP_POOL, pool, window.kernel_width),
    S4_FIELD(S4_OP_POOL, pool, window.stride_y),
    S4_FIELD(S4_OP_POOL, pool, window.stride_x),
    S4_FIELD(S4_OP_POOL, pool, window.dilation_y),
    S4_FIELD(S4_OP_POOL, pool, window.dilation_x),
    S4_FIELD(S4_OP_POOL, pool, channels),
    S4_FIELD(S4_OP_POOL, pool, op),
    S4_FIELD(S4_OP_POOL, pool, x_type),
    S4_FIELD(S4_OP_POOL, pool, y_type),
    S4_FIELD(S4_OP_POOL, pool, x_scale),
    S4_FIELD(S4_OP_POOL, pool, y_scale),
    S4_FIELD(S4_OP_RESIZE, resize, x),
    S4_FIELD(S4_OP_RESIZE, resize, y),
    S4_FIELD(S4_OP_RESIZE, resize, x_pitch),
    S4_FIELD(S4_OP_RESIZE, resize, y_pitch),
    S4_FIELD(S4_OP_RESIZE, resize, x_row_pitch),
    S4_FIELD(S4_OP_RESIZE, resize, x_image_pitch),
    S4_FIELD(S4_OP_RESIZE, resize, y_row_pitch),
    S4_FIELD(S4_OP_RESIZE, resize, y_image_pitch),
    S4_FIELD(S4_OP_RESIZE, resize, images),
    S4_FIELD(S4_OP_RESIZE, resize, in_height),
    S4_FIELD(S4_OP_RESIZE, resize, in_width),
    S4_FIELD(S4_OP_RESIZE, resize, out_height),
    S4_FIELD(S4_OP_RESIZE, resize, out_width),
    S4_FIELD(S4_OP_RESIZE, resize, channels),
    S4_FIELD(S4_OP_RESIZE, resize, type),
    S4_FIELD(S4_OP_RESIZE, resize, mode),
    S4_FIELD(S4_OP_RESIZE, resize, coordinate),
    S4_FIELD(S4_OP_RESIZE, resize, rounding),
    S4_FIELD(S4_OP_REDUCE, reduce, x),
    S4_FIELD(S4_OP_REDUCE, reduce, y),
    S4_FIELD(S4_OP_REDUCE, reduce, op),
    S4_FIELD(S4_OP_REDUCE, reduce, x_type),
    S4_FIELD(S4_OP_REDUCE, reduce, y_type),
    S4_FIELD(S4_OP_REDUCE, reduce, dims),
    S4_FIELD(S4_OP_REDUCE, reduce, reduced),
    S4_FIELD(S4_OP_REDUCE, reduce, shape),
    S4_FIELD(S4_OP_REDUCE, reduce, x_stride),
    S4_FIELD(S4_OP_REDUCE, reduce, y_stride),
    S4_FIELD(S4_OP_REDUCE, reduce, x_scale),
    S4_FIELD(S4_OP_REDUCE, reduce, y_scale),
    S4_FIELD(S4_OP_NORM, norm, x),
    S4_FIELD(S4_OP_NORM, norm, y),
    S4_FIELD(S4_OP_NORM, norm, residual),
    S4_FIELD(S4_OP_NORM, norm, gamma),
    S4_FIELD(S4_OP_NORM, norm, beta),
    S4_FIELD(S4_OP_NORM, norm, shape),
    S4_FIELD(S4_OP_NORM, norm, groups),
    S4_FIELD(S4_OP_NORM, norm, x_stride),
    S4_FIELD(S4_OP_NORM, norm, residual_stride),
    S4_FIELD(S4_OP_NORM, norm, y_stride),
    S4_FIELD(S4_OP_NORM, norm, kind),
    S4_FIELD(S4_OP_NORM, norm, x_type),
    S4_FIELD(S4_OP_NORM, norm, residual_type),
    S4_FIELD(S4_OP_NORM, norm, y_type),
    S4_FIELD(S4_OP_NORM, norm, epsilon),
    S4_FIELD(S4_OP_NORM, norm, x_scale),
    S4_FIELD(S4_OP_NORM, norm, residual_scale),
    S4_FIELD(S4_OP_NORM, norm, y_scale),
    S4_FIELD(S4_OP_SOFTMAX, softmax, x),
    S4_FIELD(S4_OP_SOFTMAX, softmax, y),
    S4_FIELD(S4_OP_SOFTMAX, softmax, lengths),
    S4_FIELD(S4_OP_SOFTMAX, softmax, options),
    S4_FIELD(S4_OP_SOFTMAX, softmax, x_type),
    S4_FIELD(S4_OP_SOFTMAX, softmax, y_type),
    S4_FIELD(S4_OP_SOFTMAX, softmax, dims),
    S4_FIELD(S4_OP_SOFTMAX, softmax, offset),
    S4_FIELD(S4_OP_SOFTMAX, softmax, shape),
    S4_FIELD(S4_OP_SOFTMAX, softmax, x_stride),
    S4_FIELD(S4_OP_SOFTMAX, softmax, y_stride),
    S4_FIELD(S4_OP_SOFTMAX, softmax, factor),
    S4_FIELD(S4_OP_SOFTMAX, softmax, x_scale),
    S4_FIELD(S4_OP_SOFTMAX, softmax, y_scale),
    S4_FIELD(S4_OP_GATHER, gather, table),
    S4_FIELD(S4_OP_GATHER, gather, indices),
    S4_FIELD(S4_OP_GATHER, gather, dst),
    S4_FIELD(S4_OP_GATHER, gather, row_bytes),
    S4_FIELD(S4_OP_GATHER, gather, table_pitch),
    S4_FIELD(S4_OP_GATHER, gather, dst_pitch),
    S4_FIELD(S4_OP_GATHER, gather, entries),
    S4_FIELD(S4_OP_GATHER, gather, count),
    S4_FIELD(S4_OP_GATHER, gather, index_bytes),
    S4_FIELD(S4_OP_GATHER, gather, index_stride),
    S4_FIELD(S4_OP_MOVE, move, src),
    S4_FIELD(S4_OP_MOVE, move, dst),
    S4_FIELD(S4_OP_MOVE, move, pattern),
    S4_FIELD(S4_OP_MOVE, move, element_bytes),
    S4_FIELD(S4_OP_MOVE, move, dims),
    S4_FIELD(S4_OP_MOVE, move, shape),
    S4_FIELD(S4_OP_MOVE, move, before),
    S4_FIELD(S4_OP_MOVE, move, src_extent),
    S4_FIELD(S4_OP_MOVE, move, src_stride),
    S4_FIELD(S4_OP_MOVE, move, dst_stride),
    S4_FIELD(S4_OP_TOPK, topk, x),
    S4_FIELD(S4_OP_TOPK, topk, values),
    S4_FIELD(S4_OP_TOPK, topk, indices),
    S4_FIELD(S4_OP_TOPK, topk, x_pitch),
    S4_FIELD(S4_OP_TOPK, topk, values_pitch),
    S4_FIELD(S4_OP_TOPK, topk, indices_pitch),
    S4_FIELD(S4_OP_TOPK, topk, rows),
    S4_FIELD(S4_OP_TOPK, topk, n),
    S4_FIELD(S4_OP_TOPK, topk, k),
    S4_FIELD(S4_OP_TOPK, topk, type),
    S4_FIELD(S4_OP_TOPK, topk, order),
    S4_FIELD(S4_OP_ROPE, rope, x),
    S4_FIELD(S4_OP_ROPE, rope, y),
    S4_FIELD(S4_OP_ROPE, rope, cos),
    S4_FIELD(S4_OP_ROPE, rope, sin),
    S4_FIELD(S4_OP_ROPE, rope, positions),
    S4_FIELD(S4_OP_ROPE, rope, x_token_pitch),
    S4_FIELD(S4_OP_ROPE, rope, x_head_pitch),
    S4_FIELD(S4_OP_ROPE, rope, y_token_pitch),
    S4_FIELD(S4_OP_ROPE, rope, y_head_pitch),
    S4_FIELD(S4_OP_ROPE, rope, table_pitch),
    S4_FIELD(S4_OP_ROPE, rope, tokens),
    S4_FIELD(S4_OP_ROPE, rope, heads),
    S4_FIELD(S4_OP_ROPE, rope, head_dim),
    S4_FIELD(S4_OP_ROPE, rope, rotary_dim),
    S4_FIELD(S4_OP_ROPE, rope, entries),
    S4_FIELD(S4_OP_ROPE, rope, first_position),
    S4_FIELD(S4_OP_ROPE, rope, sequence),
    S4_FIELD(S4_OP_ROPE, rope, x_type),
    S4_FIELD(S4_OP_ROPE, rope, y_type),
    S4_FIELD(S4_OP_ROPE, rope, layout),
};

#undef S4_FIELD

const char* unit_name(uint32_t unit) {
  constexpr const char* kNames[] = {"sparse unit", "vector unit", "DMA unit", "firmware"};
  return unit < std::size(kNames) ? kNames[unit] : "unit";
}

const char* access_name(uint32_t access) {
  return access == S4_ACCESS_WRITE ? "write" : access == S4_ACCESS_WALK ? "walk" : "read";
}

bool names_field(uint32_t status) {
  return status == S4_E_FIELD || status == S4_E_ALIGN || status == S4_E_OVERLAP;
}

}  // namespace

const char* opcode_name(uint32_t opcode) {
  switch (opcode) {
    case S4_OP_BARRIER:
      return "barrier";
    case S4_OP_TIMESTAMP:
      return "timestamp";
    case S4_OP_COPY:
      return "copy";
    case S4_OP_FILL:
      return "fill";
    case S4_OP_SPMM:
      return "spmm";
    case S4_OP_ELTWISE:
      return "eltwise";
    case S4_OP_UNARY:
      return "unary";
    case S4_OP_CONV:
      return "conv";
    case S4_OP_DWCONV:
      return "dwconv";
    case S4_OP_MATMUL:
      return "matmul";
    case S4_OP_POOL:
      return "pool";
    case S4_OP_RESIZE:
      return "resize";
    case S4_OP_REDUCE:
      return "reduce";
    case S4_OP_NORM:
      return "norm";
    case S4_OP_SOFTMAX:
      return "softmax";
    case S4_OP_GATHER:
      return "gather";
    case S4_OP_MOVE:
      return "move";
    case S4_OP_TOPK:
      return "topk";
    case S4_OP_ROPE:
      return "rope";
    default:
      return "unknown command";
  }
}

std::string field_name(uint32_t opcode, uint32_t offset) {
  const auto is = [&](const Field& field, uint32_t of) {
    return field.offset == offset && (field.opcode == 0 || field.opcode == of);
  };
  for (const Field& field : kFields) {
    // A convolution begins with the fields of a matrix command, a depthwise one goes on with those
    // of a convolution.
    const bool depthwise = opcode == S4_OP_DWCONV;
    if (is(field, opcode) || (depthwise && is(field, S4_OP_CONV)) ||
        ((depthwise || opcode == S4_OP_CONV) && is(field, S4_OP_SPMM)))
      return field.name;
  }
  return fmt::format("byte {}", offset);
}

std::string describe_check(const s4_cmd& command, uint32_t status, uint32_t detail) {
  const uint32_t opcode = command.header.opcode;
  if (!names_field(status)) {
    return fmt::format("{} ({}): {}", opcode_name(opcode), opcode, s4_status_text(status));
  }
  const char* what = status == S4_E_FIELD   ? "is out of range or does not fit the others"
                     : status == S4_E_ALIGN ? "is not aligned to its elements"
                                            : "overlaps what the command reads, or itself";
  return fmt::format("{}: {} {}", opcode_name(opcode), field_name(opcode, detail), what);
}

std::string describe_failure(const s4_job_report& report, const s4_cmd* command) {
  const std::string which =
      command ? fmt::format("command {} ({})", report.command, opcode_name(command->header.opcode))
              : fmt::format("command {}", report.command);
  switch (report.status) {
    case S4_E_FIELD:
    case S4_E_ALIGN:
    case S4_E_OVERLAP:
      if (command) {
        return fmt::format("{} was refused: {}", which,
                           describe_check(*command, report.status, report.detail));
      }
      break;
    case S4_E_INDEX:
      if (command && command->header.opcode == S4_OP_GATHER) {
        return fmt::format("{}: index {} is not a row of the table, which has {}", which,
                           report.detail, command->gather.entries);
      }
      if (command && command->header.opcode == S4_OP_SOFTMAX) {
        return fmt::format("{}: length {} is not one of a row, which has {} elements", which,
                           report.detail, command->softmax.shape[command->softmax.dims - 1]);
      }
      if (command && command->header.opcode == S4_OP_ROPE) {
        return fmt::format("{}: the position of token {} is not a row of the table, which has {}",
                           which, report.detail, command->rope.entries);
      }
      return fmt::format(
          "{}: weight row {} has an index that is out of range or out of order; "
          "verify the blob with s4_weights_verify()",
          which, report.detail);
    case S4_E_UNMAPPED:
    case S4_E_READONLY:
    case S4_E_TABLE:
    case S4_E_DMA:
    case S4_E_ECC:
      return fmt::format("{}: the {} of core {} could not {} address {:#x}: {}", which,
                         unit_name(report.fault_unit), report.fault_core,
                         access_name(report.fault_access), report.fault_va,
                         s4_status_text(report.status));
    default:
      break;
  }
  return fmt::format("{}: {} (detail {})", which, s4_status_text(report.status), report.detail);
}

}  // namespace s4::core
