// SPDX-License-Identifier: MIT
// Jobs of the shipped firmware on the real card: results, core modes, on-chip memory, card time.
#include <gtest/gtest.h>

#include <cstring>
#include <optional>
#include <random>

#include "commands.hpp"
#include "s4/abi/s4_mmu.h"
#include "s4/abi/s4_weights.h"
#include "session.hpp"

namespace s4::fwtest {
namespace {

class CardJobs : public testing::Test {
 protected:
  void SetUp() override { session.boot(); }
  Session session;
};

// A sparse matrix product in a space, and its result computed plainly.
class Product {
 public:
  Product(Space& space, uint32_t rows, uint32_t k, uint32_t columns, uint8_t degree)
      : rows_(rows), columns_(columns) {
    std::mt19937 random(rows * 31 + k);
    const uint32_t banks = (k + S4_BANK - 1) / S4_BANK, each = S4_BANK / degree;
    const Buffer x = space.host_buffer(uint64_t{k} * columns);
    const Buffer values = space.card_buffer(uint64_t{rows} * banks * each);
    const Buffer indices = space.card_buffer(uint64_t{rows} * banks * each);
    y = space.card_buffer(uint64_t{rows} * columns * 4);
    for (uint64_t i = 0; i < uint64_t{k} * columns; i++)
      x.data[i] = static_cast<uint8_t>(random());
    expected.assign(uint64_t{rows} * columns, 0);
    for (uint32_t r = 0; r < rows; r++) {
      for (uint32_t b = 0; b < banks; b++) {
        for (uint32_t e = 0; e < each; e++) {
          const uint64_t at = (uint64_t{r} * banks + b) * each + e;
          const uint32_t index = e * degree + random() % degree;
          const auto value = static_cast<int8_t>(random());
          values.data[at] = static_cast<uint8_t>(value);
          indices.data[at] = static_cast<uint8_t>(index);
          const uint32_t from = b * S4_BANK + index;
          for (uint32_t c = 0; c < columns && from < k; c++) {
            expected[r * columns + c] +=
                value * static_cast<int8_t>(x.data[uint64_t{from} * columns + c]);
          }
        }
      }
    }
    command = spmm({.x = x.va,
                    .y = y.va,
                    .values = values.va,
                    .indices = indices.va,
                    .rows = rows,
                    .k = k,
                    .columns = columns,
                    .degree = degree});
  }

  bool right() const {
    return std::memcmp(y.data, expected.data(), expected.size() * sizeof(int32_t)) == 0;
  }

  s4_cmd command;
  Buffer y;
  std::vector<int32_t> expected;

