// SPDX-License-Identifier: MIT
#include <bit>
#include <cstddef>
#include <cstring>
#include <vector>

#include "capi/handles.hpp"
#include "capi/support.hpp"
#include "s4/abi/s4_check.h"

namespace {

using namespace s4;
using namespace s4::capi;
using Place = core::CommandList::Place;

constexpr const char* kStage = "build";

Place place(const s4_address& address, size_t field) {
  return {address.buffer ? address.buffer->core : nullptr, address.offset,
          static_cast<uint32_t>(field)};
}
#define S4_PLACE(address, member) place(address, offsetof(s4_cmd, member))

// Bytes of a row of an activation matrix without gaps.
uint64_t dense_pitch(s4_layout layout, uint32_t features, uint32_t columns, uint32_t type) {
  return uint64_t{layout == S4_LAYOUT_ROWS ? columns : features} * s4_type_bytes(type);
}

// Integers need scales; the other types take none, for which both 0 and 1 may be said.
uint32_t scale_bits(float scale, s4_type type) {
  const bool integer = type == S4_TYPE_INT8 || type == S4_TYPE_INT32;
  return std::bit_cast<uint32_t>(!integer && scale == 0.0f ? 1.0f : scale);
}

Result<void> add_spmm(core::CommandList& list, const s4_spmm& in) {
  if (!in.weights)
    return bad_argument(kStage, "spmm: weights is null");
  if ((in.flags & ~(S4_SPMM_BIAS | S4_SPMM_SCALE | S4_SPMM_RESIDUAL)) != 0) {
    return bad_argument(kStage,
                        "spmm: flags holds unknown flags; there are S4_SPMM_BIAS, S4_SPMM_SCALE "
                        "and S4_SPMM_RESIDUAL");
  }
  const core::Weights& weights = *in.weights->core;
  const sparse::Shape& shape = weights.shape();
  if (shape.type == S4_TYPE_INT8 && in.y_type != S4_TYPE_INT32 && (in.flags & S4_SPMM_SCALE) == 0) {
    return bad_argument(kStage, "spmm: INT8 weights need a scale a row, or y_type S4_TYPE_INT32");
  }
  std::vector<Place> places{
      S4_PLACE(in.x, spmm.x), S4_PLACE(in.y, spmm.y),
      {weights.buffer(), weights.values_offset(), offsetof(s4_cmd, spmm.values)}};
  if (shape.degree > 1) {
    places.push_back({weights.buffer(), weights.indices_offset(), offsetof(s4_cmd, spmm.indices)});
  }
  if ((in.flags & S4_SPMM_BIAS) != 0)
    places.push_back(S4_PLACE(in.bias, spmm.bias));
  if ((in.flags & S4_SPMM_SCALE) != 0)
    places.push_back(S4_PLACE(in.scale, spmm.scale));

  s4_cmd command{};
  command.header.opcode = S4_OP_SPMM;
  command.header.flags = static_cast<uint16_t>(in.flags);
  s4_cmd_spmm& c = command.spmm;
  c.rows = shape.rows;
  c.k = shape.k;
  c.columns = in.columns;
  c.degree = static_cast<uint8_t>(shape.degree);
  c.type = static_cast<uint8_t>(shape.type);
  c.y_type = static_cast<uint8_t>(in.y_type);
  c.activation = static_cast<uint8_t>(in.activation);
  c.x_layout = static_cast<uint8_t>(in.x_layout);
  c.y_layout = static_cast<uint8_t>(in.y_layout);
  c.x_pitch = in.x_pitch ? in.x_pitch : dense_pitch(in.x_layout, shape.k, in.columns, shape.type);
  c.y_pitch = in.y_pitch ? in.y_pitch : dense_pitch(in.y_layout, shape.rows, in.columns, in.y_type);
  c.alpha = std::bit_cast<uint32_t>(in.alpha);
  c.beta = std::bit_cast<uint32_t>(in.beta);
  c.y_scale = std::bit_cast<uint32_t>(in.y_scale == 0.0f ? 1.0f : in.y_scale);
  if ((in.flags & S4_SPMM_RESIDUAL) != 0) {
    places.push_back(S4_PLACE(in.residual, spmm.residual));
    c.residual_type = static_cast<uint8_t>(in.residual_type);
    c.residual_scale = scale_bits(in.residual_scale, in.residual_type);
    c.residual_pitch = in.residual_pitch ? in.residual_pitch
                                         : dense_pitch(in.y_layout, shape.rows, in.columns,
                                                       in.residual_type);
  }
  return list.add(command, places);
}

Result<void> add_copy(core::CommandList& list, const s4_copy& in) {
  const uint32_t rows = in.rows ? in.rows : 1;
  s4_cmd command{};
  command.header.opcode = S4_OP_COPY;
  command.copy.row_bytes = in.row_bytes;
  command.copy.rows = rows;
  if (rows > 1) {
    command.copy.src_pitch = in.src_pitch ? in.src_pitch : in.row_bytes;
    command.copy.dst_pitch = in.dst_pitch ? in.dst_pitch : in.row_bytes;
  }
  return list.add(command, {S4_PLACE(in.src, copy.src), S4_PLACE(in.dst, copy.dst)});
}

Result<void> add_eltwise(core::CommandList& list, const s4_eltwise& in) {
  s4_cmd command{};
  command.header.opcode = S4_OP_ELTWISE;
  s4_cmd_eltwise& c = command.eltwise;
  c.op = static_cast<uint8_t>(in.op);
  const s4_type a_type = in.a_type ? in.a_type : in.type;
  const s4_type b_type = in.b_type ? in.b_type : in.type;
  const s4_type y_type = in.y_type ? in.y_type : in.type;
  c.a_type = static_cast<uint8_t>(a_type);
  c.b_type = static_cast<uint8_t>(b_type);
  c.y_type = static_cast<uint8_t>(y_type);
  c.activation = static_cast<uint8_t>(in.activation);
  c.alpha = std::bit_cast<uint32_t>(in.alpha);
  c.beta = std::bit_cast<uint32_t>(in.beta);
  c.dims = static_cast<uint8_t>(in.dims);
  if (in.dims > S4_MAX_DIMS)
    return bad_argument(kStage, "eltwise: dims is more than S4_MAX_DIMS");
  std::memcpy(c.shape, in.shape, sizeof c.shape);
  std::memcpy(c.a_stride, in.a_stride, sizeof c.a_stride);
  std::memcpy(c.b_stride, in.b_stride, sizeof c.b_stride);
  std::memcpy(c.y_stride, in.y_stride, sizeof c.y_stride);
  c.a_scale = scale_bits(in.a_scale, a_type);
  c.b_scale = scale_bits(in.b_scale, b_type);
  c.y_scale = scale_bits(in.y_scale, y_type);
  return list.add(command, {S4_PLACE(in.a, eltwise.a), S4_PLACE(in.b, eltwise.b),
                            S4_PLACE(in.y, eltwise.y)});
}

template <typename T, typename Add>
s4_code add(s4_command_list* list, const char* name, const T* in, s4_error* error, Add&& add_one) {
  return guarded(kStage, error, [&]() -> Result<void> {
    if (!list)
      return bad_argument(kStage, "the list is null");
    auto copy = read_struct(kStage, name, in);
    if (!copy)
      return std::move(copy).error();
    return add_one(list->core, *copy);
  });
}

}  // namespace

