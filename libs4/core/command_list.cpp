// SPDX-License-Identifier: MIT
#include "core/command_list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <string_view>

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
    if (!place.buffer)
      continue;
    if (place.buffer->device() != device_) {
      return invalid(where, fmt::format("{}: {} is a buffer of another device", name, place.name));
    }
    if (place.offset > place.buffer->bytes()) {
      return invalid(where, fmt::format("{}: {} begins at offset {}, behind its buffer's {} bytes",
                                        name, place.name, place.offset, place.buffer->bytes()));
    }
  }
  uint32_t detail = 0;
  if (const auto status = s4_cmd_check(&command, &detail); status != S4_OK) {
    return invalid(where, describe_check(command, status, detail));
  }
  Footprint footprint = footprint_of(command);
  for (const Footprint::Operand& operand : footprint.operands) {
    const auto place = std::find_if(places.begin(), places.end(), [&](const Place& one) {
      return std::string_view(one.name) == operand.name;
    });
    if (place == places.end() || !place->buffer)
      continue;
    const uint64_t end = operand.range.begin + operand.range.bytes;
    const uint64_t buffer_end = place->buffer->address() + place->buffer->bytes();
    if (end > buffer_end) {
      return invalid(where, fmt::format("{}: {} takes {} bytes from offset {}, its buffer has {}",
                                        name, operand.name, operand.range.bytes, place->offset,
                                        place->buffer->bytes()));
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
