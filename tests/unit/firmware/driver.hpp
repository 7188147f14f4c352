// SPDX-License-Identifier: MIT
// The host's side in tests: creates queues by mailbox, fills rings, rings doorbells, reads results.
// And the fixture that all behaviour tests share.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <vector>

#include "machine.hpp"

namespace s4::fwtest {

struct QueueOptions {
  uint32_t slot = 0;
  uint32_t space = 1;
  uint32_t core_mode = S4_CORE_MODE_ONE;
  uint32_t core = 0;
  uint32_t priority = S4_PRIORITY_NORMAL;
  uint32_t vector = 1;
  uint32_t entries = 16;
};

s4_mbox_message create_request(const QueueOptions& options);

// One queue as the driver sees it. Its ring, results and state lie in FakeCard::host.
class TestQueue {
 public:
  TestQueue(FakeCard& card, const QueueOptions& options);

  // Writes the next entry; its seqno is returned. `change` may spoil it.
  uint64_t push(uint64_t commands_va, uint32_t count, uint64_t completion_va = 0,
                const std::function<void(s4_ring_entry&)>& change = nullptr);
  uint64_t push_empty() { return push(0, 0); }
  void ring();

  uint64_t fence() const { return state().fence; }
  s4_queue_state state() const;
  s4_job_result result(uint64_t seqno) const;  // of a job of the last `entries`
  const QueueOptions& options() const { return options_; }
  uint64_t ring_address() const;

 private:
  FakeCard& card_;
  QueueOptions options_;
  uint32_t tail_ = 0;
};

constexpr uint64_t kCommands = 0x100000;  // where tests put command lists, by default
constexpr uint64_t kRecord = 0x80000;     // and completion records

s4_cmd fill_command(uint32_t wait = 0);
s4_cmd copy_command(uint32_t wait = 0);
s4_cmd spmm_command(uint32_t wait = 0, uint32_t rows = 64, uint32_t columns = 256);
s4_cmd eltwise_command(uint32_t wait = 0, uint32_t outer = 64);
s4_cmd barrier_command();
s4_cmd timestamp_command(uint64_t dst);

// Every test runs on Kind::kHost and on Kind::kImage.
class FirmwareTest : public testing::TestWithParam<Kind> {
 protected:
  void SetUp() override;

  TestQueue& create(const QueueOptions& options = {});
  s4_mbox_message call(const s4_mbox_message& request);
  uint32_t destroy(uint32_t slot);
  void run() { machine_->run(); }

  // Puts the commands at kCommands of the queue's space and submits them as one job.
  uint64_t submit(TestQueue& queue, const std::vector<s4_cmd>& commands,
                  uint64_t completion_va = 0);
  void put_commands(uint32_t space, uint64_t va, const std::vector<s4_cmd>& commands);
  // All commands end at once, with this many cycles.
  void finish_at_once(uint64_t cycles = 100);

  FakeCard card_;
  std::unique_ptr<Machine> machine_;

 private:
  std::vector<std::unique_ptr<TestQueue>> queues_;
};

#define S4_FIRMWARE_SUITE(fixture)                                                        \
  INSTANTIATE_TEST_SUITE_P(Firmware, fixture, testing::Values(Kind::kHost, Kind::kImage), \
                           [](const auto& info) { return kind_name(info.param); })

}  // namespace s4::fwtest
