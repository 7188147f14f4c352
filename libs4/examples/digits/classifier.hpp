// SPDX-License-Identifier: MIT
// A network on a card.
//
//   auto classifier = Classifier::create(device, net).value();
//   auto run = classifier.classify(inputs).value();   // inputs: to_input() of each digit, in a row
//   int digit = best_of(run.of(0));
//
// Weights stay in card memory. Activations pass from layer to layer in the on-chip memory of the
// cores, if those of a batch fit there, else in card memory. What goes in and out goes through two
// buffers in host memory, which the card copies by itself.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <s4/s4.hpp>

#include "net_file.hpp"

namespace s4::digits {

struct Run {
  uint32_t outputs = 0;                  // of the network
  std::vector<float> logits;             // [digits][outputs]
  std::chrono::nanoseconds card_time{};  // by the card's clock, of all batches
  std::chrono::nanoseconds host_time{};  // until the logits were here

  [[nodiscard]] std::span<const float> of(size_t digit) const {
    return std::span(logits).subspan(digit * outputs, outputs);
  }
  [[nodiscard]] size_t size() const { return logits.size() / outputs; }
};

class Classifier {
 public:
  struct Options {
    s4_core_mode core_mode = S4_CORE_MODE_ONE;
    uint32_t batch = 1000;  // digits that the card works on at a time, at least 1
  };

  // `device` must outlive the classifier.
  static Result<Classifier> create(const Device& device, const Network& net,
                                   const Options& options);
  static Result<Classifier> create(const Device& device, const Network& net) {
    return create(device, net, Options{});
  }

  // `inputs` is [digits][the network's inputs]. One thread at a time.
  Result<Run> classify(std::span<const int8_t> inputs);

  // Bytes of weights in card memory.
  [[nodiscard]] uint64_t weight_bytes() const;

 private:
  struct CardLayer {
    Weights weights;
    Buffer bias;
    Buffer scale;
    uint64_t y;  // place of [batch][rows] among the activations
    s4_type y_type;
    s4_activation activation;
  };

  Classifier(const Device& device, uint32_t inputs, const Options& options, Queue queue, Buffer in,
             Buffer out)
      : device_(&device),
        inputs_(inputs),
        batch_(options.batch),
        queue_(std::move(queue)),
        in_(std::move(in)),
        out_(std::move(out)) {}

  Result<void> add_layer(const Layer& layer);
  Result<void> place_activations(s4_core_mode mode);
  [[nodiscard]] Address activation(uint64_t place) const;
  Result<CommandList> record(uint32_t columns) const;
  Result<void> classify_batch(std::span<const int8_t> inputs, Run& run);

  const Device* device_;
  uint32_t inputs_;
  uint32_t outputs_ = 0;
  uint32_t batch_;
  Queue queue_;
  Buffer in_;   // [batch][inputs], host memory
  Buffer out_;  // [batch][outputs], host memory
  std::vector<CardLayer> layers_;
  uint64_t activation_bytes_ = 0;
  std::optional<Buffer> activations_;  // nothing: they are on-chip
  std::optional<CommandList> list_;    // for list_columns_ digits
  uint32_t list_columns_ = 0;
};

}  // namespace s4::digits
