// SPDX-License-Identifier: MIT
// Work that was submitted.
//
//   auto job = queue.submit(list).value();
//   job.wait(100ms);                 // Code::kTimeout: runs still
//   job.wait().value();              // until it ends; throws how it failed
//
// Thread-safe. Destroying it neither waits for the work nor stops it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include "result.hpp"

namespace s4 {

struct JobReport {
  Code code = Code::kTimeout;  // kSuccess, kTimeout (runs still), kJobFailed, kCancelled, ...
  uint32_t status = 0;         // enum s4_status
  uint32_t command = 0;        // index in the list of the command that failed
  uint32_t detail = 0;         // meaning: enum s4_status
  uint32_t fault_unit = 0;     // enum s4_unit
  uint32_t fault_core = 0;
  uint32_t fault_access = 0;  // enum s4_access
  uint64_t fault_va = 0;
  uint64_t card_cycles = 0;  // at the device's clock_top_khz
  std::chrono::nanoseconds card_time{};
  std::chrono::nanoseconds wall_time{};  // on the card, begin to end; time of the guest

  bool done() const noexcept { return code != Code::kTimeout; }
  const char* status_text() const noexcept { return s4_status_text(status); }

  static JobReport from(const s4_job_report& raw) {
    JobReport r;
    r.code = static_cast<Code>(raw.code);
    r.status = raw.status;
    r.command = raw.command;
    r.detail = raw.detail;
    r.fault_unit = raw.fault_unit;
    r.fault_core = raw.fault_core;
    r.fault_access = raw.fault_access;
    r.fault_va = raw.fault_va;
    r.card_cycles = raw.card_cycles;
    r.card_time = std::chrono::nanoseconds(raw.card_ns);
    r.wall_time = std::chrono::nanoseconds(raw.wall_ns);
    return r;
  }
};

class Job {
 public:
  // Until it ends. An error says how the job failed.
  Result<void> wait() const { return wait_raw(S4_WAIT_FOREVER); }
  // Code::kTimeout when it still runs after `timeout`; zero only looks.
  Result<void> wait(std::chrono::nanoseconds timeout) const {
    return wait_raw(timeout.count() < 0 ? 0 : static_cast<uint64_t>(timeout.count()));
  }

  // Never waits.
  Result<JobReport> report() const {
    detail::ErrorOut error;
    s4_job_report raw{};
    raw.size = sizeof raw;
    if (s4_job_get_report(get(), &raw, error) != S4_SUCCESS)
      return error.take();
    return JobReport::from(raw);
  }

  // Calls `callback` once when the job has ended, from a thread of the library, or at once if it
  // has. It must not throw nor wait for other jobs. The Job may be destroyed before.
  Result<void> on_end(std::function<void(const JobReport&)> callback) const {
    using Callback = std::function<void(const JobReport&)>;
    auto held = std::make_unique<Callback>(std::move(callback));
    detail::ErrorOut error;
    s4_code code = s4_job_on_end(
        get(),
        [](void* argument, const s4_job_report* raw) {
          std::unique_ptr<Callback> mine(static_cast<Callback*>(argument));
          (*mine)(JobReport::from(*raw));
        },
        held.get(), error);
    if (code == S4_SUCCESS)
      (void)held.release();  // the call above owns it now
    return detail::check(code, error);
  }

  // A new descriptor that becomes readable when the job has ended; the caller closes it.
  Result<int> fd() const {
    detail::ErrorOut error;
    int fd = -1;
    s4_code code = s4_job_get_fd(get(), &fd, error);
    return detail::check(code, error, fd);
  }

  s4_job* get() const noexcept { return handle_.get(); }

 private:
  friend class Queue;
  explicit Job(s4_job* raw) : handle_(raw) {}
  Result<void> wait_raw(uint64_t timeout_ns) const {
    detail::ErrorOut error;
    s4_code code = s4_job_wait(get(), timeout_ns, error);
    return detail::check(code, error);
  }
  detail::Handle<s4_job, s4_job_release> handle_;
};

}  // namespace s4
