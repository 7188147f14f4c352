// SPDX-License-Identifier: MIT
// The smallest machine around the card's MCU core that runs a test program: RAM, timer, console.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "clint.hpp"
#include "elf_image.hpp"
#include "htif.hpp"
#include "mcu/core.hpp"
#include "memory.hpp"

namespace s4::mcu_tool {

enum class Ending {
  kExit,          // the program said so
  kInstructions,  // the limit was reached
  kCrashed,       // a trap without a handler
  kAsleep,        // WFI that nothing can end
};

struct Outcome {
  Ending ending;
  uint32_t exit_code = 0;
};

class Machine {
 public:
  using Print = std::function<void(int descriptor, std::string_view text)>;
  // Called before each instruction; `trace` is told what the last one did by the core's state.
  struct Observer {
    virtual ~Observer() = default;
    virtual void interrupted(const card::mcu::Core& core) = 0;
    virtual void before(const card::mcu::Core& core) = 0;
    virtual void after(const card::mcu::Core& core) = 0;
  };

  // `image` must outlive the machine.
  static tl::expected<std::unique_ptr<Machine>, std::string> build(
      const ElfImage& image, std::span<const AddressRange> extra_ram, Print print);

  // Runs until the program ends. With an observer, instruction by instruction.
  Outcome run(uint64_t max_instructions, Observer* observer = nullptr);

  const card::mcu::Core& core() const { return *core_; }
  const Memory& memory() const { return memory_; }

 private:
  Machine(Memory memory) : memory_(std::move(memory)) {}
  card::mcu::StopReason run_slice(uint64_t instructions, Observer* observer);

  Memory memory_;
  card::mcu::Bus bus_;
  Clint clint_;
  bool has_clint_ = false;
  std::unique_ptr<Htif> htif_;
  std::unique_ptr<card::mcu::Core> core_;
};

}  // namespace s4::mcu_tool
