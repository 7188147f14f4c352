// SPDX-License-Identifier: MIT
// The core against the plain reference interpreter on random programs. The seed is printed with a
// failure; S4_TEST_SEED=<number> repeats it.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "encode.hpp"
#include "mcu/core.hpp"
#include "random_program.hpp"
#include "reference.hpp"

namespace s4::card::mcu {
namespace {

using namespace test;

// Answers by a function of the address; the top quarter of its window faults. Logs all it is asked.
struct PatternDevice : Device {
  static bool faults(uint32_t address) { return address % kDeviceSize >= kDeviceSize * 3 / 4; }
  static uint32_t value(uint32_t address, unsigned size) {
    const uint32_t all = address * 2654435761u;
    return size == 4 ? all : all & ((1u << 8 * size) - 1);
  }
  void log(uint32_t address, unsigned size, uint32_t data) {
    hash = hash * 1099511628211u + address * 7 + size * 3 + data;
  }
  bool load(uint32_t address, unsigned size, uint32_t& out) override {
    log(address, size, 1);
    out = value(address, size);
    return !faults(address);
  }
  bool store(uint32_t address, unsigned size, uint32_t data) override {
    log(address, size, data);
    return !faults(address);
  }
  uint64_t hash = 0;
};

// The same program in the core and in the reference.
class Pair {
 public:
  Pair(const std::vector<uint8_t>& code, std::vector<uint8_t> data, bool code_writable)
      : code_(code), data_(std::move(data)), reference(kCodeBase) {
    reference.memory = {{kCodeBase, code_, code_writable, true},
                        {kDataBase, data_, true, code_writable}};
    reference.device_load = [this](uint32_t address, unsigned size) -> std::optional<uint32_t> {
      uint32_t value = 0;
      if (address - kDeviceBase >= kDeviceSize || !reference_device_.load(address, size, value)) {
        return std::nullopt;
      }
      return value;
    };
    reference.device_store = [this](uint32_t address, unsigned size, uint32_t value) {
      return address - kDeviceBase < kDeviceSize && reference_device_.store(address, size, value);
    };
    EXPECT_TRUE(bus_.add_ram(
        {.base = kCodeBase, .size = kCodeSize, .data = code_.data(), .writable = code_writable}));
    EXPECT_TRUE(bus_.add_ram(
        {.base = kDataBase, .size = kDataSize, .data = data_.data(), .executable = code_writable}));
    EXPECT_TRUE(bus_.add_device(kDeviceBase, kDeviceSize, device_));
    core = std::make_unique<Core>(CoreConfig{.reset_pc = kCodeBase}, bus_);
  }

  void set_irq(Irq line, bool level) {
    core->set_irq(line, level);
    const uint32_t mask = 1u << static_cast<uint32_t>(line);
    reference.mip = level ? reference.mip | mask : reference.mip & ~mask;
  }

  // An empty string, or what differs.
  std::string difference() const {
    std::string out;
    const auto compare = [&](const std::string& name, uint64_t got, uint64_t want) {
      if (got != want) {
        char text[96];
        std::snprintf(text, sizeof(text), "%s is %#llx, want %#llx\n", name.c_str(),
                      static_cast<unsigned long long>(got), static_cast<unsigned long long>(want));
        out += text;
      }
    };
    compare("crashed", core->crash().has_value(), reference.crashed);
    compare("waiting", core->waiting(), reference.sleeping);
    compare("pc", core->pc(), reference.pc);
    for (unsigned i = 0; i < 32; ++i) {
      compare("x" + std::to_string(i), core->reg(i), reference.x[i]);
    }
    compare("mstatus", *core->csr(kMstatus), reference.mstatus);
    compare("mie", *core->csr(kMie), reference.mie);
    compare("mip", *core->csr(kMip), reference.mip);
    compare("mtvec", *core->csr(kMtvec), reference.mtvec);
    compare("mscratch", *core->csr(kMscratch), reference.mscratch);
    compare("mepc", *core->csr(kMepc), reference.mepc);
    compare("mcause", *core->csr(kMcause), reference.mcause);
    compare("mtval", *core->csr(kMtval), reference.mtval);
    compare("mcountinhibit", *core->csr(kMcountinhibit), reference.mcountinhibit);
    compare("mcycle", *core->csr(kMcycle), static_cast<uint32_t>(reference.mcycle));
    compare("mcycleh", *core->csr(kMcycle + 0x80), reference.mcycle >> 32);
    compare("minstret", *core->csr(kMinstret), static_cast<uint32_t>(reference.minstret));
    compare("minstreth", *core->csr(kMinstret + 0x80), reference.minstret >> 32);
    compare("device", device_.hash, reference_device_.hash);
    return out;
  }

  uint8_t* data() { return data_.data(); }

  bool same_memory() const {
    return code_ == reference.memory[0].bytes && data_ == reference.memory[1].bytes;
  }

 private:
  std::vector<uint8_t> code_, data_;
  PatternDevice device_, reference_device_;
  Bus bus_;

 public:
  std::unique_ptr<Core> core;
  Reference reference;
};

class Differential : public testing::Test {
 protected:
  Differential() {
    const char* given = std::getenv("S4_TEST_SEED");
    seed_ = given != nullptr ? std::strtoull(given, nullptr, 0) : std::random_device{}();
    random_.seed(seed_);
    RecordProperty("seed", std::to_string(seed_));
  }
  std::string where(int program, uint64_t step) const {
    return "S4_TEST_SEED=" + std::to_string(seed_) + ", program " + std::to_string(program) +
           ", instruction " + std::to_string(step);
  }
  std::vector<uint8_t> random_bytes(size_t size) {
    std::vector<uint8_t> out(size);
    for (uint8_t& byte : out) {
      byte = static_cast<uint8_t>(random_());
    }
    return out;
  }

