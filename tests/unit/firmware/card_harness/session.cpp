// SPDX-License-Identifier: MIT
#include "session.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <iterator>

#include "s4/abi/s4_mmu.h"

namespace s4::fwtest {

std::vector<uint8_t> firmware_image() {
  std::ifstream file(S4_FW_IMAGE, std::ios::binary);
  EXPECT_TRUE(file) << S4_FW_IMAGE;
  return {std::istreambuf_iterator<char>(file), {}};
}

Session::Session(const Machine::Options& options) : machine(options) {
  s4_card_set_bus_master(machine.card(), 1);
}

void Session::boot() {
  machine.start_boot(firmware_image());
  machine.wait_boot_state(S4_BOOT_RUNNING);
}

s4_mbox_message Session::call(const s4_mbox_message& request) {
  uint32_t words[S4_MBOX_WORDS];
  std::memcpy(words, &request, sizeof(words));
  for (uint32_t i = 0; i < S4_MBOX_WORDS; i++)
    machine.wr(S4_REG_MBOX_REQUEST + 4 * i, words[i]);
  machine.wr(S4_REG_MBOX_SEND, ++sequence_);
  machine.wait_for([&] { return machine.rd(S4_REG_MBOX_DONE) == sequence_; }, "the mailbox");
  for (uint32_t i = 0; i < S4_MBOX_WORDS; i++)
    words[i] = machine.rd(S4_REG_MBOX_RESPONSE + 4 * i);
  s4_mbox_message response;
  std::memcpy(&response, words, sizeof(response));
  return response;
}

uint32_t Session::simple_call(uint32_t op, uint32_t arg) {
  s4_mbox_message request{};
  request.op = op;
  request.args[0] = arg;
  return call(request).op;
}

std::string Session::log() {
  s4_fw_log log;
  std::vector<uint32_t> words(sizeof(log) / 4);
  for (size_t i = 0; i < words.size(); i++)
    words[i] = machine.rd(S4_REG_FW_LOG + 4 * i);
  std::memcpy(&log, words.data(), sizeof(log));
  return {log.text, std::min<size_t>(log.written, sizeof(log.text))};
}

s4_telemetry Session::telemetry() {
  for (;;) {
    uint32_t words[sizeof(s4_telemetry) / 4];
    for (size_t i = 0; i < std::size(words); i++)
      words[i] = machine.rd(S4_REG_TELEMETRY + 4 * i);
    s4_telemetry telemetry;
    std::memcpy(&telemetry, words, sizeof(telemetry));
    const bool still = machine.rd(S4_REG_TELEMETRY) == telemetry.sequence;
    if (still && telemetry.sequence % 2 == 0)
      return telemetry;
  }
}

uint64_t Session::take_dram(uint64_t bytes) {
  const uint64_t at = next_dram_;
  next_dram_ += (bytes + S4_PAGE_SIZE - 1) / S4_PAGE_SIZE * S4_PAGE_SIZE;
  return at;
}

Space::Space(Session& session, unsigned number)
    : session_(session), number_(number), tables_(session.machine) {
  tables_.enable(number);
}

Buffer Space::place(uint64_t bytes) {
  const uint64_t whole = (bytes + S4_PAGE_SIZE - 1) / S4_PAGE_SIZE * S4_PAGE_SIZE;
  Buffer buffer{.va = next_va_, .data = nullptr, .bytes = whole};
  next_va_ += whole + S4_PAGE_SIZE;  // a hole behind each
  return buffer;
}

Buffer Space::host_buffer(uint64_t bytes, bool writable) {
  Buffer buffer = place(bytes);
  const uint64_t dma = session_.machine.alloc(buffer.bytes);
  buffer.data = session_.machine.host(dma);
  tables_.map_host(buffer.va, dma, buffer.bytes, writable ? S4_PTE_WRITE : 0);
  return buffer;
}

Buffer Space::card_buffer(uint64_t bytes, bool writable) {
  Buffer buffer = place(bytes);
  const uint64_t at = session_.take_dram(buffer.bytes);
  buffer.data = session_.machine.dram() + at;
  tables_.map_card(buffer.va, at, buffer.bytes, writable ? S4_PTE_WRITE : 0);
  return buffer;
}

CardQueue::CardQueue(Session& session, Space& space, const Options& options)
    : session_(session),
      options_(options),
      lists_(space.host_buffer(options.entries * kListCommands * sizeof(s4_cmd))),
      ring_(session.machine.alloc(options.entries * sizeof(s4_ring_entry))),
      results_(session.machine.alloc(options.entries * sizeof(s4_job_result))),
      state_(session.machine.alloc(sizeof(s4_queue_state))) {
  s4_mbox_message request{};
  request.op = S4_MBOX_QUEUE_CREATE;
  request.queue_create = {.slot = options.slot,
                          .space = space.number(),
                          .core_mode = options.core_mode,
                          .core = options.core,
                          .priority = options.priority,
                          .vector = options.vector,
                          .ring_entries = options.entries,
                          .ring_lo = static_cast<uint32_t>(ring_),
                          .ring_hi = static_cast<uint32_t>(ring_ >> 32),
                          .results_lo = static_cast<uint32_t>(results_),
                          .results_hi = static_cast<uint32_t>(results_ >> 32),
                          .state_lo = static_cast<uint32_t>(state_),
                          .state_hi = static_cast<uint32_t>(state_ >> 32),
                          .reserved = {}};
  created_ = static_cast<s4_mbox_status>(session.call(request).op);
}

s4_ring_entry* CardQueue::ring() const {
  return reinterpret_cast<s4_ring_entry*>(session_.machine.host(ring_));
}

void CardQueue::doorbell(uint32_t tail) {
  session_.machine.wr(S4_REG_DOORBELL(options_.slot), tail);
}

uint64_t CardQueue::submit(const std::vector<s4_cmd>& commands, uint64_t completion_va) {
  const uint64_t offset = tail_ % options_.entries * kListCommands * sizeof(s4_cmd);
  EXPECT_LE(commands.size(), kListCommands);
  if (!commands.empty()) {
    std::memcpy(lists_.data + offset, commands.data(), commands.size() * sizeof(s4_cmd));
  }
  s4_ring_entry entry{};
  entry.commands_va = commands.empty() ? 0 : lists_.va + offset;
  entry.command_count = static_cast<uint32_t>(commands.size());
  entry.completion_va = completion_va;
  return submit_entry(entry);
}

uint64_t CardQueue::submit_entry(s4_ring_entry entry) {
  entry.seqno = tail_ + 1;
  ring()[tail_ % options_.entries] = entry;
  doorbell(++tail_);
  return tail_;
}

uint64_t CardQueue::fence() const {
  const auto* state = reinterpret_cast<s4_queue_state*>(session_.machine.host(state_));
  return __atomic_load_n(&state->fence, __ATOMIC_ACQUIRE);
}

uint64_t CardQueue::started() const {
  const auto* state = reinterpret_cast<s4_queue_state*>(session_.machine.host(state_));
  return __atomic_load_n(&state->started, __ATOMIC_ACQUIRE);
}

void CardQueue::wait(uint64_t seqno) {
  session_.machine.wait_for([&] { return fence() >= seqno; }, "a fence");
}

s4_job_result CardQueue::result(uint64_t seqno) const {
  const auto* results = reinterpret_cast<s4_job_result*>(session_.machine.host(results_));
  return results[(seqno - 1) % options_.entries];
}

s4_job_result CardQueue::run(const std::vector<s4_cmd>& commands, uint64_t completion_va) {
  const uint64_t seqno = submit(commands, completion_va);
  wait(seqno);
  return result(seqno);
}

}  // namespace s4::fwtest
