// SPDX-License-Identifier: MIT
#include "jobs/runner.hpp"

#include "s4/abi/s4_check.h"

namespace s4::fw {
namespace {

// Commands a turn: other jobs' units and the mailbox are looked at between turns.
constexpr uint32_t kTurn = 32;

uint32_t unit_base(uint32_t unit) {
  return S4_MCU_DISPATCH + S4_DISPATCH_UNIT(unit);
}

}  // namespace

void Runner::begin(Queue& queue, const s4_ring_entry& entry, uint32_t place, uint64_t card_now) {
  queue_ = &queue;
  commands_va_ = entry.commands_va;
  completion_va_ = entry.completion_va;
  seqno_ = queue.last_seqno;
  card_start_ = card_now;
  count_ = entry.command_count;
  place_ = place;
  next_ = 0;
  fetched_ = 0;
  command_ = nullptr;
  pending_ = 0;
  busy_ = 0;
  failure_.command = ~0u;
  failure_.status = S4_OK;
  timeline_.begin(card_now);
}

Runner::State Runner::advance() {
  for (uint32_t turn = kTurn; failure_.status == S4_OK && next_ != count_; turn--) {
    if (turn == 0)
      return State::kMore;
    if (!command_ && !load_command())
      break;
    if (pending_ & (command_->header.wait | 1u << (kWindow - 1)))
      return State::kWaits;
    if (units_ == 0) {
      if (pending_)
        return State::kWaits;
      run_here();
    } else {
      if (busy_ & units_)
        return State::kWaits;
      issue();
    }
  }
  return pending_ ? State::kWaits : State::kEnded;
}

// Makes command_ the next command. On failure the job has failed at it.
bool Runner::load_command() {
  if (next_ == fetched_ && !fetch())
    return false;
  auto* command =
      reinterpret_cast<s4_cmd*>(buffer_ + kHeader + (next_ - buffer_base_) * S4_CMD_BYTES);
  uint32_t detail;
  const s4_status status = s4_cmd_check(command, &detail);
  if (status != S4_OK) {
    fail_here(status, detail, 0, S4_ACCESS_READ);
    return false;
  }
  command_ = command;
  const uint32_t unit = s4_cmd_unit(command->header.opcode);
  if (unit == S4_UNIT_FIRMWARE) {
    units_ = 0;
  } else if (queue_->cores == 1) {
    units_ = 1u << (unit * S4_NUM_CORES + queue_->first_core);
    share_[queue_->first_core] = {0, 1};
  } else {
    split();
  }
  return true;
}

// Shares a command of a four-core job out to the cores.
void Runner::split() {
  const uint32_t unit = s4_cmd_unit(command_->header.opcode);
  units_ = 0;
  for (uint32_t core = 0; core < S4_NUM_CORES; core++) {
    __u64 begin, end;
    if (s4_cmd_slice(command_, static_cast<s4_slice>(queue_->slice), core, S4_NUM_CORES, &begin,
                     &end)) {
      units_ |= 1u << (unit * S4_NUM_CORES + core);
      share_[core] = {begin, end};
    }
  }
}

bool Runner::fetch() {
  uint32_t count = min(count_ - next_, kFetch);
  const uint64_t va = commands_va_ + uint64_t{next_} * S4_CMD_BYTES;
  for (;;) {
    const s4_status status =
        port_.read(queue_->commands(), va, buffer_ + kHeader, count * S4_CMD_BYTES);
    if (status == S4_OK)
      break;
    // Commands before the address that cannot be read still run.
    const uint64_t fault = port_.fault_va();
    const uint32_t good =
        fault - va < count * S4_CMD_BYTES ? static_cast<uint32_t>(fault - va) / S4_CMD_BYTES : 0;
    if (good == 0) {
      fail_here(status, 0, fault, S4_ACCESS_READ);
      return false;
    }
    count = good;
  }
  buffer_base_ = next_;
  fetched_ = next_ + count;
  return true;
}

// Barrier and timestamp: every earlier command has ended.
void Runner::run_here() {
  const s4_cmd& command = *command_;
  const uint32_t index = next_;
  timeline_.start_after_all(index);
  if (command.header.opcode == S4_OP_TIMESTAMP) {
    stamp_.card_cycles = timeline_.issued();
    stamp_.time_ns = hw_.load(S4_MCU_SYS + S4_SYS_TIME_LO);
    stamp_.time_ns |= uint64_t{hw_.load(S4_MCU_SYS + S4_SYS_TIME_HI)} << 32;
    const s4_status status =
        port_.write(queue_->commands(), command.timestamp.dst, &stamp_, sizeof(stamp_));
    if (status != S4_OK)
      fail_here(status, 0, port_.fault_va(), S4_ACCESS_WRITE);
  }
  next_++;
  pending_ <<= 1;
  command_ = nullptr;
  if (failure_.status == S4_OK) {
    counters_.commands_done++;
    hw_.store(S4_MCU_PROGRESS + S4_PROGRESS_CREDIT, queue_->slot);
  }
}

void Runner::issue() {
  const uint32_t index = next_;
  timeline_.start(index, command_->header.wait, units_);
  start_[index % kWindow] = timeline_.issued();
  uint8_t shares = 0;
  const auto axis = static_cast<s4_slice>(queue_->slice);
  for (uint32_t bits = units_; bits; bits &= bits - 1, shares++) {
    const uint32_t unit = lowest_bit(bits);
    unit_command_[unit] = index;
    start_unit(unit, share_[unit % S4_NUM_CORES], axis);
  }
  busy_ |= units_;
  shares_left_[index % kWindow] = shares;
  pending_ = pending_ << 1 | 1;
  next_++;
  command_ = nullptr;
}

void Runner::start_unit(uint32_t unit, const Share& share, s4_slice axis) {
  auto* dispatch = reinterpret_cast<s4_dispatch*>(reinterpret_cast<uint8_t*>(command_) - kHeader);
  dispatch->space = queue_->space;
  dispatch->queue = queue_->slot;
  dispatch->sram_core = queue_->first_core;
  dispatch->sram_cores = queue_->cores;
  dispatch->slice_axis = axis;
  dispatch->slice_begin = share.begin;
  dispatch->slice_end = share.end;
  dispatch->group = units_;  // one interrupt for all of them
  dispatch->reserved = 0;
  hw_.store(unit_base(unit) + S4_UNIT_START, hw_.ram_address(dispatch));
}

void Runner::unit_done(uint32_t unit) {
  const uint32_t bit = 1u << unit;
  const uint32_t index = unit_command_[unit];
  const uint32_t base = unit_base(unit);
  const auto status = static_cast<s4_status>(hw_.load(base + S4_UNIT_STATUS));
  const uint32_t cycles_low = hw_.load(base + S4_UNIT_CYCLES_LO);
  const uint32_t cycles_high = hw_.load(base + S4_UNIT_CYCLES_HI);
  busy_ &= ~bit;
  timeline_.end(index, unit, start_[index % kWindow], cycles_low | uint64_t{cycles_high} << 32);
  if (status != S4_OK) {
    Failure failure;
    failure.command = index;
    failure.status = status;
    failure.detail = hw_.load(base + S4_UNIT_DETAIL);
    failure.va = hw_.load(base + S4_UNIT_FAULT_LO);
    failure.va |= uint64_t{hw_.load(base + S4_UNIT_FAULT_HI)} << 32;
    failure.access = static_cast<uint8_t>(hw_.load(base + S4_UNIT_ACCESS));
    failure.unit = static_cast<uint8_t>(unit / S4_NUM_CORES);
    failure.core = static_cast<uint8_t>(unit % S4_NUM_CORES);
    fail(failure);
  }
  if (--shares_left_[index % kWindow] == 0)
    command_ended(index);
}

void Runner::command_ended(uint32_t index) {
  pending_ &= ~(1u << (next_ - 1 - index));
  if (index == failure_.command)
    return;
  counters_.commands_done++;
  hw_.store(S4_MCU_PROGRESS + S4_PROGRESS_CREDIT, queue_->slot);
}

// Keeps the first failed command in list order, and its first core: which failure is seen first
// depends on the host's timing, which one is reported does not.
void Runner::fail(const Failure& failure) {
  if (failure.command < failure_.command ||
      (failure.command == failure_.command && failure.core < failure_.core)) {
    failure_ = failure;
  }
}

void Runner::fail_here(s4_status status, uint32_t detail, uint64_t va, s4_access access) {
  Failure failure;
  failure.command = next_;
  failure.status = status;
  failure.detail = detail;
  failure.va = va;
  failure.access = access;
  failure.unit = S4_UNIT_FIRMWARE;
  failure.core = queue_->first_core;
  fail(failure);
}

uint64_t Runner::card_end() const {
  if (failure_.status == S4_OK)
    return timeline_.latest();
  return timeline_.latest_up_to(failure_.command, next_);
}

void Runner::fill_result(s4_job_result& result) const {
  result.seqno = seqno_;
  result.card_start = card_start_;
  result.card_end = card_end();
  if (failure_.status == S4_OK)
    return;
  result.status = failure_.status;
  result.command = failure_.command;
  result.detail = failure_.detail;
  result.fault_va = failure_.va;
  result.fault_unit = failure_.unit;
  result.fault_core = failure_.core;
  result.fault_access = failure_.access;
}

}  // namespace s4::fw
