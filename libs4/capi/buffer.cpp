// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "capi/handles.hpp"
#include "capi/support.hpp"

using namespace s4;
using namespace s4::capi;

s4_code s4_buffer_create(s4_device* device, const s4_buffer_options* options, s4_buffer** buffer,
                         s4_error* error) {
  constexpr const char* kStage = "create buffer";
  return guarded(kStage, error, [&]() -> Result<void> {
    if (!device || !buffer)
      return bad_argument(kStage, "device or buffer is null");
    auto in = read_struct(kStage, "s4_buffer_options", options);
    if (!in)
      return std::move(in).error();
    if ((in->flags & ~(S4_BUFFER_MAPPABLE | S4_BUFFER_SHARED)) != 0) {
      return bad_argument(kStage, fmt::format("flags {:#x} holds unknown flags; there are "
                                              "S4_BUFFER_MAPPABLE and S4_BUFFER_SHARED",
                                              in->flags));
    }
    if (in->placement != S4_PLACEMENT_CARD && in->placement != S4_PLACEMENT_HOST) {
      return bad_argument(kStage, "placement is neither S4_PLACEMENT_CARD nor S4_PLACEMENT_HOST");
    }
    core::Buffer::Options wanted;
    wanted.bytes = in->bytes;
    wanted.host = in->placement == S4_PLACEMENT_HOST;
    wanted.mappable = (in->flags & S4_BUFFER_MAPPABLE) != 0;
    wanted.shared = (in->flags & S4_BUFFER_SHARED) != 0;
    auto made = core::Buffer::create(device->core, wanted);
    if (!made)
      return std::move(made).error();
    *buffer = new s4_buffer{*std::move(made)};
    return {};
  });
}

void s4_buffer_release(s4_buffer* buffer) {
  delete buffer;
}

uint64_t s4_buffer_bytes(const s4_buffer* buffer) {
  return buffer ? buffer->core->bytes() : 0;
}

uint64_t s4_buffer_address(const s4_buffer* buffer) {
  return buffer ? buffer->core->address() : 0;
}

s4_code s4_buffer_map(s4_buffer* buffer, void** pointer, s4_error* error) {
  return guarded("map buffer", error, [&]() -> Result<void> {
    if (!buffer || !pointer)
      return bad_argument("map buffer", "buffer or pointer is null");
    auto mapped = buffer->core->map();
    if (!mapped)
      return std::move(mapped).error();
    *pointer = *mapped;
    return {};
  });
}

s4_code s4_buffer_upload(s4_buffer* buffer, uint64_t offset, const void* data, uint64_t bytes,
                         s4_error* error) {
  return guarded("upload", error, [&]() -> Result<void> {
    if (!buffer)
      return bad_argument("upload", "buffer is null");
    return buffer->core->upload(offset, data, bytes);
  });
}

s4_code s4_buffer_download(s4_buffer* buffer, uint64_t offset, void* data, uint64_t bytes,
                           s4_error* error) {
  return guarded("download", error, [&]() -> Result<void> {
    if (!buffer)
      return bad_argument("download", "buffer is null");
    return buffer->core->download(offset, data, bytes);
  });
}

s4_code s4_buffer_export(s4_buffer* buffer, int* fd, s4_error* error) {
  return guarded("export buffer", error, [&]() -> Result<void> {
    if (!buffer || !fd)
      return bad_argument("export buffer", "buffer or fd is null");
    auto exported = buffer->core->export_fd();
    if (!exported)
      return std::move(exported).error();
    *fd = *exported;
    return {};
  });
}

s4_code s4_buffer_import(s4_device* device, int fd, s4_buffer** buffer, s4_error* error) {
  return guarded("import buffer", error, [&]() -> Result<void> {
    if (!device || !buffer)
      return bad_argument("import buffer", "device or buffer is null");
    auto made = core::Buffer::import(device->core, fd);
    if (!made)
      return std::move(made).error();
    *buffer = new s4_buffer{*std::move(made)};
    return {};
  });
}
