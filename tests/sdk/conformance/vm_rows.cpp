// SPDX-License-Identifier: MIT
// Address spaces and VM_BIND.
#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>

#include "conformance/context.hpp"
#include "s4/abi/s4_mmu.h"

namespace s4::conformance {
namespace {

constexpr uint64_t kVa = 0x40000000;
constexpr uint64_t kCommands = 0x400000;
constexpr uint64_t kPage = S4_PAGE_SIZE;

int create(Context& c, uint32_t flags = 0) {
  drm_s4_vm_create args{};
  args.flags = flags;
  return c.card().vm_create(args);
}

int destroy(Context& c, uint32_t vm_id, uint32_t pad = 0) {
  drm_s4_vm_destroy args{vm_id, pad};
  return c.card().vm_destroy(args);
}

int get_state(Transport& card, uint32_t vm_id, drm_s4_vm_get_state* out = nullptr) {
  drm_s4_vm_get_state args{};
  args.vm_id = vm_id;
  const int error = card.vm_get_state(args);
  if (out)
    *out = args;
  return error;
}

int all_of_a_files_share(Context& c) {
  for (uint32_t i = 0; i < c.info().max_vms; ++i)
    c.vm();
  return create(c);
}

int share_comes_back(Context& c) {
  std::vector<uint32_t> vms;
  for (uint32_t i = 0; i < c.info().max_vms; ++i)
    vms.push_back(c.vm());
  for (int round = 0; round < 20; ++round) {
    EXPECT_EQ(destroy(c, vms[0]), 0);
    vms[0] = c.vm();
  }
  return 0;
}

// A bind of one good MAP of a page, but for what `change` does to it.
using Change = void (*)(drm_s4_vm_bind&, drm_s4_vm_bind_op&);
int bind_with(Context& c, Change change) {
  const uint32_t vm = c.vm();
  drm_s4_vm_bind_op op{DRM_S4_BIND_MAP, 0, c.bo(2 * kPage, DRM_S4_BO_HOST), 0, kVa, kPage, 0};
  drm_s4_vm_bind args{};
  args.vm_id = vm;
  args.ops = {sizeof op, 1, reinterpret_cast<uint64_t>(&op)};
  change(args, op);
  return c.card().vm_bind(args);
}

// An element longer than the kernel knows, with `beyond` behind what it knows.
int bind_long_op(Context& c, uint32_t beyond) {
  struct Long {
    drm_s4_vm_bind_op op;
    uint64_t more;
  } element{{DRM_S4_BIND_MAP, 0, c.bo(kPage, DRM_S4_BO_HOST), 0, kVa, kPage, 0}, beyond};
  drm_s4_vm_bind args{};
  args.vm_id = c.vm();
  args.ops = {sizeof element, 1, reinterpret_cast<uint64_t>(&element)};
  return c.card().vm_bind(args);
}

int exclusive_of_another_vm(Context& c) {
  const uint32_t mine = c.vm();
  const uint32_t theirs = c.vm();
  return c.bind(mine, c.bo(kPage, DRM_S4_BO_HOST, theirs), kVa, kPage);
}

// All are checked before the first is done.
int bad_second_op(Context& c) {
  const uint32_t vm = c.vm();
  const uint32_t handle = c.bo(kPage, DRM_S4_BO_HOST);
  const Mapped memory = c.mapped(vm, kCommands);
  drm_s4_vm_bind_op ops[2] = {{DRM_S4_BIND_MAP, 0, handle, 0, kVa, kPage, 0},
                              {DRM_S4_BIND_MAP, 0, handle, 0, kVa + 1, kPage, 0}};
  drm_s4_vm_bind args{};
  args.vm_id = vm;
  args.ops = {sizeof ops[0], 2, reinterpret_cast<uint64_t>(ops)};
  const int error = c.card().vm_bind(args);
  EXPECT_EQ(args.done, 0u);
  EXPECT_EQ(c.run(c.queue(vm), memory, {fill_command(kVa, 16, 1)}), S4_E_UNMAPPED);
  return error;
}

int ops_in_order(Context& c) {
  const uint32_t vm = c.vm();
  const uint32_t first = c.bo(kPage, DRM_S4_BO_HOST);
  const uint32_t second = c.bo(kPage, DRM_S4_BO_HOST);
  const Mapped memory = c.mapped(vm, kCommands);
  drm_s4_vm_bind_op ops[3] = {{DRM_S4_BIND_MAP, 0, first, 0, kVa, kPage, 0},
                              {DRM_S4_BIND_UNMAP, 0, 0, 0, kVa, kPage, 0},
                              {DRM_S4_BIND_MAP, 0, second, 0, kVa, kPage, 0}};
  drm_s4_vm_bind args{};
  args.vm_id = vm;
  args.ops = {sizeof ops[0], 3, reinterpret_cast<uint64_t>(ops)};
  if (const int error = c.card().vm_bind(args))
    return error;
  EXPECT_EQ(args.done, 3u);
  const int status = c.run(c.queue(vm), memory, {fill_command(kVa, kPage, 0x11)});
  EXPECT_EQ(c.map(first, kPage)[9], std::byte{0});
  EXPECT_EQ(c.map(second, kPage)[9], std::byte{0x11});
  return status;
}

int replaced_mapping(Context& c) {
  const uint32_t vm = c.vm();
  const Mapped memory = c.mapped(vm, kCommands);
  const Mapped old = c.mapped(vm, kVa, kPage);
  const uint32_t queue = c.queue(vm);
  EXPECT_EQ(c.run(queue, memory, {fill_command(kVa, kPage, 1)}), S4_OK);
  const uint32_t next = c.bo(kPage, DRM_S4_BO_HOST, vm);
  EXPECT_EQ(c.bind(vm, next, kVa, kPage), 0);
  EXPECT_EQ(c.run(queue, memory, {fill_command(kVa, kPage, 2)}), S4_OK);
  EXPECT_EQ(old.data[0], std::byte{1});
  return c.map(next, kPage)[0] == std::byte{2} ? 0 : kWrong;
}

// A hole in the middle of large pages: the card sees the rest as before.
int hole_in_large_pages(Context& c) {
  const uint64_t bytes = 3 * S4_LARGE_SIZE;
  const uint32_t vm = c.vm();
  const Mapped memory = c.mapped(vm, kCommands);
  const Mapped big = c.mapped(vm, kVa, bytes, DRM_S4_BO_CARD | DRM_S4_BO_MAPPABLE);
  const uint32_t queue = c.queue(vm);
  const uint64_t hole = S4_LARGE_SIZE + 5 * kPage;
  EXPECT_EQ(c.run(queue, memory, {fill_command(kVa, bytes, 3)}), S4_OK);
  EXPECT_EQ(c.unbind(vm, kVa + hole, kPage), 0);
  EXPECT_EQ(c.run(queue, memory, {fill_command(kVa, hole, 4)}), S4_OK);
  EXPECT_EQ(c.run(queue, memory, {fill_command(kVa + hole + kPage, bytes - hole - kPage, 5)}),
            S4_OK);
  EXPECT_EQ(c.run(queue, memory, {fill_command(kVa + hole, kPage, 6)}), S4_E_UNMAPPED);
  EXPECT_EQ(c.last_result.fault_va, kVa + hole);
  const bool good = big.data[0] == std::byte{4} && big.data[hole - 1] == std::byte{4} &&
                    big.data[hole] == std::byte{3} && big.data[hole + kPage] == std::byte{5} &&
                    big.data[bytes - 1] == std::byte{5};
  return good ? 0 : kWrong;
}

int mapping_keeps_closed_buffer(Context& c) {
  const uint32_t vm = c.vm();
  const Mapped memory = c.mapped(vm, kCommands);
  const uint32_t queue = c.queue(vm);
  drm_gem_close close{};
  close.handle = c.bo(kPage, DRM_S4_BO_CARD, vm);
  EXPECT_EQ(c.bind(vm, close.handle, kVa, kPage), 0);
  EXPECT_EQ(c.card().bo_close(close), 0);
  EXPECT_EQ(c.run(queue, memory, {fill_command(kVa, 256, 9)}), S4_OK);
  EXPECT_EQ(c.run(queue, memory, {copy_command(kVa, kCommands + 32768, 256)}), S4_OK);
  return memory.data[32768 + 255] == std::byte{9} ? 0 : kWrong;
}

int readonly(Context& c) {
  const uint32_t vm = c.vm();
  const Mapped memory = c.mapped(vm, kCommands);
  const uint32_t handle = c.bo(kPage, DRM_S4_BO_HOST, vm);
  EXPECT_EQ(c.bind(vm, handle, kVa, kPage, 0, DRM_S4_BIND_READONLY), 0);
  const uint32_t queue = c.queue(vm);
  EXPECT_EQ(c.run(queue, memory, {copy_command(kVa, kCommands + 32768, 64)}), S4_OK);
  const int status = c.run(queue, memory, {fill_command(kVa, 64, 1)});
  drm_s4_vm_get_state state{};
  EXPECT_EQ(get_state(c.card(), vm, &state), 0);
  EXPECT_EQ(state.flags, unsigned{DRM_S4_VM_FAULTED});
  EXPECT_EQ(state.fault_va, kVa);
  EXPECT_EQ(state.fault_status, unsigned{S4_E_READONLY});
  EXPECT_EQ(state.fault_access, unsigned{S4_ACCESS_WRITE});
  return status;
}

// The same address in two spaces is two places.
int spaces_are_apart(Context& c) {
  const uint32_t one = c.vm();
  const uint32_t two = c.vm();
  const Mapped memory = c.mapped(one, kCommands);
  const Mapped mine = c.mapped(one, kVa, kPage);
  const Mapped theirs = c.mapped(two, kVa, kPage);
  const int status = c.run(c.queue(one), memory, {fill_command(kVa, kPage, 8)});
  return status != 0                                                      ? status
         : mine.data[0] == std::byte{8} && theirs.data[0] == std::byte{0} ? 0
                                                                          : kWrong;
}

}  // namespace

std::vector<Row> vm_rows() {
  return {
      {"Create", 0, [](Context& c) { return create(c); }},
      {"CreateFlags", -EINVAL, [](Context& c) { return create(c, 1); }},
      {"CreateBeyondAFilesShare", -ENOSPC, all_of_a_files_share},
      {"DestroyedOnesMakeRoom", 0, share_comes_back},
      {"Destroy", 0, [](Context& c) { return destroy(c, c.vm()); }},
      {"DestroyPad", -EINVAL, [](Context& c) { return destroy(c, c.vm(), 1); }},
      {"DestroyUnknown", -ENOENT, [](Context& c) { return destroy(c, 77); }},
      {"DestroyTwice", -ENOENT,
       [](Context& c) {
         const uint32_t vm = c.vm();
         EXPECT_EQ(destroy(c, vm), 0);
         return destroy(c, vm);
       }},
      {"StateOfUnknown", -ENOENT, [](Context& c) { return get_state(c.card(), 77); }},
      {"StateOfAnothers", -ENOENT, [](Context& c) { return get_state(c.other(), c.vm()); }},
      {"StateIsGoodAtFirst", 0,
       [](Context& c) {
         drm_s4_vm_get_state state{};
         const int error = get_state(c.card(), c.vm(), &state);
         return error != 0 ? error : static_cast<int>(state.flags);
       }},
      {"SpacesAreApart", 0, spaces_are_apart},
  };
}

std::vector<Row> bind_rows() {
  const auto with = [](Change change) {
    return [change](Context& c) { return bind_with(c, change); };
  };
  using Bind = drm_s4_vm_bind;
  using Op = drm_s4_vm_bind_op;
  return {
      {"Map", 0, with([](Bind&, Op&) {})},
      {"MapSecondPage", 0, with([](Bind&, Op& o) { o.bo_offset = kPage; })},
      {"Flags", -EINVAL, with([](Bind& b, Op&) { b.flags = 1; })},
      {"Pad", -EINVAL, with([](Bind& b, Op&) { b.pad = 1; })},
      {"UnknownVm", -ENOENT, with([](Bind& b, Op&) { b.vm_id = 77; })},
      {"NoOps", 0, with([](Bind& b, Op&) { b.ops = {}; })},
      {"TooManyOps", -EINVAL, with([](Bind& b, Op&) { b.ops.count = DRM_S4_MAX_BIND_OPS + 1; })},
      {"HugeCount", -EINVAL, with([](Bind& b, Op&) { b.ops.count = UINT32_MAX; })},
      {"ShortElement", -EINVAL, with([](Bind& b, Op& o) { b.ops.stride = sizeof o - 8; })},
      {"HugeElement", -E2BIG, with([](Bind& b, Op&) { b.ops.stride = 1 << 20; })},
      {"LongElement", 0, [](Context& c) { return bind_long_op(c, 0); }},
      {"LongElementThatSaysMore", -E2BIG, [](Context& c) { return bind_long_op(c, 1); }},
      {"NullArray", -EFAULT, with([](Bind& b, Op&) { b.ops.array = 0; })},
      {"OpPad", -EINVAL, with([](Bind&, Op& o) { o.pad = 1; })},
      {"UnknownOp", -EINVAL, with([](Bind&, Op& o) { o.op = 2; })},
      {"UnknownOpFlag", -EINVAL, with([](Bind&, Op& o) { o.flags = 2; })},
      {"NoRange", -EINVAL, with([](Bind&, Op& o) { o.range = 0; })},
      {"MisalignedVa", -EINVAL, with([](Bind&, Op& o) { o.va += 64; })},
      {"MisalignedRange", -EINVAL, with([](Bind&, Op& o) { o.range -= 64; })},
      {"MisalignedOffset", -EINVAL, with([](Bind&, Op& o) { o.bo_offset = 64; })},
      {"BelowTheFirstAddress", -EINVAL, with([](Bind&, Op& o) { o.va = 0; })},
      {"LastPage", 0, with([](Bind&, Op& o) { o.va = S4_SRAM_VA - kPage; })},
      {"OnChipMemory", -EINVAL, with([](Bind&, Op& o) { o.va = S4_SRAM_VA; })},
      {"Wraps", -EINVAL, with([](Bind&, Op& o) { o.va = UINT64_MAX & ~(kPage - 1); })},
      {"UnknownHandle", -ENOENT, with([](Bind&, Op& o) { o.handle = 77; })},
      {"BeyondTheBuffer", -EINVAL, with([](Bind&, Op& o) { o.range = 3 * kPage; })},
      {"OffsetBeyondTheBuffer", -EINVAL, with([](Bind&, Op& o) { o.bo_offset = 2 * kPage; })},
      {"OffsetWraps", -EINVAL, with([](Bind&, Op& o) { o.bo_offset = UINT64_MAX & ~(kPage - 1); })},
      {"UnmapWithHandle", -EINVAL, with([](Bind&, Op& o) { o.op = DRM_S4_BIND_UNMAP; })},
      {"UnmapNothing", 0, with([](Bind&, Op& o) {
         o.op = DRM_S4_BIND_UNMAP;
         o.handle = 0;
       })},
      {"UnmapWithFlags", -EINVAL, with([](Bind&, Op& o) {
         o.op = DRM_S4_BIND_UNMAP;
         o.handle = 0;
         o.flags = DRM_S4_BIND_READONLY;
       })},
      {"UnmapWithOffset", -EINVAL, with([](Bind&, Op& o) {
         o.op = DRM_S4_BIND_UNMAP;
         o.handle = 0;
         o.bo_offset = kPage;
       })},
      {"ExclusiveOfAnotherVm", -EINVAL, exclusive_of_another_vm},
      {"BadSecondOpUndoesNothing", -EINVAL, bad_second_op},
      {"OpsAreDoneInOrder", S4_OK, ops_in_order},
      {"MapReplaces", 0, replaced_mapping},
      {"HoleInLargePages", 0, hole_in_large_pages},
      {"MappingKeepsClosedBuffer", 0, mapping_keeps_closed_buffer},
      {"Readonly", S4_E_READONLY, readonly},
  };
}

}  // namespace s4::conformance
