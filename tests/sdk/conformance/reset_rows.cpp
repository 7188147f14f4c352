// SPDX-License-Identifier: MIT
// Recovery: a hung job, a crashed firmware, and what others notice of it. On the driver these need
// a card with faults on demand and debugfs.
#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>

#include "conformance/context.hpp"
#include "s4/abi/s4_regs.h"

namespace s4::conformance {
namespace {

constexpr uint64_t kVa = 0x40000000;
constexpr uint64_t kCommands = 0x400000;

drm_s4_queue_get_state state_of(Context& c, uint32_t queue_id) {
  drm_s4_queue_get_state args{};
  args.queue_id = queue_id;
  EXPECT_EQ(c.card().queue_get_state(args), 0);
  return args;
}

uint32_t resets(Context& c) {
  drm_s4_query_info info{};
  drm_s4_dev_query args{DRM_S4_QUERY_INFO, sizeof info, reinterpret_cast<uint64_t>(&info)};
  EXPECT_EQ(c.card().dev_query(args), 0);
  return info.reset_count;
}

struct Hung {
  explicit Hung(Context& c)
      : vm(c.vm()), queue(c.queue(vm)), memory(c.mapped(vm, kCommands)), data(c.mapped(vm, kVa)) {}
  uint32_t vm;
  uint32_t queue;
  Mapped memory;
  Mapped data;
};

// The first status that a record holds which the card never wrote.
constexpr int kUnwritten = -1;

int hang(Context& c, const Hung& h) {
  if (const int error = c.hang(h.queue))
    return error;
  return c.run(h.queue, h.memory, {fill_command(kVa, 64, 1)});
}

int hung_queue_is_banned(Context& c) {
  Hung h(c);
  const uint32_t before = resets(c);
  const int status = hang(c, h);
  EXPECT_EQ(status, kUnwritten);
  const auto state = state_of(c, h.queue);
  EXPECT_EQ(state.flags, unsigned{DRM_S4_QUEUE_BANNED | DRM_S4_QUEUE_RESET});
  EXPECT_EQ(state.jobs_done, 1u);
  EXPECT_EQ(state.jobs_failed, 1u);
  EXPECT_EQ(state.last_status, unsigned{S4_E_CANCELLED});
  EXPECT_EQ(resets(c), before + 1);
  return c.submit(h.queue, 0, 0);
}

int new_queue_after_hang(Context& c) {
  Hung h(c);
  EXPECT_EQ(hang(c, h), kUnwritten);
  const int status = c.run(c.queue(h.vm), h.memory, {fill_command(kVa, 64, 0x21)});
  EXPECT_EQ(h.data.data[63], std::byte{0x21});
  return status;
}

// Another queue's job that waits behind is run again as if nothing had been.
int other_queue_goes_on(Context& c) {
  Hung h(c);
  const uint32_t other = c.queue(h.vm, 0);  // of the same core, which the hung job holds
  const s4_cmd command = fill_command(kVa + 4096, 64, 0x22);
  std::memcpy(h.memory.data + 32768, &command, sizeof command);
  if (const int error = c.hang(h.queue))
    return error;
  const s4_cmd bad = fill_command(kVa, 64, 1);
  std::memcpy(h.memory.data, &bad, sizeof bad);
  const uint32_t hung_done = c.syncobj();
  const uint32_t other_done = c.syncobj();
  EXPECT_EQ(c.submit(h.queue, kCommands, 1, 0, hung_done), 0);
  EXPECT_EQ(c.submit(other, kCommands + 32768, 1, 0, other_done), 0);
  if (const int error = c.wait(hung_done))
    return error;
  if (const int error = c.wait(other_done))
    return error;
  EXPECT_NE(state_of(c, h.queue).flags & DRM_S4_QUEUE_BANNED, 0u);
  EXPECT_EQ(h.data.data[4096], std::byte{0x22});
  EXPECT_EQ(state_of(c, other).flags, 0u);
  return static_cast<int>(state_of(c, other).jobs_failed);
}

int card_memory_survives(Context& c) {
  Hung h(c);
  const Mapped card = c.mapped(h.vm, 2 * kVa, 65536, DRM_S4_BO_CARD | DRM_S4_BO_MAPPABLE);
  EXPECT_EQ(c.run(c.queue(h.vm), h.memory, {fill_command(2 * kVa, 65536, 0x44)}), S4_OK);
  EXPECT_EQ(hang(c, h), kUnwritten);
  return card.data[65535] == std::byte{0x44} ? 0 : kWrong;
}

int firmware_crash(Context& c, uint32_t what) {
  Hung h(c);
  const uint32_t before = resets(c);
  EXPECT_EQ(c.run(h.queue, h.memory, {fill_command(kVa, 64, 1)}), S4_OK);
  if (const int error = c.inject(what, 0))
    return error;
  // Whether it notices before or after the next job, the queue works and nobody is to blame.
  int status = kUnwritten;
  for (int i = 0; i < 3 && status == kUnwritten; ++i) {
    status = c.run(h.queue, h.memory, {fill_command(kVa, 64, 2)});
  }
  EXPECT_EQ(resets(c), before + 1);
  EXPECT_EQ(state_of(c, h.queue).flags & DRM_S4_QUEUE_BANNED, 0u);
  return status;
}

// Slow is not hung: each command takes longer than the time in which a hang is found.
int slow_job_is_not_reset(Context& c) {
  Hung h(c);
  const uint32_t before = resets(c);
  if (const int error = c.inject(S4_INJECT_SLOW, 1500))
    return error;
  const int status = c.run(h.queue, h.memory, {fill_command(kVa, 64, 3), fill_command(kVa, 64, 4)});
  c.inject(S4_INJECT_SLOW, 0);
  EXPECT_EQ(resets(c), before);
  return status;
}

int dma_error(Context& c) {
  Hung h(c);
  c.mapped(h.vm, 2 * kVa, 65536, DRM_S4_BO_CARD | DRM_S4_BO_MAPPABLE);
  if (const int error = c.inject(S4_INJECT_DMA_ERROR, 1))
    return error;
  const int status = c.run(h.queue, h.memory, {copy_command(kVa, 2 * kVa, 4096)});
  EXPECT_EQ(c.run(h.queue, h.memory, {copy_command(kVa, 2 * kVa, 4096)}), S4_OK);
  return status;
}

int ecc_error(Context& c) {
  Hung h(c);
  c.mapped(h.vm, 2 * kVa, 65536, DRM_S4_BO_CARD | DRM_S4_BO_MAPPABLE);
  if (const int error = c.inject(S4_INJECT_ECC_UNCORRECTED, 1))
    return error;
  const int status = c.run(h.queue, h.memory, {copy_command(2 * kVa, kVa, 4096)});
  EXPECT_EQ(c.run(h.queue, h.memory, {copy_command(2 * kVa, kVa, 4096)}), S4_OK);
  return status;
}

}  // namespace

std::vector<Row> reset_rows() {
  return {
      {"HungQueueIsBanned", -ECANCELED, hung_queue_is_banned},
      {"NewQueueAfterHang", S4_OK, new_queue_after_hang},
      {"OtherQueueGoesOn", 0, other_queue_goes_on},
      {"CardMemorySurvives", 0, card_memory_survives},
      {"FirmwareCrash", S4_OK, [](Context& c) { return firmware_crash(c, S4_INJECT_FW_CRASH); }},
      {"FirmwareHang", S4_OK, [](Context& c) { return firmware_crash(c, S4_INJECT_FW_HANG); }},
      {"SlowJobIsNotReset", S4_OK, slow_job_is_not_reset},
      {"DmaError", S4_E_DMA, dma_error},
      {"EccError", S4_E_ECC, ecc_error},
  };
}

}  // namespace s4::conformance
