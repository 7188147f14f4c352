// SPDX-License-Identifier: MIT
#include "commands.hpp"

#include <algorithm>
#include <cstring>
#include <iostream>
#include <memory>

#include "conv_case.hpp"
#include "dwconv_case.hpp"
#include "eltwise_case.hpp"
#include "engine/engine.hpp"
#include "matmul_case.hpp"
#include "memory_case.hpp"
#include "move_case.hpp"
#include "norm_case.hpp"
#include "pool_case.hpp"
#include "reduce_case.hpp"
#include "resize_case.hpp"
#include "rope_case.hpp"
#include "s4/abi/s4_check.h"
#include "softmax_case.hpp"
#include "spmm_case.hpp"
#include "topk_case.hpp"

namespace s4::test {
namespace {

constexpr int kEach = 24;
// Array, VPU or memory cycles; some milliseconds of the instrumented emulator.
constexpr uint64_t kQuickCycles = 4000;

s4_cmd bare(uint16_t opcode) {
  s4_cmd command{};
  command.header.opcode = opcode;
  return command;
}

s4_cmd timestamp() {
  s4_cmd command = bare(S4_OP_TIMESTAMP);
  command.timestamp.dst = kWindowVa + 64;
  return command;
}

bool in_window(const s4_cmd& command) {
  s4_operands operands;
  s4_cmd_operands(&command, &operands);
  return std::all_of(operands.list, operands.list + operands.count, [](const s4_operand& one) {
    return one.range.begin >= kWindowVa &&
           one.range.begin + one.range.bytes <= kWindowVa + kWindowBytes;
  });
}

}  // namespace

void fill_window(std::span<uint8_t> window) {
  for (size_t i = 0; i < window.size(); ++i) {
    window[i] = static_cast<uint8_t>(i % 64);
  }
}

const std::vector<s4_cmd>& valid_commands() {
  static const std::vector<s4_cmd> commands = [] {
    Random random;
    std::cerr << "valid commands by " << random.text() << "\n";
    std::vector<s4_cmd> result{bare(S4_OP_BARRIER), timestamp()};
    Case (*const draw[])(Random&) = {
        [](Random& r) { return random_copy(r); },
        [](Random& r) { return random_fill(r); },
        [](Random& r) {
          return random_spmm(r, {.rows = 40, .k = 200, .columns = 70, .scattered = false});
        },
        [](Random& r) {
          return random_conv(r, {.rows = 20, .channels = 20, .extent = 8, .scattered = false});
        },
        [](Random& r) {
          return random_dwconv(r, {.channels = 20, .extent = 8, .scattered = false});
        },
        [](Random& r) {
          return random_matmul(r, {.matrices = 2, .m = 30, .k = 100, .n = 40, .scattered = false});
        },
        [](Random& r) { return random_eltwise(r); },
        [](Random& r) { return random_unary(r); },
        [](Random& r) { return random_pool(r); },
        [](Random& r) { return random_resize(r); },
        [](Random& r) { return random_reduce(r); },
        [](Random& r) { return random_norm(r); },
        [](Random& r) { return random_softmax(r); },
        [](Random& r) { return random_move(r); },
        [](Random& r) { return random_gather(r); },
        [](Random& r) { return random_topk(r); },
        [](Random& r) { return random_rope(r); },
    };
    for (const auto& one : draw) {
      for (int i = 0; i < kEach; ++i) {
        const Case c = one(random);
        if (in_window(c.command) && is_quick(c.command)) {
          result.push_back(c.command);
        }
      }
    }
    uint32_t seen = 0;
    for (const s4_cmd& command : result) {
      seen |= 1u << command.header.opcode;
    }
    if (seen != S4_KNOWN_OPCODES) {
      std::cerr << "no valid command of some opcode: bits " << std::hex << (S4_KNOWN_OPCODES & ~seen)
                << "\n";
      std::abort();
    }
    return result;
  }();
  return commands;
}

std::vector<s4_cmd> commands_of(const uint8_t* data, size_t size) {
  std::vector<s4_cmd> result(std::min(size / sizeof(s4_cmd), kMaxCommands));
  if (!result.empty()) {
    std::memcpy(result.data(), data, result.size() * sizeof(s4_cmd));
  }
  return result;
}

bool is_quick(const s4_cmd& command) {
  static const std::unique_ptr<card::Engine> engine = card::Engine::create(1, {});
  s4_dispatch dispatch{};
  dispatch.sram_cores = 1;
  dispatch.command = command;
  const card::timing::Cost cost = engine->cost(dispatch);
  return cost.total() - cost.fixed <= kQuickCycles;
}

}  // namespace s4::test
