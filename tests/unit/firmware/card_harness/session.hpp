// SPDX-License-Identifier: MIT
// The shipped firmware on the real card (libs4card): what a driver does, in a few calls.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "card/machine.hpp"
#include "card/page_tables.hpp"
#include "s4/abi/s4_cmd.h"
#include "s4/abi/s4_mailbox.h"
#include "s4/abi/s4_telemetry.h"

namespace s4::fwtest {

using test::Machine;

std::vector<uint8_t> firmware_image();

// Memory of an address space that tests can reach too.
struct Buffer {
  uint64_t va = 0;
  uint8_t* data = nullptr;
  uint64_t bytes = 0;
};

class Session {
 public:
  explicit Session(const Machine::Options& options = {});

  Machine machine;

  void boot();  // the shipped image, until RUNNING
  s4_mbox_message call(const s4_mbox_message& request);
  uint32_t simple_call(uint32_t op, uint32_t arg = 0);
  std::string log();
  s4_telemetry telemetry();
  uint64_t take_dram(uint64_t bytes);

 private:
  uint64_t next_dram_ = 0;
  uint32_t sequence_ = 0;
};

// An address space; enabled from construction on.
class Space {
 public:
  Space(Session& session, unsigned number);
  Buffer host_buffer(uint64_t bytes, bool writable = true);
  Buffer card_buffer(uint64_t bytes, bool writable = true);
  unsigned number() const { return number_; }
  test::PageTables& tables() { return tables_; }

 private:
  Buffer place(uint64_t bytes);

  Session& session_;
  unsigned number_;
  test::PageTables tables_;
  uint64_t next_va_ = 0x10000000;
};

class CardQueue {
 public:
  struct Options {
    unsigned slot = 0;
    uint32_t core_mode = S4_CORE_MODE_ONE;
    uint32_t core = 0;
    uint32_t priority = S4_PRIORITY_NORMAL;
    uint32_t vector = 1;
    uint32_t entries = 64;
  };
  CardQueue(Session& session, Space& space, const Options& options);

  // Puts the commands in memory of the space and submits them; its seqno.
  uint64_t submit(const std::vector<s4_cmd>& commands, uint64_t completion_va = 0);
  uint64_t submit_entry(s4_ring_entry entry);  // seqno is filled in
  uint64_t fence() const;
  uint64_t started() const;
  void wait(uint64_t seqno);
  s4_job_result result(uint64_t seqno) const;
  // submit() and wait().
  s4_job_result run(const std::vector<s4_cmd>& commands, uint64_t completion_va = 0);
  s4_mbox_status created() const { return created_; }
  s4_ring_entry* ring() const;
  uint32_t tail() const { return tail_; }
  void doorbell(uint32_t tail);

 private:
  Session& session_;
  Options options_;
  Buffer lists_;  // one page-rounded list a ring slot
  uint64_t ring_, results_, state_;
  uint32_t tail_ = 0;
  s4_mbox_status created_;
};

constexpr uint32_t kListCommands = 64;  // the longest list of submit()

}  // namespace s4::fwtest
