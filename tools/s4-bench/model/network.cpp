// SPDX-License-Identifier: MIT
#include "model/network.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <numeric>
#include <stdexcept>

#include "s4/abi/s4_check.h"

namespace s4::bench {

uint64_t Tensor::bytes() const {
  return elements() * s4_type_bytes(type);
}

uint32_t degree_of(Pruning pruning, uint32_t degree) {
  switch (pruning) {
    case Pruning::kFull:
      return degree;
    case Pruning::kLow:
      return std::min(degree, kLowDegree);
    case Pruning::kDense:
      break;
  }
  return 1;
}

uint64_t Network::macs(const Layer& layer) const {
  return layer.has_weights() ? y(layer).elements() / batch * k(layer) : 0;
}

uint64_t Network::macs() const {
  return std::accumulate(layers.begin(), layers.end(), uint64_t{0},
                         [&](uint64_t sum, const Layer& layer) { return sum + macs(layer); });
}

uint64_t Network::weights() const {
  uint64_t sum = 0;
  for (const Layer& layer : layers) {
    sum += layer.has_weights() ? uint64_t{y(layer).channels} * k(layer) : 0;
  }
  return sum;
}

Network make_network(const std::string& name, s4_type precision, uint32_t batch, uint32_t) {
  for (const unsigned depth : {50u, 101u, 152u}) {
    if (name == fmt::format("resnet{}", depth)) {
      return make_resnet(depth, precision, batch);
    }
  }
  throw std::invalid_argument(
      fmt::format("no network {}; there are resnet50, resnet101 and resnet152", name));
}

}  // namespace s4::bench
