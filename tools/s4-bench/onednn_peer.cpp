// SPDX-License-Identifier: MIT
#include "onednn_peer.hpp"

#include <omp.h>

#include <chrono>
#include <cstring>
#include <dnnl.hpp>
#include <unordered_map>
#include <utility>
#include <vector>

namespace s4::bench {
namespace {

using dnnl::memory;
using Arguments = std::unordered_map<int, memory>;

// One way to compute y[columns][rows] = x[columns][k] * w[k][rows] in oneDNN, weights laid out as
// it likes best beforehand.
struct Way {
  dnnl::primitive primitive;
  Arguments arguments;
};

struct Types {
  memory::data_type element;
  memory::data_type bias;
  explicit Types(bool int8)
      : element(int8 ? memory::data_type::s8 : memory::data_type::f32),
        bias(int8 ? memory::data_type::s32 : memory::data_type::f32) {}
};

dnnl::primitive_attr epilogue(bool int8, uint32_t rows) {
  dnnl::primitive_attr attributes;
  if (int8) {
    attributes.set_output_scales(1 << 1, std::vector<float>(rows, 1.0f / 4096));
  }
  dnnl::post_ops operations;
  operations.append_eltwise(1.0f, dnnl::algorithm::eltwise_relu, 0.0f, 0.0f);
  attributes.set_post_ops(operations);
  return attributes;
}

memory filled(const memory::desc& desc, const dnnl::engine& engine, uint32_t seed) {
  memory result(desc, engine);
  auto* bytes = static_cast<uint8_t*>(result.get_data_handle());
  if (desc.data_type() == memory::data_type::f32) {
    for (size_t i = 0; i < desc.get_size() / 4; ++i) {
      seed = seed * 1664525u + 1013904223u;
      const uint32_t bits = (seed & 0x807fffffu) | 0x3f000000u;
      std::memcpy(bytes + 4 * i, &bits, 4);
    }
  } else {
    for (size_t i = 0; i < desc.get_size(); ++i) {
      seed = seed * 1664525u + 1013904223u;
      bytes[i] = static_cast<uint8_t>(seed >> 24);
    }
  }
  return result;
}

Way matmul(const DenseProblem& p, const dnnl::engine& engine, const dnnl::stream&) {
  const Types types(p.int8);
  using Tag = memory::format_tag;
  const memory::desc x({p.columns, p.k}, types.element, Tag::ab);
  const memory::desc w({p.k, p.rows}, types.element, Tag::any);
  const memory::desc b({1, p.rows}, types.bias, Tag::ab);
  const memory::desc y({p.columns, p.rows}, types.element, Tag::ab);
  const dnnl::matmul::primitive_desc desc(dnnl::matmul::desc(x, w, b, y), epilogue(p.int8, p.rows), engine);
  return {dnnl::matmul(desc),
          {{DNNL_ARG_SRC, filled(x, engine, 1)},
           {DNNL_ARG_WEIGHTS, filled(desc.weights_desc(), engine, 2)},
           {DNNL_ARG_BIAS, filled(b, engine, 3)},
           {DNNL_ARG_DST, memory(y, engine)}}};
}

Way inner_product(const DenseProblem& p, const dnnl::engine& engine, const dnnl::stream&) {
  const Types types(p.int8);
  using Tag = memory::format_tag;
  const memory::desc x({p.columns, p.k}, types.element, Tag::ab);
  const memory::desc w({p.rows, p.k}, types.element, Tag::any);
  const memory::desc b({p.rows}, types.bias, Tag::a);
  const memory::desc y({p.columns, p.rows}, types.element, Tag::ab);
  const dnnl::inner_product_forward::primitive_desc desc(
      dnnl::inner_product_forward::desc(dnnl::prop_kind::forward_inference, x, w, b, y),
      epilogue(p.int8, p.rows), engine);
  return {dnnl::inner_product_forward(desc),
          {{DNNL_ARG_SRC, filled(x, engine, 1)},
           {DNNL_ARG_WEIGHTS, filled(desc.weights_desc(), engine, 2)},
           {DNNL_ARG_BIAS, filled(b, engine, 3)},
           {DNNL_ARG_DST, memory(y, engine)}}};
}

Way convolution(const ConvShape& s, bool int8, const dnnl::engine& engine) {
  const Types types(int8);
  using Tag = memory::format_tag;
  const auto side = [](uint32_t n) { return memory::dim{n}; };
  const memory::desc x({side(s.images), side(s.in_channels), side(s.in_side), side(s.in_side)},
                       types.element, Tag::any);
  const memory::desc w(
      {side(s.out_channels), side(s.in_channels), side(s.kernel), side(s.kernel)}, types.element,
      Tag::any);
  const memory::desc b({side(s.out_channels)}, types.bias, Tag::a);
  const memory::desc y({side(s.images), side(s.out_channels), side(s.out_side), side(s.out_side)},
                       types.element, Tag::any);
  const memory::dims strides{side(s.stride), side(s.stride)};
  const memory::dims before{side(s.padding), side(s.padding)};
  const memory::dim last = (side(s.out_side) - 1) * s.stride + s.kernel - s.in_side - s.padding;
  const dnnl::convolution_forward::primitive_desc desc(
      dnnl::convolution_forward::desc(dnnl::prop_kind::forward_inference,
                                      dnnl::algorithm::convolution_auto, x, w, b, y, strides,
                                      before, {last, last}),
      epilogue(int8, s.out_channels), engine);
  return {dnnl::convolution_forward(desc),
          {{DNNL_ARG_SRC, filled(desc.src_desc(), engine, 1)},
           {DNNL_ARG_WEIGHTS, filled(desc.weights_desc(), engine, 2)},
           {DNNL_ARG_BIAS, filled(b, engine, 3)},
           {DNNL_ARG_DST, memory(desc.dst_desc(), engine)}}};
}

class OneDnnConv final : public DensePeer {
 public:
  OneDnnConv(const ConvShape& shape, bool int8, unsigned threads)
      : int8_(int8), engine_(dnnl::engine::kind::cpu, 0), stream_(engine_) {
    omp_set_num_threads(static_cast<int>(threads));
    way_ = convolution(shape, int8, engine_);
  }
  void run(unsigned iterations) override {
    for (unsigned i = 0; i < iterations; ++i) {
      way_.primitive.execute(stream_, way_.arguments);
    }
    stream_.wait();
  }
  std::string name() const override { return int8_ ? "oneDNN s8 dense" : "oneDNN f32 dense"; }

