// SPDX-License-Identifier: MIT
// Commands for a queue, built once and submitted as often as wanted.
//
//   s4::CommandList list = s4::CommandList::create(device).value();
//   list.copy(staging, input, bytes).value();
//   list.spmm({.weights = &w, .x = input, .y = output, .columns = 64}).value();
//
// Each command is checked when it is added. Commands that touch the same bytes are ordered by the
// list; others may run at the same time. Keeps what it names alive. One thread at a time.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <vector>

#include "buffer.hpp"
#include "weights.hpp"

namespace s4 {

// With sum = the sum over k of w[r][k] * x[k][c]:
// BF16 weights: v = scale[r] * sum + bias[r].
// INT8 weights: v = scale[r] * (sum + bias[r]).
// Then y[r][c] = activation(v + residual[r][c]), for an INT8 y times y_scale.
struct Spmm {
  const Weights* weights = nullptr;
  Address x;                       // [k][columns], of the weights' type
  Address y;                       // [rows][columns], of y_type
  std::optional<Address> bias{};   // [rows]: int32 with INT8 weights, float32 with BF16
  std::optional<Address> scale{};  // float32 [rows]; INT8 needs it unless y_type is INT32
  uint64_t x_pitch = 0;            // bytes; 0: no gaps
  uint64_t y_pitch = 0;
  uint32_t columns = 1;
  s4_type y_type = S4_TYPE_FLOAT32;
  s4_activation activation = S4_ACT_NONE;
  s4_layout x_layout = S4_LAYOUT_ROWS;
  s4_layout y_layout = S4_LAYOUT_ROWS;
  float alpha = 0;  // the activation's parameters
  float beta = 0;
  std::optional<Address> residual{};  // [rows][columns] in y's layout; may be y
  uint64_t residual_pitch = 0;        // bytes; 0: no gaps
  s4_type residual_type = S4_TYPE_FLOAT32;
  float residual_scale = 1;  // of INT8
  float y_scale = 1;         // of INT8
};

class CommandList {
 public:
  static Result<CommandList> create(const Device& device) {
    detail::ErrorOut error;
    s4_command_list* raw = nullptr;
    if (s4_command_list_create(device.get(), &raw, error) != S4_SUCCESS)
      return error.take();
    return CommandList(raw);
  }

  size_t size() const noexcept { return s4_command_list_count(get()); }

  Result<void> copy(Address src, Address dst, uint64_t bytes) {
    s4_copy copy{};
    copy.src = src.raw();
    copy.dst = dst.raw();
    copy.row_bytes = bytes;
    return this->copy(copy);
  }
  // Rows with pitches: see struct s4_copy.
  Result<void> copy(s4_copy copy) {
    detail::ErrorOut error;
    copy.size = sizeof copy;
    s4_code code = s4_command_list_copy(get(), &copy, error);
    return detail::check(code, error);
  }

  // `pattern_bytes` (1, 2 or 4) low bytes of `pattern`, over and over.
  Result<void> fill(Address dst, uint64_t bytes, uint32_t pattern = 0, uint32_t pattern_bytes = 1) {
    detail::ErrorOut error;
    s4_fill fill{sizeof(s4_fill), dst.raw(), bytes, pattern, pattern_bytes};
    s4_code code = s4_command_list_fill(get(), &fill, error);
    return detail::check(code, error);
  }

  Result<void> spmm(const Spmm& op) {
    detail::ErrorOut error;
    s4_spmm raw{};
    raw.size = sizeof raw;
    raw.weights = op.weights ? op.weights->get() : nullptr;
    raw.x = op.x.raw();
    raw.y = op.y.raw();
    if (op.bias) {
      raw.bias = op.bias->raw();
      raw.flags |= S4_SPMM_BIAS;
    }
    if (op.scale) {
      raw.scale = op.scale->raw();
      raw.flags |= S4_SPMM_SCALE;
    }
    raw.x_pitch = op.x_pitch;
    raw.y_pitch = op.y_pitch;
    raw.columns = op.columns;
    raw.y_type = op.y_type;
    raw.activation = op.activation;
    raw.x_layout = op.x_layout;
    raw.y_layout = op.y_layout;
    raw.alpha = op.alpha;
    raw.beta = op.beta;
    if (op.residual) {
      raw.residual = op.residual->raw();
      raw.flags |= S4_SPMM_RESIDUAL;
      raw.residual_pitch = op.residual_pitch;
      raw.residual_type = op.residual_type;
      raw.residual_scale = op.residual_scale;
    }
    raw.y_scale = op.y_scale;
    s4_code code = s4_command_list_spmm(get(), &raw, error);
    return detail::check(code, error);
  }

  // See struct s4_eltwise; `size` is set here.
  Result<void> eltwise(s4_eltwise op) {
    detail::ErrorOut error;
    op.size = sizeof op;
    s4_code code = s4_command_list_eltwise(get(), &op, error);
    return detail::check(code, error);
  }

  // Everything after it waits for everything before it.
  Result<void> barrier() {
    detail::ErrorOut error;
    s4_code code = s4_command_list_barrier(get(), error);
    return detail::check(code, error);
  }

  // Writes struct s4_timestamp when everything before it has ended.
  Result<void> timestamp(Address dst) {
    detail::ErrorOut error;
    s4_code code = s4_command_list_timestamp(get(), dst.raw(), error);
    return detail::check(code, error);
  }

  // Any command of abi/s4_cmd.h, its addresses given by field:
  //   list.add(cmd, {{offsetof(s4_cmd, eltwise.a), a}, ...})
  struct Binding {
    size_t field;
    Address address;
  };
  Result<void> add(const s4_cmd& command, std::initializer_list<Binding> bindings) {
    detail::ErrorOut error;
    std::vector<s4_binding> raw;
    raw.reserve(bindings.size());
    for (const Binding& one : bindings) {
      raw.push_back({static_cast<uint32_t>(one.field), 0, one.address.raw()});
    }
    s4_code code = s4_command_list_add(get(), &command, raw.data(), raw.size(), error);
    return detail::check(code, error);
  }

  // A descriptor as it stands, unchecked. Buffers that it uses must outlive the jobs.
  Result<void> raw(const s4_cmd& command) {
    detail::ErrorOut error;
    s4_code code = s4_command_list_raw(get(), &command, nullptr, 0, error);
    return detail::check(code, error);
  }

  s4_command_list* get() const noexcept { return handle_.get(); }

 private:
  explicit CommandList(s4_command_list* raw) : handle_(raw) {}
  detail::Handle<s4_command_list, s4_command_list_release> handle_;
};

}  // namespace s4
