// SPDX-License-Identifier: MIT
// S4_OP_ELTWISE and S4_OP_UNARY: boxes become runs of elements that the kernels work on.
#include <bit>

#include "engine/box.hpp"
#include "engine/kernels/kernels.hpp"
#include "engine/rows.hpp"
#include "timing/model.hpp"

namespace s4::card {
namespace {

// Elements that are floats at a time: three such buffers stay in the first-level cache.
constexpr uint64_t kFloats = 1024;

Activation activation_of(uint8_t kind, uint32_t alpha, uint32_t beta) {
  return {kind, std::bit_cast<float>(alpha), std::bit_cast<float>(beta)};
}

// The kernel that does all of a command in one pass, for the commonest; nullptr for others.
using Fused = void (*)(const EltwiseArgs&);

Fused fused_of(const EltwiseKernels& kernels, const s4_cmd_eltwise& c) {
  if (c.a_type != c.y_type || c.b_type != c.y_type || c.activation > S4_ACT_RELU ||
      (c.op != S4_ELTWISE_ADD && c.op != S4_ELTWISE_MUL)) {
    return nullptr;
  }
  const bool add = c.op == S4_ELTWISE_ADD;
  switch (c.y_type) {
    case S4_TYPE_INT8:
      return add ? kernels.add_int8 : kernels.mul_int8;
    case S4_TYPE_BF16:
      return add ? kernels.add_bf16 : kernels.mul_bf16;
    default:
      return add ? kernels.add_float32 : kernels.mul_float32;
  }
}

// One pass over elements of one type.
class FusedWorker {
 public:
  FusedWorker(const Box<3>& box, const s4_cmd_eltwise& c, Fused kernel, AccessScope& scope,
              Scratch& scratch)
      : stride_(box.inner().stride), size_(s4_type_bytes(c.y_type)), kernel_(kernel), scope_(scope) {
    for (std::byte*& buffer : buffer_) {
      buffer = scratch.take<std::byte>(kBoxChunk * size_);
    }
    args_.relu = c.activation == S4_ACT_RELU;
    args_.a_scale = std::bit_cast<float>(c.a_scale);
    args_.b_scale = std::bit_cast<float>(c.b_scale);
    args_.y_scale = std::bit_cast<float>(c.y_scale);
  }
  static size_t scratch_bytes() { return 3 * Scratch::rounded(kBoxChunk * sizeof(float)); }

  Fault operator()(const Box<3>::Place& at, uint64_t count) {
    Fault fault;
    args_.count = count;
    args_.a_broadcast = stride_[0] == 0;
    args_.b_broadcast = stride_[1] == 0;
    args_.a = load(0, at[0], count, &fault);
    if (args_.a == nullptr) {
      return fault;
    }
    args_.b = load(1, at[1], count, &fault);
    if (args_.b == nullptr) {
      return fault;
    }
    if (stride_[2] == size_) {
      if (std::byte* in_place = scope_.view_write(at[2], count * size_)) {
        args_.y = in_place;
        kernel_(args_);
        return {};
      }
    }
    args_.y = buffer_[2];
    kernel_(args_);
    return write_rows(scope_, at[2], stride_[2], count, size_, buffer_[2], size_);
  }

 private:
  const std::byte* load(size_t operand, uint64_t va, uint64_t count, Fault* fault) {
    std::byte* to = buffer_[operand];
    const uint64_t stride = stride_[operand];
    if (stride == 0 || stride == size_) {
      return fetch(scope_, va, (stride == 0 ? 1 : count) * size_, to, fault);
    }
    std::array<std::byte, 4> bounce;
    *fault = read_rows(scope_, va, stride, count, size_, bounce.data(),
                       [&](size_t first, size_t elements, const std::byte* from, size_t pitch) {
                         for (size_t i = 0; i < elements; ++i) {
                           std::memcpy(to + (first + i) * size_, from + i * pitch, size_);
                         }
                       });
    return *fault ? nullptr : to;
  }

  std::array<uint64_t, 3> stride_;
  uint64_t size_;
  Fused kernel_;
  AccessScope& scope_;
  std::array<std::byte*, 3> buffer_;
  EltwiseArgs args_{};
};

// Any types and functions, by way of float32.
template <size_t N>
class FloatWorker {
 public:
  using Operate = void (*)(const float* a, const float* b, float* y, size_t count);

