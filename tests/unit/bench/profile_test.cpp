// SPDX-License-Identifier: MIT
// Processor time is that of the threads of a name, and of no others.
#include "model/profile.hpp"

#include <gtest/gtest.h>
#include <pthread.h>

#include <atomic>
#include <thread>

namespace s4::bench {
namespace {

TEST(ProfileTest, CountsThreadsOfTheNameAlone) {
  EXPECT_FALSE(thread_seconds("s4-busy"));
  std::atomic<int> named = 0;
  std::atomic<bool> stop = false;
  std::thread busy([&] {
    pthread_setname_np(pthread_self(), "s4-busy");
    for (++named; !stop;) {
    }
  });
  std::thread other([&] {
    pthread_setname_np(pthread_self(), "s4-other");
    for (++named; !stop;) {
    }
  });
  while (named != 2) {
    std::this_thread::yield();
  }
  const double all = processor_seconds();
  while (processor_seconds() < all + 0.2) {
    std::this_thread::yield();
  }
  const std::optional<double> seconds = thread_seconds("s4-busy");
  const double used = processor_seconds();
  stop = true;
  busy.join();
  other.join();
  ASSERT_TRUE(seconds);
  EXPECT_GT(*seconds, 0);
  EXPECT_LT(*seconds, used);
  EXPECT_FALSE(thread_seconds("s4-busy"));
}

}  // namespace
}  // namespace s4::bench
