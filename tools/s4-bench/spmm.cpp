// SPDX-License-Identifier: MIT
// s4-bench spmm: the bare engine's sparse matrix command, epilogue included, at every degree,
// against oneDNN's dense multiplication of the same shape with the same number of threads.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <future>
#include <numeric>
#include <random>
#include <thread>

#include "bench.hpp"
#include "engine/options.hpp"
#include "flat_memory.hpp"
#include "measure.hpp"
#include "onednn_peer.hpp"
#include "s4/abi/s4_check.h"

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

// Valid random weights and activations: values around one in size, or any int8.
void put_values(std::byte* to, size_t count, bool int8, std::minstd_rand& random) {
  for (size_t i = 0; i < count; ++i) {
    if (int8) {
      to[i] = static_cast<std::byte>(random() >> 8);
    } else {
      const auto bits = static_cast<uint16_t>((random() & 0x807fu) | 0x3f00u);
      std::memcpy(to + 2 * i, &bits, 2);
    }
  }
}

void put_indices(std::byte* to, size_t banks, size_t per_bank, std::minstd_rand& random) {
  std::array<uint8_t, S4_BANK> bank;
  for (size_t b = 0; b < banks; ++b) {
    std::iota(bank.begin(), bank.end(), uint8_t{0});
    std::shuffle(bank.begin(), bank.end(), random);
    std::sort(bank.begin(), bank.begin() + static_cast<ptrdiff_t>(per_bank));
    std::memcpy(to + b * per_bank, bank.data(), per_bank);
  }
}

// Bias and ReLU for BF16; bias, scale and ReLU to INT8 for INT8.
s4_dispatch make_dispatch(FlatMemory& memory, const Shape& shape, bool int8, uint8_t degree) {
  std::minstd_rand random(degree);
  s4_dispatch dispatch{};
  dispatch.sram_cores = 1;
  dispatch.command.header.opcode = S4_OP_SPMM;
  dispatch.command.header.flags = S4_SPMM_BIAS | (int8 ? S4_SPMM_SCALE : 0);
  s4_cmd_spmm& c = dispatch.command.spmm;
  const size_t size = int8 ? 1 : 2;
  const size_t entries = size_t{shape.rows} * shape.k / degree;
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
  c.values = memory.take(entries * size);
  put_values(memory.at(c.x), size_t{shape.k} * shape.columns, int8, random);
  put_values(memory.at(c.values), entries, int8, random);
  if (degree > 1) {
    c.indices = memory.take(entries);
    put_indices(memory.at(c.indices), size_t{shape.rows} * shape.k / S4_BANK, S4_BANK / degree,
                random);
  }
  c.bias = memory.take(shape.rows * 4);
  if (int8) {
    c.scale = memory.take(shape.rows * 4);
    const std::vector<float> scale(shape.rows, 1.0f / 4096);
    std::memcpy(memory.at(c.scale), scale.data(), scale.size() * 4);
  }
  return dispatch;
}

Contender engine_contender(card::Engine& engine, FlatMemory& memory, const s4_dispatch& dispatch) {
  return {.run = [&engine, &memory, dispatch](unsigned iterations) {
    std::promise<card::Fault> done;
    engine.spawn([&] {
      card::Fault fault;
      for (unsigned i = 0; i < iterations && !fault; ++i) {
        fault = engine.run(dispatch, memory);
      }
      done.set_value(fault);
    });
    if (const card::Fault fault = done.get_future().get()) {
      throw std::runtime_error(fmt::format("the command failed with status {}",
                                           static_cast<int>(fault.status)));
    }
  }};
}

std::vector<double> rates(const std::vector<double>& seconds, double operations) {
  std::vector<double> result;
  for (const double s : seconds) {
    result.push_back(operations / s / 1e9);
  }
  return result;
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
  int64_t targets = ~int64_t{0};
  if (!options.target.empty()) {
    targets = 0;
    for (const card::EngineTarget& target : card::engine_targets()) {
      targets |= target.name == options.target ? target.bit : 0;
    }
  }
  const std::unique_ptr<card::Engine> engine =
      card::create_engine({.threads = options.threads, .targets = targets});
  if (!engine) {
    std::string known;
    for (const card::EngineTarget& target : card::engine_targets()) {
      known += " " + target.name;
    }
    return options.target.empty()
               ? "this processor has no fused multiply-add, which the engine needs (x86: AVX2)"
               : fmt::format("no target {} here; there are:{}", options.target, known);
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
