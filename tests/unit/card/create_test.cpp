// SPDX-License-Identifier: MIT
// Making cards, and what they cost.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "machine.hpp"
#include "monitor.hpp"

namespace s4::test {
namespace {

std::string problem_of(const s4_card_config& config) {
  try {
    s4_card_host host{};
    host.size = sizeof host;
    host.dma_read = [](void*, uint64_t, void*, size_t) { return -1; };
    host.dma_write = [](void*, uint64_t, const void*, size_t) { return -1; };
    host.interrupt = [](void*, unsigned) {};
    host.clock_ns = [](void*) -> uint64_t { return 0; };
    char error[200] = "untouched";
    s4_card* card = s4_card_create(&config, &host, nullptr, error, sizeof error);
    EXPECT_EQ(card == nullptr, error[0] != '\0') << error;
    s4_card_destroy(card);
    return error;
  } catch (...) {
    return "an exception left the library";
  }
}

s4_card_config small_config() {
  s4_card_config config{};
  config.size = sizeof config;
  config.dram_bytes = 4 << 20;
  config.threads = 1;
  return config;
}

TEST(Create, NamesTheFieldThatIsWrong) {
  EXPECT_EQ(problem_of(small_config()), "");
  s4_card_config config = small_config();
  config.size = 8;
  EXPECT_NE(problem_of(config).find("config.size"), std::string::npos);
  config = small_config();
  config.dram_bytes = 3 << 20;
  EXPECT_NE(problem_of(config).find("dram_bytes"), std::string::npos);
  config = small_config();
  config.dram_bytes = 1ULL << 60;
  EXPECT_NE(problem_of(config).find("dram_bytes"), std::string::npos);
  config = small_config();
  config.aperture_bytes = 8 << 20;
  EXPECT_NE(problem_of(config).find("aperture_bytes"), std::string::npos);
  config = small_config();
  config.threads = 1000;
  EXPECT_NE(problem_of(config).find("threads"), std::string::npos);
  for (const char* serial : {"", "has space", "12345678901234567890123456789012", "\x01"}) {
    config = small_config();
    config.serial = serial;
    EXPECT_NE(problem_of(config).find("serial"), std::string::npos);
  }
}

TEST(Create, NeedsItsCallbacks) {
  const s4_card_config config = small_config();
  s4_card_host host{};
  host.size = sizeof host;
  char error[16] = "untouched";
  EXPECT_EQ(s4_card_create(&config, &host, nullptr, error, sizeof error), nullptr);
  EXPECT_EQ(std::string(error), "host.dma_read, ") << "cut, but terminated";
  EXPECT_EQ(s4_card_create(&config, nullptr, nullptr, nullptr, 0), nullptr);
  EXPECT_EQ(s4_card_create(nullptr, &host, nullptr, nullptr, 0), nullptr);
  s4_card_destroy(nullptr);
}

TEST(Create, AnnouncesEveryThreadAndItsEnd) {
  Machine machine({.threads = 3});
  machine.wait_for([&] { return machine.threads() >= 2; }, "threads");
  boot_monitor(machine);
  Monitor monitor(machine);
  const Monitor::Work nothing = [](const s4_dispatch&, card::MemoryPort&) { return card::Fault{}; };
  EXPECT_EQ(monitor.run(nothing), S4_OK);
  EXPECT_GE(machine.threads(), 3u);
  machine.destroy_card();
  EXPECT_EQ(machine.threads(), 0u);
}

size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  size_t total = 0, resident = 0;
  statm >> total >> resident;
  return resident * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

TEST(Create, AnIdleCardOf20GiBIsSmall) {
  const size_t before = resident_bytes();
  Machine machine({.dram_bytes = 20ULL << 30});
  boot_monitor(machine);
  const size_t after = resident_bytes();
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  EXPECT_LT(after - std::min(after, before), size_t{64} << 20);
#else
  (void)before;
  (void)after;
#endif
}

size_t resident_of(const uint8_t* at, size_t bytes) {
  std::vector<unsigned char> pages(bytes / 4096);
  EXPECT_EQ(mincore(const_cast<uint8_t*>(at), bytes, pages.data()), 0);
  size_t count = 0;
  for (const unsigned char page : pages) {
    count += page & 1;
  }
  return count * 4096;
}

class Discard : public testing::Test {
 protected:
  void discard(uint64_t address, uint64_t bytes) {
    machine.wr64(S4_REG_DISCARD_ADDR_LO, address);
    machine.wr64(S4_REG_DISCARD_BYTES_LO, bytes);
    machine.wr(S4_REG_DISCARD_REQUEST, ++number);
    machine.wait_for([&] { return machine.rd(S4_REG_DISCARD_DONE) == number; }, "a discard");
  }
  Machine machine;
  uint32_t number = 0;
};

TEST_F(Discard, GivesMemoryBackAndReadsAsZero) {
  constexpr uint64_t kAt = 8 << 20, kBytes = 16 << 20;
  std::memset(machine.dram(), 0x5a, 32 << 20);
  ASSERT_EQ(resident_of(machine.dram() + kAt, kBytes), kBytes);
  machine.wr(S4_REG_IRQ_ENABLE, S4_IRQ_DISCARDED);
  s4_card_set_bus_master(machine.card(), 1);
  discard(kAt, kBytes);
  EXPECT_EQ(machine.rd(S4_REG_DISCARD_ERROR), 0u);
  EXPECT_EQ(resident_of(machine.dram() + kAt, kBytes), 0u);
  for (uint64_t i = 0; i < kBytes; i += 512) {
    ASSERT_EQ(machine.dram()[kAt + i], 0);
  }
  EXPECT_EQ(machine.dram()[kAt - 1], 0x5a);
  EXPECT_EQ(machine.dram()[kAt + kBytes], 0x5a);
  machine.wait_for([&] { return machine.interrupts(S4_VECTOR_CONTROL) == 1; }, "the interrupt");
}

TEST_F(Discard, RefusesWhatIsNotItsMemory) {
  std::memset(machine.dram(), 0x5a, 64 << 20);
  const uint64_t end = 64 << 20;
  const std::pair<uint64_t, uint64_t> bad[] = {
      {end, 4096},          {end - 4096, 8192},       {1, 4096}, {0, 4095}, {~0ULL - 4095, 8192},
      {4096, ~0ULL - 4095}, {1ULL << 63, 1ULL << 63},
  };
  for (const auto& [address, bytes] : bad) {
    discard(address, bytes);
    EXPECT_EQ(machine.rd(S4_REG_DISCARD_ERROR), 1u) << address << " " << bytes;
  }
  EXPECT_EQ(resident_of(machine.dram(), end), end);
  discard(0, 4096);
  EXPECT_EQ(machine.rd(S4_REG_DISCARD_ERROR), 0u) << "the error is of the last one";
  discard(end, 0);
  EXPECT_EQ(machine.rd(S4_REG_DISCARD_ERROR), 0u) << "nothing can be discarded anywhere";
}

TEST_F(Discard, WaitsWhileTheMachineIsStopped) {
  std::memset(machine.dram(), 0x5a, 4096);
  s4_card_stop(machine.card());
  machine.wr64(S4_REG_DISCARD_BYTES_LO, 4096);
  machine.wr(S4_REG_DISCARD_REQUEST, 7);
  machine.wr(S4_REG_DISCARD_REQUEST, 8);
  EXPECT_EQ(machine.guest_errors(), 1u) << "one at a time";
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  EXPECT_EQ(machine.rd(S4_REG_DISCARD_DONE), 0u);
  EXPECT_EQ(machine.dram()[0], 0x5a);
  s4_card_continue(machine.card());
  machine.wait_for([&] { return machine.rd(S4_REG_DISCARD_DONE) == 7; }, "the discard");
  EXPECT_EQ(machine.dram()[0], 0);
}

TEST_F(Discard, SurvivesAReset) {
  std::memset(machine.dram(), 0x5a, 4096);
  s4_card_stop(machine.card());
  machine.wr64(S4_REG_DISCARD_BYTES_LO, 4096);
  machine.wr(S4_REG_DISCARD_REQUEST, 7);
  machine.wr(S4_REG_RESET, S4_RESET_KEY);
  s4_card_continue(machine.card());
  machine.wait_boot_state(S4_BOOT_WAITING);
  EXPECT_EQ(machine.dram()[0], 0) << "what was asked for before is done";
  EXPECT_EQ(machine.rd(S4_REG_DISCARD_DONE), 0u);
}

}  // namespace
}  // namespace s4::test