 private:
  bool int8_;
  dnnl::engine engine_;
  dnnl::stream stream_;
  Way way_;
};

// Before oneDNN's first primitive; later it is refused.
void limit_instructions(const std::string& target) {
  if (target == "AVX2") {
    dnnl::set_max_cpu_isa(dnnl::cpu_isa::avx2);
  }
}

class OneDnn final : public DensePeer {
 public:
  explicit OneDnn(const DenseProblem& problem)
      : problem_(problem), engine_(dnnl::engine::kind::cpu, 0), stream_(engine_) {
    omp_set_num_threads(static_cast<int>(problem.threads));
    double best = 0;
    for (const auto make : {matmul, inner_product}) {
      Way way = make(problem, engine_, stream_);
      const double seconds = time(way);
      if (best == 0 || seconds < best) {
        best = seconds;
        way_ = std::move(way);
      }
    }
  }

  void run(unsigned iterations) override {
    for (unsigned i = 0; i < iterations; ++i) {
      way_.primitive.execute(stream_, way_.arguments);
    }
    stream_.wait();
  }
  std::string name() const override {
    return problem_.int8 ? "oneDNN s8s8s32 dense" : "oneDNN f32 dense";
  }

 private:
  double time(Way& way) {
    using Clock = std::chrono::steady_clock;
    double best = 1e9;
    for (int i = 0; i < 4; ++i) {
      const auto begin = Clock::now();
      way.primitive.execute(stream_, way.arguments);
      stream_.wait();
      best = std::min(best, std::chrono::duration<double>(Clock::now() - begin).count());
    }
    return best;
  }

  DenseProblem problem_;
  dnnl::engine engine_;
  dnnl::stream stream_;
  Way way_;
};

}  // namespace

bool dense_peer_built() { return true; }

std::unique_ptr<DensePeer> make_dense_peer(const DenseProblem& problem) {
  limit_instructions(problem.target);
  return std::make_unique<OneDnn>(problem);
}

std::unique_ptr<DensePeer> make_dense_conv_peer(const ConvShape& shape, bool int8,
                                                unsigned threads, const std::string& target) {
  limit_instructions(target);
  return std::make_unique<OneDnnConv>(shape, int8, threads);
}

}  // namespace s4::bench
