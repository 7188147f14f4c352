// SPDX-License-Identifier: MIT
// What the firmware costs the interpreter: instructions and port transfers a job and a command.
// Counts, not times: they depend on nothing but the code.
#include "driver.hpp"

namespace s4::fwtest {
namespace {

class CostTest : public FirmwareTest {
 protected:
  struct Cost {
    uint64_t instructions;
    unsigned transfers;
    unsigned accesses;
  };
  template <typename Function>
  Cost measure(Function function) {
    const uint64_t instructions = machine_->instructions();
    const unsigned transfers = card_.transfers, accesses = card_.accesses;
    function();
    run();
    return {machine_->instructions() - instructions, card_.transfers - transfers,
            card_.accesses - accesses};
  }
  void record(const std::string& name, const Cost& cost) {
    RecordProperty(name + "_instructions", static_cast<int>(cost.instructions));
    std::printf("%s: %lu instructions, %u transfers, %u register accesses\n", name.c_str(),
                static_cast<unsigned long>(cost.instructions), cost.transfers, cost.accesses);
  }
};
INSTANTIATE_TEST_SUITE_P(Image, CostTest, testing::Values(Kind::kImage));

TEST_P(CostTest, EmptyJobCostsThreeTransfersAndFewInstructions) {
  TestQueue& queue = create();
  for (int i = 0; i < 3; i++) {
    queue.push_empty();
    queue.ring();
    run();
  }
  const Cost cost = measure([&] {
    queue.push_empty();
    queue.ring();
  });
  record("empty", cost);
  EXPECT_EQ(cost.transfers, 3u);
  EXPECT_LT(cost.instructions, 800u);
}

TEST_P(CostTest, EmptyJobsInABurstCostLessEach) {
  TestQueue& queue = create();
  const Cost cost = measure([&] {
    for (int i = 0; i < 16; i++)
      queue.push_empty();
    queue.ring();
  });
  record("burst_of_16", cost);
  EXPECT_LE(cost.transfers, 6u);
  EXPECT_LT(cost.instructions, 16 * 500u);
}

TEST_P(CostTest, CommandsCostFewInstructionsEach) {
  TestQueue& queue = create();
  finish_at_once();
  const std::pair<const char*, s4_cmd> kinds[] = {
      {"copy", copy_command(1)},      {"fill", fill_command(1)},
      {"spmm", spmm_command(1)},      {"eltwise", eltwise_command(1)},
      {"barrier", barrier_command()}, {"timestamp", timestamp_command(kRecord)}};
  for (const auto& [name, command] : kinds) {
    constexpr uint64_t kMany = 256;
    const Cost one = measure([&] { submit(queue, {command}); });
    const Cost many = measure([&] { submit(queue, std::vector<s4_cmd>(kMany, command)); });
    const Cost each = {(many.instructions - one.instructions) / (kMany - 1),
                       (many.transfers - one.transfers) / unsigned(kMany - 1),
                       (many.accesses - one.accesses) / unsigned(kMany - 1)};
    record(std::string(name) + "_job", one);
    record(name, each);
    EXPECT_LT(each.instructions, 1500u) << name;
    EXPECT_EQ(queue.result(queue.fence()).status, S4_OK);
  }
}

TEST_P(CostTest, SplitCommandsCostFewInstructionsEach) {
  TestQueue& queue = create({.core_mode = S4_CORE_MODE_SPLIT});
  finish_at_once();
  constexpr uint64_t kMany = 256;
  const Cost cost =
      measure([&] { submit(queue, std::vector<s4_cmd>(kMany, spmm_command(1, 64, 1024))); });
  record("split_spmm", {cost.instructions / kMany, 0, unsigned(cost.accesses / kMany)});
  EXPECT_LT(cost.instructions, kMany * 3000);
}

TEST_P(CostTest, AnIdleCardWakesOnceASecond) {
  uint64_t wakes = 0;
  const Cost cost = measure([&] {
    for (int i = 0; i < 100; i++) {
      card_.now_ns += 100'000'000;
      const uint64_t before = card_.heartbeats;
      run();
      wakes += card_.heartbeats != before;
    }
  });
  record("idle_10s", cost);
  EXPECT_LE(wakes, 11u);
  EXPECT_LT(cost.instructions, 11 * 3000u);
}

}  // namespace
}  // namespace s4::fwtest
