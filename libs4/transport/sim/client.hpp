// SPDX-License-Identifier: MIT
// One client of the simulated card: checks arguments as the driver's ioctls and drm_syncobj do, and
// keeps the handles.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "core/unique_fd.hpp"
#include "transport/sim/kernel.hpp"
#include "transport/transport.hpp"

namespace s4::sim {

// Numbers from 1, the lowest free one first.
template <typename T>
class HandleTable {
 public:
  uint32_t add(T object) {
    uint32_t handle = 1;
    for (const auto& entry : objects_) {
      if (entry.first != handle)
        break;
      ++handle;
    }
    objects_[handle] = std::move(object);
    return handle;
  }
  // Null when there is none.
  T find(uint32_t handle) const {
    const auto it = objects_.find(handle);
    return it == objects_.end() ? T() : it->second;
  }
  T remove(uint32_t handle) {
    const auto it = objects_.find(handle);
    if (it == objects_.end())
      return T();
    T object = std::move(it->second);
    objects_.erase(it);
    return object;
  }
  size_t size() const { return objects_.size(); }
  const std::map<uint32_t, T>& all() const { return objects_; }

 private:
  std::map<uint32_t, T> objects_;
};

class Client final : public transport::Transport {
 public:
  explicit Client(std::shared_ptr<Kernel> kernel);
  ~Client() override;

  const transport::Identity& identity() const override { return identity_; }
  Result<std::unique_ptr<Transport>> open_another() override;
  Kernel& kernel() { return *kernel_; }
  int queue_slot(uint32_t queue_id);

  int dev_query(drm_s4_dev_query& args) override;

  int bo_create(drm_s4_bo_create& args) override;
  int bo_mmap_offset(drm_s4_bo_mmap_offset& args) override;
  int bo_close(drm_gem_close& args) override;
  int map(uint64_t offset, uint64_t bytes, void** pointer) override;
  int unmap(void* pointer, uint64_t bytes) override;
  int prime_handle_to_fd(drm_prime_handle& args) override;
  int prime_fd_to_handle(drm_prime_handle& args) override;

  int vm_create(drm_s4_vm_create& args) override;
  int vm_destroy(drm_s4_vm_destroy& args) override;
  int vm_get_state(drm_s4_vm_get_state& args) override;
  int vm_bind(drm_s4_vm_bind& args) override;

  int queue_create(drm_s4_queue_create& args) override;
  int queue_destroy(drm_s4_queue_destroy& args) override;
  int queue_get_state(drm_s4_queue_get_state& args) override;
  int submit(drm_s4_submit& args) override;

  int syncobj_create(drm_syncobj_create& args) override;
  int syncobj_destroy(drm_syncobj_destroy& args) override;
  int syncobj_handle_to_fd(drm_syncobj_handle& args) override;
  int syncobj_fd_to_handle(drm_syncobj_handle& args) override;
  int syncobj_wait(drm_syncobj_wait& args) override;
  int syncobj_timeline_wait(drm_syncobj_timeline_wait& args) override;
  int syncobj_reset(drm_syncobj_array& args) override;
  int syncobj_signal(drm_syncobj_array& args) override;
  int syncobj_timeline_signal(drm_syncobj_timeline_array& args) override;
  int syncobj_query(drm_syncobj_timeline_array& args) override;
  int syncobj_transfer(drm_syncobj_transfer& args) override;
  int syncobj_eventfd(transport::SyncobjEventfd& args) override;

 private:
  struct CpuMapping {
    uint64_t bytes;
    std::shared_ptr<Bo> bo;
    bool owned;  // mapped by mmap(), of host memory
  };
  using Syncobjs = std::vector<std::shared_ptr<Syncobj>>;

  // client_memory.cpp
  int create_bo(Lock& lock, const drm_s4_bo_create& args, std::shared_ptr<Bo>* out);
  // client_vm.cpp
  int check_op(const std::shared_ptr<Vm>& vm, const drm_s4_vm_bind_op& op, std::shared_ptr<Bo>* bo);
  // client_queue.cpp
  void drop_queues_of(Lock& lock, const std::shared_ptr<Vm>& vm);
  int check_job(const drm_s4_job& args, Job* job, std::vector<drm_s4_sync>* out_syncs);
  int copy_syncs(const drm_s4_array& array, std::vector<drm_s4_sync>* out);
  // client_sync.cpp
  int find_syncobjs(uint64_t handles, uint32_t count, Syncobjs* out);
  int wait_array(Lock& lock, const Syncobjs& objects, const uint64_t* points, uint32_t flags,
                 int64_t timeout_nsec, uint32_t* first);
  int find_fence(Lock& lock, uint32_t handle, uint64_t point, uint32_t flags, FenceSet* out);
  int export_sync_file(const drm_syncobj_handle& args, int* fd);

  const std::shared_ptr<Kernel> kernel_;
  const transport::Identity identity_;

  // Under the kernel's lock.
  HandleTable<std::shared_ptr<Bo>> bos_;
  HandleTable<std::shared_ptr<Vm>> vms_;
  HandleTable<std::shared_ptr<Queue>> queues_;
  HandleTable<std::shared_ptr<Syncobj>> syncobjs_;
  // Those destroyed that are not gone yet count against the file's share.
  std::vector<std::weak_ptr<Vm>> held_vms_;
  std::vector<std::weak_ptr<Queue>> held_queues_;
  std::map<void*, CpuMapping> mappings_;
};

}  // namespace s4::sim
