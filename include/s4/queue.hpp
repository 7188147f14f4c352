// SPDX-License-Identifier: MIT
// A queue of jobs on a card: they begin and end in the order of submission.
//
//   auto queue = s4::Queue::create(device, {.core_mode = S4_CORE_MODE_SPLIT}).value();
//   auto job = queue.submit(list).value();
//
// Thread-safe. Destroying it never waits: jobs that have begun end, others are cancelled.
#pragma once

#include <initializer_list>
#include <vector>

#include "command_list.hpp"
#include "job.hpp"

namespace s4 {

struct QueueOptions {
  s4_core_mode core_mode = S4_CORE_MODE_ONE;
  uint32_t core = 0;                       // with S4_CORE_MODE_ONE
  uint32_t priority = S4_PRIORITY_NORMAL;  // S4_PRIORITY_HIGH needs the privilege CAP_SYS_NICE
};

struct QueueInfo {
  bool banned = false;  // a job of it hung: make a new queue
  bool reset = false;   // the card was reset while jobs of it ran
  bool lost = false;    // the card is gone
  uint32_t last_status = 0;
  uint64_t jobs_submitted = 0;
  uint64_t jobs_done = 0;
  uint64_t jobs_failed = 0;
  uint64_t progress = 0;  // work retired: rises while the card works on the queue
};

class Queue {
 public:
  static Result<Queue> create(const Device& device, const QueueOptions& options = {}) {
    detail::ErrorOut error;
    s4_queue_options raw{};
    raw.size = sizeof raw;
    raw.core_mode = options.core_mode;
    raw.core = options.core;
    raw.priority = options.priority;
    s4_queue* queue = nullptr;
    if (s4_queue_create(device.get(), &raw, &queue, error) != S4_SUCCESS)
      return error.take();
    return Queue(queue);
  }

  // `after`: jobs, also of other queues of the device, that must have ended before this one
  // begins, whether they failed or not.
  Result<Job> submit(const CommandList& list, std::initializer_list<const Job*> after = {}) {
    return submit(list, std::vector<const Job*>(after));
  }
  Result<Job> submit(const CommandList& list, const std::vector<const Job*>& after) {
    detail::ErrorOut error;
    std::vector<s4_job*> raw;
    for (const Job* job : after)
      raw.push_back(job ? job->get() : nullptr);
    s4_job* job = nullptr;
    s4_code code = s4_queue_submit(get(), list.get(), raw.data(), raw.size(), &job, error);
    if (code != S4_SUCCESS)
      return error.take();
    return Job(job);
  }

  Result<QueueInfo> info() const {
    detail::ErrorOut error;
    s4_queue_info raw{};
    raw.size = sizeof raw;
    if (s4_queue_get_info(get(), &raw, error) != S4_SUCCESS)
      return error.take();
    return QueueInfo{(raw.flags & S4_QUEUE_INFO_BANNED) != 0,
                     (raw.flags & S4_QUEUE_INFO_RESET) != 0,
                     (raw.flags & S4_QUEUE_INFO_LOST) != 0,
                     raw.last_status,
                     raw.jobs_submitted,
                     raw.jobs_done,
                     raw.jobs_failed,
                     raw.progress};
  }

  s4_queue* get() const noexcept { return handle_.get(); }

 private:
  explicit Queue(s4_queue* raw) : handle_(raw) {}
  detail::Handle<s4_queue, s4_queue_release> handle_;
};

}  // namespace s4