  uint64_t seed_ = 0;
  std::mt19937_64 random_;
};

// In runs of random length: what the core keeps between instructions does not show.
TEST_F(Differential, RunsOfAnyLengthAgree) {
  uint64_t executed = 0, traps = 0;
  for (int program = 0; program < 150; ++program) {
    Pair pair(random_program(random_, {.sleeps = false}), random_bytes(kDataSize), false);
    uint64_t steps = 0;
    while (steps < 20000) {
      const uint64_t count = random_() % 3 == 0 ? random_() % 4 : random_() % 400;
      const uint64_t before = pair.core->executed();
      const StopReason reason = pair.core->run(count);
      for (uint64_t i = 0; i < count && pair.reference.step(); ++i) {
      }
      steps += count;
      ASSERT_EQ(pair.difference(), "") << where(program, steps);
      if (reason == StopReason::kCrashed) {
        break;
      }
      ASSERT_EQ(pair.core->executed() - before, count) << where(program, steps);
    }
    ASSERT_TRUE(pair.same_memory()) << where(program, steps);
    executed += pair.core->executed();
    traps += pair.core->traps();
  }
  // The programs did go on, and not only from trap to trap.
  EXPECT_GT(executed, 500'000u) << where(-1, 0);
  EXPECT_LT(traps, executed / 4) << where(-1, 0);
}

// One instruction at a time, with interrupt lines moving and WFI.
TEST_F(Differential, InterruptsAgree) {
  uint64_t interrupts = 0;
  constexpr Irq kLines[] = {Irq::kSoftware, Irq::kTimer, Irq::kExternal};
  for (int program = 0; program < 60; ++program) {
    Pair pair(random_program(random_), random_bytes(kDataSize), false);
    for (uint64_t step = 0; step < 8000; ++step) {
      if (random_() % 16 == 0) {
        pair.set_irq(kLines[random_() % 3], random_() % 2 != 0);
      }
      const StopReason reason = pair.core->run(1);
      pair.reference.step();
      ASSERT_EQ(pair.difference(), "") << where(program, step);
      interrupts += pair.core->csr(kMcause).value() >> 31;
      if (reason == StopReason::kCrashed ||
          (reason == StopReason::kWfi && *pair.core->csr(kMie) == 0)) {
        break;
      }
    }
    ASSERT_TRUE(pair.same_memory()) << where(program, 0);
  }
  EXPECT_GT(interrupts, 0u) << where(-1, 0);
}

// Code that writes over itself, believed at once because the cache is emptied before each step.
TEST_F(Differential, SelfModifyingCodeAgreesWhenFlushed) {
  for (int program = 0; program < 60; ++program) {
    Pair pair(random_program(random_, {.sleeps = false}), random_bytes(kDataSize), true);
    for (uint64_t step = 0; step < 5000; ++step) {
      pair.core->flush_code();
      const StopReason reason = pair.core->run(1);
      pair.reference.step();
      ASSERT_EQ(pair.difference(), "") << where(program, step);
      if (reason == StopReason::kCrashed || pair.core->waiting()) {
        break;
      }
    }
    ASSERT_TRUE(pair.same_memory()) << where(program, 0);
  }
}

// Each of the 49,152 compressed encodings, legal or not, from random registers.
TEST_F(Differential, EveryCompressedEncodingAgrees) {
  std::vector<uint8_t> code = random_program(random_);
  Pair pair(code, random_bytes(kDataSize), true);
  ASSERT_EQ(pair.core->run(3), StopReason::kBudget);
  for (int i = 0; i < 3; ++i) {
    pair.reference.step();
  }
  uint64_t legal = 0;
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    if ((bits & 3) == 3) {
      continue;
    }
    constexpr uint32_t kAt = kDataBase + 0x800;
    for (unsigned i = 1; i < 32; ++i) {
      // Half of them pointers to words of the data, so that loads and jumps find something.
      uint32_t value = static_cast<uint32_t>(random_());
      if (i % 2 == 0) {
        value = kDataBase + value % kDataSize / 4 * 4;
      }
      pair.core->set_reg(i, value);
      pair.reference.x[i] = value;
    }
    uint8_t* const mine = pair.data() + 0x800;
    mine[0] = pair.reference.memory[1].bytes[0x800] = static_cast<uint8_t>(bits);
    mine[1] = pair.reference.memory[1].bytes[0x801] = static_cast<uint8_t>(bits >> 8);
    pair.core->flush_code();
    pair.core->set_pc(kAt);
    pair.reference.pc = kAt;
    pair.core->run(1);
    pair.reference.step();
    ASSERT_EQ(pair.difference(), "") << "encoding " << std::hex << bits << ", " << where(0, 0);
    legal += *pair.core->csr(kMcause) == 2 && *pair.core->csr(kMepc) == kAt &&
                     pair.core->pc() == kCodeBase + kHandlerOffset
                 ? 0
                 : 1;
  }
  ASSERT_TRUE(pair.same_memory());
  // By the tables, quadrant by quadrant: 2,048 encodings a row, less what is reserved in it.
  const uint64_t quadrant0 = (2048 - 8) + 2 * 2048;
  const uint64_t quadrant1 = 6 * 2048 + (2048 - 32) + (256 + 256 + 512 + 256);
  const uint64_t quadrant2 = 1024 + (2048 - 64) + (2048 - 1) + 2048;
  EXPECT_EQ(legal, quadrant0 + quadrant1 + quadrant2);
}

}  // namespace
}  // namespace s4::card::mcu
