// SPDX-License-Identifier: MIT
#include "model/network.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <stdexcept>
#include <string_view>

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
  switch (layer.kind) {
    case Kind::kConv:
    case Kind::kMatrix:
      return y(layer).elements() * k(layer);
    case Kind::kScores:
      return y(layer).elements() * layer.width;
    case Kind::kContext:
      return x(layer).elements() * layer.width;
    default:
      return 0;
  }
}

std::vector<std::vector<size_t>> Network::layers_by_name() const {
  std::map<std::string_view, size_t> places;
  std::vector<std::vector<size_t>> groups;
  for (size_t i = 0; i < layers.size(); ++i) {
    const auto [place, is_new] = places.emplace(layers[i].name, groups.size());
    if (is_new) {
      groups.emplace_back();
    }
    groups[place->second].push_back(i);
  }
  return groups;
}

uint64_t Network::macs() const {
  return std::accumulate(layers.begin(), layers.end(), uint64_t{0},
                         [&](uint64_t sum, const Layer& layer) { return sum + macs(layer); }) /
         batch;
}

uint64_t Network::weights() const {
  uint64_t sum = 0;
  for (const Layer& layer : layers) {
    sum += layer.has_weights() ? uint64_t{y(layer).channels} * k(layer) : 0;
  }
  return sum;
}

Network make_network(const std::string& name, s4_type precision, uint32_t batch,
                     uint32_t sequence) {
  for (const unsigned depth : {50u, 101u, 152u}) {
    if (name == fmt::format("resnet{}", depth)) {
      return make_resnet(depth, precision, batch);
    }
  }
  if (name == "bert-base" || name == "bert-large") {
    return make_bert(name == "bert-large", precision, batch, sequence);
  }
  throw std::invalid_argument(fmt::format(
      "no network {}; there are resnet50, resnet101, resnet152, bert-base and bert-large", name));
}

}  // namespace s4::bench
