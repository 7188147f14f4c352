// SPDX-License-Identifier: MIT
// DRM_IOCTL_SYNCOBJ_EVENTFD came with Linux 6.6; libdrm's copy of drm.h may be older, and a name of
// our own does not clash with a newer one.
#pragma once

#include <drm.h>

#include <cstdint>

namespace s4::transport {

struct SyncobjEventfd {
  uint32_t handle;
  uint32_t flags;  // 0 or DRM_SYNCOBJ_WAIT_FLAGS_WAIT_AVAILABLE
  uint64_t point;
  int32_t fd;
  uint32_t pad;
};
static_assert(sizeof(SyncobjEventfd) == 24);

inline constexpr unsigned long kIoctlSyncobjEventfd = DRM_IOWR(0xCF, SyncobjEventfd);

}  // namespace s4::transport
