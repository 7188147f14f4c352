// SPDX-License-Identifier: MIT
// Runs the commands of a network on a card: one list an inference, a queue in mode SPLIT.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <s4/s4.hpp>

#include "model/build.hpp"

namespace s4::bench {

// Throws what libs4 says when the card does not do it.
class Runner {
 public:
  // Opens `device` ("sim:..." or a card) and fills its memory with weights and inputs.
  Runner(const std::string& device, const Network& network, const WeightPlan& weights,
         const Placement& placement);

  Bases bases() const;
  // What infer() runs from now on.
  void load(const std::vector<BuiltCommand>& commands);

  struct Inference {
    double seconds;        // of the host, from submit to end
    uint64_t card_cycles;  // by the card's own account
  };
  Inference infer();
  // A part of the tensors in DRAM.
  std::vector<std::byte> download(uint64_t offset, uint64_t bytes) const;

  // Of the host, one a layer of the network: an inference with a timestamp behind each layer.
  std::vector<double> layer_seconds(const std::vector<BuiltCommand>& commands, size_t layers);

 private:
  Inference run(const CommandList& list);

  Device device_;
  Queue queue_;
  Buffer weights_;
  Buffer tensors_;
  std::optional<CommandList> list_;
};

}  // namespace s4::bench
