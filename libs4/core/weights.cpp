// SPDX-License-Identifier: MIT
#include "core/weights.hpp"

#include <cstring>

#include "core/device.hpp"
#include "sparse/verify.hpp"

namespace s4::core {

Result<std::shared_ptr<Weights>> Weights::upload(const std::shared_ptr<Device>& device,
                                                 std::span<const std::byte> blob) {
  auto shape = sparse::verify(blob);
  if (!shape) {
    Error error = std::move(shape).error();
    error.device = device->where("").device;
    error.stage = "upload weights";
    return error;
  }
  s4_weights_header header;
  std::memcpy(&header, blob.data(), sizeof header);
  auto weights = std::make_shared<Weights>();
  weights->shape_ = *shape;
  weights->bytes_ = header.values_bytes + header.indices_bytes;
  // The planes alone: the card does not look at the header.
  const uint64_t planes = header.total_bytes - header.values_offset;
  if (header.indices_bytes != 0) {
    weights->indices_offset_ = header.indices_offset - header.values_offset;
  }
  Buffer::Options options;
  options.bytes = planes;
  auto buffer = Buffer::create(device, options);
  if (!buffer)
    return std::move(buffer).error();
  weights->buffer_ = *std::move(buffer);
  auto done = weights->buffer_->upload(0, blob.data() + header.values_offset, planes);
  if (!done)
    return std::move(done).error();
  return weights;
}

}  // namespace s4::core
