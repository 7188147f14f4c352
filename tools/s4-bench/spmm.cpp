// SPDX-License-Identifier: MIT
// s4-bench spmm: the bare engine's sparse matrix command, epilogue included, at every degree,
// against oneDNN's dense multiplication of the same shape with the same number of threads.
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

struct Shape {
  uint32_t rows;
  uint32_t k;
  uint32_t columns;
  double operations() const { return 2.0 * rows * k * columns; }
};
constexpr std::array<Shape, 2> kShapes{{{512, 2304, 784}, {4096, 1024, 384}}};
constexpr std::array<uint8_t, 6> kDegrees{1, 2, 4, 8, 16, 32};

// Bias and ReLU for BF16; bias, scale and ReLU to INT8 for INT8.
s4_dispatch make_dispatch(FlatMemory& memory, const Shape& shape, bool int8, uint8_t degree) {
  std::minstd_rand random(degree);
  s4_dispatch dispatch{};
  dispatch.sram_cores = 1;
  dispatch.command.header.opcode = S4_OP_SPMM;
  dispatch.command.header.flags = S4_SPMM_BIAS | (int8 ? S4_SPMM_SCALE : 0);
  s4_cmd_spmm& c = dispatch.command.spmm;
  const size_t size = int8 ? 1 : 2;
  c.rows = shape.rows;
  c.k = shape.k;
  c.columns = shape.columns;
  c.degree = degree;
  c.type = int8 ? S4_TYPE_INT8 : S4_TYPE_BF16;
  c.y_type = c.type;
  c.activation = S4_ACT_RELU;
  c.x_pitch = c.y_pitch = shape.columns * size;
  c.x = memory.take(c.x_pitch * shape.k);
  c.y = memory.take(c.y_pitch * shape.rows);
  put_values(memory.at(c.x), size_t{shape.k} * shape.columns, int8, random);
  put_weights(memory, c, shape.k, int8, random);
  return dispatch;
}

void run_shape(card::Engine& engine, const Shape& shape, bool int8, const Options& options,
               Report& report) {
  const size_t matrix = (size_t{shape.k} * shape.columns + size_t{shape.rows} * shape.columns) * 2;
  FlatMemory memory(6 * matrix + size_t{shape.rows} * shape.k * 8 + (size_t{1} << 20));
  std::vector<Contender> contenders;
  for (const uint8_t degree : kDegrees) {
    contenders.push_back(
        engine_contender(engine, memory, make_dispatch(memory, shape, int8, degree)));
  }
  const std::unique_ptr<DensePeer> peer = make_dense_peer(
      {.rows = shape.rows, .k = shape.k, .columns = shape.columns, .int8 = int8,
       .threads = engine.threads(), .target = options.target});
  if (peer) {
    contenders.push_back({.run = [&](unsigned iterations) { peer->run(iterations); }});
  }
  measure(contenders, options.runs);

  std::optional<Peer> dense;
  if (peer) {
    dense = {peer->name(), summarise(rates(contenders.back().seconds, shape.operations())).median};
  }
  for (size_t i = 0; i < kDegrees.size(); ++i) {
    report.add({.bench = "spmm",
                .name = fmt::format("{}/{}x{}x{}/{}", int8 ? "int8" : "bf16", shape.rows, shape.k,
                                    shape.columns, kDegrees[i]),
                .metric = "effective rate",
                .value = summarise(rates(contenders[i].seconds, shape.operations())),
                .unit = int8 ? "GOP/s" : "GFLOP/s",
                .peer = dense});
  }
}

std::optional<std::string> run_spmm(const Options& options, Report& report) {
  std::string problem;
  const std::unique_ptr<card::Engine> engine = bench_engine(options, &problem);
  if (!engine) {
    return problem;
  }
  if (!dense_peer_built()) {
    report.note("built without oneDNN: no peer (install libdnnl-dev and build again)");
  }
  for (const bool int8 : {false, true}) {
    for (const Shape& shape : kShapes) {
      run_shape(*engine, shape, int8, options, report);
    }
  }
  return std::nullopt;
}

}  // namespace

const Bench kSpmmBench{"spmm", "sparse matrix command of the bare engine against oneDNN, dense",
                       run_spmm};

}  // namespace s4::bench
