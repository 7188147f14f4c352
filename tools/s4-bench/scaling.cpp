// SPDX-License-Identifier: MIT
// s4-bench scaling: how many times faster than dense the modelled card is at each degree, at layers
// of ResNet-50 and BERT-large of batch 32, split over its four cores, with operands on chip and in
// DRAM.
#include <fmt/core.h>

#include <array>
#include <utility>
#include <variant>

#include "bench.hpp"
#include "model/cost.hpp"
#include "s4/abi/s4_check.h"
#include "shapes.hpp"

namespace s4::bench {
namespace {

struct Layer {
  const char* name;
  std::variant<ConvShape, MatrixShape> shape;
};
// The 1x1 and 3x3 convolutions of ResNet-50's middle stages, and BERT-large's feed-forward layers
// at sequence 384; 32 images or sequences each.
constexpr std::array<Layer, 8> kLayers{{
    {"conv3 1x1 512->128 at 28x28", ConvShape{1, 1, 0, 512, 128, 28, 28, 32}},
    {"conv3 3x3 128->128 at 28x28", ConvShape{3, 1, 1, 128, 128, 28, 28, 32}},
    {"conv3 1x1 128->512 at 28x28", ConvShape{1, 1, 0, 128, 512, 28, 28, 32}},
    {"conv4 1x1 1024->256 at 14x14", ConvShape{1, 1, 0, 1024, 256, 14, 14, 32}},
    {"conv4 3x3 256->256 at 14x14", ConvShape{3, 1, 1, 256, 256, 14, 14, 32}},
    {"conv4 1x1 256->1024 at 14x14", ConvShape{1, 1, 0, 256, 1024, 14, 14, 32}},
    {"feed-forward 1024->4096", MatrixShape{4096, 1024, 384 * 32}},
    {"feed-forward 4096->1024", MatrixShape{1024, 4096, 384 * 32}},
}};
constexpr std::array<uint8_t, 5> kDegrees{2, 4, 8, 16, 32};

s4_cmd command_of(const Layer& layer, bool int8, uint8_t degree) {
  if (const auto* conv = std::get_if<ConvShape>(&layer.shape)) {
    return conv_command(*conv, int8, degree);
  }
  return spmm_command(std::get<MatrixShape>(layer.shape), int8, degree);
}

// Addresses that decide what is traffic; nothing is run.
void place(s4_cmd& command, bool on_chip) {
  s4_cmd_spmm& c = command.spmm;
  uint64_t next = on_chip ? S4_SRAM_VA : uint64_t{1} << 32;
  const auto take = [&] { return std::exchange(next, next + (uint64_t{1} << 30)); };
  c.x = take();
  c.y = take();
  c.values = take();
  c.bias = take();
  c.indices = c.degree > 1 ? take() : 0;
  c.scale = (command.header.flags & S4_SPMM_SCALE) != 0 ? take() : 0;
}

std::optional<std::string> run_scaling(const Options&, Report& report) {
  for (const bool int8 : {true, false}) {
    for (const Layer& layer : kLayers) {
      for (const bool on_chip : {true, false}) {
        const auto cycles = [&](uint8_t degree) {
          s4_cmd command = command_of(layer, int8, degree);
          place(command, on_chip);
          return command_cost(command);
        };
        const LayerCost dense = cycles(1);
        for (const uint8_t degree : kDegrees) {
          const LayerCost cost = cycles(degree);
          report.add({.bench = "scaling",
                      .name = fmt::format("{}/{}/{}/{}", int8 ? "int8" : "bf16", layer.name,
                                          on_chip ? "on chip" : "in DRAM", degree),
                      .metric = fmt::format("speed-up, bound by {}", cost.bound()),
                      .value = {.median = static_cast<double>(dense.cycles) /
                                          static_cast<double>(cost.cycles),
                                .runs = 1},
                      .unit = "x",
                      .clock = "card",
                      .peer = Peer{"degree", static_cast<double>(degree)}});
        }
      }
    }
  }
  return std::nullopt;
}

}  // namespace

const Bench kScalingBench{"scaling", "card time of sparse layers against dense ones, by the model",
                          run_scaling};

}  // namespace s4::bench
