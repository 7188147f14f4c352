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
#include "shapes.hpp"
#include "values.hpp"

namespace s4::bench {
namespace {

constexpr std::array<MatrixShape, 3> kShapes{{{512, 2304, 784}, {1024, 1024, 384}, {4096, 1024, 384}}};
constexpr std::array<uint8_t, 6> kDegrees{1, 2, 4, 8, 16, 32};

s4_dispatch make_dispatch(FlatMemory& memory, const MatrixShape& shape, bool int8, uint8_t degree) {
  std::minstd_rand random(degree);
  s4_dispatch dispatch{};
  dispatch.sram_cores = 1;
  dispatch.command = spmm_command(shape, int8, degree);
  s4_cmd_spmm& c = dispatch.command.spmm;
  c.x = memory.take(c.x_pitch * shape.k);
  c.y = memory.take(c.y_pitch * shape.rows);
  put_values(memory.at(c.x), size_t{shape.k} * shape.columns, int8, random);
  put_weights(memory, c, shape.k, int8, random);
  return dispatch;
}

std::string case_name(const MatrixShape& shape, bool int8, uint8_t degree) {
  return fmt::format("{}/{}x{}x{}/{}", int8 ? "int8" : "bf16", shape.rows, shape.k, shape.columns,
                     degree);
}

void run_shape(card::Engine& engine, const MatrixShape& shape, bool int8, const Options& options,
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
                .name = case_name(shape, int8, kDegrees[i]),
                .metric = "effective rate",
                .value = summarise(rates(contenders[i].seconds, shape.operations())),
                .unit = int8 ? "GOP/s" : "GFLOP/s",
                .peer = dense});
  }
  // The same time over what is really multiplied: falls where a degree costs more than it saves.
  for (size_t i = 0; i < kDegrees.size(); ++i) {
    report.add({.bench = "spmm",
                .name = case_name(shape, int8, kDegrees[i]),
                .metric = "rate on nonzeros",
                .value = summarise(
                    rates(contenders[i].seconds, shape.operations() / kDegrees[i])),
                .unit = int8 ? "GOP/s" : "GFLOP/s"});
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
    for (const MatrixShape& shape : kShapes) {
      run_shape(*engine, shape, int8, options, report);
    }
  }
  return std::nullopt;
}

}  // namespace

const Bench kSpmmBench{"spmm", "sparse matrix command of the bare engine against oneDNN, dense",
                       run_spmm};

}  // namespace s4::bench
