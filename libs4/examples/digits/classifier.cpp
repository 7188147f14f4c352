// SPDX-License-Identifier: MIT
#include "classifier.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "s4/abi/s4_mmu.h"

namespace s4::digits {
namespace {

// A vector in card memory.
template <typename T>
Result<Buffer> upload(const Device& device, const std::vector<T>& values) {
  auto buffer = Buffer::create(device, values.size() * sizeof(T));
  if (buffer) {
    if (auto done = buffer->upload(0, values.data(), values.size() * sizeof(T)); !done)
      return std::move(done).error();
  }
  return buffer;
}

// So that activations of any type may follow one another.
constexpr uint64_t aligned(uint64_t bytes) {
  return (bytes + 63) / 64 * 64;
}

}  // namespace

Result<Classifier> Classifier::create(const Device& device, const Network& net,
                                      const Options& options) {
  const uint64_t out_bytes = uint64_t{options.batch} * net.layers.back().rows * sizeof(float);
  auto queue = Queue::create(device, {.core_mode = options.core_mode});
  if (!queue)
    return std::move(queue).error();
  auto in = Buffer::create(device, uint64_t{options.batch} * net.inputs, Placement::kHost);
  if (!in)
    return std::move(in).error();
  auto out = Buffer::create(device, out_bytes, Placement::kHost);
  if (!out)
    return std::move(out).error();
  Classifier classifier(device, net.inputs, options, *std::move(queue), *std::move(in),
                        *std::move(out));
  classifier.activation_bytes_ = aligned(uint64_t{options.batch} * net.inputs);
  for (const Layer& layer : net.layers) {
    if (auto added = classifier.add_layer(layer); !added)
      return std::move(added).error();
  }
  if (auto placed = classifier.place_activations(options.core_mode); !placed)
    return std::move(placed).error();
  return classifier;
}

Result<void> Classifier::add_layer(const Layer& layer) {
  auto weights = Weights::upload(*device_, layer.blob);
  if (!weights)
    return std::move(weights).error();
  auto bias = upload(*device_, layer.bias);
  if (!bias)
    return std::move(bias).error();
  auto scale = upload(*device_, layer.scale);
  if (!scale)
    return std::move(scale).error();
  layers_.push_back({*std::move(weights), *std::move(bias), *std::move(scale), activation_bytes_,
                     layer.float_output ? S4_TYPE_FLOAT32 : S4_TYPE_INT8,
                     layer.relu ? S4_ACT_RELU : S4_ACT_NONE});
  const size_t element = layer.float_output ? sizeof(float) : sizeof(int8_t);
  activation_bytes_ += aligned(uint64_t{batch_} * layer.rows * element);
  outputs_ = layer.rows;
  return {};
}

Result<void> Classifier::place_activations(s4_core_mode mode) {
  auto info = device_->info();
  if (!info)
    return std::move(info).error();
  // A job sees the on-chip memory of all the cores that it runs on as one.
  const uint64_t cores = mode == S4_CORE_MODE_ONE ? 1 : info->num_cores;
  if (activation_bytes_ <= cores * info->sram_bytes)
    return {};
  auto buffer = Buffer::create(*device_, activation_bytes_);
  if (!buffer)
    return std::move(buffer).error();
  activations_ = *std::move(buffer);
  return {};
}

Address Classifier::activation(uint64_t place) const {
  return activations_ ? Address(*activations_, place) : Address::absolute(S4_SRAM_VA + place);
}

// In, layer after layer, out. The list itself finds that each command needs the one before.
Result<CommandList> Classifier::record(uint32_t columns) const {
  auto list = CommandList::create(*device_);
  if (!list)
    return list;
  uint64_t x = 0;
  auto added = list->copy(in_, activation(x), uint64_t{columns} * inputs_);
  for (const CardLayer& layer : layers_) {
    if (!added)
      break;
    // A digit is a column, and its elements lie one after another.
    added = list->spmm({.weights = &layer.weights,
                        .x = activation(x),
                        .y = activation(layer.y),
                        .bias = layer.bias,
                        .scale = layer.scale,
                        .columns = columns,
                        .y_type = layer.y_type,
                        .activation = layer.activation,
                        .x_layout = S4_LAYOUT_COLUMNS,
                        .y_layout = S4_LAYOUT_COLUMNS});
    x = layer.y;
  }
  if (added)
    added = list->copy(activation(x), out_, uint64_t{columns} * outputs_ * sizeof(float));
  if (!added)
    return std::move(added).error();
  return list;
}

Result<void> Classifier::classify_batch(std::span<const int8_t> inputs, Run& run) {
  const auto columns = static_cast<uint32_t>(inputs.size() / inputs_);
  if (columns != list_columns_) {
    auto list = record(columns);
    if (!list)
      return std::move(list).error();
    list_ = *std::move(list);
    list_columns_ = columns;
  }
  auto in = in_.map();
  if (!in)
    return std::move(in).error();
  auto out = out_.map();
  if (!out)
    return std::move(out).error();

  const auto begin = std::chrono::steady_clock::now();
  std::memcpy(in->data(), inputs.data(), inputs.size());
  auto job = queue_.submit(*list_);
  if (!job)
    return std::move(job).error();
  if (auto ended = job->wait(); !ended)
    return ended;
  auto report = job->report();
  if (!report)
    return std::move(report).error();
  const size_t old = run.logits.size();
  run.logits.resize(old + size_t{columns} * outputs_);
  std::memcpy(run.logits.data() + old, out->data(), size_t{columns} * outputs_ * sizeof(float));
  run.host_time += std::chrono::steady_clock::now() - begin;
  run.card_time += report->card_time;
  return {};
}

Result<Run> Classifier::classify(std::span<const int8_t> inputs) {
  Run run;
  run.outputs = outputs_;
  while (!inputs.empty()) {
    const auto part = inputs.first(std::min(inputs.size(), size_t{batch_} * inputs_));
    if (auto done = classify_batch(part, run); !done)
      return std::move(done).error();
    inputs = inputs.subspan(part.size());
  }
  return run;
}

uint64_t Classifier::weight_bytes() const {
  return std::accumulate(
      layers_.begin(), layers_.end(), uint64_t{0},
      [](uint64_t sum, const CardLayer& layer) { return sum + layer.weights.info().bytes; });
}

}  // namespace s4::digits
