// SPDX-License-Identifier: MIT
// Runs one job's command list on the cores that the job owns. docs/firmware.md, "A command's life".
//
// Commands are copied in batches into MCU RAM, once, and checked there; what a unit gets is that
// copy. They are issued in order. A command waits until those of its `wait` mask have ended, its
// unit is free on every core it needs, and the command 32 before it has ended.
#pragma once

#include "hw/port.hpp"
#include "jobs/timeline.hpp"
#include "queues/queue.hpp"
#include "queues/reporter.hpp"

namespace s4::fw {

// Commands copied by one transfer.
constexpr uint32_t kFetch = 16;

class Runner {
 public:
  Runner(Hw hw, Port& port, Counters& counters) : hw_(hw), port_(port), counters_(counters) {}

  // Takes over a job of at least one command; `card_now` is its cores' card time.
  void begin(Queue& queue, const s4_ring_entry& entry, uint32_t place, uint64_t card_now);

  enum class State {
    kWaits,  // for a unit
    kMore,   // it has had its turn: call again
    kEnded,  // fill_result()
  };
  // Issues what can be issued, a bounded number of commands.
  State advance();

  // A unit ended what it was given. Reads the unit's registers.
  void unit_done(uint32_t unit);

  // Everything of the result but the wall times.
  void fill_result(s4_job_result& result) const;
  void release() { queue_ = nullptr; }

  Queue* queue() const { return queue_; }
  uint64_t completion_va() const { return completion_va_; }
  uint32_t command_count() const { return count_; }
  uint32_t place() const { return place_; }
  uint64_t card_start() const { return card_start_; }
  uint64_t card_end() const;

  uint64_t start_ns = 0;  // S4_REG_TIME

 private:
  struct Failure {
    uint32_t command = ~0u;  // none yet
    s4_status status = S4_OK;
    uint32_t detail = 0;
    uint64_t va = 0;
    uint8_t access = 0;
    uint8_t unit = 0;
    uint8_t core = 0;
  };
  struct Share {
    uint64_t begin;
    uint64_t end;
  };

  // Bits a set of units; pending_ and `wait`: bit i is the (i+1)-th command before next_.
  bool load_command();
  bool fetch();
  void split();
  void run_here();
  void issue();
  void start_unit(uint32_t unit, const Share& share, s4_slice axis);
  void command_ended(uint32_t index);
  void fail(const Failure& failure);
  void fail_here(s4_status status, uint32_t detail, uint64_t va, s4_access access);

  [[no_unique_address]] Hw hw_;
  Port& port_;
  Counters& counters_;

  Queue* queue_ = nullptr;
  uint64_t commands_va_ = 0;
  uint64_t completion_va_ = 0;
  uint64_t seqno_ = 0;
  uint64_t card_start_ = 0;
  uint32_t count_ = 0;
  uint32_t place_ = 0;
  uint32_t next_ = 0;          // command to issue next
  uint32_t fetched_ = 0;       // commands [.., fetched_) are in buffer_
  uint32_t buffer_base_ = 0;   // command at the buffer's beginning
  s4_cmd* command_ = nullptr;  // next_, copied and checked; null: not yet
  uint32_t units_ = 0;         // that command_ needs; 0: done by the firmware
  Share share_[S4_NUM_CORES] = {};

  uint32_t pending_ = 0;                // commands that have not ended
  uint32_t busy_ = 0;                   // units at work
  uint32_t unit_command_[kUnits] = {};  // what they work on
  uint64_t start_[kWindow] = {};        // card time at which the commands began
  uint8_t shares_left_[kWindow] = {};   // units that still work on them
  s4_timestamp stamp_ = {};             // the port reads it from here
  Failure failure_;
  Timeline timeline_;

  // A dispatch is a header of 32 bytes before the command. The header of command i overwrites the
  // end of command i - 1, which has been issued, so nothing is copied.
  static constexpr uint32_t kHeader = __builtin_offsetof(s4_dispatch, command);
  alignas(16) uint8_t buffer_[kHeader + kFetch * S4_CMD_BYTES] = {};
};

}  // namespace s4::fw
