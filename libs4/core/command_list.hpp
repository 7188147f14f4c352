// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/arena.hpp"
#include "core/hazards.hpp"
#include "s4/abi/s4_cmd.h"
#include "s4/result.hpp"

namespace s4::core {

class Buffer;
class Device;

// A list as it was when it was submitted, in memory that the card reads. Shared by its jobs.
struct Snapshot {
  std::shared_ptr<Device> device;  // first: it goes last
  ArenaBlock commands;
  uint32_t count = 0;
  std::vector<std::shared_ptr<Buffer>> uses;

  const s4_cmd& command(uint32_t index) const {
    return reinterpret_cast<const s4_cmd*>(commands.data())[index];
  }
};

class CommandList {
 public:
  explicit CommandList(std::shared_ptr<Device> device) : device_(std::move(device)) {}

  const std::shared_ptr<Device>& device() const { return device_; }
  size_t size() const { return commands_.size(); }

  // A place that a command names: checked against the buffer's size once its extent is known.
  struct Place {
    std::shared_ptr<Buffer> buffer;  // or null
    uint64_t offset = 0;
    uint32_t field = 0;  // offset in s4_cmd of the address that it stands for

    uint64_t address() const;
  };

  // Checks the command and its places, finds out what it must wait for, and adds it. Each
  // place is the one of an operand, by its field (s4_cmd_operands()); add() writes its address there.
  Result<void> add(s4_cmd command, const std::vector<Place>& places);
  // Adds as it stands; later commands wait for it.
  Result<void> add_raw(const s4_cmd& command, const std::vector<std::shared_ptr<Buffer>>& keep);

  // The list as it is now; made once for as long as it does not change.
  Result<std::shared_ptr<const Snapshot>> snapshot() const;

 private:
  Result<void> check_room() const;
  void keep(const std::shared_ptr<Buffer>& buffer);

  const std::shared_ptr<Device> device_;
  std::vector<s4_cmd> commands_;
  std::vector<std::shared_ptr<Buffer>> uses_;
  Hazards hazards_;
  mutable std::shared_ptr<const Snapshot> snapshot_;
};

}  // namespace s4::core
