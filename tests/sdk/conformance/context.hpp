// SPDX-License-Identifier: MIT
// What a row of the conformance table works with: a client of its own on the card under test.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "s4/abi/s4_cmd.h"
#include "s4/abi/s4_ring.h"
#include "transport/transport.hpp"

namespace s4::conformance {

using transport::Transport;

// Not an errno: the call gave the right result with the wrong data; the row has said more.
inline constexpr int kWrong = 100000;

struct Mapped {
  uint32_t handle = 0;
  uint64_t bytes = 0;
  uint64_t va = 0;
  std::byte* data = nullptr;
};

class Context {
 public:
  explicit Context(Transport& base);

  Transport& card() { return *client_; }
  Transport& other() { return *other_; }  // another client of the same card
  const drm_s4_query_info& info() const { return info_; }

  // Each returns what the call of that name made, and fails the test when it cannot be made.
  uint32_t vm();
  uint32_t queue(uint32_t vm_id, uint32_t core = 0);
  uint32_t bo(uint64_t bytes, uint32_t flags, uint32_t vm_id = 0);
  uint32_t syncobj(bool signaled = false);
  // A buffer that is mapped here and bound at `va`.
  Mapped mapped(uint32_t vm_id, uint64_t va, uint64_t bytes = 65536,
                uint32_t flags = DRM_S4_BO_HOST);
  std::byte* map(uint32_t handle, uint64_t bytes);
  int bind(uint32_t vm_id, uint32_t handle, uint64_t va, uint64_t range, uint64_t bo_offset = 0,
           uint32_t flags = 0);
  int unbind(uint32_t vm_id, uint64_t va, uint64_t range);

  // One job; `out` and `in` are binary syncobjs or 0.
  int submit(uint32_t queue_id, uint64_t va, uint32_t count, uint64_t completion_va = 0,
             uint32_t out = 0, uint32_t in = 0);
  int wait(uint32_t syncobj, int64_t seconds = 60);
  // Runs commands that are put at the beginning of `memory`, and returns the card's status, or
  // -errno of the call that failed.
  int run(uint32_t queue_id, const Mapped& memory, const std::vector<s4_cmd>& commands);
  s4_job_result last_result{};  // of run()

  int signal(uint32_t syncobj);
  int inject(uint32_t what, uint32_t arg);
  // The next command of a queue, which has had no jobs yet or is the only one, hangs.
  int hang(uint32_t queue_id);

 private:
  std::unique_ptr<Transport> client_;
  std::unique_ptr<Transport> other_;
  drm_s4_query_info info_{};
};

s4_cmd fill_command(uint64_t dst, uint64_t bytes, uint8_t value);
s4_cmd copy_command(uint64_t src, uint64_t dst, uint64_t bytes);

struct Row {
  const char* name;
  int expected;  // 0 or -errno, or what else the call is said to return
  std::function<int(Context&)> call;
};

std::vector<Row> query_rows();
std::vector<Row> buffer_rows();
std::vector<Row> share_rows();
std::vector<Row> vm_rows();
std::vector<Row> bind_rows();
std::vector<Row> queue_rows();
std::vector<Row> submit_rows();
std::vector<Row> job_rows();
std::vector<Row> sync_rows();
std::vector<Row> wait_rows();
std::vector<Row> reset_rows();

}  // namespace s4::conformance
