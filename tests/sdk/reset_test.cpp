// SPDX-License-Identifier: MIT
// What users of libs4 see of a reset and of a lost card: on the simulated card, which fails on
// demand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>

#include "capi/handles.hpp"
#include "s4/abi/s4_regs.h"
#include "s4/s4.hpp"
#include "transport/sim/sim_transport.hpp"

namespace s4 {
namespace {

using testing::HasSubstr;

class ResetTest : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = transport::open_sim("sim:memory=64M,threads=2,faults=1,hang-ms=300");
    ASSERT_TRUE(opened.ok()) << opened.error().text();
    transport_ = opened->get();
    device_.core = core::Device::adopt(*std::move(opened), 0).value();
  }
  s4_queue* queue() {
    s4_queue* queue = nullptr;
    EXPECT_EQ(s4_queue_create(&device_, nullptr, &queue, nullptr), S4_SUCCESS);
    return queue;
  }
  s4_command_list* fill_list(s4_buffer* buffer) {
    s4_command_list* list = nullptr;
    EXPECT_EQ(s4_command_list_create(&device_, &list, nullptr), S4_SUCCESS);
    s4_fill fill{sizeof fill, {buffer, 0}, 64, 0x61, 1};
    EXPECT_EQ(s4_command_list_fill(list, &fill, nullptr), S4_SUCCESS);
    return list;
  }
  s4_buffer* buffer() {
    s4_buffer* buffer = nullptr;
    s4_buffer_options options{sizeof options, 4096, S4_PLACEMENT_CARD, 0};
    EXPECT_EQ(s4_buffer_create(&device_, &options, &buffer, nullptr), S4_SUCCESS);
    return buffer;
  }

  transport::Transport* transport_ = nullptr;
  s4_device device_;
};

TEST_F(ResetTest, HungJobFailsWithAMessageAndANewQueueWorks) {
  s4_buffer* data = buffer();
  s4_queue* first = queue();
  s4_command_list* list = fill_list(data);
  ASSERT_EQ(transport::inject(*transport_, S4_INJECT_HANG, 0), 0);
  s4_job* job = nullptr;
  ASSERT_EQ(s4_queue_submit(first, list, nullptr, 0, &job, nullptr), S4_SUCCESS);
  detail::ErrorOut error;
  EXPECT_EQ(s4_job_wait(job, S4_WAIT_FOREVER, error), S4_ERROR_DEVICE_RESET);
  EXPECT_THAT(error.take().message, HasSubstr("the card was reset while this job ran"));

  s4_queue_info info{};
  info.size = sizeof info;
  EXPECT_EQ(s4_queue_get_info(first, &info, nullptr), S4_SUCCESS);
  EXPECT_EQ(info.flags, S4_QUEUE_INFO_BANNED | S4_QUEUE_INFO_RESET);
  s4_job* refused = nullptr;
  EXPECT_EQ(s4_queue_submit(first, list, nullptr, 0, &refused, error), S4_ERROR_DEVICE_RESET);
  EXPECT_THAT(error.take().message,
              testing::AllOf(HasSubstr("create a new one"), HasSubstr("submit again")));
  EXPECT_EQ(error.take().sys_errno, ECANCELED);

  s4_queue* second = queue();
  s4_job* again = nullptr;
  ASSERT_EQ(s4_queue_submit(second, list, nullptr, 0, &again, nullptr), S4_SUCCESS);
  EXPECT_EQ(s4_job_wait(again, S4_WAIT_FOREVER, nullptr), S4_SUCCESS);
  unsigned char byte = 0;
  EXPECT_EQ(s4_buffer_download(data, 63, &byte, 1, nullptr), S4_SUCCESS);
  EXPECT_EQ(byte, 0x61);
  s4_job_release(again);
  s4_job_release(job);
  s4_queue_release(second);
  s4_queue_release(first);
  s4_command_list_release(list);
  s4_buffer_release(data);
}

