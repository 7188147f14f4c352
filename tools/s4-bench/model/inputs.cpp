// SPDX-License-Identifier: MIT
#include "model/inputs.hpp"

#include <cstring>
#include <stdexcept>

#include "values.hpp"

namespace s4::bench {
namespace {

// Rows of the table that tensor `ids` looks up.
uint32_t entries_of(const Network& network, size_t ids) {
  for (const Layer& layer : network.layers) {
    if (layer.kind == Kind::kGather && static_cast<size_t>(layer.x) == ids) {
      return layer.entries;
    }
  }
  throw std::logic_error(network.tensors[ids].name + " looks up nothing");
}

void put_numbers(std::vector<std::byte>& to, uint32_t below, std::minstd_rand& random) {
  for (size_t at = 0; at < to.size(); at += sizeof(uint32_t)) {
    const auto number = static_cast<uint32_t>(random() % below);
    std::memcpy(to.data() + at, &number, sizeof number);
  }
}

}  // namespace

std::vector<Input> make_inputs(const Network& network) {
  std::vector<bool> made(network.tensors.size());
  for (const Layer& layer : network.layers) {
    made[static_cast<size_t>(layer.y)] = true;
  }
  std::vector<Input> inputs;
  std::minstd_rand random(1);
  for (size_t i = 0; i < network.tensors.size(); ++i) {
    const Tensor& tensor = network.tensors[i];
    if (made[i] || !tensor.outside) {
      continue;
    }
    Input& input = inputs.emplace_back(i, std::vector<std::byte>(tensor.bytes()));
    if (tensor.type == S4_TYPE_INT32) {
      put_numbers(input.data, entries_of(network, i), random);
      continue;
    }
    put_values(input.data.data(), tensor.elements(), tensor.type == S4_TYPE_INT8, random);
  }
  return inputs;
}

}  // namespace s4::bench
