// SPDX-License-Identifier: MIT
#include "capi/handles.hpp"
#include "capi/support.hpp"
#include "sparse/pack.hpp"
#include "sparse/verify.hpp"

using namespace s4;
using namespace s4::capi;

s4_code s4_weights_blob_bytes(uint32_t rows, uint32_t k, uint32_t degree, s4_type type,
                              size_t* bytes, s4_error* error) {
  return guarded("weights", error, [&]() -> Result<void> {
    if (!bytes)
      return bad_argument("weights", "bytes is null");
    auto header = sparse::layout({rows, k, degree, type});
    if (!header)
      return std::move(header).error();
    *bytes = header->total_bytes;
    return {};
  });
}

s4_code s4_weights_pack(const s4_matrix* matrix, const s4_pack_options* options, void* blob,
                        size_t bytes, s4_error* error) {
  return guarded("weights", error, [&]() -> Result<void> {
    auto in = read_struct("weights", "s4_matrix", matrix);
    if (!in)
      return std::move(in).error();
    auto how = read_struct("weights", "s4_pack_options", options);
    if (!how)
      return std::move(how).error();
    if (!blob)
      return bad_argument("weights", "blob is null");
    sparse::PackInput input;
    input.data = in->data;
    input.type = in->type;
    input.pitch = in->pitch != 0 ? in->pitch : in->k;
    input.mask = how->mask;
    input.scale = how->scale;
    input.scale_out = how->scale_out;
    return sparse::pack({in->rows, in->k, how->degree, how->type}, input,
                        {static_cast<std::byte*>(blob), bytes});
  });
}

s4_code s4_weights_verify(const void* blob, size_t bytes, s4_error* error) {
  return guarded("weights", error, [&]() -> Result<void> {
    auto shape = sparse::verify({static_cast<const std::byte*>(blob), blob ? bytes : 0});
    if (!shape)
      return std::move(shape).error();
    return {};
  });
}

s4_code s4_weights_upload(s4_device* device, const void* blob, size_t bytes, s4_weights** weights,
                          s4_error* error) {
  return guarded("upload weights", error, [&]() -> Result<void> {
    if (!device || !weights)
      return bad_argument("upload weights", "device or weights is null");
    auto made = core::Weights::upload(device->core,
                                      {static_cast<const std::byte*>(blob), blob ? bytes : 0});
    if (!made)
      return std::move(made).error();
    *weights = new s4_weights{*std::move(made)};
    return {};
  });
}

void s4_weights_release(s4_weights* weights) {
  delete weights;
}

s4_code s4_weights_get_info(const s4_weights* weights, s4_weights_info* info, s4_error* error) {
  return guarded("weights", error, [&]() -> Result<void> {
    if (!weights)
      return bad_argument("weights", "weights is null");
    const sparse::Shape& shape = weights->core->shape();
    s4_weights_info out{};
    out.rows = shape.rows;
    out.k = shape.k;
    out.degree = shape.degree;
    out.type = shape.type;
    out.bytes = weights->core->bytes();
    return write_struct("weights", "s4_weights_info", out, info);
  });
}
