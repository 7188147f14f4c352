// SPDX-License-Identifier: MIT
#include "firmware.hpp"

namespace s4::fw {
namespace {

// Jobs started a round: between rounds the watchdog is fed and events are looked at.
constexpr uint32_t kStartsARound = 16;

constexpr uint32_t core_mask(const Queue& queue) {
  return ((1u << queue.cores) - 1) << queue.first_core;
}

}  // namespace

Firmware::Firmware(Hw hw)
    : hw_(hw),
      log_(hw),
      port_(hw),
      queues_(hw, log_),
      reporter_(hw, port_, log_, counters_),
      mailbox_(hw, queues_, log_),
      telemetry_(hw, counters_),
      runners_{{hw, port_, counters_},
               {hw, port_, counters_},
               {hw, port_, counters_},
               {hw, port_, counters_}} {}

void Firmware::start(uint32_t version) {
  log_.clear();
  hw_.store(S4_MCU_DOORBELL + S4_DOORBELL_EXISTS_LO, 0);
  hw_.store(S4_MCU_DOORBELL + S4_DOORBELL_EXISTS_HI, 0);
  hw_.store(S4_MCU_DISPATCH + S4_DISPATCH_DONE, ~0u);
  telemetry_.start();
  hw_.store(S4_MCU_INTC + S4_INTC_ENABLE, S4_INTC_DOORBELL | S4_INTC_MAILBOX | S4_INTC_UNIT);
  log_.line("S4 firmware {}.{}.{} ready", version >> 24, version >> 16 & 0xff, version & 0xffff);
  hw_.store(S4_MCU_SYS + S4_SYS_READY, version);
}

bool Firmware::step() {
  hw_.store(S4_MCU_SYS + S4_SYS_WATCHDOG, 0);
  const uint32_t pending = hw_.load(S4_MCU_INTC + S4_INTC_PENDING);
  if (pending & S4_INTC_UNIT)
    units_done();
  for (uint32_t runners = more_; runners; runners &= runners - 1) {
    const uint32_t core = lowest_bit(runners);
    more_ &= ~(1u << core);
    advance(runners_[core]);
  }
  if (pending & S4_INTC_DOORBELL)
    queues_.doorbells();
  const bool more_jobs = schedule();
  reporter_.flush();
  bool request = false;
  if (mailbox_.waits()) {
    if (free_cores_ == kAllCores)
      mailbox_.idle();
  } else if (pending & S4_INTC_MAILBOX) {
    mailbox_.handle(free_cores_ != kAllCores);
    request = true;  // RESUME lets jobs start
  }
  if (hw_.timer_due())
    telemetry_.tick(queues_.count());
  return more_jobs || more_ || request;
}

void Firmware::units_done() {
  const uint32_t done = hw_.load(S4_MCU_DISPATCH + S4_DISPATCH_DONE);
  uint32_t runners = 0;
  for (uint32_t bits = done; bits; bits &= bits - 1) {
    const uint32_t unit = lowest_bit(bits);
    Runner* runner = unit < kUnits ? owner_[unit % S4_NUM_CORES] : nullptr;
    if (!runner)
      panic("a unit that nobody started is done", unit);
    runner->unit_done(unit);
    runners |= 1u << runner->queue()->first_core;
  }
  // Cleared once its registers are read and before it is started again.
  hw_.store(S4_MCU_DISPATCH + S4_DISPATCH_DONE, done);
  for (; runners; runners &= runners - 1)
    advance(runners_[lowest_bit(runners)]);
}

void Firmware::advance(Runner& runner) {
  switch (runner.advance()) {
    case Runner::State::kWaits:
      break;
    case Runner::State::kMore:
      more_ |= 1u << runner.queue()->first_core;
      break;
    case Runner::State::kEnded:
      end_job(runner);
      break;
  }
}

// True when it stopped before it ran out of jobs to start.
bool Firmware::schedule() {
  if (mailbox_.quiesced())
    return false;
  for (uint32_t n = 0; n < kStartsARound; n++) {
    Queue* queue = queues_.next(free_cores_);
    if (!queue)
      return false;
    start_job(*queue);
  }
  return true;
}

void Firmware::start_job(Queue& queue) {
  const s4_ring_entry* entry = ring_peek(queue, port_, log_);
  if (!entry) {
    queues_.rest(queue);
    return;
  }
  telemetry_.active();
  const uint32_t place = queue.head;
  uint32_t detail;
  const s4_status status = ring_take(queue, *entry, &detail);
  queues_.job_started(queue);

  const uint32_t cores = core_mask(queue);
  uint64_t card_now = card_now_[queue.first_core];
  if (queue.cores != 1) {
    for (const uint64_t now : card_now_)
      card_now = max(card_now, now);
  }
  if (status == S4_OK && entry->command_count) {
    reporter_.begun(queue, queue.last_seqno);
    hw_.store(S4_MCU_SYS + S4_SYS_SRAM_CLEAR, cores);
    free_cores_ &= ~cores;
    Runner& runner = runners_[queue.first_core];
    for (uint32_t i = 0; i < queue.cores; i++)
      owner_[queue.first_core + i] = &runner;
    runner.begin(queue, *entry, place, card_now);
    runner.start_ns = time_ns();
    advance(runner);
    return;
  }
  s4_job_result& result = reporter_.open(queue, place);
  result.seqno = queue.last_seqno;
  result.card_start = result.card_end = card_now;
  result.start_ns = result.end_ns = time_ns();
  if (status != S4_OK) {
    result.status = status;
    result.detail = detail;
    result.fault_unit = S4_UNIT_FIRMWARE;
    result.fault_core = queue.first_core;
  }
  // A malformed job is owed a record too, if it says soundly where.
  const bool record = status == S4_OK || ring_record_ok(*entry);
  reporter_.end(record ? entry->completion_va : 0, 0);
  queues_.job_ended(queue, 0);
}

void Firmware::end_job(Runner& runner) {
  Queue& queue = *runner.queue();
  s4_job_result& result = reporter_.open(queue, runner.place());
  runner.fill_result(result);
  result.start_ns = runner.start_ns;
  result.end_ns = time_ns();
  for (uint32_t i = 0; i < queue.cores; i++) {
    card_now_[queue.first_core + i] = result.card_end;
    owner_[queue.first_core + i] = nullptr;
  }
  free_cores_ |= core_mask(queue);
  const uint64_t cycles = result.card_end - result.card_start;
  reporter_.end(runner.completion_va(), runner.command_count());
  runner.release();
  queues_.job_ended(queue, cycles);
}

uint64_t Firmware::time_ns() const {
  const uint32_t low = hw_.load(S4_MCU_SYS + S4_SYS_TIME_LO);
  return low | uint64_t{hw_.load(S4_MCU_SYS + S4_SYS_TIME_HI)} << 32;
}

void Firmware::panic(const char* what, uint32_t value) {
  log_.line("panic: {} ({})", what, value);
  hw_.crash(kCausePanic, value);
}

}  // namespace s4::fw
