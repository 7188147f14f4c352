// SPDX-License-Identifier: MIT
#include "model/inputs.hpp"

#include "values.hpp"

namespace s4::bench {

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
    put_values(input.data.data(), tensor.elements(), tensor.type == S4_TYPE_INT8, random);
  }
  return inputs;
}

}  // namespace s4::bench
