// SPDX-License-Identifier: MIT
#include "transport/sim/queues.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "s4/abi/s4_pci.h"
#include "s4/abi/s4_regs.h"

namespace s4::sim {
namespace {

uint64_t now_ns() {
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                   std::chrono::steady_clock::now().time_since_epoch())
                                   .count());
}

// As driver/s4_sched.c has it.
int errno_of(uint32_t status) {
  switch (status) {
    case S4_OK:
      return 0;
    case S4_E_OPCODE:
    case S4_E_FIELD:
    case S4_E_ALIGN:
    case S4_E_OVERLAP:
    case S4_E_INDEX:
    case S4_E_JOB:
      return -EINVAL;
    case S4_E_UNMAPPED:
    case S4_E_READONLY:
    case S4_E_TABLE:
      return -EFAULT;
    case S4_E_CANCELLED:
      return -ECANCELED;
    default:
      return -EIO;
  }
}

bool is_fault(uint32_t status) {
  return status == S4_E_UNMAPPED || status == S4_E_READONLY || status == S4_E_TABLE ||
         status == S4_E_DMA || status == S4_E_ECC;
}

}  // namespace

int Queues::announce(Lock& lock, const Queue& queue) {
  const uint64_t ring = queue.memory->dma();
  const uint64_t results = ring + Queue::kResults;
  const uint64_t state = ring + Queue::kState;
  s4_mbox_queue_create args{};
  args.slot = queue.slot;
  args.space = queue.vm->space;
  args.core_mode = queue.core_mode;
  args.core = queue.core;
  args.priority = queue.priority;
  args.vector = S4_VECTOR_QUEUE_FIRST + queue.slot % (S4_NUM_VECTORS - S4_VECTOR_QUEUE_FIRST);
  args.ring_entries = kRingEntries;
  args.ring_lo = static_cast<uint32_t>(ring);
  args.ring_hi = static_cast<uint32_t>(ring >> 32);
  args.results_lo = static_cast<uint32_t>(results);
  args.results_hi = static_cast<uint32_t>(results >> 32);
  args.state_lo = static_cast<uint32_t>(state);
  args.state_hi = static_cast<uint32_t>(state >> 32);
  return kernel_.mailbox(lock, S4_MBOX_QUEUE_CREATE, &args, sizeof args);
}

int Queues::create(Lock& lock, std::shared_ptr<Queue> queue) {
  queue->memory = kernel_.host().allocate(Queue::kBytes);
  if (!queue->memory)
    return -ENOMEM;
  uint32_t slot = 0;
  while (slot < S4_NUM_QUEUES && (slots_[slot] || reserved_[slot]))
    ++slot;
  if (slot == S4_NUM_QUEUES)
    return -ENOSPC;
  queue->slot = slot;
  reserved_[slot] = true;
  int error = 0;
  do {  // a recovery may come in between
    error = kernel_.enter(lock);
    if (error == 0)
      error = announce(lock, *queue);
  } while (error == -EAGAIN);
  reserved_[slot] = false;
  if (error != 0)
    return error;
  // The register goes on counting when a slot changes hands.
  queue->progress_before = -kernel_.card().read64(S4_REG_PROGRESS(slot), S4_REG_PROGRESS(slot) + 4);
  slots_[slot] = std::move(queue);
  return 0;
}

void Queues::cancel_waiting(Queue& queue, int error) {
  for (const auto& job : std::exchange(queue.waiting, {})) {
    end_job(queue, *job, error, S4_E_CANCELLED);
  }
}

void Queues::destroy(Lock& lock, std::shared_ptr<Queue> queue) {
  queue->dying = true;  // its jobs end in order: those that wait after those in the ring
  if (kernel_.state() == CardState::kUp)
    release_dying(lock);
  kernel_.poke();
}

// Asks the firmware to forget queues that were destroyed, as soon as it can.
void Queues::release_dying(Lock& lock) {
  for (size_t slot = 0; slot < slots_.size(); ++slot) {
    const std::shared_ptr<Queue> queue = slots_[slot];
    if (!queue || !queue->dying || reserved_[slot])
      continue;
    const uint32_t argument = static_cast<uint32_t>(slot);
    reserved_[slot] = true;  // nobody else asks meanwhile
    const int error = kernel_.mailbox(lock, S4_MBOX_QUEUE_DESTROY, &argument, sizeof argument);
    reserved_[slot] = false;
    if (error != 0)
      continue;  // it runs still, or a recovery is due
    end_finished(*queue);
    for (const auto& job : std::exchange(queue->ring, {})) {
      end_job(*queue, *job, -ECANCELED, S4_E_CANCELLED);
    }
    cancel_waiting(*queue, -ECANCELED);
    slots_[slot].reset();
  }
}

void Queues::submit(const std::shared_ptr<Queue>& queue, std::shared_ptr<Job> job) {
  ++queue->submitted;
  queue->waiting.push_back(job);
  std::weak_ptr<Queue> weak = queue;
  when_signaled(job->in, [this, weak] {
    if (auto ready = weak.lock())
      fill_ring(*ready);
  });
}

