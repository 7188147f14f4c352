// SPDX-License-Identifier: MIT
// oneDNN's dense matrix multiplication and convolution of float32 or int8, with the epilogue as its post-operations.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "shapes.hpp"

namespace s4::bench {

struct DenseProblem {
  uint32_t rows;  // output channels
  uint32_t k;
  uint32_t columns;
  bool int8;  // s8 x s8 to s8 with bias, scale a channel and ReLU; else f32 with bias and ReLU
  unsigned threads;
  std::string target;  // as Options::target: its instruction set is the peer's limit too
};

class DensePeer {
 public:
  virtual ~DensePeer() = default;
  virtual void run(unsigned iterations) = 0;
  virtual std::string name() const = 0;
};

bool dense_peer_built();
// The fastest of the ways that oneDNN offers; nullptr without oneDNN.
std::unique_ptr<DensePeer> make_dense_peer(const DenseProblem& problem);
// Its direct convolution, activations as it likes them best (as between the layers of a network).
std::unique_ptr<DensePeer> make_dense_conv_peer(const ConvShape& shape, bool int8,
                                                unsigned threads, const std::string& target);

}  // namespace s4::bench
