// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "core/arena.hpp"
#include "core/command_list.hpp"
#include "core/queue.hpp"
#include "s4/result.hpp"
#include "s4/s4.h"

namespace s4::core {

// A submitted list and what became of it. Keeps what the list uses until it has ended.
class Job : public std::enable_shared_from_this<Job> {
 public:
  Job(std::shared_ptr<Queue> queue, std::shared_ptr<const Snapshot> list, ArenaBlock record)
      : queue_(std::move(queue)), list_(std::move(list)), record_(std::move(record)) {}
  ~Job();

  Queue& queue() const { return *queue_; }
  const Signal& signal() const { return submitted_.signal; }
  uint64_t number() const { return submitted_.number; }
  void set_submitted(Queue::Submitted submitted) { submitted_ = std::move(submitted); }
  // An untouched record says that the card never wrote it.
  static void prepare_record(ArenaBlock& record);

  // An error says how the job failed, or Code::kTimeout.
  Result<void> wait(uint64_t timeout_ns);
  s4_job_report report();
  using Callback = std::function<void(const s4_job_report&)>;
  void on_end(Callback callback);
  Result<int> fd();

  // Looks whether it has ended, and does then what there is to do. Never waits.
  bool try_settle();
  // Nobody holds the job's handle any more.
  void abandon();

 private:
  void settle();
  Result<void> outcome();
  std::string failure_text() const;

  const std::shared_ptr<Queue> queue_;
  Queue::Submitted submitted_;

  std::mutex mutex_;
  bool ended_ = false;
  bool watched_ = false;  // the keeper will settle it
  s4_job_report report_{};
  std::string message_;  // of the failure
  std::shared_ptr<const Snapshot> list_;
  ArenaBlock record_;
  std::vector<Callback> callbacks_;
};

}  // namespace s4::core
