// SPDX-License-Identifier: MIT
// A card for the firmware's tests: the registers of s4_mcu.h with memory, units and clock under the
// test's control. It serves the firmware compiled for the host (fw::Hardware) and the real image on
// the interpreter (mcu::Device) alike.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "fake_memory.hpp"
#include "hw/hw.hpp"
#include "mcu/bus.hpp"
#include "s4/abi/s4_mailbox.h"
#include "s4/abi/s4_telemetry.h"

namespace s4::fwtest {

namespace mcu = card::mcu;

constexpr unsigned kUnits = S4_NUM_UNITS * S4_NUM_CORES;

// How a unit ends a command.
struct Outcome {
  s4_status status = S4_OK;
  uint64_t cycles = 0;
  uint32_t detail = 0;
  s4_access access = S4_ACCESS_READ;
  uint64_t va = 0;
};

// The firmware gave up. Thrown by the host's firmware; the interpreter stops instead.
struct Crash {
  uint32_t cause = 0;
  uint32_t pc = 0;
  uint32_t tval = 0;
};

class FakeCard final : public fw::Hardware, public mcu::Device {
 public:
  // MCU RAM, 1 MiB.
  uint8_t* ram() { return ram_->bytes; }

  // fw::Hardware
  uint32_t load(uint32_t address) override;
  void store(uint32_t address, uint32_t value) override;
  void store_byte(uint32_t address, uint8_t value) override;
  uint32_t ram_address(const void* pointer) override;
  bool timer_due() override { return now_us() >= timecmp_; }
  [[noreturn]] void crash(uint32_t cause, uint32_t tval) override;

  // mcu::Device
  bool load(uint32_t address, unsigned size, uint32_t& value) override;
  bool store(uint32_t address, unsigned size, uint32_t value) override;

  // Called when an interrupt line may have changed.
  std::function<void()> lines_changed = [] {};
  bool external_line() const { return (pending() & enable_) != 0; }

  // Host memory, and the address spaces that are enabled.
  FakeMemory host;
  std::map<uint32_t, FakeMemory> spaces;
  uint64_t enabled_spaces = 0;

  // Host side registers.
  void ring(uint32_t queue, uint32_t tail);
  void send(const s4_mbox_message& request);
  bool mailbox_pending() const { return mailbox_pending_; }
  const s4_mbox_message& response() const { return response_; }

  // Units. A started command waits for finish(), unless `decide` gives its outcome at once.
  struct Started {
    unsigned unit;
    s4_dispatch dispatch;
  };
  std::vector<Started> started;  // all ever
  std::function<std::optional<Outcome>(const Started&)> decide;
  void finish(unsigned unit, const Outcome& outcome = {});
  std::vector<unsigned> busy_units() const;
  const s4_dispatch& at_work(unsigned unit) const { return units_[unit].dispatch; }

  // What the firmware did.
  std::optional<uint32_t> ready;
  std::optional<Crash> crashed;
  std::vector<uint32_t> vectors;
  std::array<uint64_t, S4_NUM_QUEUES> progress{};
  std::vector<uint32_t> sram_cleared;
  uint64_t heartbeats = 0;
  uint32_t host_irq = 0;
  uint64_t exists = 0;
  unsigned transfers = 0;  // of the port
  unsigned accesses = 0;   // of registers
  s4_telemetry telemetry() const;
  std::string log() const;

  // Accesses to these fault.
  std::optional<uint32_t> broken_register;
  bool broken_log = false;

  // Sensors and time.
  uint64_t now_ns = 1'000'000;
  std::array<uint32_t, 6> sensor{45000, 2000, 75000, 930, 700000, 0};  // S4_SENSOR_TEMPERATURE on
  uint64_t ecc_corrected = 0, ecc_uncorrected = 0;
  std::array<uint64_t, S4_NUM_CORES> busy_ns{};
  uint64_t timecmp_us() const { return timecmp_; }

 private:
  struct Unit {
    bool busy = false;
    s4_dispatch dispatch{};
    Outcome outcome;
  };

  uint64_t now_us() const { return now_ns / 1000; }
  uint32_t pending() const;
  bool read(uint32_t address, uint32_t& value);
  bool write(uint32_t address, uint32_t value);
  bool read_unit(uint32_t reg, uint32_t& value) const;
  bool write_system(uint32_t reg, uint32_t value);
  bool write_mailbox(uint32_t reg, uint32_t value);
  bool write_port(uint32_t reg, uint32_t value);
  bool transfer(uint32_t access);
  bool start_unit(unsigned unit, uint32_t address);
  uint8_t* at(uint32_t address, uint32_t bytes);

  struct alignas(64) Ram {
    uint8_t bytes[S4_MCU_RAM_BYTES];
  };
  std::unique_ptr<Ram> ram_ = std::make_unique<Ram>();
  std::array<uint32_t, 11> port_{};
  uint32_t enable_ = 0;
  uint64_t rung_ = 0;
  std::array<uint32_t, S4_NUM_QUEUES> tails_{};
  uint32_t sequence_ = 0;
  bool mailbox_pending_ = false;
  s4_mbox_message request_{}, reply_{}, response_{};
  std::array<Unit, kUnits> units_;
  uint32_t done_ = 0;
  uint64_t timecmp_ = ~0ull;
  uint64_t latched_time_ = 0, latched_sensor_ = 0;
  Crash crash_;
  std::array<uint8_t, S4_TELEMETRY_BYTES> telemetry_{};
  std::array<uint8_t, S4_FW_LOG_BYTES> log_{};
};

}  // namespace s4::fwtest
