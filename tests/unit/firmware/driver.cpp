// SPDX-License-Identifier: MIT
#include "driver.hpp"

#include <deque>

#include "s4/abi/s4_check.h"
#include "s4/abi/s4_cmd.h"

namespace s4::fwtest {
namespace {

// Each queue slot has its own megabyte of host memory.
constexpr uint64_t kHostBase = 0x7'0000'0000;
constexpr uint64_t kSlotBytes = 1 << 20;
constexpr uint64_t kResults = 0x40000;
constexpr uint64_t kState = 0x80000;

uint64_t base(uint32_t slot) {
  return kHostBase + slot * kSlotBytes;
}

}  // namespace

s4_mbox_message create_request(const QueueOptions& options) {
  s4_mbox_message message{};
  message.op = S4_MBOX_QUEUE_CREATE;
  s4_mbox_queue_create& q = message.queue_create;
  q.slot = options.slot;
  q.space = options.space;
  q.core_mode = options.core_mode;
  q.core = options.core;
  q.priority = options.priority;
  q.vector = options.vector;
  q.ring_entries = options.entries;
  const uint64_t at = base(options.slot);
  q.ring_lo = static_cast<uint32_t>(at);
  q.ring_hi = static_cast<uint32_t>(at >> 32);
  q.results_lo = static_cast<uint32_t>(at + kResults);
  q.results_hi = static_cast<uint32_t>(at >> 32);
  q.state_lo = static_cast<uint32_t>(at + kState);
  q.state_hi = static_cast<uint32_t>(at >> 32);
  return message;
}

TestQueue::TestQueue(FakeCard& card, const QueueOptions& options) : card_(card), options_(options) {
  card.host.map(base(options.slot), kSlotBytes);
  const std::vector<uint8_t> zero(sizeof(s4_queue_state));
  card.host.put(base(options.slot) + kState, zero.data(), zero.size());
}

uint64_t TestQueue::ring_address() const {
  return base(options_.slot);
}

uint64_t TestQueue::push(uint64_t commands_va, uint32_t count, uint64_t completion_va,
                         const std::function<void(s4_ring_entry&)>& change) {
  s4_ring_entry entry{};
  entry.seqno = tail_ + 1;
  entry.commands_va = commands_va;
  entry.command_count = count;
  entry.completion_va = completion_va;
  if (change)
    change(entry);
  card_.host.put(ring_address() + tail_ % options_.entries * sizeof(entry), entry);
  return ++tail_;
}

void TestQueue::ring() {
  card_.ring(options_.slot, tail_);
}

s4_queue_state TestQueue::state() const {
  return card_.host.get<s4_queue_state>(base(options_.slot) + kState);
}

s4_job_result TestQueue::result(uint64_t seqno) const {
  return card_.host.get<s4_job_result>(base(options_.slot) + kResults +
                                       (seqno - 1) % options_.entries * sizeof(s4_job_result));
}

s4_cmd fill_command(uint32_t wait) {
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_FILL;
  cmd.header.wait = wait;
  cmd.fill = {.dst = 0x400000, .bytes = 4096, .pattern = 7, .pattern_bytes = 4};
  return cmd;
}

s4_cmd copy_command(uint32_t wait) {
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_COPY;
  cmd.header.wait = wait;
  cmd.copy = {.src = 0x400000,
              .dst = 0x500000,
              .row_bytes = 4096,
              .src_pitch = 0,
              .dst_pitch = 0,
              .rows = 1,
              .reserved = 0};
  return cmd;
}

s4_cmd spmm_command(uint32_t wait, uint32_t rows, uint32_t columns) {
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_SPMM;
  cmd.header.wait = wait;
  cmd.spmm.x = 0x1000000;
  cmd.spmm.y = 0x2000000;
  cmd.spmm.values = 0x3000000;
  cmd.spmm.indices = 0x4000000;
  cmd.spmm.rows = rows;
  cmd.spmm.k = 128;
  cmd.spmm.columns = columns;
  cmd.spmm.x_pitch = columns * 2ull;
  cmd.spmm.y_pitch = columns * 2ull;
  cmd.spmm.degree = 8;
  cmd.spmm.y_scale = S4_FLOAT_ONE;
  cmd.spmm.type = S4_TYPE_BF16;
  cmd.spmm.y_type = S4_TYPE_BF16;
  return cmd;
}

s4_cmd eltwise_command(uint32_t wait, uint32_t outer) {
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_ELTWISE;
  cmd.header.wait = wait;
  s4_cmd_eltwise& c = cmd.eltwise;
  c.a = 0x1000000;
  c.b = 0x2000000;
  c.y = 0x3000000;
  c.op = S4_ELTWISE_ADD;
  c.a_type = c.b_type = c.y_type = S4_TYPE_FLOAT32;
  c.dims = 2;
  c.shape[0] = outer;
  c.shape[1] = 16;
  for (auto* stride : {c.a_stride, c.b_stride, c.y_stride}) {
    stride[0] = 16;
    stride[1] = 1;
  }
  c.a_scale = c.b_scale = c.y_scale = S4_FLOAT_ONE;
  return cmd;
}

s4_cmd barrier_command() {
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_BARRIER;
  return cmd;
}

s4_cmd timestamp_command(uint64_t dst) {
  s4_cmd cmd{};
  cmd.header.opcode = S4_OP_TIMESTAMP;
  cmd.timestamp.dst = dst;
  return cmd;
}

void FirmwareTest::SetUp() {
  card_.enabled_spaces = 0xe;  // 1, 2 and 3
  for (uint32_t space = 1; space <= 3; space++) {
    card_.spaces[space].map(kCommands, 1 << 20);
    card_.spaces[space].map(kRecord, FakeMemory::kPage);
  }
  machine_ = Machine::create(GetParam(), card_);
  run();
  ASSERT_TRUE(card_.ready);
}

s4_mbox_message FirmwareTest::call(const s4_mbox_message& request) {
  card_.send(request);
  run();
  EXPECT_FALSE(card_.mailbox_pending());
  return card_.response();
}

TestQueue& FirmwareTest::create(const QueueOptions& options) {
  queues_.push_back(std::make_unique<TestQueue>(card_, options));
  EXPECT_EQ(call(create_request(options)).op, static_cast<uint32_t>(S4_MBOX_OK));
  return *queues_.back();
}

uint32_t FirmwareTest::destroy(uint32_t slot) {
  s4_mbox_message request{};
  request.op = S4_MBOX_QUEUE_DESTROY;
  request.args[0] = slot;
  return call(request).op;
}

void FirmwareTest::put_commands(uint32_t space, uint64_t va, const std::vector<s4_cmd>& commands) {
  card_.spaces[space].put(va, commands.data(), commands.size() * sizeof(s4_cmd));
}

uint64_t FirmwareTest::submit(TestQueue& queue, const std::vector<s4_cmd>& commands,
                              uint64_t completion_va) {
  put_commands(queue.options().space, kCommands, commands);
  const uint64_t seqno =
      queue.push(kCommands, static_cast<uint32_t>(commands.size()), completion_va);
  queue.ring();
  return seqno;
}

void FirmwareTest::finish_at_once(uint64_t cycles) {
  card_.decide = [cycles](const FakeCard::Started&) { return Outcome{.cycles = cycles}; };
}

}  // namespace s4::fwtest
