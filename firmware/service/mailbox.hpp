// SPDX-License-Identifier: MIT
// The driver's requests: s4_mailbox.h. docs/firmware.md, "Mailbox".
#pragma once

#include "hw/hw.hpp"
#include "queues/queue_table.hpp"
#include "support/log.hpp"

namespace s4::fw {

class Mailbox {
 public:
  Mailbox(Hw hw, QueueTable& queues, Log& log) : hw_(hw), queues_(queues), log_(log) {}

  // A request is there. `running`: some job is. Everything that was to be written to host memory
  // has been, since the answer may free that memory.
  void handle(bool running);

  // No job is running any more: answers a QUIESCE that waits for that.
  void idle();

  bool quiesced() const { return quiesced_; }
  // QUIESCE waits for running jobs: its request stays pending, but is not to be handled again.
  bool waits() const { return waits_; }

 private:
  s4_mbox_status handle_op(const s4_mbox_message& request, bool running);
  s4_mbox_status create(const s4_mbox_message& request);
  s4_mbox_status destroy(const s4_mbox_message& request);
  void reply(s4_mbox_status status, const s4_mbox_message* echo);

  [[no_unique_address]] Hw hw_;
  QueueTable& queues_;
  Log& log_;
  bool quiesced_ = false;
  bool waits_ = false;
};

}  // namespace s4::fw
