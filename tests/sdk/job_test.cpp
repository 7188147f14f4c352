// SPDX-License-Identifier: MIT
// Command lists, queues and jobs.
#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <mutex>

#include "fixture.hpp"

namespace s4 {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class JobTest : public test::OnDevice {
 protected:
  // A list that keeps the card busy for some time.
  CommandList long_list(const Buffer& buffer) {
    CommandList list = this->list();
    for (int i = 0; i < 40; ++i)
      list.fill(buffer, buffer.bytes(), static_cast<uint32_t>(i)).value();
    return list;
  }
  Buffer big() { return Buffer::create(device(), 32 << 20).value(); }
};

TEST_F(JobTest, EmptyListIsAJob) {
  Queue queue = this->queue();
  Job job = queue.submit(list()).value();
  EXPECT_TRUE(job.wait().ok());
  const JobReport report = job.report().value();
  EXPECT_EQ(report.code, Code::kSuccess);
  EXPECT_EQ(report.status, unsigned{S4_OK});
}

TEST_F(JobTest, CommandsThatTouchTheSameBytesAreOrdered) {
  Buffer buffer = Buffer::create(device(), 1 << 20, Placement::kHost).value();
  CommandList list = this->list();
  const uint64_t half = buffer.bytes() / 2;
  for (uint32_t i = 0; i < 50; ++i) {
    list.fill(buffer, half, i).value();
    list.copy(buffer, {buffer, half}, half).value();
  }
  list.fill({buffer, 0}, 16, 0xee).value();
  queue().submit(list).value().wait().value();
  const auto bytes = buffer.map().value();
  EXPECT_EQ(bytes[0], std::byte{0xee});
  EXPECT_EQ(bytes[16], std::byte{49});
  EXPECT_EQ(bytes[half], std::byte{49});
  EXPECT_EQ(bytes[2 * half - 1], std::byte{49});
}

TEST_F(JobTest, RowsWithPitches) {
  Buffer buffer = Buffer::create(device(), 4096, Placement::kHost).value();
  auto bytes = buffer.map().value();
  for (size_t i = 0; i < 256; ++i)
    bytes[i] = static_cast<std::byte>(i);
  CommandList list = this->list();
  s4_copy copy{};
  copy.src = Address(buffer).raw();
  copy.dst = Address(buffer, 2048).raw();
  copy.row_bytes = 5;
  copy.rows = 4;
  copy.src_pitch = 16;
  copy.dst_pitch = 10;
  list.copy(copy).value();
  queue().submit(list).value().wait().value();
  for (size_t row = 0; row < 4; ++row) {
    EXPECT_EQ(bytes[2048 + row * 10 + 4], static_cast<std::byte>(row * 16 + 4));
    EXPECT_EQ(bytes[2048 + row * 10 + 5], std::byte{0});
  }
}

TEST_F(JobTest, ReportGivesCardTime) {
  Buffer buffer = Buffer::create(device(), 1 << 20).value();
  CommandList list = this->list();
  list.fill(buffer, buffer.bytes(), 1).value();
  Queue queue = this->queue();
  Job one = queue.submit(list).value();
  Job two = queue.submit(list).value();
  one.wait().value();
  two.wait().value();
  const JobReport report = one.report().value();
  EXPECT_GT(report.card_cycles, 0u);
  EXPECT_EQ(report.card_cycles, two.report().value().card_cycles);  // a pure function
  EXPECT_NEAR(static_cast<double>(report.card_time.count()),
              static_cast<double>(report.card_cycles) / 0.9, 2);
}

TEST_F(JobTest, TimestampsAscend) {
  Buffer stamps = Buffer::create(device(), 4096, Placement::kHost).value();
  Buffer work = Buffer::create(device(), 1 << 20).value();
  CommandList list = this->list();
  list.timestamp(stamps).value();
  list.fill(work, work.bytes(), 3).value();
  list.timestamp({stamps, 16}).value();
  queue().submit(list).value().wait().value();
  const auto* t = reinterpret_cast<const s4_timestamp*>(stamps.map().value().data());
  EXPECT_GT(t[1].card_cycles, t[0].card_cycles);
  EXPECT_GE(t[1].time_ns, t[0].time_ns);
}

TEST_F(JobTest, WaitOfZeroOnlyLooks) {
  Buffer buffer = big();
  Queue queue = this->queue();
  Job job = queue.submit(long_list(buffer)).value();
  auto looked = job.wait(0ns);
  ASSERT_FALSE(looked.ok());
  EXPECT_EQ(looked.error().code, Code::kTimeout);
  EXPECT_EQ(job.report().value().code, Code::kTimeout);
  EXPECT_FALSE(job.report().value().done());
  EXPECT_EQ(job.wait(1us).error().code, Code::kTimeout);
  EXPECT_TRUE(job.wait().ok());
  EXPECT_TRUE(job.wait(0ns).ok());
}

TEST_F(JobTest, WaitsForJobsOfOtherQueues) {
  Buffer buffer = big();
  Buffer copy = Buffer::create(device(), 64, Placement::kHost).value();
  Queue first = queue({.core = 0});
  Queue second = queue({.core = 1});
  CommandList reader = list();
  reader.copy({buffer, buffer.bytes() - 64}, copy, 64).value();
  Job writing = first.submit(long_list(buffer)).value();
  Job reading = second.submit(reader, {&writing}).value();
  reading.wait().value();
  EXPECT_TRUE(writing.wait(0ns).ok());
  EXPECT_EQ(copy.map().value()[0], std::byte{39});
}

TEST_F(JobTest, CallsBackOnceWhenItEnds) {
  Buffer buffer = big();
  Queue queue = this->queue();
  std::mutex mutex;
  std::condition_variable called;
  int calls = 0;
  Code code = Code::kTimeout;
  const auto note = [&](const JobReport& report) {
    const std::lock_guard lock(mutex);
    ++calls;
    code = report.code;
    called.notify_one();
  };
  {
    Job job = queue.submit(long_list(buffer)).value();
    job.on_end(note).value();
  }  // destroyed before it ends
  std::unique_lock lock(mutex);
  ASSERT_TRUE(called.wait_for(lock, 60s, [&] { return calls == 1; }));
  EXPECT_EQ(code, Code::kSuccess);
  lock.unlock();
  Job done = queue.submit(list()).value();
  done.wait().value();
  done.on_end(note).value();  // at once
  EXPECT_EQ(calls, 2);
}

TEST_F(JobTest, DescriptorBecomesReadable) {
  Buffer buffer = big();
  Queue queue = this->queue();
  Job job = queue.submit(long_list(buffer)).value();
  const int fd = job.fd().value();
  pollfd wait{fd, POLLIN, 0};
  EXPECT_EQ(poll(&wait, 1, 60000), 1);
  EXPECT_TRUE(job.wait(0ns).ok());
  const int late = job.fd().value();  // of a job that has ended
  wait.fd = late;
  EXPECT_EQ(poll(&wait, 1, 0), 1);
  close(fd);
  close(late);
}

TEST_F(JobTest, EverythingMayBeReleasedWhileTheCardWorks) {
  Buffer result = Buffer::create(device(), 4096, Placement::kHost).value();
  Queue last = queue({.core = 1});
  std::optional<Job> end;
  for (int i = 0; i < 10; ++i) {
    Queue queue = this->queue();
    Buffer buffer = big();
    CommandList list = long_list(buffer);
    list.copy(buffer, result, 4096).value();
    Job job = queue.submit(list).value();
    CommandList mark = this->list();
    mark.fill({result, 4095}, 1, 0x77).value();
    end = last.submit(mark, {&job}).value();
    // Queue, buffer, list and job go here, in the middle of it.
  }
  end->wait().value();
  EXPECT_EQ(result.map().value()[4095], std::byte{0x77});
}

TEST_F(JobTest, ListMayGrowAfterASubmit) {
  Buffer buffer = Buffer::create(device(), 4096, Placement::kHost).value();
  CommandList list = this->list();
  list.fill(buffer, 16, 1).value();
  Queue queue = this->queue();
  Job first = queue.submit(list).value();
  list.fill({buffer, 16}, 16, 2).value();
  EXPECT_EQ(list.size(), 2u);
  first.wait().value();
  EXPECT_EQ(buffer.map().value()[16], std::byte{0});
  queue.submit(list).value().wait().value();
  EXPECT_EQ(buffer.map().value()[16], std::byte{2});
}

TEST_F(JobTest, ManyJobsOfAllModes) {
  Buffer buffer = Buffer::create(device(), 1 << 16, Placement::kHost).value();
  for (const s4_core_mode mode : {S4_CORE_MODE_ONE, S4_CORE_MODE_SPLIT, S4_CORE_MODE_BROADCAST}) {
    Queue queue = this->queue({.core_mode = mode});
    std::vector<Job> jobs;
    for (uint32_t i = 0; i < 200; ++i) {
      CommandList list = this->list();
      list.fill({buffer, i * 256}, 256, i).value();
      jobs.push_back(queue.submit(list).value());
    }
    for (const Job& job : jobs)
      job.wait().value();
    for (uint32_t i = 0; i < 200; ++i) {
      EXPECT_EQ(buffer.map().value()[i * 256 + 255], static_cast<std::byte>(i));
    }
    EXPECT_EQ(queue.info().value().jobs_done, 200u);
  }
}

TEST_F(JobTest, BuildErrorsNameTheField) {
  Buffer buffer = Buffer::create(device(), 4096).value();
  CommandList list = this->list();
  EXPECT_THAT(list.fill(buffer, 8192, 1).error().message,
              HasSubstr("fill: dst takes 8192 bytes from offset 0, its buffer has 4096"));
  EXPECT_THAT(list.fill({buffer, 5000}, 16, 1).error().message, HasSubstr("begins at offset 5000"));
  EXPECT_THAT(list.fill(buffer, 16, 1, 3).error().message, HasSubstr("fill: pattern_bytes"));
  EXPECT_THAT(list.fill({buffer, 1}, 16, 1, 4).error().message,
              HasSubstr("fill: dst is not aligned"));
  EXPECT_THAT(list.copy(buffer, {buffer, 10}, 100).error().message,
              HasSubstr("copy: dst overlaps"));
  EXPECT_THAT(list.copy(buffer, {buffer, 10}, 0).error().message, HasSubstr("copy: row_bytes"));
  EXPECT_THAT(list.spmm({}).error().message, HasSubstr("spmm: weights is null"));
  EXPECT_EQ(list.size(), 0u);
}

TEST_F(JobTest, ThingsOfAnotherDeviceAreRefused) {
  Device other = Device::open(device().info().value().bus_id).value();
  Buffer theirs = Buffer::create(other, 4096).value();
  CommandList list = this->list();
  EXPECT_THAT(list.fill(theirs, 16, 1).error().message, HasSubstr("another device"));
  Queue their_queue = Queue::create(other).value();
  EXPECT_THAT(their_queue.submit(list).error().message, HasSubstr("another device"));
  Job job = queue().submit(list).value();
  CommandList their_list = CommandList::create(other).value();
  EXPECT_THAT(their_queue.submit(their_list, {&job}).error().message,
              HasSubstr("wait for it before"));
}

TEST_F(JobTest, WrongQueueOptionsAreErrors) {
  EXPECT_THAT(Queue::create(device(), {.core = 9}).error().message, HasSubstr("core 9"));
  EXPECT_THAT(Queue::create(device(), {.priority = 7}).error().message, HasSubstr("priority 7"));
  std::vector<Queue> queues;
  for (unsigned i = 0;; ++i) {
    auto queue = Queue::create(device());
    if (!queue) {
      EXPECT_EQ(queue.error().code, Code::kOutOfResources);
      EXPECT_THAT(queue.error().message, HasSubstr("Release some"));
      break;
    }
    ASSERT_LE(i, device().info().value().max_queues);
    queues.push_back(*std::move(queue));
  }
}

s4_cmd raw_fill(uint64_t va) {
  s4_cmd command{};
  command.header.opcode = S4_OP_FILL;
  command.fill = {va, 64, 1, 1};
  return command;
}

TEST_F(JobTest, FaultSaysWhoWhatAndWhere) {
  CommandList list = this->list();
  list.barrier().value();
  list.raw(raw_fill(0x123456780000)).value();
  Queue queue = this->queue();
  Job job = queue.submit(list).value();
  auto waited = job.wait();
  ASSERT_FALSE(waited.ok());
  EXPECT_EQ(waited.error().code, Code::kJobFailed);
  EXPECT_THAT(waited.error().message,
              testing::AllOf(HasSubstr("command 1 (fill)"), HasSubstr("DMA unit of core 0"),
                             HasSubstr("write address 0x123456780000")));
  const JobReport report = job.report().value();
  EXPECT_EQ(report.status, unsigned{S4_E_UNMAPPED});
  EXPECT_EQ(report.command, 1u);
  EXPECT_EQ(report.fault_va, 0x123456780000u);
  EXPECT_EQ(report.fault_access, unsigned{S4_ACCESS_WRITE});
  // The queue goes on.
  EXPECT_TRUE(queue.submit(this->list()).value().wait().ok());
  EXPECT_EQ(queue.info().value().jobs_failed, 1u);
}

TEST_F(JobTest, CardRefusesWhatTheListDidNotCheck) {
  CommandList list = this->list();
  s4_cmd command{};
  command.header.opcode = 12345;
  list.raw(command).value();
  auto waited = queue().submit(list).value().wait();
  EXPECT_EQ(waited.error().code, Code::kJobFailed);
  EXPECT_THAT(waited.error().message, HasSubstr("no such command"));
  CommandList field = this->list();
  command = raw_fill(0x400000);
  command.fill.pattern_bytes = 3;
  field.raw(command).value();
  EXPECT_THAT(queue().submit(field).value().wait().error().message,
              HasSubstr("fill: pattern_bytes is out of range"));
}

TEST_F(JobTest, ReleasedQueueCancelsWhatHasNotBegun) {
  Buffer buffer = big();
  std::optional<Queue> queue = this->queue();
  CommandList list = long_list(buffer);
  std::vector<Job> jobs;
  for (int i = 0; i < 20; ++i)
    jobs.push_back(queue->submit(list).value());
  queue.reset();
  int cancelled = 0;
  for (const Job& job : jobs) {
    auto waited = job.wait();
    if (waited.ok())
      continue;
    EXPECT_EQ(waited.error().code, Code::kCancelled) << waited.error().text();
    ++cancelled;
  }
  EXPECT_GT(cancelled, 0);
}

}  // namespace
}  // namespace s4
