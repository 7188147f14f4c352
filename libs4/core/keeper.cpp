// SPDX-License-Identifier: MIT
#include "core/keeper.hpp"

#include <unistd.h>

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "core/device.hpp"
#include "core/job.hpp"
#include "core/queue.hpp"

namespace s4::core {
namespace {

// Where a keeper's thread may let go of its own device, and then takes it apart. exit() must not
// come in between, since it takes down what a simulated card uses: it waits for those who have
// begun, and nobody begins afterwards. Callbacks run outside, so they may call exit(), or never
// return.
class LettingGo {
 public:
  // Made with a keeper's first thread, so that it is destroyed before what the device uses.
  static LettingGo& instance() {
    static LettingGo letting_go;
    return letting_go;
  }
  ~LettingGo() {
    std::unique_lock lock(mutex_);
    exits_ = true;
    none_.wait(lock, [this] { return count_ == 0; });
  }
  void begin() {
    std::unique_lock lock(mutex_);
    if (exits_) {
      lock.unlock();
      for (;;)
        pause();  // until the process is gone
    }
    ++count_;
  }
  void end() {
    const std::lock_guard lock(mutex_);
    --count_;
    none_.notify_all();  // under the lock: then the destructor may go on
  }

 private:
  std::mutex mutex_;
  std::condition_variable none_;
  unsigned count_ = 0;
  bool exits_ = false;
};

}  // namespace

// Shared with the thread, which may outlive the Keeper for a moment when it was the one to let go
// of the device.
struct Keeper::State {
  explicit State(Device& d) : device(d) {}
  Device& device;
  std::mutex mutex;
  std::condition_variable work;
  std::condition_variable idle;
  std::deque<std::function<void()>> actions;
  bool acting = false;
  // Jobs of a queue end in order, so only the first of each can be next.
  std::map<Queue*, std::deque<std::shared_ptr<Job>>> jobs;
  bool waiting = false;  // for the card: kick() wakes
  uint32_t kick = 0;     // syncobj that wakes the wait for the card
  bool stop = false;
  std::thread thread;
};

Keeper::Keeper(Device& device) : state_(std::make_shared<State>(device)) {}

Keeper::~Keeper() {
  std::unique_lock lock(state_->mutex);
  state_->stop = true;
  state_->work.notify_one();
  if (state_->thread.get_id() == std::this_thread::get_id()) {
    state_->thread.detach();
  } else if (state_->thread.joinable()) {
    kick();
    lock.unlock();
    state_->thread.join();
    lock.lock();
  }
  // Jobs keep the device alive, so that none is left here.
  while (!state_->actions.empty()) {
    auto action = std::move(state_->actions.front());
    state_->actions.pop_front();
    lock.unlock();
    action();
    lock.lock();
  }
  if (state_->kick != 0) {
    drm_syncobj_destroy destroy{state_->kick, 0};
    state_->device.transport().syncobj_destroy(destroy);
  }
}

// The functions below are called under the lock.

void Keeper::ensure_thread() {
  if (state_->thread.joinable())
    return;
  drm_syncobj_create create{};
  state_->device.transport().syncobj_create(create);
  state_->kick = create.handle;
  LettingGo::instance();
  state_->thread = std::thread(run, state_);
}

void Keeper::kick() {
  if (state_->waiting) {
    drm_syncobj_array array{};
    array.handles = reinterpret_cast<uint64_t>(&state_->kick);
    array.count_handles = 1;
    state_->device.transport().syncobj_signal(array);
  }
  state_->work.notify_one();
}

void Keeper::dispose(std::function<void()> action) {
  const std::lock_guard lock(state_->mutex);
  state_->actions.push_back(std::move(action));
  if (state_->stop)
    return;  // the destructor does it
  ensure_thread();
  kick();
}

void Keeper::watch(std::shared_ptr<Job> job) {
  const std::lock_guard lock(state_->mutex);
  Queue* queue = &job->queue();
  state_->jobs[queue].push_back(std::move(job));
  ensure_thread();
  kick();
}

void Keeper::flush() {
  std::unique_lock lock(state_->mutex);
  if (state_->thread.get_id() == std::this_thread::get_id())
    return;
  state_->idle.wait(lock, [this] { return state_->actions.empty() && !state_->acting; });
}

void Keeper::wait_for_jobs(State& state, std::unique_lock<std::mutex>& lock) {
  std::vector<uint32_t> handles{state.kick};
  for (const auto& [queue, jobs] : state.jobs)
    handles.push_back(jobs.front()->signal().syncobj());
  drm_syncobj_wait wait{};
  wait.handles = reinterpret_cast<uint64_t>(handles.data());
  wait.count_handles = static_cast<uint32_t>(handles.size());
  wait.timeout_nsec = INT64_MAX;
  wait.flags = DRM_SYNCOBJ_WAIT_FLAGS_WAIT_FOR_SUBMIT;  // the kick comes later
  state.waiting = true;
  lock.unlock();
  state.device.transport().syncobj_wait(wait);
  lock.lock();
  state.waiting = false;
  drm_syncobj_array array{};
  array.handles = reinterpret_cast<uint64_t>(&state.kick);
  array.count_handles = 1;
  state.device.transport().syncobj_reset(array);
}

void Keeper::settle_jobs(State& state, std::unique_lock<std::mutex>& lock) {
  std::vector<std::shared_ptr<Job>> fronts;
  for (const auto& entry : state.jobs)
    fronts.push_back(entry.second.front());
  lock.unlock();
  std::vector<bool> ended;  // settling calls back: not under the lock
  for (const auto& job : fronts)
    ended.push_back(job->try_settle());
  lock.lock();
  for (size_t i = 0; i < fronts.size(); ++i) {
    if (!ended[i])
      continue;
    const auto it = state.jobs.find(&fronts[i]->queue());
    it->second.pop_front();
    if (it->second.empty())
      state.jobs.erase(it);
  }
  // Letting go of a job may let go of the device, and with it of the Keeper.
  lock.unlock();
  LettingGo::instance().begin();
  fronts.clear();
  LettingGo::instance().end();
  lock.lock();
}

void Keeper::run(std::shared_ptr<State> state) {
  std::unique_lock lock(state->mutex);
  for (;;) {
    if (!state->actions.empty()) {
      auto action = std::move(state->actions.front());
      state->actions.pop_front();
      state->acting = true;
      lock.unlock();
      action();
      lock.lock();
      state->acting = false;
      if (state->actions.empty())
        state->idle.notify_all();
    } else if (state->stop) {
      return;
    } else if (state->jobs.empty()) {
      state->work.wait(lock);
    } else {
      wait_for_jobs(*state, lock);
      settle_jobs(*state, lock);
    }
  }
}

}  // namespace s4::core
