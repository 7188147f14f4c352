// SPDX-License-Identifier: MIT
// Card's Engine as the tests link it, in place of the real one.
#include "engine/engine.hpp"

#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "test_engine.hpp"

namespace s4::card {
namespace {

class TestEngine final : public Engine {
 public:
  TestEngine(unsigned threads, ThreadHooks hooks) : hooks_(std::move(hooks)) {
    for (unsigned i = 0; i < threads; ++i) {
      threads_.emplace_back([this] { work(); });
    }
  }
  ~TestEngine() override {
    {
      const std::lock_guard lock(mutex_);
      quit_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) {
      thread.join();
    }
  }

  void spawn(std::function<void()> task) override {
    {
      const std::lock_guard lock(mutex_);
      tasks_.push_back(std::move(task));
    }
    changed_.notify_one();
  }

  Fault run(const s4_dispatch& dispatch, MemoryPort& memory) override {
    if (dispatch.command.header.opcode != test::kTestOpcode) {
      return {.status = S4_E_OPCODE};
    }
    uint64_t pointer = 0;
    std::memcpy(&pointer, dispatch.command.body, sizeof pointer);
    if (pointer == 0) {
      return {.status = S4_E_FIELD};
    }
    using Work = std::function<Fault(const s4_dispatch&, MemoryPort&)>;
    return (*reinterpret_cast<const Work*>(pointer))(dispatch, memory);
  }

  timing::Cost cost(const s4_dispatch&) const override { return {.fixed = test::kTestCycles}; }
  unsigned threads() const override { return static_cast<unsigned>(threads_.size()); }

 private:
  void work() {
    hooks_.attach();
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return quit_ || !tasks_.empty(); });
      if (tasks_.empty()) {
        break;
      }
      auto task = std::move(tasks_.front());
      tasks_.pop_front();
      lock.unlock();
      task();
      task = nullptr;
      lock.lock();
    }
    lock.unlock();
    hooks_.detach();
  }

  ThreadHooks hooks_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> tasks_;
  bool quit_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace

std::unique_ptr<Engine> Engine::create(unsigned threads, ThreadHooks hooks) {
  return std::make_unique<TestEngine>(threads, std::move(hooks));
}

}  // namespace s4::card
