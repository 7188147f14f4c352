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

uint32_t padded_k(const ConvShape& s) {
  return (s.kernel * s.kernel * s.in_channels + S4_BANK - 1) / S4_BANK * S4_BANK;
}

// Bias and ReLU for BF16; bias, scale and ReLU to INT8 for INT8.
s4_dispatch make_dispatch(FlatMemory& memory, const Layer& layer, bool int8) {
  const ConvShape& s = layer.shape;
  std::minstd_rand random(layer.degree);
  s4_dispatch dispatch{};
  dispatch.sram_cores = 1;
  dispatch.command.header.opcode = S4_OP_CONV;
  dispatch.command.header.flags = S4_SPMM_BIAS | (int8 ? S4_SPMM_SCALE : 0);
  s4_cmd_conv& c = dispatch.command.conv;
  const size_t size = int8 ? 1 : 2;
  c.matrix.rows = s.out_channels;
  c.matrix.k = s.kernel * s.kernel * s.in_channels;
  c.matrix.columns = s.images * s.out_side * s.out_side;
  c.matrix.degree = layer.degree;
  c.matrix.type = c.matrix.y_type = int8 ? S4_TYPE_INT8 : S4_TYPE_BF16;
  c.matrix.activation = S4_ACT_RELU;
  c.matrix.x_layout = c.matrix.y_layout = S4_LAYOUT_COLUMNS;
  c.channels = s.in_channels;
  c.groups = 1;
  s4_conv_window& w = c.window;
  w.images = s.images;
  w.in_height = w.in_width = s.in_side;
  w.out_height = w.out_width = s.out_side;
  w.pad_top = w.pad_left = static_cast<uint16_t>(s.padding);
  w.kernel_height = w.kernel_width = static_cast<uint8_t>(s.kernel);
  w.stride_y = w.stride_x = static_cast<uint8_t>(s.stride);
  w.dilation_y = w.dilation_x = 1;
  c.matrix.x_pitch = s.in_channels * size;
  w.x_row_pitch = c.matrix.x_pitch * s.in_side;
  w.x_image_pitch = w.x_row_pitch * s.in_side;
  c.matrix.y_pitch = s.out_channels * size;
  w.y_row_pitch = c.matrix.y_pitch * s.out_side;
  w.y_image_pitch = w.y_row_pitch * s.out_side;
  c.matrix.x = memory.take(w.x_image_pitch * s.images);
  put_values(memory.at(c.matrix.x), w.x_image_pitch * s.images / size, int8, random);
  c.matrix.y = memory.take(w.y_image_pitch * s.images);
  put_weights(memory, c.matrix, padded_k(s), int8, random);
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
  const double operations = 2.0 * s.images * s.out_side * s.out_side * s.out_channels * s.kernel *
                            s.kernel * s.in_channels;
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
