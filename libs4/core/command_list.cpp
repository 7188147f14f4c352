// SPDX-License-Identifier: MIT
#include "core/command_list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>

#include "core/buffer.hpp"
#include "core/describe.hpp"
#include "core/device.hpp"
#include "s4/abi/s4_ring.h"

namespace s4::core {

uint64_t CommandList::Place::address() const {
  return buffer ? buffer->address() + offset : offset;
}

Result<void> CommandList::check_room() const {
  if (commands_.size() < S4_MAX_COMMANDS)
    return {};
  return Error{
      Code::kOutOfResources, 0, device_->where("").device, "build",
      fmt::format("a list holds at most {} commands; go on in another one", S4_MAX_COMMANDS)};
}

void CommandList::keep(const std::shared_ptr<Buffer>& buffer) {
  if (buffer && std::find(uses_.begin(), uses_.end(), buffer) == uses_.end()) {
    uses_.push_back(buffer);
  }
}

Result<void> CommandList::add(s4_cmd command, const std::vector<Place>& places) {
  const Where where = device_->where("build");
  const char* name = opcode_name(command.header.opcode);
  if (auto room = check_room(); !room)
    return room;
  for (const Place& place : places) {
    if (place.field % 8 != 0 || place.field < sizeof(s4_cmd_header) ||
        place.field >= sizeof(s4_cmd)) {
      return invalid(where, fmt::format("{}: byte {} is no address", name, place.field));
    }
    if (!place.buffer)
      continue;
    const auto operand = [&] { return field_name(command.header.opcode, place.field); };
    if (place.buffer->device() != device_) {
      return invalid(where, fmt::format("{}: {} is a buffer of another device", name, operand()));
    }
    if (place.offset > place.buffer->bytes()) {
      return invalid(where, fmt::format("{}: {} begins at offset {}, behind its buffer's {} bytes",
                                        name, operand(), place.offset, place.buffer->bytes()));
    }
  }
  for (const Place& place : places) {
    const uint64_t address = place.address();
    std::memcpy(reinterpret_cast<std::byte*>(&command) + place.field, &address, sizeof address);
  }
  uint32_t detail = 0;
  if (const auto status = s4_cmd_check(&command, &detail); status != S4_OK) {
    return invalid(where, describe_check(command, status, detail));
  }
  Footprint footprint = footprint_of(command);
  const std::span operands(footprint.operands.list, footprint.operands.count);
  for (const Place& place : places) {
    const auto operand = std::ranges::find(operands, place.field, &s4_operand::field);
    if (operand == operands.end()) {
      return invalid(where, fmt::format("{}: {} is no address that this command uses", name,
                                        field_name(command.header.opcode, place.field)));
    }
    const uint64_t end = operand->range.begin + operand->range.bytes;
    if (place.buffer && end > place.buffer->address() + place.buffer->bytes()) {
      return invalid(where, fmt::format("{}: {} takes {} bytes from offset {}, its buffer has {}",
                                        name, field_name(command.header.opcode, place.field),
                                        operand->range.bytes, place.offset,
                                        place.buffer->bytes()));
    }
  }
  command.header.wait = hazards_.add(std::move(footprint));
  commands_.push_back(command);
  for (const Place& place : places)
    keep(place.buffer);
  snapshot_.reset();
  return {};
}

Result<void> CommandList::add_raw(const s4_cmd& command,
                                  const std::vector<std::shared_ptr<Buffer>>& keep_alive) {
  if (auto room = check_room(); !room)
    return room;
  Footprint everything;
  everything.fence = true;
  hazards_.add(std::move(everything));
  commands_.push_back(command);
  for (const auto& buffer : keep_alive)
    keep(buffer);
  snapshot_.reset();
  return {};
}

Result<std::shared_ptr<const Snapshot>> CommandList::snapshot() const {
  if (snapshot_)
    return snapshot_;
  auto made = std::make_shared<Snapshot>();
  made->device = device_;
  made->count = static_cast<uint32_t>(commands_.size());
  made->uses = uses_;
  const uint64_t bytes = commands_.size() * sizeof(s4_cmd);
  auto block = device_->arena().allocate(std::max<uint64_t>(bytes, 64));
  if (!block)
    return std::move(block).error();
  if (bytes != 0)  // an empty vector's data() may be null
    std::memcpy(block->data(), commands_.data(), bytes);
  made->commands = *std::move(block);
  snapshot_ = made;
  return snapshot_;
}

}  // namespace s4::core