  // `tensors`: the operands and the result; `operate` joins two operands.
  FloatWorker(const Box<N>& box, const std::array<Elements, N>& tensors, Operate operate,
              const Activation& activation, const Kernels& kernels, AccessScope& scope,
              Scratch& scratch)
      : stride_(box.inner().stride),
        tensors_(tensors),
        operate_(operate),
        activation_(activation),
        kernels_(kernels),
        scope_(scope),
        io_(kernels.rows, scratch) {
    for (float*& buffer : buffer_) {
      buffer = scratch.take<float>(kFloats);
    }
  }
  static size_t scratch_bytes() {
    return Scratch::rounded(RowIo::kBytes) + (N - 1) * Scratch::rounded(kFloats * sizeof(float));
  }

  Fault operator()(const typename Box<N>::Place& first, uint64_t count) {
    for (uint64_t done = 0; done < count; done += kFloats) {
      typename Box<N>::Place at = first;
      for (size_t t = 0; t < N; ++t) {
        at[t] += done * stride_[t];
      }
      if (const Fault fault = part(at, std::min(kFloats, count - done))) {
        return fault;
      }
    }
    return {};
  }

 private:
  Fault part(const typename Box<N>::Place& at, uint64_t count) {
    for (size_t t = 0; t + 1 < N; ++t) {
      const Elements& e = tensors_[t];
      if (const Fault fault =
              io_.load(scope_, e, at[t], stride_[t] / e.size, count, buffer_[t])) {
        return fault;
      }
    }
    float* y = buffer_[0];
    if constexpr (N == 3) {
      operate_(y, buffer_[1], y, count);
    }
    if (activation_.kind != S4_ACT_NONE) {
      kernels_.functions.activate(y, count, activation_);
    }
    const Elements& e = tensors_[N - 1];
    return io_.store(scope_, e, at[N - 1], stride_[N - 1] / e.size, count, y);
  }

  std::array<uint64_t, N> stride_;
  const std::array<Elements, N>& tensors_;
  Operate operate_;
  const Activation& activation_;
  const Kernels& kernels_;
  AccessScope& scope_;
  RowIo io_;
  std::array<float*, N - 1> buffer_;
};

Fault run_eltwise(const Job& job) {
  const s4_cmd_eltwise& c = job.command.eltwise;
  const std::array<Elements, 3> tensors{
      {{c.a_type, c.a_scale}, {c.b_type, c.b_scale}, {c.y_type, c.y_scale}}};
  const Box<3> box = make_box<3>(c.shape, c.dims,
                                 {{{c.a, tensors[0].size, c.a_stride},
                                   {c.b, tensors[1].size, c.b_stride},
                                   {c.y, tensors[2].size, c.y_stride}}},
                                 job.slice, job.axis() != S4_SLICE_ALL);
  if (const Fused fused = fused_of(job.kernels.eltwise, c)) {
    return for_each_chunk(job, box, FusedWorker::scratch_bytes(),
                          [&](AccessScope& scope, Scratch& scratch) {
                            return FusedWorker(box, c, fused, scope, scratch);
                          });
  }
  const Activation activation = activation_of(c.activation, c.alpha, c.beta);
  const auto operate = c.op == S4_ELTWISE_POW ? job.kernels.functions.power
                                              : job.kernels.eltwise.operate[c.op];
  return for_each_chunk(job, box, FloatWorker<3>::scratch_bytes(),
                        [&](AccessScope& scope, Scratch& scratch) {
                          return FloatWorker<3>(box, tensors, operate, activation, job.kernels,
                                                scope, scratch);
                        });
}

Fault run_unary(const Job& job) {
  const s4_cmd_unary& c = job.command.unary;
  const std::array<Elements, 2> tensors{{{c.x_type, c.x_scale}, {c.y_type, c.y_scale}}};
  const Box<2> box = make_box<2>(
      c.shape, c.dims, {{{c.x, tensors[0].size, c.x_stride}, {c.y, tensors[1].size, c.y_stride}}},
      job.slice, job.axis() != S4_SLICE_ALL);
  const Activation activation = activation_of(c.activation, c.alpha, c.beta);
  return for_each_chunk(job, box, FloatWorker<2>::scratch_bytes(),
                        [&](AccessScope& scope, Scratch& scratch) {
                          return FloatWorker<2>(box, tensors, nullptr, activation, job.kernels,
                                                scope, scratch);
                        });
}

timing::Cost eltwise_cost(const s4_cmd& command, s4_slice axis, const Slice& slice) {
  return timing::eltwise_cost(command.eltwise, axis, slice.begin, slice.end);
}

timing::Cost unary_cost(const s4_cmd& command, s4_slice axis, const Slice& slice) {
  return timing::unary_cost(command.unary, axis, slice.begin, slice.end);
}

}  // namespace

const Command kEltwiseCommand{S4_OP_ELTWISE, run_eltwise, eltwise_cost};
const Command kUnaryCommand{S4_OP_UNARY, run_unary, unary_cost};

}  // namespace s4::card
