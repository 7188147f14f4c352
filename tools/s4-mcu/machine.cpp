// SPDX-License-Identifier: MIT
#include "machine.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace s4::mcu_tool {

using card::mcu::Core;
using card::mcu::StopReason;

tl::expected<std::unique_ptr<Machine>, std::string> Machine::build(
    const ElfImage& image, std::span<const AddressRange> extra_ram, Print print) {
  auto memory = Memory::build(image, extra_ram);
  if (!memory) {
    return tl::make_unexpected(memory.error());
  }
  std::unique_ptr<Machine> machine(new Machine(std::move(*memory)));
  const auto tohost = image.find("tohost"), fromhost = image.find("fromhost");
  AddressRange mailbox;
  if (tohost) {
    // Two words, unless the next one is fromhost already.
    mailbox = {*tohost, fromhost == *tohost + 4 ? uint64_t{4} : uint64_t{8}};
    if (*tohost % 4 != 0 || machine->memory_.at(*tohost, mailbox.size) == nullptr) {
      return tl::make_unexpected(fmt::format("tohost ({:#x}) must be {} aligned bytes of a segment",
                                             *tohost, mailbox.size));
    }
  }
  if (fromhost &&
      (machine->memory_.at(*fromhost, 4) == nullptr || mailbox.overlaps(*fromhost, 4))) {
    return tl::make_unexpected(fmt::format(
        "fromhost ({:#x}) must be 4 bytes of a segment, not those of tohost", *fromhost));
  }
  if (const auto attached = machine->memory_.attach(machine->bus_, mailbox); !attached) {
    return tl::make_unexpected(attached.error());
  }
  if (tohost) {
    machine->htif_ = std::make_unique<Htif>(*tohost, fromhost, machine->memory_, std::move(print),
                                            [m = machine.get()] { m->core_->request_stop(); });
    if (!machine->bus_.add_device(*tohost, static_cast<uint32_t>(mailbox.size), *machine->htif_)) {
      return tl::make_unexpected(fmt::format("no room on the bus for tohost"));
    }
  }
  // RAM of the program's own in its place is no error: such a program wants no timer.
  machine->has_clint_ = machine->bus_.add_device(Clint::kBase, Clint::kSize, machine->clint_);
  machine->core_ =
      std::make_unique<Core>(card::mcu::CoreConfig{.reset_pc = image.entry}, machine->bus_);
  machine->clint_.attach(*machine->core_);
  return machine;
}

StopReason Machine::run_slice(uint64_t instructions, Observer* observer) {
  if (observer == nullptr) {
    return core_->run(instructions);
  }
  if (core_->take_interrupt()) {
    observer->interrupted(*core_);
  }
  observer->before(*core_);
  const uint64_t executed = core_->executed();
  const StopReason reason = core_->run(1);
  if (core_->executed() != executed) {
    observer->after(*core_);
  }
  return reason;
}

Outcome Machine::run(uint64_t max_instructions, Observer* observer) {
  const uint64_t start = core_->executed();
  uint64_t patience_end = 0;
  while (true) {
    uint64_t slice = max_instructions - (core_->executed() - start);
    if (has_clint_) {
      slice = std::min(slice, clint_.until_timer());
    }
    if (htif_ && htif_->half_written()) {
      slice = std::min(slice, Htif::kPatience);
    }
    const bool was_half = htif_ && htif_->half_written();
    const StopReason reason = run_slice(slice, observer);
    if (has_clint_) {
      clint_.update();
    }
    if (htif_) {
      if (htif_->half_written() && !was_half) {
        patience_end = core_->executed() + Htif::kPatience;
      }
      const bool goes_on = reason == StopReason::kBudget || reason == StopReason::kStopped;
      htif_->settle(!goes_on || core_->executed() >= patience_end);
      if (const auto code = htif_->exit_code()) {
        return {Ending::kExit, *code};
      }
    }
    if (reason == StopReason::kCrashed) {
      return {Ending::kCrashed};
    }
    if (reason == StopReason::kWfi && !core_->wants_wake() && !clint_.skip_to_timer()) {
      return {Ending::kAsleep};
    }
    if (core_->executed() - start >= max_instructions) {
      return {Ending::kInstructions};
    }
  }
}

}  // namespace s4::mcu_tool
