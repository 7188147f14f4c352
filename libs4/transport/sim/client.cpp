// SPDX-License-Identifier: MIT
#include "transport/sim/client.hpp"

#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "s4/abi/s4_regs.h"
#include "s4/abi/s4_telemetry.h"
#include "transport/sim/queues.hpp"
#include "transport/sim/shared_fds.hpp"
#include "transport/sim/sim_transport.hpp"
#include "transport/sim/spaces.hpp"

namespace s4::sim {
namespace {

// Cut or extended by zeros to what the caller expects.
int answer(drm_s4_dev_query& args, const void* data, uint32_t bytes) {
  if (args.pointer != 0) {
    auto* to = reinterpret_cast<std::byte*>(args.pointer);
    const uint32_t known = std::min(args.size, bytes);
    std::memcpy(to, data, known);
    std::memset(to + known, 0, args.size - known);
  }
  args.size = bytes;
  return 0;
}

// The firmware writes while we read: its sequence number tells.
void read_telemetry(CardPort& card, s4_telemetry* out) {
  for (int tries = 0; tries < 100; ++tries) {
    card.read_window(S4_REG_TELEMETRY, out, sizeof *out);
    const uint32_t after = card.read(S4_REG_TELEMETRY);
    if (out->sequence == after && after % 2 == 0)
      return;
  }
}

}  // namespace

Client::Client(std::shared_ptr<Kernel> kernel)
    : kernel_(std::move(kernel)),
      identity_{
          "sim", "sim:0", {}, fmt::format("{}.{}", DRM_S4_VERSION_MAJOR, DRM_S4_VERSION_MINOR)} {}

Client::~Client() {
  Lock lock(kernel_->mutex);
  for (auto& [pointer, mapping] : mappings_) {
    if (mapping.owned)
      munmap(pointer, mapping.bytes);
  }
  mappings_.clear();
  syncobjs_ = {};
  for (const auto& entry : vms_.all()) {
    drop_queues_of(lock, entry.second);
    kernel_->spaces().retire(entry.second);
  }
  vms_ = {};
  bos_ = {};
  kernel_->poke();
}

Result<std::unique_ptr<transport::Transport>> Client::open_another() {
  return std::unique_ptr<Transport>(std::make_unique<Client>(kernel_));
}

int Client::queue_slot(uint32_t queue_id) {
  const Lock lock(kernel_->mutex);
  const auto queue = queues_.find(queue_id);
  return queue ? static_cast<int>(queue->slot) : -ENOENT;
}

int Client::dev_query(drm_s4_dev_query& args) {
  const Lock lock(kernel_->mutex);
  if (kernel_->state() == CardState::kLost)
    return -ENODEV;
  switch (args.type) {
    case DRM_S4_QUERY_INFO: {
      drm_s4_query_info info = kernel_->info();
      info.reset_count = kernel_->reset_count();
      return answer(args, &info, sizeof info);
    }
    case DRM_S4_QUERY_MEMORY: {
      drm_s4_query_memory memory{};
      kernel_->dram().query(&memory);
      return answer(args, &memory, sizeof memory);
    }
    case DRM_S4_QUERY_TELEMETRY: {
      s4_telemetry telemetry{};
      read_telemetry(kernel_->card(), &telemetry);
      return answer(args, &telemetry, sizeof telemetry);
    }
    default:
      return -EINVAL;
  }
}

}  // namespace s4::sim

namespace s4::transport {

Result<std::unique_ptr<Transport>> open_sim(const std::string& name) {
  auto options = sim::parse_options(name);
  if (!options)
    return std::move(options).error();
  auto kernel = sim::Kernel::start(*options);
  if (!kernel)
    return std::move(kernel).error();
  return std::unique_ptr<Transport>(std::make_unique<sim::Client>(*std::move(kernel)));
}

int inject(Transport& transport, uint32_t what, uint32_t arg) {
  auto* client = dynamic_cast<sim::Client*>(&transport);
  if (!client)
    return -EOPNOTSUPP;
  return client->kernel().card().inject(what, arg) == 0 ? 0 : -EINVAL;
}

int queue_slot(Transport& transport, uint32_t queue_id) {
  auto* client = dynamic_cast<sim::Client*>(&transport);
  return client ? client->queue_slot(queue_id) : -EOPNOTSUPP;
}

}  // namespace s4::transport