 private:
  uint32_t rows_, columns_;
};

TEST_F(CardJobs, ChainsOfAllUnitsGiveTheRightBytes) {
  Space space(session, 7);
  CardQueue queue(session, space, {.slot = 12, .core = 2});
  constexpr uint32_t kBytes = 64 << 10;
  const Buffer card = space.card_buffer(kBytes), sum = space.card_buffer(kBytes);
  const Buffer out = space.host_buffer(kBytes);
  const s4_job_result result =
      queue.run({fill(card.va, kBytes, 0x3fc00000),  // 1.5
                 add(card.va, card.va, sum.va, kBytes / 4, 1), copy(sum.va, out.va, kBytes, 1)});
  ASSERT_EQ(result.status, S4_OK) << "command " << result.command;
  for (uint32_t i = 0; i < kBytes; i += 4) {
    float value;
    std::memcpy(&value, out.data + i, 4);
    ASSERT_EQ(value, 3.0f) << i;
  }
  EXPECT_GT(result.card_end, result.card_start);
  EXPECT_GE(result.end_ns, result.start_ns);
}

TEST_F(CardJobs, EveryCoreModeGivesTheSameProduct) {
  Space space(session, 0);
  unsigned slot = 0;
  for (const uint32_t mode : {S4_CORE_MODE_ONE, S4_CORE_MODE_SPLIT, S4_CORE_MODE_BROADCAST}) {
    CardQueue queue(session, space, {.slot = slot++, .core_mode = mode});
    ASSERT_EQ(queue.created(), S4_MBOX_OK);
    for (const uint8_t degree : {2, 8, 32}) {
      Product product(space, 96, 256, 200, degree);
      const s4_job_result result = queue.run({product.command});
      ASSERT_EQ(result.status, S4_OK) << "detail " << result.detail;
      EXPECT_TRUE(product.right()) << "mode " << mode << ", degree " << int{degree};
    }
  }
}

TEST_F(CardJobs, CardTimeIsTheSameWhateverTheHostDoes) {
  std::optional<uint64_t> first;
  for (const unsigned threads : {1u, 2u, 4u}) {
    Session other({.threads = threads});
    other.boot();
    Space space(other, 3);
    CardQueue queue(other, space, {.slot = 1, .core_mode = S4_CORE_MODE_SPLIT});
    Product product(space, 64, 512, 512, 16);
    const Buffer a = space.card_buffer(1 << 20), b = space.card_buffer(1 << 20);
    for (int again = 0; again < 3; again++) {
      const s4_job_result result =
          queue.run({copy(a.va, b.va, 1 << 20), product.command, fill(a.va, 1 << 20, 1, 0b10),
                     barrier(), add(a.va, a.va, b.va, 1000)});
      ASSERT_EQ(result.status, S4_OK);
      const uint64_t cycles = result.card_end - result.card_start;
      if (!first)
        first = cycles;
      EXPECT_EQ(cycles, *first);
    }
  }
  EXPECT_GT(*first, 0u);
}

TEST_F(CardJobs, FourCoresTakeLessCardTimeThanOne) {
  Space space(session, 0);
  CardQueue one(session, space, {.slot = 0});
  CardQueue four(session, space, {.slot = 1, .core_mode = S4_CORE_MODE_SPLIT});
  // Dense, so bound by arithmetic and not by memory.
  const uint32_t rows = 256, k = 2048, columns = 1024;
  const s4_cmd command = spmm({.x = space.host_buffer(k * columns).va,
                               .y = space.card_buffer(rows * columns * 4).va,
                               .values = space.card_buffer(rows * k).va,
                               .indices = 0,
                               .rows = rows,
                               .k = k,
                               .columns = columns,
                               .degree = 1});
  const s4_job_result a = one.run({command}), b = four.run({command});
  ASSERT_EQ(a.status, S4_OK);
  ASSERT_EQ(b.status, S4_OK);
  EXPECT_LT((b.card_end - b.card_start) * 3, (a.card_end - a.card_start) * 2);
}

TEST_F(CardJobs, OnChipMemoryIsSharedWithinAJobAndZeroInTheNext) {
  Space space(session, 0);
  CardQueue queue(session, space, {.slot = 0, .core = 1});
  CardQueue wide(session, space, {.slot = 1, .core_mode = S4_CORE_MODE_BROADCAST});
  const Buffer out = space.host_buffer(4096);
  const uint64_t sram = S4_SRAM_VA + 12345 * 64;
  ASSERT_EQ(queue.run({fill(sram, 4096, 0xabcdef01), copy(sram, out.va, 4096, 1)}).status, S4_OK);
  EXPECT_EQ(out.data[0], 0x01);
  EXPECT_EQ(out.data[4095], 0xab);
  ASSERT_EQ(queue.run({copy(sram, out.va, 4096)}).status, S4_OK);
  for (int i = 0; i < 4096; i++)
    ASSERT_EQ(out.data[i], 0);
  // One core's window ends where the next core's memory would begin; four cores' goes on.
  const uint64_t beyond = S4_SRAM_VA + S4_SRAM_BYTES;
  EXPECT_EQ(queue.run({fill(beyond, 64, 1)}).status, S4_E_UNMAPPED);
  EXPECT_EQ(wide.run({fill(beyond, 64, 1)}).status, S4_OK);
}

TEST_F(CardJobs, TimestampsAndCompletionRecordsAreWritten) {
  Space space(session, 5);
  CardQueue queue(session, space, {.slot = 3});
  const Buffer record = space.host_buffer(4096), stamps = space.card_buffer(4096);
  const Buffer data = space.card_buffer(1 << 20);
  const s4_job_result result = queue.run(
      {timestamp(stamps.va), fill(data.va, 1 << 20, 5), timestamp(stamps.va + 16)}, record.va + 64);
  ASSERT_EQ(result.status, S4_OK);
  EXPECT_EQ(std::memcmp(record.data + 64, &result, sizeof(result)), 0);
  s4_timestamp stamp[2];
  std::memcpy(stamp, stamps.data, sizeof(stamp));
  EXPECT_EQ(stamp[0].card_cycles, result.card_start);
  EXPECT_EQ(stamp[1].card_cycles, result.card_end);
  EXPECT_GE(stamp[1].time_ns, stamp[0].time_ns);
}

TEST_F(CardJobs, SixtyFourQueuesOfManySpacesAtOnce) {
  std::vector<std::unique_ptr<Space>> spaces;
  for (unsigned i = 0; i < 8; i++)
    spaces.push_back(std::make_unique<Space>(session, 8 * i + 1));
  std::vector<std::unique_ptr<CardQueue>> queues;
  std::vector<Buffer> buffers;
  for (unsigned slot = 0; slot < S4_NUM_QUEUES; slot++) {
    Space& space = *spaces[slot % 8];
    queues.push_back(std::make_unique<CardQueue>(
        session, space,
        CardQueue::Options{
            .slot = slot,
            .core_mode = slot % 5 == 4 ? uint32_t{S4_CORE_MODE_SPLIT} : uint32_t{S4_CORE_MODE_ONE},
            .core = slot % 5 == 4 ? 0 : slot % 4,
            .priority = slot % 3,
            .vector = 1 + slot % 31,
            .entries = 4}));
    ASSERT_EQ(queues.back()->created(), S4_MBOX_OK);
    buffers.push_back(space.card_buffer(4096));
  }
  for (uint32_t round = 1; round <= 20; round++) {
    for (unsigned slot = 0; slot < S4_NUM_QUEUES; slot++) {
      queues[slot]->submit({fill(buffers[slot].va, 4096, slot * 1000 + round)});
    }
    for (unsigned slot = 0; slot < S4_NUM_QUEUES; slot++) {
      queues[slot]->wait(round);
      ASSERT_EQ(queues[slot]->result(round).status, S4_OK);
      uint32_t word;
      std::memcpy(&word, buffers[slot].data + 4092, 4);
      ASSERT_EQ(word, slot * 1000 + round);
    }
  }
  session.machine.wait_for([&] { return session.telemetry().jobs_done == 20 * S4_NUM_QUEUES; },
                           "telemetry to count all jobs");
}

}  // namespace
}  // namespace s4::fwtest
