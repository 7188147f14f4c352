// SPDX-License-Identifier: MIT
// Whole command lists, as a process may give them: through the shipped firmware on the real card. Each
// ends, with a status that says why, and the card goes on.
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "commands.hpp"
#include "firmware/card_harness/session.hpp"
#include "s4/abi/s4_check.h"

namespace s4::test {
namespace {

class Card {
 public:
  Card() : booted_(session_), space_(session_, 1), queue_(session_, space_, {}) {
    const uint64_t dma = session_.machine.alloc(kWindowBytes);
    window_ = {session_.machine.host(dma), kWindowBytes};
    space_.tables().map_host(kWindowVa, dma, kWindowBytes, S4_PTE_WRITE);
    if (queue_.created() != S4_MBOX_OK) {
      fail("no queue");
    }
  }

  void run(const std::vector<s4_cmd>& list) {
    fill_window(window_);
    const s4_job_result result = end_of(queue_.submit(list));
    if (result.status > S4_E_INTERNAL) {
      fail("a status that does not exist");
    }
    s4_cmd mark{};
    mark.header.opcode = S4_OP_FILL;
    mark.fill.dst = kWindowVa;
    mark.fill.bytes = 4;
    mark.fill.pattern = ++marks_;
    mark.fill.pattern_bytes = 4;
    uint32_t seen = 0;
    if (end_of(queue_.submit({mark})).status != S4_OK ||
        (std::memcpy(&seen, window_.data(), 4), seen != marks_)) {
      fail("the card does not go on");
    }
  }

 private:
  struct Booted {
    explicit Booted(fwtest::Session& session) { session.boot(); }
  };

  [[noreturn]] static void fail(const char* what) {
    std::fprintf(stderr, "list_fuzz: %s\n", what);
    std::abort();
  }

  s4_job_result end_of(uint64_t seqno) {
    const auto late = std::chrono::steady_clock::now() + std::chrono::minutes(2);
    while (queue_.fence() < seqno) {
      if (std::chrono::steady_clock::now() > late) {
        fail("a job that does not end");
      }
      std::this_thread::yield();
    }
    return queue_.result(seqno);
  }

  fwtest::Session session_{{.threads = 1, .faults = false}};
  Booted booted_;
  fwtest::Space space_;
  fwtest::CardQueue queue_;
  std::span<uint8_t> window_;
  uint32_t marks_ = 0;
};

}  // namespace
}  // namespace s4::test

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static auto* const card = new s4::test::Card;  // its threads run until the process ends
  const std::vector<s4_cmd> list = s4::test::commands_of(data, size);
  for (const s4_cmd& command : list) {
    if (!s4::test::is_quick(command)) {
      return -1;  // not worth keeping
    }
  }
  if (!list.empty()) {
    card->run(list);
  }
  return 0;
}
