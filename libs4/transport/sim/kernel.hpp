// SPDX-License-Identifier: MIT
// The simulated kernel: what the driver does for a card, in this process. One lock for all of it;
// one worker that hears interrupts, ends jobs, watches for hangs and recovers the card.
//
// The order of things on the way down and up is the driver's (driver/s4_reset.c).
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "s4/abi/s4_mailbox.h"
#include "s4/result.hpp"
#include "transport/sim/card_port.hpp"
#include "transport/sim/dram.hpp"
#include "transport/sim/host_memory.hpp"
#include "transport/sim/objects.hpp"
#include "transport/sim/options.hpp"
#include "transport/sim/page_table.hpp"

namespace s4::sim {

class Queues;
class SharedFds;
class Spaces;

using Lock = std::unique_lock<std::mutex>;

// Whether the card can be used.
enum class CardState {
  kDown,  // being reset: wait
  kUp,
  kLost,  // for good
};

class Kernel {
 public:
  static Result<std::shared_ptr<Kernel>> start(const Options& options);
  ~Kernel();
  Kernel(const Kernel&) = delete;
  Kernel& operator=(const Kernel&) = delete;

  // Everything below is used under this lock.
  std::mutex mutex;

  const Options& options() const { return options_; }
  HostMemory& host() { return host_; }
  PagePool& pages() { return pages_; }
  CardPort& card() { return *card_; }
  Dram& dram() { return *dram_; }
  Spaces& spaces() { return *spaces_; }
  Queues& queues() { return *queues_; }
  SharedFds& fds() { return *fds_; }
  CardState state() const { return state_; }
  const drm_s4_query_info& info() const { return info_; }
  uint32_t reset_count();

  // Waits while the card is down. 0, or -ENODEV when it is lost.
  int enter(Lock& lock);
  // Waits until `done`, which may read registers. 0; -EAGAIN when the card went down meanwhile;
  // -ENODEV; -ETIMEDOUT.
  int wait_card(Lock& lock, const std::function<bool()>& done, std::chrono::milliseconds most);
  // Waits for anything to change, at most until `end`. False: time is up.
  bool wait_change(Lock& lock, std::chrono::steady_clock::time_point end);
  void notify() { changed_.notify_all(); }

  // One request to the firmware: 0, -EBUSY, -EIO, or as wait_card().
  int mailbox(Lock& lock, uint32_t op, const void* args, size_t bytes);

  // Has the worker look around soon. The only function that needs no lock.
  void poke();
  // Has the worker reset the card, and ban `guilty` if there is one.
  void request_reset(std::shared_ptr<Queue> guilty = nullptr);
  bool reset_wanted() const { return reset_wanted_; }

  // The place of a buffer in the range of offsets that mmap() takes, and back.
  uint64_t new_mmap_offset(const std::shared_ptr<Bo>& bo);
  std::shared_ptr<Bo> find_mmap(uint64_t offset);

 private:
  explicit Kernel(const Options& options);
  Result<void> bring_up(Lock& lock);
  void read_info();
  void work();
  void look_around(Lock& lock, uint64_t interrupts);
  void control_interrupt();

  // recovery.cpp
  int boot(Lock& lock, std::string* why);
  int wait_drained(Lock& lock);
  int try_up(Lock& lock, Queue* guilty, std::string* why);
  void recover(Lock& lock);
  void give_up();

  const Options options_;
  HostMemory host_;
  PagePool pages_{host_};
  std::unique_ptr<CardPort> card_;
  std::unique_ptr<Dram> dram_;
  std::unique_ptr<Spaces> spaces_;
  std::unique_ptr<Queues> queues_;
  std::unique_ptr<SharedFds> fds_;
  std::shared_ptr<HostBlock> firmware_;
  uint32_t firmware_bytes_ = 0;
  drm_s4_query_info info_{};

  CardState state_ = CardState::kDown;
  uint64_t downs_ = 0;  // how often the card went down: who waits for an answer gives up
  std::condition_variable changed_;
  bool mailbox_busy_ = false;
  uint32_t mailbox_sequence_ = 0;
  bool reset_wanted_ = false;
  std::shared_ptr<Queue> guilty_;
  std::map<uint64_t, std::weak_ptr<Bo>> mmap_offsets_;
  uint64_t next_mmap_offset_ = uint64_t{1} << 32;  // as the kernel's: no offset is small

  // The worker's own: the card's threads touch nothing else.
  std::mutex bell_mutex_;
  std::condition_variable bell_;
  uint64_t rung_ = 0;  // interrupt vectors, a bit each, and the two below
  static constexpr uint64_t kPoked = uint64_t{1} << 62;
  static constexpr uint64_t kStop = uint64_t{1} << 63;
  bool watch_ = false;  // look around now and then: something is under way
  std::thread worker_;
};

}  // namespace s4::sim