void Queues::fill_ring(Queue& queue) {
  if (kernel_.state() != CardState::kUp || queue.dying)
    return;
  bool rang = false;
  while (!queue.waiting.empty() && queue.ring.size() < kRingEntries &&
         signaled(queue.waiting.front()->in)) {
    const std::shared_ptr<Job> job = queue.waiting.front();
    queue.waiting.pop_front();
    if (queue.ring.empty())
      queue.progress_ns = now_ns();
    job->seqno = ++queue.last_seqno;
    s4_ring_entry entry{};
    entry.seqno = job->seqno;
    entry.commands_va = job->args.commands_va;
    entry.command_count = job->args.command_count;
    entry.completion_va = job->args.completion_va;
    const uint64_t place = queue.tail % kRingEntries;
    store_words(queue.memory->data() + place * sizeof entry, &entry, sizeof entry);
    ++queue.tail;
    queue.ring.push_back(job);
    rang = true;
  }
  if (rang) {
    kernel_.card().write(S4_REG_DOORBELL(queue.slot), queue.tail);
    kernel_.poke();  // so that somebody watches it
  }
}

void Queues::end_job(Queue& queue, const Job& job, int error, uint32_t status) {
  ++queue.ended;
  if (status != S4_OK) {
    ++queue.failed;
    queue.last_status = status;
  }
  job.done->signal(error);
}

// Takes what the card has ended off the ring.
void Queues::end_finished(Queue& queue) {
  const uint64_t fence = queue.read_state().fence;
  while (!queue.ring.empty() && queue.ring.front()->seqno <= fence) {
    const std::shared_ptr<Job> job = queue.ring.front();
    queue.ring.pop_front();
    const uint64_t place = (queue.tail - queue.ring.size() - 1) % kRingEntries;
    const s4_job_result result = queue.read_result(place);
    if (is_fault(result.status)) {
      queue.vm->state |= DRM_S4_VM_FAULTED;
      queue.vm->fault_va = result.fault_va;
      queue.vm->fault_status = result.status;
      queue.vm->fault_access = result.fault_access;
    }
    if (result.status == S4_E_INTERNAL)
      kernel_.request_reset();
    end_job(queue, *job, errno_of(result.status), result.status);
  }
}

void Queues::pump(const std::shared_ptr<Queue>& queue) {
  end_finished(*queue);
  fill_ring(*queue);
}

void Queues::pump_all(Lock& lock) {
  for (const auto& slot : slots_) {
    if (const std::shared_ptr<Queue> queue = slot)
      pump(queue);
  }
  release_dying(lock);
}

uint64_t Queues::progress(const Queue& queue) const {
  if (kernel_.state() != CardState::kUp)
    return queue.progress;
  return queue.progress_before +
         kernel_.card().read64(S4_REG_PROGRESS(queue.slot), S4_REG_PROGRESS(queue.slot) + 4);
}

std::shared_ptr<Queue> Queues::find_hung() {
  const uint64_t now = now_ns();
  const auto limit = static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(kernel_.options().hang).count());
  for (const auto& queue : slots_) {
    if (!queue || queue->ring.empty())
      continue;
    const uint64_t seqno = queue->ring.front()->seqno;
    const uint64_t progress = this->progress(*queue);
    // A job that has begun owns its cores: if it stands still, nobody but itself is the reason.
    const bool begun = queue->read_state().started >= seqno;
    if (!begun || queue->watched != seqno || queue->progress != progress) {
      queue->watched = seqno;
      queue->progress = progress;
      queue->progress_ns = now;
    } else if (now - queue->progress_ns > limit) {
      return queue;
    }
  }
  return nullptr;
}

bool Queues::busy() const {
  return std::any_of(slots_.begin(), slots_.end(), [](const std::shared_ptr<Queue>& queue) {
    return queue && (queue->dying || !queue->ring.empty());
  });
}

void Queues::settle_all(Queue* guilty) {
  for (const auto& slot : slots_) {
    const std::shared_ptr<Queue> queue = slot;
    if (!queue)
      continue;
    end_finished(*queue);
    const uint64_t started = queue->read_state().started;
    std::deque<std::shared_ptr<Job>> again;
    for (const auto& job : std::exchange(queue->ring, {})) {
      const bool begun = job->seqno <= started;
      if (begun)
        queue->state |= DRM_S4_QUEUE_RESET;
      if (begun || queue->dying || queue.get() == guilty) {
        end_job(*queue, *job, -ECANCELED, S4_E_CANCELLED);
      } else {
        again.push_back(job);
      }
    }
    queue->waiting.insert(queue->waiting.begin(), again.begin(), again.end());
    if ((queue->state & DRM_S4_QUEUE_BANNED) != 0 || queue->dying)
      cancel_waiting(*queue, -ECANCELED);
    queue->progress_before = queue->progress;
    queue->tail = 0;
  }
}

int Queues::restore_all(Lock& lock) {
  for (size_t slot = 0; slot < slots_.size(); ++slot) {
    const std::shared_ptr<Queue> queue = slots_[slot];
    if (!queue)
      continue;
    if (queue->dying) {
      slots_[slot].reset();
    } else if (const int error = announce(lock, *queue)) {
      return error;
    }
  }
  return 0;
}

void Queues::open_all() {
  for (const auto& slot : slots_) {
    if (const std::shared_ptr<Queue> queue = slot)
      fill_ring(*queue);
  }
}

void Queues::lose_all() {
  for (auto& slot : slots_) {
    const std::shared_ptr<Queue> queue = slot;
    if (!queue)
      continue;
    end_finished(*queue);
    queue->state |= DRM_S4_QUEUE_LOST;
    for (const auto& job : std::exchange(queue->ring, {})) {
      end_job(*queue, *job, -ENODEV, S4_E_CANCELLED);
    }
    cancel_waiting(*queue, -ENODEV);
    if (queue->dying)
      slot.reset();
  }
}

}  // namespace s4::sim
