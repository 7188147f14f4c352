// SPDX-License-Identifier: MIT
// The firmware: everything but the first and the last instruction. docs/firmware.md.
#pragma once

#include "jobs/runner.hpp"
#include "queues/queue_table.hpp"
#include "queues/reporter.hpp"
#include "service/mailbox.hpp"
#include "service/telemetry.hpp"

namespace s4::fw {

// mcause of a crash that the firmware itself reports; from the codes left to custom use.
constexpr uint32_t kCausePanic = 24;

class Firmware {
 public:
  explicit Firmware(Hw hw);

  // Says READY to the host with `version` (S4_FW_VERSION).
  void start(uint32_t version);

  // One round of the main loop: handles what is pending. True when there is more to do at once;
  // else the caller may wait for an interrupt.
  bool step();

 private:
  void units_done();
  void advance(Runner& runner);
  bool schedule();
  void start_job(Queue& queue);
  void end_job(Runner& runner);
  uint64_t time_ns() const;
  [[noreturn]] void panic(const char* what, uint32_t value);

  [[no_unique_address]] Hw hw_;
  Log log_;
  Port port_;
  Counters counters_;
  QueueTable queues_;
  Reporter reporter_;
  Mailbox mailbox_;
  Telemetry telemetry_;

  static constexpr uint32_t kAllCores = (1u << S4_NUM_CORES) - 1;
  uint32_t free_cores_ = kAllCores;
  uint32_t more_ = 0;  // runners whose turn ended with work left
  uint64_t card_now_[S4_NUM_CORES] = {};
  Runner* owner_[S4_NUM_CORES] = {};  // of each core
  Runner runners_[S4_NUM_CORES];      // by the job's first core
};

}  // namespace s4::fw
