// SPDX-License-Identifier: MIT
// What libs4 asks of a card: the kernel interface (s4_accel.h) and the core DRM calls that go with
// it, one function a call. drm/ hands them to the kernel, sim/ does them in this process; nothing
// above this interface knows which. tests/sdk/conformance holds the two to the same results.
//
// Every call takes the structure of the uAPI, in and out, and returns 0 or -errno. Thread-safe.
// A Transport is one client of the card ("a file" to the kernel): handles are its own, and go with
// it. Mappings outlive handles, but not the Transport.
#pragma once

#include <drm.h>

#include <cstdint>
#include <memory>
#include <string>

#include "s4/abi/s4_accel.h"
#include "s4/result.hpp"
#include "transport/eventfd_abi.hpp"

namespace s4::transport {

// Which card this is; fixed while it is open.
struct Identity {
  std::string kind;    // "drm" or "sim"
  std::string bus_id;  // "0000:01:00.0" or "sim:0"
  std::string node;    // "/dev/accel/accel0" or empty
  std::string driver_version;
};

class Transport {
 public:
  virtual ~Transport() = default;

  virtual const Identity& identity() const = 0;
  // Another client of the same card.
  virtual Result<std::unique_ptr<Transport>> open_another() = 0;

  virtual int dev_query(drm_s4_dev_query& args) = 0;

  virtual int bo_create(drm_s4_bo_create& args) = 0;
  virtual int bo_mmap_offset(drm_s4_bo_mmap_offset& args) = 0;
  virtual int bo_close(drm_gem_close& args) = 0;
  // mmap() of the device's file, shared, readable and writable.
  virtual int map(uint64_t offset, uint64_t bytes, void** pointer) = 0;
  virtual int unmap(void* pointer, uint64_t bytes) = 0;
  virtual int prime_handle_to_fd(drm_prime_handle& args) = 0;
  virtual int prime_fd_to_handle(drm_prime_handle& args) = 0;

  virtual int vm_create(drm_s4_vm_create& args) = 0;
  virtual int vm_destroy(drm_s4_vm_destroy& args) = 0;
  virtual int vm_get_state(drm_s4_vm_get_state& args) = 0;
  virtual int vm_bind(drm_s4_vm_bind& args) = 0;

  virtual int queue_create(drm_s4_queue_create& args) = 0;
  virtual int queue_destroy(drm_s4_queue_destroy& args) = 0;
  virtual int queue_get_state(drm_s4_queue_get_state& args) = 0;
  virtual int submit(drm_s4_submit& args) = 0;

  virtual int syncobj_create(drm_syncobj_create& args) = 0;
  virtual int syncobj_destroy(drm_syncobj_destroy& args) = 0;
  virtual int syncobj_handle_to_fd(drm_syncobj_handle& args) = 0;
  virtual int syncobj_fd_to_handle(drm_syncobj_handle& args) = 0;
  virtual int syncobj_wait(drm_syncobj_wait& args) = 0;
  virtual int syncobj_timeline_wait(drm_syncobj_timeline_wait& args) = 0;
  virtual int syncobj_reset(drm_syncobj_array& args) = 0;
  virtual int syncobj_signal(drm_syncobj_array& args) = 0;
  virtual int syncobj_timeline_signal(drm_syncobj_timeline_array& args) = 0;
  virtual int syncobj_query(drm_syncobj_timeline_array& args) = 0;
  virtual int syncobj_transfer(drm_syncobj_transfer& args) = 0;
  virtual int syncobj_eventfd(SyncobjEventfd& args) = 0;
};

}  // namespace s4::transport
