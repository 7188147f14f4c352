// SPDX-License-Identifier: MIT
#include "transport/drm/drm_transport.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <xf86drm.h>

#include <cerrno>
#include <cstring>

#include "core/unique_fd.hpp"
#include "transport/drm/discovery.hpp"

namespace s4::transport {
namespace {

class DrmTransport final : public Transport {
 public:
  DrmTransport(core::UniqueFd fd, Identity identity)
      : fd_(std::move(fd)), identity_(std::move(identity)) {}

  const Identity& identity() const override { return identity_; }
  Result<std::unique_ptr<Transport>> open_another() override { return open_drm(identity_.node); }

  int dev_query(drm_s4_dev_query& args) override { return call(DRM_IOCTL_S4_DEV_QUERY, args); }
  int bo_create(drm_s4_bo_create& args) override { return call(DRM_IOCTL_S4_BO_CREATE, args); }
  int bo_mmap_offset(drm_s4_bo_mmap_offset& args) override {
    return call(DRM_IOCTL_S4_BO_MMAP_OFFSET, args);
  }
  int bo_close(drm_gem_close& args) override { return call(DRM_IOCTL_GEM_CLOSE, args); }
  int map(uint64_t offset, uint64_t bytes, void** pointer) override {
    void* mapped = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd_.get(),
                        static_cast<off_t>(offset));
    if (mapped == MAP_FAILED)
      return -errno;
    *pointer = mapped;
    return 0;
  }
  int unmap(void* pointer, uint64_t bytes) override {
    return munmap(pointer, bytes) == 0 ? 0 : -errno;
  }
  int prime_handle_to_fd(drm_prime_handle& args) override {
    return call(DRM_IOCTL_PRIME_HANDLE_TO_FD, args);
  }
  int prime_fd_to_handle(drm_prime_handle& args) override {
    return call(DRM_IOCTL_PRIME_FD_TO_HANDLE, args);
  }

  int vm_create(drm_s4_vm_create& args) override { return call(DRM_IOCTL_S4_VM_CREATE, args); }
  int vm_destroy(drm_s4_vm_destroy& args) override { return call(DRM_IOCTL_S4_VM_DESTROY, args); }
  int vm_get_state(drm_s4_vm_get_state& args) override {
    return call(DRM_IOCTL_S4_VM_GET_STATE, args);
  }
  int vm_bind(drm_s4_vm_bind& args) override { return call(DRM_IOCTL_S4_VM_BIND, args); }

  int queue_create(drm_s4_queue_create& args) override {
    return call(DRM_IOCTL_S4_QUEUE_CREATE, args);
  }
  int queue_destroy(drm_s4_queue_destroy& args) override {
    return call(DRM_IOCTL_S4_QUEUE_DESTROY, args);
  }
  int queue_get_state(drm_s4_queue_get_state& args) override {
    return call(DRM_IOCTL_S4_QUEUE_GET_STATE, args);
  }
  int submit(drm_s4_submit& args) override { return call(DRM_IOCTL_S4_SUBMIT, args); }

  int syncobj_create(drm_syncobj_create& args) override {
    return call(DRM_IOCTL_SYNCOBJ_CREATE, args);
  }
  int syncobj_destroy(drm_syncobj_destroy& args) override {
    return call(DRM_IOCTL_SYNCOBJ_DESTROY, args);
  }
  int syncobj_handle_to_fd(drm_syncobj_handle& args) override {
    return call(DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD, args);
  }
  int syncobj_fd_to_handle(drm_syncobj_handle& args) override {
    return call(DRM_IOCTL_SYNCOBJ_FD_TO_HANDLE, args);
  }
  int syncobj_wait(drm_syncobj_wait& args) override { return call(DRM_IOCTL_SYNCOBJ_WAIT, args); }
  int syncobj_timeline_wait(drm_syncobj_timeline_wait& args) override {
    return call(DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT, args);
  }
  int syncobj_reset(drm_syncobj_array& args) override {
    return call(DRM_IOCTL_SYNCOBJ_RESET, args);
  }
  int syncobj_signal(drm_syncobj_array& args) override {
    return call(DRM_IOCTL_SYNCOBJ_SIGNAL, args);
  }
  int syncobj_timeline_signal(drm_syncobj_timeline_array& args) override {
    return call(DRM_IOCTL_SYNCOBJ_TIMELINE_SIGNAL, args);
  }
  int syncobj_query(drm_syncobj_timeline_array& args) override {
    return call(DRM_IOCTL_SYNCOBJ_QUERY, args);
  }
  int syncobj_transfer(drm_syncobj_transfer& args) override {
    return call(DRM_IOCTL_SYNCOBJ_TRANSFER, args);
  }
  int syncobj_eventfd(SyncobjEventfd& args) override { return call(kIoctlSyncobjEventfd, args); }

 private:
  // drmIoctl() goes on after EINTR and EAGAIN, as the interface wants it.
  template <typename Args>
  int call(unsigned long request, Args& args) {
    return drmIoctl(fd_.get(), request, &args) == 0 ? 0 : -errno;
  }

  const core::UniqueFd fd_;
  const Identity identity_;
};

Error open_error(const std::string& node, int number) {
  Error error{Code::kSystem, number, {}, "open", {}};
  switch (number) {
    case ENOENT:
    case ENODEV:
    case ENXIO:
      error.code = Code::kNoDevice;
      error.message = fmt::format(
          "there is no card at {}; see `s4-smi list`, check that s4.ko is loaded, or use the "
          "simulated card with S4_DEVICE=sim",
          node);
      break;
    case EACCES:
    case EPERM:
      error.code = Code::kPermission;
      error.message = fmt::format(
          "{} may not be opened by this user; join the group that owns it (usually \"render\") or "
          "install the udev rule of the driver's package",
          node);
      break;
    default:
      error.message = fmt::format("opening {} failed: {}", node, std::strerror(number));
  }
  return error;
}

}  // namespace

Result<std::unique_ptr<Transport>> open_drm(const std::string& node) {
  core::UniqueFd fd(open(node.c_str(), O_RDWR | O_CLOEXEC));
  if (!fd)
    return open_error(node, errno);
  Identity identity{"drm", bus_id_of(node), node, {}};
  drmVersionPtr version = drmGetVersion(fd.get());
  if (!version) {
    return Error{Code::kNoDevice, ENOTTY, identity.bus_id, "open",
                 fmt::format("{} is no DRM device; name an accel node of the s4 driver", node)};
  }
  const std::string name(version->name, static_cast<size_t>(version->name_len));
  const int major = version->version_major;
  identity.driver_version = fmt::format("{}.{}.{}", version->version_major, version->version_minor,
                                        version->version_patchlevel);
  drmFreeVersion(version);
  if (name != "s4") {
    return Error{Code::kNoDevice, 0, identity.bus_id, "open",
                 fmt::format("{} belongs to the driver \"{}\", not to s4", node, name)};
  }
  if (major != DRM_S4_VERSION_MAJOR) {
    return Error{
        Code::kVersion, 0, identity.bus_id, "open",
        fmt::format("the driver s4.ko speaks interface {}, this library (libs4 "
                    "{}.{}.{}) speaks {}.{}; install driver and library of one release",
                    identity.driver_version, S4_LIBRARY_VERSION_MAJOR, S4_LIBRARY_VERSION_MINOR,
                    S4_LIBRARY_VERSION_PATCH, DRM_S4_VERSION_MAJOR, DRM_S4_VERSION_MINOR)};
  }
  return std::unique_ptr<Transport>(
      std::make_unique<DrmTransport>(std::move(fd), std::move(identity)));
}

}  // namespace s4::transport
