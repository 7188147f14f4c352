// SPDX-License-Identifier: MIT
// Random command lists with random dependencies, ended in random order: what the firmware must
// never do, and a card time that does not depend on when the host was done.
#include <algorithm>
#include <cstdlib>
#include <random>

#include "driver.hpp"
#include "s4/abi/s4_check.h"

namespace s4::fwtest {
namespace {

constexpr uint64_t kTag = 0x10'0000'0000;  // command i writes at kTag + i * kTagStep
constexpr uint64_t kTagStep = 0x100'0000;

struct Node {
  s4_cmd command;
  bool host_side = false;  // by a unit
  uint64_t cycles[S4_NUM_CORES] = {};
};

__u64& destination(s4_cmd& command) {
  switch (command.header.opcode) {
    case S4_OP_FILL:
      return command.fill.dst;
    case S4_OP_COPY:
      return command.copy.dst;
    case S4_OP_SPMM:
      return command.spmm.y;
    default:
      return command.eltwise.y;
  }
}

std::vector<Node> random_list(std::mt19937& random) {
  std::vector<Node> list(1 + random() % 120);
  for (size_t i = 0; i < list.size(); i++) {
    Node& node = list[i];
    uint32_t wait = 0;
    switch (random() % 4) {
      case 0:
        wait = 1;
        break;
      case 1:
        wait = 1u << random() % 32;
        break;
      case 2:
        wait = static_cast<uint32_t>(random()) & static_cast<uint32_t>(random());
        break;
      default:
        break;
    }
    switch (random() % 10) {
      case 0:
        node.command = barrier_command();
        break;
      case 1:
        node.command = timestamp_command(kRecord);
        break;
      case 2:
      case 3:
        node.command = copy_command();
        break;
      case 4:
      case 5:
        node.command = fill_command();
        break;
      case 6:
      case 7:
        node.command = spmm_command(0, 16 * (1 + random() % 8), 64 * (1 + random() % 8));
        break;
      default:
        node.command = eltwise_command(0, 1 + random() % 8);
    }
    node.command.header.wait = wait;
    node.host_side = node.command.header.opcode >= S4_OP_COPY;
    if (node.host_side)
      destination(node.command) = kTag + i * kTagStep;
    for (uint64_t& cycles : node.cycles)
      cycles = random() % 1000;
  }
  return list;
}

// The cores that share a command, and the card time of the whole list, computed plainly.
std::vector<unsigned> cores_of(const s4_cmd& command, const QueueOptions& queue) {
  if (queue.core_mode == S4_CORE_MODE_ONE)
    return {queue.core};
  const auto axis = queue.core_mode == S4_CORE_MODE_SPLIT ? S4_SLICE_COLUMNS : S4_SLICE_ROWS;
  std::vector<unsigned> cores;
  for (unsigned core = 0; core < S4_NUM_CORES; core++) {
    __u64 begin, end;
    if (s4_cmd_slice(&command, axis, core, S4_NUM_CORES, &begin, &end))
      cores.push_back(core);
  }
  return cores;
}

uint64_t reference_time(const std::vector<Node>& list, const QueueOptions& queue) {
  std::vector<uint64_t> end(list.size());
  uint64_t unit_end[S4_NUM_UNITS][S4_NUM_CORES] = {};
  uint64_t issue = 0, all = 0;
  for (size_t i = 0; i < list.size(); i++) {
    const s4_cmd& command = list[i].command;
    uint64_t start = issue;
    if (i >= 32)
      start = std::max(start, end[i - 32]);
    for (size_t back = 1; back <= 32 && back <= i; back++) {
      if (command.header.wait >> (back - 1) & 1)
        start = std::max(start, end[i - back]);
    }
    if (!list[i].host_side) {
      start = std::max(start, all);
      end[i] = start;
    } else {
      const auto cores = cores_of(command, queue);
      auto& unit = unit_end[s4_cmd_unit(command.header.opcode)];
      for (const unsigned core : cores)
        start = std::max(start, unit[core]);
      for (const unsigned core : cores) {
        unit[core] = start + list[i].cycles[core];
        end[i] = std::max(end[i], unit[core]);
      }
    }
    issue = start;
    all = std::max(all, end[i]);
  }
  return all;
}

class DagTest : public FirmwareTest {
 protected:
  // Submits the list and ends its commands in an order of `random`; checks every start.
  void play(TestQueue& queue, std::vector<Node>& list, std::mt19937& random) {
    std::vector<s4_cmd> commands;
    for (const Node& node : list)
      commands.push_back(node.command);
    std::vector<unsigned> left(list.size());  // shares that have not ended
    std::vector<bool> ended(list.size()), begun(list.size());
    size_t last = 0;
    const auto index_of = [](s4_cmd command) {
      return static_cast<size_t>((destination(command) - kTag) / kTagStep);
    };
    card_.decide = [&](const FakeCard::Started& started) -> std::optional<Outcome> {
      const size_t i = index_of(started.dispatch.command);
      EXPECT_GE(i, last) << "issued out of order";
      last = i;
      if (!begun[i]) {
        begun[i] = true;
        left[i] = static_cast<unsigned>(cores_of(list[i].command, queue.options()).size());
        for (size_t back = 1; back <= 32 && back <= i; back++) {
          const size_t j = i - back;
          if (list[i].command.header.wait >> (back - 1) & 1 && list[j].host_side) {
            EXPECT_TRUE(ended[j]) << i << " began before " << j << " ended";
          }
        }
        for (size_t j = 0; j < i; j++) {
          if (list[j].host_side)
            continue;
          for (size_t k = 0; k < j; k++) {
            EXPECT_TRUE(!list[k].host_side || ended[k])
                << i << " passed the barrier " << j << " while " << k << " ran";
          }
        }
      }
      if (random() % 3)
        return std::nullopt;
      if (--left[i] == 0)
        ended[i] = true;
      return Outcome{.cycles = list[i].cycles[started.unit % S4_NUM_CORES]};
    };
    const uint64_t seqno = submit(queue, commands, kRecord + 64);
    run();
    while (queue.fence() != seqno) {
      const auto busy = card_.busy_units();
      ASSERT_FALSE(busy.empty()) << "the job hangs";
      const size_t ends = 1 + random() % busy.size();
      for (size_t n = 0; n < ends; n++) {
        const auto now = card_.busy_units();
        if (now.empty())
          break;
        const unsigned unit = now[random() % now.size()];
        const size_t i = index_of(card_.at_work(unit).command);
        if (--left[i] == 0)
          ended[i] = true;
        card_.finish(unit, {.cycles = list[i].cycles[unit % S4_NUM_CORES]});
      }
      run();
    }
    for (size_t i = 0; i < list.size(); i++)
      EXPECT_TRUE(!list[i].host_side || ended[i]) << i;
    const s4_job_result result = queue.result(seqno);
    EXPECT_EQ(result.status, S4_OK);
    EXPECT_EQ(result.card_end - result.card_start, reference_time(list, queue.options()));
  }
};
S4_FIRMWARE_SUITE(DagTest);

TEST_P(DagTest, OrderHoldsAndCardTimeIsTheModels) {
  const char* text = std::getenv("S4_TEST_SEED");
  const unsigned seed = text ? std::atoi(text) : std::random_device{}();
  RecordProperty("seed", static_cast<int>(seed));
  SCOPED_TRACE("S4_TEST_SEED=" + std::to_string(seed));
  std::mt19937 random(seed);
  TestQueue* queues[] = {
      &create({.slot = 0, .core = 1}),
      &create({.slot = 1, .core_mode = S4_CORE_MODE_SPLIT}),
      &create({.slot = 2, .core_mode = S4_CORE_MODE_BROADCAST}),
  };
  const int lists = GetParam() == Kind::kHost ? 150 : 40;
  for (int n = 0; n < lists && !HasFailure(); n++) {
    std::vector<Node> list = random_list(random);
    TestQueue& queue = *queues[n % 3];
    play(queue, list, random);
    play(queue, list, random);  // another order, the same card time
  }
}

// A random command fails, others perhaps too: the reported one and the card time do not depend on
// the order in which the units end.
TEST_P(DagTest, WhatIsReportedOfAFailureDoesNotDependOnTheOrder) {
  const char* text = std::getenv("S4_TEST_SEED");
  const unsigned seed = text ? std::atoi(text) : std::random_device{}();
  RecordProperty("seed", static_cast<int>(seed));
  SCOPED_TRACE("S4_TEST_SEED=" + std::to_string(seed));
  std::mt19937 random(seed);
  TestQueue& queue = create({.core = 2});
  for (int n = 0; n < 40 && !HasFailure(); n++) {
    const std::vector<Node> list = random_list(random);
    std::vector<bool> fails(list.size());
    for (size_t i = 0; i < list.size(); i++)
      fails[i] = random() % 60 == 0;
    std::vector<s4_cmd> commands;
    for (const Node& node : list)
      commands.push_back(node.command);
    std::optional<s4_job_result> first;
    for (int order = 0; order < 3; order++) {
      const auto outcome = [&](unsigned unit) {
        s4_cmd command = card_.at_work(unit).command;
        const size_t i = (destination(command) - kTag) / kTagStep;
        Outcome o{.cycles = list[i].cycles[unit % S4_NUM_CORES]};
        if (fails[i])
          o.status = S4_E_INDEX, o.detail = static_cast<uint32_t>(i);
        return o;
      };
      const uint64_t seqno = submit(queue, commands);
      run();
      while (queue.fence() != seqno) {
        const auto busy = card_.busy_units();
        ASSERT_FALSE(busy.empty());
        const unsigned unit = busy[random() % busy.size()];
        card_.finish(unit, outcome(unit));
        run();
      }
      const s4_job_result result = queue.result(seqno);
      if (!first)
        first = result;
      EXPECT_EQ(result.status, first->status);
      EXPECT_EQ(result.command, first->command);
      EXPECT_EQ(result.detail, first->detail);
      EXPECT_EQ(result.card_end - result.card_start, first->card_end - first->card_start);
    }
    size_t expected = 0;
    while (expected < list.size() && !(fails[expected] && list[expected].host_side))
      expected++;
    EXPECT_EQ(first->status, expected == list.size() ? S4_OK : S4_E_INDEX);
    if (expected < list.size()) {
      EXPECT_EQ(first->command, expected);
    }
  }
}

}  // namespace
}  // namespace s4::fwtest
