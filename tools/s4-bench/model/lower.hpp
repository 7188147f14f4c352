// SPDX-License-Identifier: MIT
// What build() is made of: a function a kind of layer appends that layer's commands.
#pragma once

#include <bit>
#include <utility>

#include "model/build.hpp"

namespace s4::bench {

class Lowering {
 public:
  Lowering(const Network& network, const Placement& placement, const WeightPlan& weights,
           const Bases& bases)
      : network_(network), placement_(placement), weights_(weights), bases_(bases) {}

  void begin(size_t layer) { layer_ = layer; }
  const Layer& layer() const { return network_.layers[layer_]; }
  const Tensor& x() const { return network_.x(layer()); }
  const Tensor& y() const { return network_.y(layer()); }
  const Tensor& tensor(int number) const {
    return network_.tensors[static_cast<size_t>(number)];
  }
  const LayerWeights& weights() const { return weights_.layers[layer_]; }
  uint64_t address(int tensor) const {
    const Spot& spot = placement_.spots[static_cast<size_t>(tensor)];
    return (spot.on_chip ? bases_.chip : bases_.dram) + spot.offset;
  }
  uint64_t weight_address(uint64_t offset) const { return bases_.weights + offset; }

  // The reference is good until the next one.
  s4_cmd& add(s4_opcode opcode) {
    built_.push_back({{}, layer_});
    built_.back().command.header.opcode = static_cast<uint16_t>(opcode);
    return built_.back().command;
  }
  std::vector<BuiltCommand> take() { return std::move(built_); }

 private:
  const Network& network_;
  const Placement& placement_;
  const WeightPlan& weights_;
  const Bases& bases_;
  size_t layer_ = 0;
  std::vector<BuiltCommand> built_;
};

// A float32 as descriptors hold it.
inline uint32_t float_bits(float v) {
  return std::bit_cast<uint32_t>(v);
}

void lower_matrix(Lowering& to);  // kConv, kMatrix
void lower_max_pool(Lowering& to);
void lower_mean(Lowering& to);
void lower_gather(Lowering& to);
void lower_add(Lowering& to);
void lower_norm(Lowering& to);
void lower_scores(Lowering& to);
void lower_softmax(Lowering& to);
void lower_context(Lowering& to);

}  // namespace s4::bench
