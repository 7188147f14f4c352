// SPDX-License-Identifier: MIT
#include "host/host.hpp"

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstring>

#include "s4/abi/s4_pci.h"

namespace s4::card {
namespace {

// The callbacks as this version knows them, whatever size the holder was built with.
s4_card_host known_part(const s4_card_host& given) {
  s4_card_host callbacks{};
  std::memcpy(&callbacks, &given, std::min(given.size, sizeof callbacks));
  return callbacks;
}

}  // namespace

Host::Host(const s4_card_host& callbacks, void* opaque, bool trace)
    : callbacks_(known_part(callbacks)), opaque_(opaque), trace_(trace) {
  time_base_ = callbacks_.clock_ns(opaque_);
}

template <typename Copy>
s4_status Host::transfer(uint64_t generation, uint64_t addr, size_t bytes,
                         const std::atomic<bool>* cancelled, Copy copy) {
  if (bytes != 0 && addr > UINT64_MAX - (bytes - 1)) {
    return S4_E_DMA;
  }
  for (size_t done = 0; done < bytes;) {
    if (cancelled && cancelled->load(std::memory_order_relaxed)) {
      return S4_E_CANCELLED;
    }
    const Gate::Entry entry = gate_.enter(generation, cancelled);
    if (entry != Gate::Entry::kOpen) {
      return entry == Gate::Entry::kCancelled ? S4_E_CANCELLED : S4_E_DMA;
    }
    const size_t part = std::min(bytes - done, kMaxCopyBytes);
    const int result = copy(addr + done, done, part);
    gate_.leave();
    if (result < 0) {
      return S4_E_DMA;
    }
    if (result == 0) {
      done += part;
    } else {
      // The holder is about to shut the gate: let it, then see what became of us.
      std::this_thread::yield();
    }
  }
  return S4_OK;
}

s4_status Host::read(uint64_t generation, uint64_t addr, void* dst, size_t bytes,
                     const std::atomic<bool>* cancelled) {
  return transfer(
      generation, addr, bytes, cancelled, [&](uint64_t from, size_t offset, size_t part) {
        return callbacks_.dma_read(opaque_, from, static_cast<char*>(dst) + offset, part);
      });
}

s4_status Host::write(uint64_t generation, uint64_t addr, const void* src, size_t bytes,
                      const std::atomic<bool>* cancelled) {
  return transfer(generation, addr, bytes, cancelled, [&](uint64_t to, size_t offset, size_t part) {
    return callbacks_.dma_write(opaque_, to, static_cast<const char*>(src) + offset, part);
  });
}

void Host::interrupt(uint64_t generation, unsigned vector) {
  if (vector >= S4_NUM_VECTORS) {
    return;
  }
  const uint32_t bit = 1u << vector;
  for (;;) {
    const Gate::Entry entry = gate_.try_enter(generation);
    if (entry == Gate::Entry::kOpen) {
      callbacks_.interrupt(opaque_, vector);
      gate_.leave();
      return;
    }
    if (entry == Gate::Entry::kCancelled) {
      return;
    }
    pending_vectors_.fetch_or(bit, std::memory_order_seq_cst);
    // Whoever opened the gate meanwhile may have delivered before the bit was there.
    if (!gate_.open_for(generation) ||
        (pending_vectors_.fetch_and(~bit, std::memory_order_seq_cst) & bit) == 0) {
      return;
    }
  }
}

void Host::deliver_pending() {
  const uint64_t generation = gate_.generation();
  uint32_t vectors = pending_vectors_.exchange(0, std::memory_order_seq_cst);
  for (; vectors != 0; vectors &= vectors - 1) {
    interrupt(generation, static_cast<unsigned>(__builtin_ctz(vectors)));
  }
}

uint64_t Host::change_gate(uint64_t set, uint64_t clear, bool next_generation) {
  // What a copy in progress waits for may be held by our caller, whatever brought it here.
  const bool cuts = (set != 0 || next_generation) && callbacks_.dma_cut &&
                    calls_.try_enter(0) == Gate::Entry::kOpen;
  if (cuts) {
    callbacks_.dma_cut(opaque_, 1);
  }
  const uint64_t generation = gate_.change(set, clear, next_generation);
  if (cuts) {
    callbacks_.dma_cut(opaque_, 0);
    calls_.leave();
  }
  return generation;
}

uint64_t Host::change(uint64_t set, uint64_t clear, bool next_generation) {
  const uint64_t generation = change_gate(set, clear, next_generation);
  if (next_generation) {
    pending_vectors_.store(0, std::memory_order_seq_cst);
  } else if (clear != 0) {
    deliver_pending();
  }
  return generation;
}

void Host::shutdown() {
  change_gate(Gate::kShutdown, 0, false);
  calls_.change(Gate::kShutdown, 0);
}

uint64_t Host::time_ns() {
  if (calls_.try_enter(0) == Gate::Entry::kOpen) {
    const uint64_t now = callbacks_.clock_ns(opaque_) - time_base_;
    calls_.leave();
    last_time_.store(now, std::memory_order_relaxed);
    return now;
  }
  return last_time_.load(std::memory_order_relaxed);
}

void Host::report(s4_card_error kind) {
  if (callbacks_.report_error && calls_.try_enter(0) == Gate::Entry::kOpen) {
    callbacks_.report_error(opaque_, kind);
    calls_.leave();
  }
}

void Host::log(s4_card_log level, const char* format, ...) {
  if (!callbacks_.log || (level == S4_CARD_LOG_TRACE && !trace_)) {
    return;
  }
  char text[256];
  va_list args;
  va_start(args, format);
  std::vsnprintf(text, sizeof text, format, args);
  va_end(args);
  if (calls_.try_enter(0) == Gate::Entry::kOpen) {
    callbacks_.log(opaque_, level, text);
    calls_.leave();
  }
}

void Host::attach_thread() {
  if (!callbacks_.thread_attach || calls_.try_enter(0) != Gate::Entry::kOpen) {
    return;
  }
  callbacks_.thread_attach(opaque_);
  calls_.leave();
  const std::lock_guard lock(threads_mutex_);
  threads_.insert(std::this_thread::get_id());
}

void Host::detach_thread() {
  {
    const std::lock_guard lock(threads_mutex_);
    if (threads_.erase(std::this_thread::get_id()) == 0) {
      return;
    }
  }
  if (callbacks_.thread_detach) {
    callbacks_.thread_detach(opaque_);
  }
}

}  // namespace s4::card
