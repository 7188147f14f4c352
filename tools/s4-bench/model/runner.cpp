// SPDX-License-Identifier: MIT
#include "model/runner.hpp"

#include <algorithm>
#include <chrono>

#include "model/inputs.hpp"
#include "s4/abi/s4_mmu.h"

namespace s4::bench {

Runner::Runner(const std::string& device, const Network& network, const WeightPlan& weights,
               const Placement& placement)
    : device_(Device::open(device).value()),
      queue_(Queue::create(device_, {.core_mode = S4_CORE_MODE_SPLIT}).value()),
      weights_(Buffer::create(device_, weights.bytes).value()),
      tensors_(Buffer::create(device_, placement.dram_bytes).value()) {
  for (size_t i = 0; i < weights.layers.size(); ++i) {
    const std::vector<std::byte> block = make_weights(weights, i);
    if (!block.empty()) {
      weights_.upload(weights.layers[i].begin, block.data(), block.size()).value();
    }
  }
  for (const Input& input : make_inputs(network)) {
    tensors_.upload(placement.spots[input.tensor].offset, input.data.data(), input.data.size())
        .value();
  }
}

Bases Runner::bases() const {
  return {.chip = S4_SRAM_VA, .dram = tensors_.address(), .weights = weights_.address()};
}

void Runner::load(const std::vector<BuiltCommand>& commands) {
  list_ = CommandList::create(device_).value();
  for (const BuiltCommand& one : commands) {
    list_->add(one.command, {}).value();
  }
}

Runner::Inference Runner::infer() {
  return run(*list_);
}

std::vector<std::byte> Runner::download(uint64_t offset, uint64_t bytes) const {
  std::vector<std::byte> data(bytes);
  tensors_.download(offset, data.data(), bytes).value();
  return data;
}

Runner::Inference Runner::run(const CommandList& list) {
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  const Job job = queue_.submit(list).value();
  job.wait().value();
  const std::chrono::duration<double> seconds = Clock::now() - begin;
  return {seconds.count(), job.report().value().card_cycles};
}

std::vector<double> Runner::layer_seconds(const std::vector<BuiltCommand>& commands,
                                          size_t layers) {
  const Buffer stamps =
      Buffer::create(device_, (commands.size() + 1) * sizeof(s4_timestamp)).value();
  CommandList list = CommandList::create(device_).value();
  list.timestamp(stamps).value();
  for (size_t i = 0; i < commands.size(); ++i) {
    list.add(commands[i].command, {}).value();
    list.timestamp(Address(stamps, (i + 1) * sizeof(s4_timestamp))).value();
  }
  run(list);
  std::vector<s4_timestamp> times(commands.size() + 1);
  stamps.download(0, times.data(), times.size() * sizeof times[0]).value();
  std::vector<double> seconds(layers);
  for (size_t i = 0; i < commands.size(); ++i) {
    seconds[commands[i].layer] +=
        static_cast<double>(times[i + 1].time_ns - times[i].time_ns) * 1e-9;
  }
  return seconds;
}

}  // namespace s4::bench
