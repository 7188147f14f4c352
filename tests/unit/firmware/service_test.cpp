// SPDX-License-Identifier: MIT
// Boot, watchdog, telemetry, log, crash reports.
#include <cstring>

#include "driver.hpp"
#include "s4/abi/s4_boot.h"

namespace s4::fwtest {
namespace {

class ServiceTest : public FirmwareTest {
 protected:
  void tick(uint64_t ms) {
    card_.now_ns += ms * 1'000'000;
    run();
  }
};
S4_FIRMWARE_SUITE(ServiceTest);

TEST_P(ServiceTest, SaysReadyWithItsVersionOnceItCanAnswer) {
  EXPECT_EQ(*card_.ready, static_cast<uint32_t>(S4_FW_VERSION(0, 1, 0)));
  EXPECT_NE(card_.log().find("S4 firmware 0.1.0 ready\n"), std::string::npos);
}

TEST_P(ServiceTest, FeedsTheWatchdogWheneverItWakes) {
  const uint64_t before = card_.heartbeats;
  create();
  EXPECT_GT(card_.heartbeats, before);
}

TEST_P(ServiceTest, TelemetryHoldsTheSensorsFromTheStart) {
  const s4_telemetry t = card_.telemetry();
  EXPECT_EQ(t.sequence % 2, 0u);
  EXPECT_GT(t.sequence, 0u);
  EXPECT_EQ(t.size, sizeof(s4_telemetry));
  EXPECT_EQ(t.temperature_mc, 45000);
  EXPECT_EQ(t.power_mw, 2000u);
  EXPECT_EQ(t.power_limit_mw, 75000u);
  EXPECT_EQ(t.voltage_mv, 930u);
  EXPECT_EQ(t.clock_khz, 700000u);
}

TEST_P(ServiceTest, UtilisationIsTheBusyShareOfTheTimeSinceTheLastSample) {
  card_.busy_ns = {1'000'000'000, 0, 0, 0};
  tick(1000);
  const s4_telemetry first = card_.telemetry();
  EXPECT_EQ(first.utilization_permille[0], 1000u);
  EXPECT_EQ(first.busy_ns[0], 1'000'000'000u);
  card_.busy_ns[0] += 25'000'000;
  card_.busy_ns[3] += 50'000'000;
  tick(100);
  const s4_telemetry t = card_.telemetry();
  EXPECT_EQ(t.utilization_permille[0], 250u);
  EXPECT_EQ(t.utilization_permille[1], 0u);
  EXPECT_EQ(t.utilization_permille[3], 500u);
  EXPECT_EQ(t.busy_ns[3], 50'000'000u);
  EXPECT_EQ(t.uptime_ms, 1100u);
}

TEST_P(ServiceTest, CountsJobsAndCommands) {
  TestQueue& queue = create();
  finish_at_once();
  submit(queue, {fill_command(), barrier_command(), spmm_command()});
  run();
  submit(queue, {fill_command(), s4_cmd{}});
  run();
  queue.push_empty();
  queue.ring();
  run();
  tick(1000);
  const s4_telemetry t = card_.telemetry();
  EXPECT_EQ(t.jobs_done, 3u);
  EXPECT_EQ(t.jobs_failed, 1u);
  EXPECT_EQ(t.commands_done, 4u);
  EXPECT_EQ(t.queues, 1u);
}

TEST_P(ServiceTest, SamplesOftenWhileActiveAndRarelyWhileIdle) {
  tick(1000);
  EXPECT_EQ(card_.timecmp_us() - card_.now_ns / 1000, 1'000'000u);
  TestQueue& queue = create();
  queue.push_empty();
  queue.ring();
  run();
  EXPECT_EQ(card_.timecmp_us() - card_.now_ns / 1000, 100'000u);
  tick(100);
  EXPECT_EQ(card_.timecmp_us() - card_.now_ns / 1000, 100'000u);
  tick(100);
  EXPECT_EQ(card_.timecmp_us() - card_.now_ns / 1000, 1'000'000u);
}

TEST_P(ServiceTest, ACommandThatRunsLongKeepsTheCardActive) {
  TestQueue& queue = create();
  submit(queue, {fill_command()});
  run();
  for (int i = 0; i < 5; i++) {
    card_.busy_ns[0] += 100'000'000;
    tick(100);
    EXPECT_EQ(card_.timecmp_us() - card_.now_ns / 1000, 100'000u);
  }
}

TEST_P(ServiceTest, ThrottlingAndEccCountersArePublished) {
  card_.sensor[5] = S4_THROTTLE_THERMAL;
  card_.ecc_corrected = 7;
  card_.ecc_uncorrected = 1ull << 32;
  tick(1000);
  EXPECT_EQ(card_.telemetry().throttle, static_cast<uint32_t>(S4_THROTTLE_THERMAL));
  EXPECT_EQ(card_.telemetry().ecc_corrected, 7u);
  EXPECT_EQ(card_.telemetry().ecc_uncorrected, 1ull << 32);
}

TEST_P(ServiceTest, TheLogKeepsItsNewestText) {
  s4_mbox_message request{};
  request.op = 99;
  for (int i = 0; i < 300; i++) {
    card_.now_ns += 1'000'000;
    call(request);
  }
  const std::string log = card_.log();
  EXPECT_EQ(log.size(), sizeof(s4_fw_log::text));
  EXPECT_TRUE(log.ends_with("] mailbox: request 99 refused, status 1\n")) << log.substr(4000);
}

TEST_P(ServiceTest, AUnitThatNobodyStartedIsACrashWithItsReason) {
  TestQueue& queue = create();
  submit(queue, {fill_command()});
  run();
  // Done, while the firmware believes that only core 0 works.
  s4_dispatch dispatch{};
  dispatch.group = 1u << 1;
  std::memcpy(card_.ram() + S4_MCU_RAM_BYTES - sizeof(dispatch), &dispatch, sizeof(dispatch));
  card_.store(S4_MCU_DISPATCH + S4_DISPATCH_UNIT(1) + S4_UNIT_START,
              S4_MCU_RAM + S4_MCU_RAM_BYTES - sizeof(dispatch));
  card_.finish(1);
  run();
  ASSERT_TRUE(card_.crashed);
  EXPECT_EQ(card_.crashed->cause, 24u);
  EXPECT_EQ(card_.crashed->tval, 1u);
  EXPECT_NE(card_.log().find("panic: a unit that nobody started is done (1)"), std::string::npos);
}

class TrapTest : public FirmwareTest {};
INSTANTIATE_TEST_SUITE_P(Image, TrapTest, testing::Values(Kind::kImage),
                         [](const auto& info) { return kind_name(info.param); });

TEST_P(TrapTest, ATrapIsReportedWithItsCausePlaceAndValue) {
  card_.broken_register = S4_MCU_MBOX + S4_MBOX_SEQ;
  s4_mbox_message request{};
  request.op = S4_MBOX_PING;
  card_.send(request);
  run();
  ASSERT_TRUE(card_.crashed);
  EXPECT_EQ(card_.crashed->cause, 5u);  // load access fault
  EXPECT_EQ(card_.crashed->tval, S4_MCU_MBOX + S4_MBOX_SEQ);
  EXPECT_GE(card_.crashed->pc, S4_MCU_RAM);
  EXPECT_LT(card_.crashed->pc, S4_MCU_RAM + S4_MCU_RAM_BYTES);
  EXPECT_NE(card_.log().find("trap 5 at 0x2000"), std::string::npos);
  EXPECT_NE(card_.log().find("value 0x40003000"), std::string::npos);
  EXPECT_TRUE(card_.mailbox_pending());
}

TEST_P(TrapTest, ATrapWhileReportingOneStillReportsTheFirst) {
  card_.broken_register = S4_MCU_MBOX + S4_MBOX_SEQ;
  card_.broken_log = true;
  s4_mbox_message request{};
  request.op = S4_MBOX_PING;
  card_.send(request);
  run();
  ASSERT_TRUE(card_.crashed);
  EXPECT_EQ(card_.crashed->cause, 5u);
  EXPECT_EQ(card_.crashed->tval, S4_MCU_MBOX + S4_MBOX_SEQ);
}

}  // namespace
}  // namespace s4::fwtest
