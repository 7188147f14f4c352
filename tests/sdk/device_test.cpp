// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstring>
#include <numeric>
#include <thread>

#include "fixture.hpp"
#include "s4/abi/s4_limits.h"

namespace s4 {
namespace {

using test::OnDevice;
using testing::HasSubstr;

class DeviceTest : public OnDevice {};
class BufferTest : public OnDevice {};

TEST_F(DeviceTest, TellsWhatItIs) {
  const DeviceInfo info = device().info().value();
  EXPECT_EQ(info.state, Code::kSuccess);
  EXPECT_EQ(info.num_cores, unsigned{S4_NUM_CORES});
  EXPECT_EQ(info.clock_top_khz, unsigned{S4_CLOCK_TOP_KHZ});
  EXPECT_GT(info.dram_bytes, 0u);
  EXPECT_FALSE(info.serial.empty());
  EXPECT_FALSE(info.bus_id.empty());
  EXPECT_NE(info.fw_version, 0u);
}

TEST_F(DeviceTest, IsListed) {
  const auto infos = Device::list().value();
  ASSERT_FALSE(infos.empty());
  EXPECT_EQ(infos[0].bus_id, device().info().value().bus_id);
  EXPECT_EQ(infos[0].serial, device().info().value().serial);
}

TEST_F(DeviceTest, ReportsSensorsAndMemory) {
  const Telemetry telemetry = device().telemetry().value();
  EXPECT_GT(telemetry.clock_khz, 0u);
  EXPECT_GT(telemetry.temperature_c, 0);
  EXPECT_GT(telemetry.power_limit_w, 0);
  const MemoryInfo memory = device().memory().value();
  EXPECT_EQ(memory.total, device().info().value().dram_bytes);
  EXPECT_LE(memory.largest_free, memory.total);
}

TEST_F(DeviceTest, UnknownNameIsAnErrorThatSaysWhatToDo) {
  auto opened = Device::open("S4-NO-SUCH-CARD");
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, Code::kNoDevice);
  EXPECT_EQ(opened.error().stage, "open");
  EXPECT_THAT(opened.error().message, HasSubstr("S4_DEVICE=sim"));
}

TEST_F(DeviceTest, ThingsMadeOnItOutliveItsHandle) {
  Buffer buffer = Buffer::create(device(), 4096, Placement::kHost).value();
  CommandList list = this->list();
  Queue queue = this->queue();
  device_.reset();
  ASSERT_TRUE(list.fill(buffer, 4096, 0x5a).ok());
  queue.submit(list).value().wait().value();
  EXPECT_EQ(buffer.map().value()[4095], std::byte{0x5a});
}

TEST_F(DeviceTest, GroupOpensAll) {
  DeviceGroup group = DeviceGroup::open_all().value();
  ASSERT_GE(group.size(), 1u);
  for (Device& one : group)
    EXPECT_TRUE(one.info().ok());
}

TEST_F(DeviceTest, OtherVersionsOfStructuresAreUnderstood) {
  struct {
    s4_device_info info;
    char beyond[64];
  } longer{};
  std::memset(longer.beyond, 0x7f, sizeof longer.beyond);
  longer.info.size = sizeof longer;
  ASSERT_EQ(s4_device_get_info(device().get(), &longer.info, nullptr), S4_SUCCESS);
  EXPECT_EQ(longer.info.size, sizeof longer);
  EXPECT_EQ(longer.beyond[0], 0x7f);  // what the library does not know stays

  s4_device_info shorter{};
  shorter.size = offsetof(s4_device_info, serial);
  ASSERT_EQ(s4_device_get_info(device().get(), &shorter, nullptr), S4_SUCCESS);
  EXPECT_NE(shorter.bus_id[0], 0);
  EXPECT_EQ(shorter.serial[0], 0);

  detail::ErrorOut error;
  s4_buffer_options options{};
  s4_buffer* buffer = nullptr;
  EXPECT_EQ(s4_buffer_create(device().get(), &options, &buffer, error), S4_ERROR_INVALID_ARGUMENT);
  EXPECT_THAT(error.take().message, HasSubstr("size of struct s4_buffer_options"));

  struct {
    s4_buffer_options options;
    uint64_t member_of_the_future;
  } future{};
  future.options.size = sizeof future;
  future.options.bytes = 4096;
  future.member_of_the_future = 1;
  EXPECT_EQ(s4_buffer_create(device().get(), &future.options, &buffer, error), S4_ERROR_VERSION);
  future.member_of_the_future = 0;
  EXPECT_EQ(s4_buffer_create(device().get(), &future.options, &buffer, error), S4_SUCCESS);
  s4_buffer_release(buffer);
}

TEST_F(DeviceTest, NullArgumentsAreErrors) {
  EXPECT_EQ(s4_device_open("sim", nullptr, nullptr), S4_ERROR_INVALID_ARGUMENT);
  EXPECT_EQ(s4_device_get_info(nullptr, nullptr, nullptr), S4_ERROR_INVALID_ARGUMENT);
  EXPECT_EQ(s4_queue_submit(nullptr, nullptr, nullptr, 0, nullptr, nullptr),
            S4_ERROR_INVALID_ARGUMENT);
  EXPECT_EQ(s4_job_wait(nullptr, 0, nullptr), S4_ERROR_INVALID_ARGUMENT);
  s4_device_release(nullptr);
  s4_buffer_release(nullptr);
  s4_weights_release(nullptr);
  s4_command_list_release(nullptr);
  s4_queue_release(nullptr);
  s4_job_release(nullptr);
}

TEST_F(BufferTest, EveryPlacementKeepsWhatIsUploaded) {
  std::vector<uint8_t> data(5 << 20);  // more than one piece of staging
  for (size_t i = 0; i < data.size(); ++i)
    data[i] = static_cast<uint8_t>(i * 7 + i / 4096);
  for (const auto& [placement, flags] :
       std::vector<std::pair<Placement, uint32_t>>{{Placement::kCard, 0},
                                                   {Placement::kCard, S4_BUFFER_MAPPABLE},
                                                   {Placement::kHost, 0},
                                                   {Placement::kHost, S4_BUFFER_SHARED}}) {
    Buffer buffer = Buffer::create(device(), data.size() + 100, placement, flags).value();
    buffer.upload(33, data.data(), data.size()).value();
    std::vector<uint8_t> back(data.size());
    buffer.download(33, back.data(), back.size()).value();
    EXPECT_EQ(back, data);
    uint8_t before = 1;
    buffer.download(32, &before, 1).value();
    EXPECT_EQ(before, 0);
  }
}

TEST_F(BufferTest, MapsWhatTheCpuReaches) {
  Buffer host = Buffer::create(device(), 100, Placement::kHost).value();
  EXPECT_EQ(host.bytes(), 4096u);
  EXPECT_EQ(host.map().value().size(), 4096u);
  EXPECT_EQ(host.map().value().data(), host.map().value().data());
  Buffer card = Buffer::create(device(), 100).value();
  auto mapped = card.map();
  ASSERT_FALSE(mapped.ok());
  EXPECT_EQ(mapped.error().code, Code::kUnsupported);
  EXPECT_THAT(mapped.error().message, HasSubstr("S4_BUFFER_MAPPABLE"));
}

TEST_F(BufferTest, LargeOnesAreAlignedForLargePages) {
  Buffer small = Buffer::create(device(), 4096).value();
  Buffer large = Buffer::create(device(), 3 << 20).value();
  EXPECT_EQ(large.address() % (2 << 20), 0u);
  EXPECT_NE(small.address(), large.address());
}

TEST_F(BufferTest, WrongRangesAndSizesAreErrors) {
  Buffer buffer = Buffer::create(device(), 4096, Placement::kHost).value();
  char byte = 0;
  EXPECT_EQ(buffer.upload(4096, &byte, 1).error().code, Code::kInvalidArgument);
  EXPECT_EQ(buffer.upload(UINT64_MAX, &byte, 1).error().code, Code::kInvalidArgument);
  EXPECT_EQ(buffer.download(0, &byte, UINT64_MAX).error().code, Code::kInvalidArgument);
  EXPECT_EQ(buffer.upload(0, nullptr, 1).error().code, Code::kInvalidArgument);
  EXPECT_TRUE(buffer.upload(4096, nullptr, 0).ok());
  EXPECT_EQ(Buffer::create(device(), 0).error().code, Code::kInvalidArgument);
  EXPECT_EQ(Buffer::create(device(), 1, Placement::kCard, 1 << 9).error().code,
            Code::kInvalidArgument);
}

TEST_F(BufferTest, OutOfMemorySaysHowMuchIsLeft) {
  const MemoryInfo memory = device().memory().value();
  auto huge = Buffer::create(device(), memory.total + 4096);
  ASSERT_FALSE(huge.ok());
  EXPECT_EQ(huge.error().code, Code::kOutOfCardMemory);
  EXPECT_EQ(huge.error().sys_errno, ENOSPC);
  EXPECT_THAT(huge.error().message, HasSubstr("the largest buffer that fits has"));
  EXPECT_FALSE(huge.error().device.empty());
}

TEST_F(BufferTest, ReleasedMemoryCanBeHadAgainAtOnce) {
  const uint64_t most = device().memory().value().largest_free / 4 * 3;
  for (int round = 0; round < 5; ++round) {
    auto buffer = Buffer::create(device(), most);
    ASSERT_TRUE(buffer.ok()) << buffer.error().message;
  }
}

TEST_F(BufferTest, SharedOnesAreExportedAndImported) {
  Buffer buffer = Buffer::create(device(), 8192, Placement::kHost, S4_BUFFER_SHARED).value();
  const int fd = buffer.export_fd().value();
  Device again = Device::open(device().info().value().bus_id).value();
  Buffer theirs = Buffer::import(again, fd).value();
  close(fd);
  EXPECT_EQ(theirs.bytes(), 8192u);
  const uint32_t word = 0x12345678;
  buffer.upload(4000, &word, sizeof word).value();
  uint32_t got = 0;
  theirs.download(4000, &got, sizeof got).value();
  EXPECT_EQ(got, word);
  Buffer exclusive = Buffer::create(device(), 8192, Placement::kHost).value();
  EXPECT_THAT(exclusive.export_fd().error().message, HasSubstr("S4_BUFFER_SHARED"));
  EXPECT_EQ(Buffer::import(device(), -1).error().code, Code::kInvalidArgument);
}

TEST_F(BufferTest, ManyThreadsMayMakeAndReleaseThem) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        Buffer buffer = Buffer::create(device(), 65536).value();
        const uint64_t value = static_cast<uint64_t>(t) << 32 | static_cast<uint64_t>(i);
        buffer.upload(8, &value, sizeof value).value();
        uint64_t got = 0;
        buffer.download(8, &got, sizeof got).value();
        EXPECT_EQ(got, value);
      }
    });
  }
  for (std::thread& thread : threads)
    thread.join();
}

}  // namespace
}  // namespace s4
