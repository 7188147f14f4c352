// SPDX-License-Identifier: MIT
// What the simulated kernel keeps books of. Everything here is under the kernel's lock.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>

#include "s4/abi/s4_accel.h"
#include "s4/abi/s4_ring.h"
#include "transport/sim/dram.hpp"
#include "transport/sim/fence.hpp"
#include "transport/sim/host_memory.hpp"
#include "transport/sim/page_table.hpp"

namespace s4::sim {

struct Vm;

// A buffer. The last owner (a handle, a mapping of a VM or of the CPU, an export) frees it.
struct Bo {
  Bo() = default;
  Bo(const Bo&) = delete;
  Bo& operator=(const Bo&) = delete;
  ~Bo() {
    if (dram)
      dram->release(card_address, bytes);
  }

  uint64_t bytes = 0;
  uint32_t flags = 0;           // enum drm_s4_bo_flags
  std::weak_ptr<Vm> exclusive;  // with is_exclusive
  bool is_exclusive = false;
  Dram* dram = nullptr;  // card memory:
  uint64_t card_address = 0;
  std::shared_ptr<HostBlock> host;  // or host memory
  uint64_t mmap_offset = 0;         // 0 until it was asked for
};

struct Mapping {
  uint64_t bytes = 0;
  uint64_t bo_offset = 0;
  uint32_t flags = 0;  // enum drm_s4_bind_flags
  std::shared_ptr<Bo> bo;
};

struct Vm {
  explicit Vm(PagePool& pool) : tables(pool) {}
  uint32_t space = 0;  // of the card
  PageTables tables;
  std::map<uint64_t, Mapping> mappings;  // by address
  uint32_t invalidation = 0;             // number of the last
  bool binding = false;                  // one VM_BIND at a time
  bool destroyed = false;
  uint32_t state = 0;  // enum drm_s4_vm_state
  uint64_t fault_va = 0;
  uint32_t fault_status = 0;
  uint32_t fault_access = 0;
};

struct Job {
  drm_s4_job args{};
  FenceSet in;
  std::shared_ptr<Fence> done = std::make_shared<Fence>();
  uint64_t seqno = 0;  // once in the ring
};

inline constexpr uint32_t kRingEntries = 64;

struct Queue {
  uint32_t slot = 0;
  uint32_t core_mode = 0;
  uint32_t core = 0;
  uint32_t priority = 0;
  std::shared_ptr<Vm> vm;
  std::shared_ptr<HostBlock> memory;  // ring, results, state: offsets below
  std::deque<std::shared_ptr<Job>> waiting;
  std::deque<std::shared_ptr<Job>> ring;
  uint32_t tail = 0;        // entries ever written since the queue was made known to the card
  uint64_t last_seqno = 0;  // of the last entry written
  bool dying = false;       // destroyed; leaves when the firmware lets go of it
  uint32_t state = 0;       // enum drm_s4_queue_state
  uint64_t submitted = 0;
  uint64_t ended = 0;
  uint64_t failed = 0;
  uint32_t last_status = S4_OK;
  uint64_t progress = 0;         // when last looked at
  uint64_t progress_before = 0;  // to be added to the register's
  uint64_t progress_ns = 0;      // when it last moved, or the job began
  uint64_t watched = 0;          // seqno of the job that progress_ns is about

  static constexpr uint64_t kResults = kRingEntries * sizeof(s4_ring_entry);
  static constexpr uint64_t kState = kResults + kRingEntries * sizeof(s4_job_result);
  static constexpr uint64_t kBytes = kState + sizeof(s4_queue_state);

  s4_queue_state read_state() const {
    s4_queue_state out;
    load_words(memory->data() + kState, &out, sizeof out);
    return out;
  }
  s4_job_result read_result(uint64_t place) const {
    s4_job_result out;
    load_words(memory->data() + kResults + place * sizeof out, &out, sizeof out);
    return out;
  }
};

}  // namespace s4::sim