s4_code s4_command_list_create(s4_device* device, s4_command_list** list, s4_error* error) {
  return guarded(kStage, error, [&]() -> Result<void> {
    if (!device || !list)
      return bad_argument(kStage, "device or list is null");
    *list = new s4_command_list{core::CommandList(device->core)};
    return {};
  });
}

void s4_command_list_release(s4_command_list* list) {
  delete list;
}

size_t s4_command_list_count(const s4_command_list* list) {
  return list ? list->core.size() : 0;
}

s4_code s4_command_list_copy(s4_command_list* list, const s4_copy* copy, s4_error* error) {
  return add(list, "s4_copy", copy, error, add_copy);
}

s4_code s4_command_list_fill(s4_command_list* list, const s4_fill* fill, s4_error* error) {
  return add(list, "s4_fill", fill, error, [](core::CommandList& to, const s4_fill& in) {
    s4_cmd command{};
    command.header.opcode = S4_OP_FILL;
    command.fill.bytes = in.bytes;
    command.fill.pattern = in.pattern;
    command.fill.pattern_bytes = in.pattern_bytes;
    return to.add(command, {S4_PLACE(in.dst, fill.dst)});
  });
}

s4_code s4_command_list_spmm(s4_command_list* list, const s4_spmm* spmm, s4_error* error) {
  return add(list, "s4_spmm", spmm, error, add_spmm);
}

s4_code s4_command_list_eltwise(s4_command_list* list, const s4_eltwise* eltwise, s4_error* error) {
  return add(list, "s4_eltwise", eltwise, error, add_eltwise);
}

s4_code s4_command_list_barrier(s4_command_list* list, s4_error* error) {
  return guarded(kStage, error, [&]() -> Result<void> {
    if (!list)
      return bad_argument(kStage, "the list is null");
    s4_cmd command{};
    command.header.opcode = S4_OP_BARRIER;
    return list->core.add(command, {});
  });
}

s4_code s4_command_list_timestamp(s4_command_list* list, s4_address dst, s4_error* error) {
  return guarded(kStage, error, [&]() -> Result<void> {
    if (!list)
      return bad_argument(kStage, "the list is null");
    s4_cmd command{};
    command.header.opcode = S4_OP_TIMESTAMP;
    return list->core.add(command, {S4_PLACE(dst, timestamp.dst)});
  });
}

s4_code s4_command_list_add(s4_command_list* list, const s4_cmd* command,
                            const s4_binding* bindings, size_t count, s4_error* error) {
  return guarded(kStage, error, [&]() -> Result<void> {
    if (!list || !command || (count != 0 && !bindings)) {
      return bad_argument(kStage, "the list, the command or the bindings are null");
    }
    if (count > S4_MAX_OPERANDS)
      return bad_argument(kStage, "there are more bindings than a command has operands");
    std::vector<Place> places;
    for (size_t i = 0; i < count; ++i) {
      places.push_back(place(bindings[i].address, bindings[i].field));
    }
    return list->core.add(*command, places);
  });
}

s4_code s4_command_list_raw(s4_command_list* list, const s4_cmd* command, s4_buffer* const* keep,
                            size_t keep_count, s4_error* error) {
  return guarded(kStage, error, [&]() -> Result<void> {
    if (!list || !command || (keep_count != 0 && !keep)) {
      return bad_argument(kStage, "the list, the command or what to keep is null");
    }
    std::vector<std::shared_ptr<core::Buffer>> buffers;
    for (size_t i = 0; i < keep_count; ++i) {
      if (keep[i])
        buffers.push_back(keep[i]->core);
    }
    return list->core.add_raw(*command, buffers);
  });
}
