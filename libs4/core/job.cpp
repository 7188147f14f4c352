// SPDX-License-Identifier: MIT
#include "core/job.hpp"

#include <fmt/format.h>
#include <sys/eventfd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "core/buffer.hpp"
#include "core/describe.hpp"
#include "core/device.hpp"
#include "core/queue.hpp"
#include "core/unique_fd.hpp"

namespace s4::core {
namespace {

// No status of the card: what a record says that the card did not write.
constexpr uint32_t kUnwritten = UINT32_MAX;

s4_job_report empty_report() {
  s4_job_report report{};
  report.size = sizeof report;
  report.code = S4_ERROR_TIMEOUT;
  return report;
}

}  // namespace

void Job::prepare_record(ArenaBlock& record) {
  s4_job_result result{};
  result.status = kUnwritten;
  std::memcpy(record.data(), &result, sizeof result);
}

Job::~Job() = default;

bool Job::try_settle() {
  {
    const std::lock_guard lock(mutex_);
    if (ended_)
      return true;
  }
  auto reached = queue_->wait(signal(), 0);
  if (reached && !*reached)
    return false;
  settle();  // a wait that fails for good ends the job too: the device is lost
  return true;
}

// The fence is signalled, or there will be none.
void Job::settle() {
  std::vector<Callback> callbacks;
  s4_job_report report{};
  std::shared_ptr<const Snapshot> list;
  ArenaBlock record;
  {
    const std::lock_guard lock(mutex_);
    if (ended_)
      return;
    s4_job_result result;
    std::memcpy(&result, record_.data(), sizeof result);
    report_ = empty_report();
    const uint32_t khz = queue_->device().info().clock_top_khz;
    if (result.status == kUnwritten || result.status == S4_E_CANCELLED) {
      report_.status = S4_E_CANCELLED;
      report_.code = static_cast<s4_code>(queue_->state_code());
    } else {
      report_.status = result.status;
      report_.code = result.status == S4_OK ? S4_SUCCESS : S4_ERROR_JOB_FAILED;
      report_.command = result.command;
      report_.detail = result.detail;
      report_.fault_unit = result.fault_unit;
      report_.fault_core = result.fault_core;
      report_.fault_access = result.fault_access;
      report_.fault_va = result.fault_va;
      report_.card_cycles = result.card_end - result.card_start;
      report_.card_ns = khz == 0 ? 0 : report_.card_cycles * 1000000 / khz;
      report_.wall_ns = result.end_ns - result.start_ns;
    }
    if (report_.code != S4_SUCCESS)
      message_ = failure_text();
    ended_ = true;
    callbacks = std::exchange(callbacks_, {});
    report = report_;
    // What the card used is free again, when the lock is not held any more.
    list = std::exchange(list_, nullptr);
    record = std::exchange(record_, {});
  }
  for (const Callback& callback : callbacks)
    callback(report);
}

std::string Job::failure_text() const {
  switch (report_.code) {
    case S4_ERROR_JOB_FAILED: {
      const bool named = list_ && report_.command < list_->count;
      return describe_failure(report_, named ? &list_->command(report_.command) : nullptr);
    }
    case S4_ERROR_DEVICE_RESET:
      return "the card was reset while this job ran, because a job made no progress or the "
             "firmware failed; submit it again, on a new queue if this one is banned";
    case S4_ERROR_DEVICE_LOST:
      return "the card is gone; open the device again when it is back and submit there";
    default:
      return "the job was cancelled before it began: its queue was released";
  }
}

Result<void> Job::outcome() {
  const std::lock_guard lock(mutex_);
  if (report_.code == S4_SUCCESS)
    return {};
  const int number = report_.code == S4_ERROR_DEVICE_LOST ? ENODEV : 0;
  return Error{static_cast<Code>(report_.code), number, queue_->device().where("").device, "job",
               message_};
}

Result<void> Job::wait(uint64_t timeout_ns) {
  {
    std::unique_lock lock(mutex_);
    if (ended_) {
      lock.unlock();
      return outcome();
    }
  }
  auto reached = queue_->wait(signal(), deadline_after(timeout_ns));
  if (reached && !*reached) {
    return Error{Code::kTimeout, 0, queue_->device().where("").device, "wait",
                 "the job has not ended yet; wait longer"};
  }
  settle();
  return outcome();
}

s4_job_report Job::report() {
  if (!try_settle())
    return empty_report();
  const std::lock_guard lock(mutex_);
  return report_;
}

void Job::on_end(Callback callback) {
  std::unique_lock lock(mutex_);
  if (!ended_) {
    callbacks_.push_back(std::move(callback));
    const bool watch = !std::exchange(watched_, true);
    lock.unlock();
    if (watch)
      queue_->device().keeper().watch(shared_from_this());
    return;
  }
  const s4_job_report report = report_;
  lock.unlock();
  callback(report);
}

void Job::abandon() {
  std::unique_lock lock(mutex_);
  if (ended_ || std::exchange(watched_, true))
    return;
  lock.unlock();
  queue_->device().keeper().watch(shared_from_this());
}

Result<int> Job::fd() {
  const Where where = queue_->device().where("job descriptor");
  UniqueFd fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!fd)
    return failed(where, -errno, "create an event descriptor");
  transport::SyncobjEventfd args{};
  args.handle = signal().syncobj();
  args.fd = fd.get();
  if (const int error = queue_->device().transport().syncobj_eventfd(args)) {
    return failed(where, error, "watch the job");
  }
  return fd.release();
}

}  // namespace s4::core