TEST_F(ResetTest, CallbackHearsOfTheReset) {
  s4_buffer* data = buffer();
  s4_queue* first = queue();
  s4_command_list* list = fill_list(data);
  ASSERT_EQ(transport::inject(*transport_, S4_INJECT_HANG, 0), 0);
  s4_job* job = nullptr;
  ASSERT_EQ(s4_queue_submit(first, list, nullptr, 0, &job, nullptr), S4_SUCCESS);
  std::atomic<int> code{-1};
  ASSERT_EQ(s4_job_on_end(
                job,
                [](void* to, const s4_job_report* report) {
                  static_cast<std::atomic<int>*>(to)->store(report->code);
                },
                &code, nullptr),
            S4_SUCCESS);
  s4_job_wait(job, S4_WAIT_FOREVER, nullptr);
  // The callback comes from the library's thread, or came from the wait.
  for (int i = 0; i < 6000 && code == -1; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_EQ(code, int{S4_ERROR_DEVICE_RESET});
  s4_job_release(job);
  s4_queue_release(first);
  s4_command_list_release(list);
  s4_buffer_release(data);
}

// The job was the last to hold the device, so it is the library's thread that takes it apart.
TEST_F(ResetTest, ProcessThatEndsRightAfterACallbackEndsInOrder) {
  struct Shared {
    std::atomic<bool> released{false}, called{false};
  };
  const auto end_process = [this] {
    static Shared shared;
    s4_buffer* data = buffer();
    s4_queue* first = queue();
    s4_command_list* list = fill_list(data);
    s4_job* job = nullptr;
    bool ok = transport::inject(*transport_, S4_INJECT_HANG, 0) == 0 &&
              s4_queue_submit(first, list, nullptr, 0, &job, nullptr) == S4_SUCCESS;
    ok = ok && s4_job_on_end(
                   job,
                   [](void*, const s4_job_report*) {
                     shared.released.wait(false);
                     shared.called = true;
                     shared.called.notify_all();
                   },
                   nullptr, nullptr) == S4_SUCCESS;
    s4_job_release(job);
    s4_queue_release(first);
    s4_command_list_release(list);
    s4_buffer_release(data);
    device_.core.reset();
    shared.released = true;
    shared.released.notify_all();
    if (ok)
      shared.called.wait(false);
    std::exit(ok ? 0 : 1);
  };
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(end_process(), testing::ExitedWithCode(0), "");
}

TEST_F(ResetTest, LostCardIsSaidToBeLost) {
  s4_buffer* data = buffer();
  s4_queue* first = queue();
  s4_command_list* list = fill_list(data);
  s4_job* job = nullptr;
  ASSERT_EQ(transport::inject(*transport_, S4_INJECT_SLOW, 3000), 0);
  ASSERT_EQ(s4_queue_submit(first, list, nullptr, 0, &job, nullptr), S4_SUCCESS);
  ASSERT_EQ(transport::inject(*transport_, S4_INJECT_LINK_DROP, 0), 0);
  detail::ErrorOut error;
  EXPECT_EQ(s4_job_wait(job, S4_WAIT_FOREVER, error), S4_ERROR_DEVICE_LOST);
  EXPECT_EQ(error.take().sys_errno, ENODEV);
  s4_job* refused = nullptr;
  EXPECT_EQ(s4_queue_submit(first, list, nullptr, 0, &refused, error), S4_ERROR_DEVICE_LOST);
  EXPECT_THAT(error.take().message, HasSubstr("open it again"));
  s4_device_info info{};
  info.size = sizeof info;
  EXPECT_EQ(s4_device_get_info(&device_, &info, error), S4_ERROR_DEVICE_LOST);
  s4_job_release(job);
  s4_queue_release(first);
  s4_command_list_release(list);
  s4_buffer_release(data);
}

TEST_F(ResetTest, UploadGoesOnAfterAReset) {
  s4_buffer* data = buffer();
  const uint32_t word = 0x01020304;
  // The first upload makes the library's own queue, which then has the only slot.
  ASSERT_EQ(s4_buffer_upload(data, 0, &word, sizeof word, nullptr), S4_SUCCESS);
  ASSERT_EQ(transport::inject(*transport_, S4_INJECT_HANG, 0), 0);
  detail::ErrorOut error;
  EXPECT_EQ(s4_buffer_upload(data, 0, &word, sizeof word, error), S4_ERROR_DEVICE_RESET);
  EXPECT_THAT(error.take().message, HasSubstr("copy again"));
  EXPECT_EQ(s4_buffer_upload(data, 0, &word, sizeof word, error), S4_SUCCESS);
  s4_buffer_release(data);
}

}  // namespace
}  // namespace s4
