// SPDX-License-Identifier: MIT
// s4-bench conv: the bare engine's convolution at layers of ResNet-50, epilogue included, dense and at
// 16x, against oneDNN's dense convolution of the same shape with the same number of threads.
#include <fmt/core.h>

#include <array>

#include "bench.hpp"
#include "engine_contender.hpp"
#include "flat_memory.hpp"
#include "onednn_peer.hpp"
#include "s4/abi/s4_check.h"
#include "shapes.hpp"
#include "values.hpp"

namespace s4::bench {
namespace {

struct Layer {
  ConvShape shape;
  uint8_t degree;
};
// Kernel, stride, padding; channels in and out; pixels in and out along a side; images.
constexpr std::array<Layer, 10> kLayers{{
    {{7, 2, 3, 3, 64, 224, 112, 1}, 1},
    {{1, 1, 0, 256, 64, 56, 56, 1}, 16},
    {{1, 1, 0, 64, 256, 56, 56, 1}, 16},
    {{3, 1, 1, 64, 64, 56, 56, 1}, 16},
    {{3, 2, 1, 128, 128, 56, 28, 1}, 16},
    {{3, 1, 1, 256, 256, 14, 14, 1}, 16},
    {{3, 1, 1, 512, 512, 7, 7, 1}, 16},
    {{3, 1, 1, 64, 64, 56, 56, 8}, 16},
    {{3, 1, 1, 512, 512, 7, 7, 8}, 16},
    {{1, 1, 0, 2048, 512, 7, 7, 8}, 16},
}};

uint32_t padded_k(const ConvShape& s) { return (s.k() + S4_BANK - 1) / S4_BANK * S4_BANK; }

s4_dispatch make_dispatch(FlatMemory& memory, const Layer& layer, bool int8) {
  std::minstd_rand random(layer.degree);
  s4_dispatch dispatch{};
  dispatch.sram_cores = 1;
  dispatch.command = conv_command(layer.shape, int8, layer.degree);
  s4_cmd_conv& c = dispatch.command.conv;
  const s4_conv_window& w = c.window;
  c.matrix.x = memory.take(w.x_image_pitch * w.images);
  put_values(memory.at(c.matrix.x), w.x_image_pitch * w.images / (int8 ? 1 : 2), int8, random);
  c.matrix.y = memory.take(w.y_image_pitch * w.images);
  put_weights(memory, c.matrix, padded_k(layer.shape), int8, random);
  return dispatch;
}

void run_layer(card::Engine& engine, const Layer& layer, bool int8, const Options& options,
               Report& report) {
  const ConvShape& s = layer.shape;
  const size_t pixels = size_t{s.images} *
                        (s.in_side * s.in_side * s.in_channels + s.out_side * s.out_side * s.out_channels);
  FlatMemory memory(2 * pixels + size_t{s.out_channels} * padded_k(s) * 3 + (size_t{1} << 20));
  std::vector<Contender> contenders;
  contenders.push_back(engine_contender(engine, memory, make_dispatch(memory, layer, int8)));
  const std::unique_ptr<DensePeer> peer =
      make_dense_conv_peer(s, int8, engine.threads(), options.target);
  if (peer) {
    contenders.push_back({.run = [&](unsigned iterations) { peer->run(iterations); }});
  }
  measure(contenders, options.runs);
  const double operations = s.operations();
  std::optional<Peer> dense;
  if (peer) {
    dense = {peer->name(), summarise(rates(contenders[1].seconds, operations)).median};
  }
  report.add({.bench = "conv",
              .name = fmt::format("{}/{}x{}s{} {}->{} at {}x{} batch {}/{}", int8 ? "int8" : "bf16",
                                  s.kernel, s.kernel, s.stride, s.in_channels, s.out_channels,
                                  s.in_side, s.in_side, s.images, layer.degree),
              .metric = "effective rate",
              .value = summarise(rates(contenders[0].seconds, operations)),
              .unit = int8 ? "GOP/s" : "GFLOP/s",
              .peer = dense});
}

std::optional<std::string> run_conv(const Options& options, Report& report) {
  std::string problem;
  const std::unique_ptr<card::Engine> engine = bench_engine(options, &problem);
  if (!engine) {
    return problem;
  }
  if (!dense_peer_built()) {
    report.note("built without oneDNN: no peer (install libdnnl-dev and build again)");
  }
  for (const bool int8 : {false, true}) {
    for (const Layer& layer : kLayers) {
      run_layer(*engine, layer, int8, options, report);
    }
  }
  return std::nullopt;
}

}  // namespace

const Bench kConvBench{"conv", "convolution of the bare engine against oneDNN, dense", run_conv};

}  // namespace s4::bench
