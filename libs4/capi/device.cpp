// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <cstring>

#include "capi/handles.hpp"
#include "capi/support.hpp"
#include "core/discovery.hpp"

namespace {

using namespace s4;
using namespace s4::capi;

void fill_identity(const transport::Identity& identity, s4_device_info* out) {
  copy_text(out->transport, sizeof out->transport, identity.kind);
  copy_text(out->bus_id, sizeof out->bus_id, identity.bus_id);
  copy_text(out->node, sizeof out->node, identity.node);
  copy_text(out->driver_version, sizeof out->driver_version, identity.driver_version);
}

void fill_facts(const drm_s4_query_info& info, s4_device_info* out) {
  static_assert(sizeof out->serial == sizeof info.serial);
  std::memcpy(out->serial, info.serial, sizeof out->serial);
  out->serial[sizeof out->serial - 1] = '\0';
  out->abi_version = info.abi_version;
  out->fw_version = info.fw_version;
  out->num_cores = info.num_cores;
  out->max_queues = info.max_queues;
  out->clock_top_khz = info.clock_top_khz;
  out->sram_bytes = info.sram_bytes;
  out->reset_count = info.reset_count;
  out->dram_bytes = info.dram_bytes;
  out->aperture_bytes = info.aperture_bytes;
}

s4_device_info blank(unsigned index) {
  s4_device_info info{};
  info.size = sizeof info;
  info.index = index;
  copy_text(info.name, sizeof info.name, "S4");
  return info;
}

s4_device_info describe(core::Found& card, unsigned index) {
  s4_device_info info = blank(index);
  copy_text(info.bus_id, sizeof info.bus_id, card.bus_id);
  copy_text(info.node, sizeof info.node, card.node);
  copy_text(info.transport, sizeof info.transport, card.node.empty() ? "sim" : "drm");
  if (card.transport) {
    fill_identity(card.transport->identity(), &info);
    auto facts = core::query_info(*card.transport, "list");
    if (facts) {
      fill_facts(*facts, &info);
      return info;
    }
    card.problem = std::move(facts).error();
  }
  info.state = static_cast<s4_code>(card.problem.code);
  copy_text(info.problem, sizeof info.problem, card.problem.message);
  return info;
}

}  // namespace

s4_code s4_device_list(s4_device_info* infos, size_t stride, size_t* count, s4_error* error) {
  return guarded("list", error, [&]() -> Result<void> {
    if (!count)
      return bad_argument("list", "count is null");
    if (*count != 0 && (!infos || stride < sizeof(size_t))) {
      return bad_argument("list", "infos is null, or stride is not the structure's size");
    }
    auto cards = core::find_cards();
    if (!cards)
      return std::move(cards).error();
    const size_t room = *count;
    *count = cards->size();
    for (size_t i = 0; i < cards->size() && i < room; ++i) {
      s4_device_info info = describe((*cards)[i], static_cast<unsigned>(i));
      info.size = stride;
      auto* to = reinterpret_cast<unsigned char*>(infos) + i * stride;
      std::memcpy(to, &info, std::min(stride, sizeof info));
    }
    return {};
  });
}

s4_code s4_device_open(const char* name, s4_device** device, s4_error* error) {
  return guarded("open", error, [&]() -> Result<void> {
    if (!device)
      return bad_argument("open", "device is null");
    auto opened = core::Device::open(name);
    if (!opened)
      return std::move(opened).error();
    *device = new s4_device{*std::move(opened)};
    return {};
  });
}

void s4_device_release(s4_device* device) {
  delete device;
}

s4_code s4_device_get_info(s4_device* device, s4_device_info* info, s4_error* error) {
  return guarded("query", error, [&]() -> Result<void> {
    if (!device)
      return bad_argument("query", "device is null");
    auto facts = device->core->fresh_info();
    if (!facts)
      return std::move(facts).error();
    s4_device_info out = blank(device->core->index());
    fill_identity(device->core->transport().identity(), &out);
    fill_facts(*facts, &out);
    return write_struct("query", "s4_device_info", out, info);
  });
}

s4_code s4_device_get_memory(s4_device* device, s4_memory_info* info, s4_error* error) {
  return guarded("query", error, [&]() -> Result<void> {
    if (!device)
      return bad_argument("query", "device is null");
    auto memory = device->core->memory();
    if (!memory)
      return std::move(memory).error();
    s4_memory_info out{};
    out.total = memory->total;
    out.reserved = memory->reserved;
    out.used = memory->used;
    out.visible_free = memory->visible_free;
    out.largest_free = memory->largest_free;
    return write_struct("query", "s4_memory_info", out, info);
  });
}

s4_code s4_device_get_telemetry(s4_device* device, s4_telemetry* telemetry, size_t bytes,
                                s4_error* error) {
  return guarded("telemetry", error, [&]() -> Result<void> {
    if (!device || !telemetry)
      return bad_argument("telemetry", "device or telemetry is null");
    return device->core->telemetry(telemetry, bytes);
  });
}
