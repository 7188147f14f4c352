// SPDX-License-Identifier: MIT
#include "engine/pool.hpp"

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_scheduler_observer.h>
#include <pthread.h>

#ifdef S4_TSAN
#include <sanitizer/tsan_interface.h>
#endif

#include <condition_variable>
#include <mutex>
#include <utility>

namespace s4::card {
namespace {

// oneTBB lets a process have no more threads than processors unless it is told otherwise, and then
// takes the smallest wish. Every card asks for this many, so that cards do not restrict each
// other; how many threads there really are follows from the arenas.
constexpr size_t kParallelism = 256;

// oneTBB orders what its callers do, but is not built for ThreadSanitizer, which therefore has to
// be told (CMakeLists.txt).
#ifdef S4_TSAN
void release(void* object) { __tsan_release(object); }
void acquire(void* object) { __tsan_acquire(object); }
#else
void release(void*) {}
void acquire(void*) {}
#endif

// A number of things under way that can be waited for to become zero.
class Counter {
 public:
  // False, and nothing counted, once closed.
  bool add() {
    const std::lock_guard lock(mutex_);
    count_ += closed_ ? 0 : 1;
    return !closed_;
  }
  void remove() {
    const std::lock_guard lock(mutex_);
    if (--count_ == 0) {
      zero_.notify_all();
    }
  }
  // Waits for zero and counts nothing from then on.
  void close() {
    std::unique_lock lock(mutex_);
    zero_.wait(lock, [this] { return count_ == 0; });
    closed_ = true;
  }
  bool closed() {
    const std::lock_guard lock(mutex_);
    return closed_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable zero_;
  size_t count_ = 0;
  bool closed_ = false;
};

// Calls the hooks as threads come to and leave the arena.
class Observer final : public tbb::task_scheduler_observer {
 public:
  Observer(tbb::task_arena& arena, ThreadHooks hooks)
      : tbb::task_scheduler_observer(arena), hooks_(std::move(hooks)) {
    release(this);
    observe(true);
  }
  ~Observer() override {
    // oneTBB forgets the exits that are still to come when it no longer observes. By now no task is
    // left, so a thread that comes after the last one has left needs no hooks.
    inside_.close();
    observe(false);  // waits for a call of on_scheduler_entry() that is under way
    acquire(this);
  }
  void on_scheduler_entry(bool worker) override {
    acquire(this);
    name(worker);
    if (inside_.add() && hooks_.attach) {
      hooks_.attach();
    }
    release(this);
  }
  void on_scheduler_exit(bool) override {
    if (inside_.closed()) {
      return;  // nobody was inside then
    }
    if (hooks_.detach) {
      hooks_.detach();
    }
    inside_.remove();
  }

 private:
  // A new thread has the name of the one that made it, which may be the firmware's.
  static void name(bool worker) {
    thread_local bool named = false;
    if (worker && !named) {
      pthread_setname_np(pthread_self(), "s4-engine");
      named = true;
    }
  }

  ThreadHooks hooks_;
  Counter inside_;
};

}  // namespace

struct Pool::Arena {
  Arena(unsigned threads, ThreadHooks hooks)
      : parallelism(tbb::global_control::max_allowed_parallelism, kParallelism),
        arena(static_cast<int>(threads), /*reserved_for_masters=*/0),
        observer(arena, std::move(hooks)) {}

  tbb::global_control parallelism;
  tbb::task_arena arena;
  Observer observer;
  Counter pending;
};

Pool::Pool(unsigned threads, ThreadHooks hooks)
    : threads_(threads), arena_(std::make_unique<Arena>(threads, std::move(hooks))) {}

Pool::~Pool() { arena_->pending.close(); }

void Pool::enqueue(Task& task) {
  arena_->pending.add();
  release(arena_.get());
  try {
    arena_->arena.enqueue([arena = arena_.get(), &task] {
      acquire(arena);
      task.run();
      arena->pending.remove();
    });
  } catch (...) {
    arena_->pending.remove();
    throw;
  }
}

}  // namespace s4::card
