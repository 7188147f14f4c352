// SPDX-License-Identifier: MIT
// DEV_QUERY, buffers, mapping, sharing.
#include <gtest/gtest.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "conformance/context.hpp"
#include "s4/abi/s4_telemetry.h"

namespace s4::conformance {
namespace {

int create(Context& c, uint64_t size, uint32_t flags, uint32_t vm_id = 0, uint32_t pad = 0) {
  drm_s4_bo_create args{};
  args.size = size;
  args.flags = flags;
  args.vm_id = vm_id;
  args.pad = pad;
  return c.card().bo_create(args);
}

int close_handle(Transport& card, uint32_t handle) {
  drm_gem_close args{};
  args.handle = handle;
  return card.bo_close(args);
}

int mmap_offset(Context& c, uint32_t handle, uint32_t pad = 0) {
  drm_s4_bo_mmap_offset args{};
  args.handle = handle;
  args.pad = pad;
  return c.card().bo_mmap_offset(args);
}

uint64_t offset_of(Context& c, uint32_t handle) {
  drm_s4_bo_mmap_offset args{};
  args.handle = handle;
  EXPECT_EQ(c.card().bo_mmap_offset(args), 0);
  return args.offset;
}

int try_map(Transport& card, uint64_t offset, uint64_t bytes) {
  void* pointer = nullptr;
  const int error = card.map(offset, bytes, &pointer);
  if (error == 0)
    card.unmap(pointer, bytes);
  return error;
}

drm_s4_query_memory memory(Context& c) {
  drm_s4_query_memory out{};
  drm_s4_dev_query args{DRM_S4_QUERY_MEMORY, sizeof out, reinterpret_cast<uint64_t>(&out)};
  EXPECT_EQ(c.card().dev_query(args), 0);
  return out;
}

constexpr uint32_t kCardMapped = DRM_S4_BO_CARD | DRM_S4_BO_MAPPABLE;

int reads_as_zero(Context& c, uint32_t flags) {
  const uint64_t bytes = 1 << 20;
  const std::byte* data = c.map(c.bo(bytes, flags), bytes);
  for (uint64_t i = 0; i < bytes; ++i) {
    if (data[i] != std::byte{0})
      return kWrong;
  }
  return 0;
}

// What one client wrote must not be there when the same memory is somebody's again.
int freed_memory_reads_as_zero(Context& c) {
  // More than half, so that the second gets some of the first's. A page here and there will do.
  const uint64_t bytes = memory(c).largest_free / 4 * 3 / 4096 * 4096;
  const uint64_t step = bytes / 64 / 4096 * 4096;
  for (int round = 0; round < 2; ++round) {
    const uint32_t handle = c.bo(bytes, kCardMapped);
    std::byte* data = c.map(handle, bytes);
    for (uint64_t at = 0; at < bytes; at += step) {
      if (data[at] != std::byte{0})
        return kWrong;
      data[at] = std::byte{0x5a};
    }
    EXPECT_EQ(c.card().unmap(data, bytes), 0);
    EXPECT_EQ(close_handle(c.card(), handle), 0);
  }
  return 0;
}

int memory_comes_back(Context& c) {
  const drm_s4_query_memory before = memory(c);
  const uint32_t handle = c.bo(before.largest_free / 2, DRM_S4_BO_CARD);
  EXPECT_EQ(memory(c).used, before.used + before.largest_free / 2);
  EXPECT_EQ(close_handle(c.card(), handle), 0);
  EXPECT_EQ(memory(c).used, before.used);
  return create(c, before.largest_free / 2, DRM_S4_BO_CARD);
}

int mapping_outlives_handle(Context& c) {
  const uint32_t handle = c.bo(4096, kCardMapped);
  std::byte* data = c.map(handle, 4096);
  data[100] = std::byte{7};
  EXPECT_EQ(close_handle(c.card(), handle), 0);
  const uint32_t next = c.bo(4096, kCardMapped);
  c.map(next, 4096)[100] = std::byte{9};
  return data[100] == std::byte{7} ? 0 : kWrong;
}

int query(Context& c, uint32_t type, uint32_t size, uint32_t* known) {
  alignas(8) std::byte room[1024];
  std::memset(room, 0xee, sizeof room);
  drm_s4_dev_query args{type, size, reinterpret_cast<uint64_t>(room)};
  const int error = c.card().dev_query(args);
  if (error != 0)
    return error;
  *known = args.size;
  for (uint32_t i = args.size; i < size; ++i) {
    if (room[i] != std::byte{0})
      return kWrong;  // extended by zeros
  }
  return room[size] == std::byte{0xee} ? 0 : kWrong;  // and no further
}

int to_fd(Transport& card, uint32_t handle, uint32_t flags, int* fd) {
  drm_prime_handle args{};
  args.handle = handle;
  args.flags = flags;
  const int error = card.prime_handle_to_fd(args);
  *fd = args.fd;
  return error;
}

int from_fd(Transport& card, int fd, uint32_t* handle) {
  drm_prime_handle args{};
  args.fd = fd;
  const int error = card.prime_fd_to_handle(args);
  *handle = args.handle;
  return error;
}

int export_with(Context& c, uint32_t handle, uint32_t flags) {
  int fd = -1;
  const int error = to_fd(c.card(), handle, flags, &fd);
  if (error == 0)
    close(fd);
  return error;
}

int self_import_gives_same_handle(Context& c, uint32_t place) {
  const uint32_t handle = c.bo(8192, place);
  int fd = -1;
  uint32_t again = 0;
  EXPECT_EQ(to_fd(c.card(), handle, DRM_CLOEXEC | DRM_RDWR, &fd), 0);
  EXPECT_EQ(lseek(fd, 0, SEEK_END), 8192);
  const int error = from_fd(c.card(), fd, &again);
  close(fd);
  return error != 0 ? error : again == handle ? 0 : kWrong;
}

int other_client_shares_memory(Context& c, uint32_t place) {
  const uint32_t handle = c.bo(8192, place | DRM_S4_BO_MAPPABLE);
  c.map(handle, 8192)[5000] = std::byte{42};
  int fd = -1;
  uint32_t theirs = 0;
  EXPECT_EQ(to_fd(c.card(), handle, DRM_CLOEXEC | DRM_RDWR, &fd), 0);
  const int error = from_fd(c.other(), fd, &theirs);
  close(fd);
  if (error != 0)
    return error;
  drm_s4_bo_mmap_offset offset{};
  offset.handle = theirs;
  if (const int e = c.other().bo_mmap_offset(offset))
    return e;
  void* pointer = nullptr;
  if (const int e = c.other().map(offset.offset, 8192, &pointer))
    return e;
  return static_cast<std::byte*>(pointer)[5000] == std::byte{42} ? 0 : kWrong;
}

int import_eventfd(Context& c) {
  const int fd = eventfd(0, EFD_CLOEXEC);
  uint32_t handle = 0;
  const int error = from_fd(c.card(), fd, &handle);
  close(fd);
  return error;
}

}  // namespace

std::vector<Row> query_rows() {
  uint32_t known = 0;
  return {
      {"InfoIsWhole", 0, [=](Context& c) mutable { return query(c, 0, 96, &known); }},
      {"InfoIsCut", 0, [=](Context& c) mutable { return query(c, 0, 8, &known); }},
      {"InfoIsExtendedByZeros", 0, [=](Context& c) mutable { return query(c, 0, 200, &known); }},
      {"SizeAlone", sizeof(drm_s4_query_memory),
       [](Context& c) {
         drm_s4_dev_query args{DRM_S4_QUERY_MEMORY, 0, 0};
         const int error = c.card().dev_query(args);
         return error != 0 ? error : static_cast<int>(args.size);
       }},
      {"UnknownType", -EINVAL,
       [](Context& c) {
         drm_s4_dev_query args{77, 0, 0};
         return c.card().dev_query(args);
       }},
      {"FactsAreThere", 0,
       [](Context& c) {
         const drm_s4_query_info& i = c.info();
         const bool good = i.num_cores == S4_NUM_CORES && i.max_queues > 0 && i.max_vms > 0 &&
                           i.abi_version >> 16 == S4_ABI_MAJOR && i.fw_version != 0 &&
                           i.clock_top_khz == S4_CLOCK_TOP_KHZ && i.dram_bytes > 0 &&
                           i.aperture_bytes <= i.dram_bytes && i.va_begin < i.va_end &&
                           i.serial[0] != 0;
         return good ? 0 : kWrong;
       }},
      {"TelemetryIsAlive", 0,
       [](Context& c) {
         s4_telemetry t{};
         drm_s4_dev_query args{DRM_S4_QUERY_TELEMETRY, sizeof t, reinterpret_cast<uint64_t>(&t)};
         const int error = c.card().dev_query(args);
         if (error != 0)
           return error;
         return t.size == sizeof t && t.clock_khz > 0 && t.sequence % 2 == 0 ? 0 : kWrong;
       }},
  };
}

std::vector<Row> buffer_rows() {
  return {
      {"CreateCard", 0, [](Context& c) { return create(c, 4096, DRM_S4_BO_CARD); }},
      {"CreateHost", 0, [](Context& c) { return create(c, 4096, DRM_S4_BO_HOST); }},
      {"CreateMappable", 0, [](Context& c) { return create(c, 4096, kCardMapped); }},
      {"CreateExclusive", 0, [](Context& c) { return create(c, 1, DRM_S4_BO_HOST, c.vm()); }},
      {"CreateNothing", -EINVAL, [](Context& c) { return create(c, 0, DRM_S4_BO_CARD); }},
      {"CreateNowhere", -EINVAL, [](Context& c) { return create(c, 4096, 0); }},
      {"CreateInBothPlaces", -EINVAL,
       [](Context& c) { return create(c, 4096, DRM_S4_BO_CARD | DRM_S4_BO_HOST); }},
      {"CreateUnknownFlag", -EINVAL,
       [](Context& c) { return create(c, 4096, DRM_S4_BO_CARD | 1 << 7); }},
      {"CreatePad", -EINVAL, [](Context& c) { return create(c, 4096, DRM_S4_BO_CARD, 0, 1); }},
      {"CreateSizeWraps", -EINVAL,
       [](Context& c) { return create(c, UINT64_MAX - 5, DRM_S4_BO_CARD); }},
      {"CreateForUnknownVm", -ENOENT, [](Context& c) { return create(c, 1, DRM_S4_BO_CARD, 9); }},
      {"CreateMoreThanThereIs", -ENOSPC,
       [](Context& c) { return create(c, c.info().dram_bytes + 4096, DRM_S4_BO_CARD); }},
      {"SizeIsRoundedUp", 8192,
       [](Context& c) {
         drm_s4_bo_create args{};
         args.size = 4097;
         args.flags = DRM_S4_BO_CARD;
         const int error = c.card().bo_create(args);
         return error != 0 ? error : static_cast<int>(args.size);
       }},
      {"CardMemoryReadsAsZero", 0, [](Context& c) { return reads_as_zero(c, kCardMapped); }},
      {"HostMemoryReadsAsZero", 0, [](Context& c) { return reads_as_zero(c, DRM_S4_BO_HOST); }},
      {"FreedMemoryReadsAsZero", 0, freed_memory_reads_as_zero},
      {"FreedMemoryComesBack", 0, memory_comes_back},
      {"CloseUnknown", -EINVAL, [](Context& c) { return close_handle(c.card(), 77); }},
      {"CloseTwice", -EINVAL,
       [](Context& c) {
         const uint32_t handle = c.bo(4096, DRM_S4_BO_CARD);
         EXPECT_EQ(close_handle(c.card(), handle), 0);
         return close_handle(c.card(), handle);
       }},
      {"CloseAnothersHandle", -EINVAL,
       [](Context& c) { return close_handle(c.other(), c.bo(4096, DRM_S4_BO_CARD)); }},
      {"OffsetOfUnknown", -ENOENT, [](Context& c) { return mmap_offset(c, 77); }},
      {"OffsetPad", -EINVAL,
       [](Context& c) { return mmap_offset(c, c.bo(4096, DRM_S4_BO_HOST), 1); }},
      {"OffsetOfUnmappable", -EINVAL,
       [](Context& c) { return mmap_offset(c, c.bo(4096, DRM_S4_BO_CARD)); }},
      {"OffsetOfHostMemory", 0,
       [](Context& c) { return mmap_offset(c, c.bo(4096, DRM_S4_BO_HOST)); }},
      {"MapUnknownOffset", -EINVAL,
       [](Context& c) { return try_map(c.card(), uint64_t{77} << 40, 4096); }},
      {"MapMoreThanTheBuffer", -EINVAL,
       [](Context& c) {
         return try_map(c.card(), offset_of(c, c.bo(4096, DRM_S4_BO_HOST)), 8192);
       }},
      {"MapNothing", -EINVAL,
       [](Context& c) { return try_map(c.card(), offset_of(c, c.bo(4096, DRM_S4_BO_HOST)), 0); }},
      {"MapAnothersBuffer", -EACCES,
       [](Context& c) {
         return try_map(c.other(), offset_of(c, c.bo(4096, DRM_S4_BO_HOST)), 4096);
       }},
      {"MappingOutlivesHandle", 0, mapping_outlives_handle},
  };
}

std::vector<Row> share_rows() {
  const uint32_t good = DRM_CLOEXEC | DRM_RDWR;
  return {
      {"ExportHost", 0, [=](Context& c) { return export_with(c, c.bo(1, DRM_S4_BO_HOST), good); }},
      {"ExportCard", 0, [=](Context& c) { return export_with(c, c.bo(1, DRM_S4_BO_CARD), good); }},
      {"ExportUnknown", -ENOENT, [=](Context& c) { return export_with(c, 77, good); }},
      {"ExportUnknownFlag", -EINVAL,
       [](Context& c) { return export_with(c, c.bo(1, DRM_S4_BO_HOST), 1 << 30); }},
      {"ExportExclusive", -EPERM,
       [=](Context& c) { return export_with(c, c.bo(1, DRM_S4_BO_HOST, c.vm()), good); }},
      {"ImportBadDescriptor", -EBADF,
       [](Context& c) {
         uint32_t handle = 0;
         return from_fd(c.card(), -1, &handle);
       }},
      {"ImportOtherDescriptor", -EINVAL, import_eventfd},
      {"ImportOwnHost", 0,
       [](Context& c) { return self_import_gives_same_handle(c, DRM_S4_BO_HOST); }},
      {"ImportOwnCard", 0,
       [](Context& c) { return self_import_gives_same_handle(c, DRM_S4_BO_CARD); }},
      {"OtherClientSharesHost", 0,
       [](Context& c) { return other_client_shares_memory(c, DRM_S4_BO_HOST); }},
      {"OtherClientSharesCard", 0,
       [](Context& c) { return other_client_shares_memory(c, DRM_S4_BO_CARD); }},
  };
}

}  // namespace s4::conformance
