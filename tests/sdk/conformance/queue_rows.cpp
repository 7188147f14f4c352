// SPDX-License-Identifier: MIT
// Queues, SUBMIT, and what becomes of jobs.
#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>

#include "conformance/context.hpp"
#include "s4/abi/s4_mailbox.h"
#include "s4/abi/s4_regs.h"

namespace s4::conformance {
namespace {

constexpr uint64_t kVa = 0x40000000;
constexpr uint64_t kCommands = 0x400000;

int create_with(Context& c, void (*change)(drm_s4_queue_create&)) {
  drm_s4_queue_create args{};
  args.vm_id = c.vm();
  args.priority = S4_PRIORITY_NORMAL;
  change(args);
  return c.card().queue_create(args);
}

int destroy(Context& c, uint32_t queue_id, uint32_t pad = 0) {
  drm_s4_queue_destroy args{queue_id, pad};
  return c.card().queue_destroy(args);
}

drm_s4_queue_get_state state_of(Context& c, uint32_t queue_id) {
  drm_s4_queue_get_state args{};
  args.queue_id = queue_id;
  EXPECT_EQ(c.card().queue_get_state(args), 0);
  return args;
}

int all_of_a_files_share(Context& c) {
  const uint32_t vm = c.vm();
  for (uint32_t i = 0; i < c.info().max_queues; ++i)
    c.queue(vm);
  drm_s4_queue_create args{};
  args.vm_id = vm;
  return c.card().queue_create(args);
}

int share_comes_back(Context& c) {
  const uint32_t vm = c.vm();
  std::vector<uint32_t> queues;
  for (uint32_t i = 0; i < c.info().max_queues; ++i)
    queues.push_back(c.queue(vm));
  for (int round = 0; round < 20; ++round) {
    EXPECT_EQ(destroy(c, queues[0]), 0);
    queues[0] = c.queue(vm);
  }
  return 0;
}

// A submit of one empty job, but for what `change` does to it.
struct Parts {
  drm_s4_submit submit{};
  drm_s4_job job{};
  drm_s4_sync in{};
  drm_s4_sync out{};
  std::vector<drm_s4_sync> many{DRM_S4_MAX_SYNCS + 1};
  std::vector<drm_s4_job> jobs{DRM_S4_MAX_JOBS + 1};
};
int submit_with(Context& c, void (*change)(Context&, Parts&)) {
  Parts p;
  p.in.handle = c.syncobj(true);
  p.out.handle = c.syncobj();
  p.job.in_syncs = {sizeof p.in, 1, reinterpret_cast<uint64_t>(&p.in)};
  p.job.out_syncs = {sizeof p.out, 1, reinterpret_cast<uint64_t>(&p.out)};
  p.submit.queue_id = c.queue(c.vm());
  p.submit.jobs = {sizeof p.job, 1, reinterpret_cast<uint64_t>(&p.job)};
  change(c, p);
  const int error = c.card().submit(p.submit);
  EXPECT_EQ(p.submit.done, error == 0 ? p.submit.jobs.count : 0u);
  return error;
}

// Jobs before the one that is wrong are submitted, and run.
int second_job_is_wrong(Context& c) {
  drm_s4_job jobs[3]{};
  drm_s4_sync out{c.syncobj(), 0, 0};
  jobs[0].out_syncs = {sizeof out, 1, reinterpret_cast<uint64_t>(&out)};
  jobs[1].flags = 1;
  drm_s4_submit args{};
  args.queue_id = c.queue(c.vm());
  args.jobs = {sizeof jobs[0], 3, reinterpret_cast<uint64_t>(jobs)};
  const int error = c.card().submit(args);
  EXPECT_EQ(args.done, 1u);
  EXPECT_EQ(c.wait(out.handle), 0);
  return error;
}

// A job may wait for what an earlier one of the same call signals.
int jobs_of_one_call(Context& c) {
  drm_s4_sync link{c.syncobj(), 0, 0};
  drm_s4_sync end{c.syncobj(), 0, 0};
  drm_s4_job jobs[2]{};
  jobs[0].out_syncs = {sizeof link, 1, reinterpret_cast<uint64_t>(&link)};
  jobs[1].in_syncs = {sizeof link, 1, reinterpret_cast<uint64_t>(&link)};
  jobs[1].out_syncs = {sizeof end, 1, reinterpret_cast<uint64_t>(&end)};
  drm_s4_submit args{};
  args.queue_id = c.queue(c.vm());
  args.jobs = {sizeof jobs[0], 2, reinterpret_cast<uint64_t>(jobs)};
  if (const int error = c.card().submit(args))
    return error;
  return c.wait(end.handle);
}

struct Bench {
  explicit Bench(Context& c)
      : vm(c.vm()), queue(c.queue(vm)), memory(c.mapped(vm, kCommands)), data(c.mapped(vm, kVa)) {}
  uint32_t vm;
  uint32_t queue;
  Mapped memory;
  Mapped data;
};

int fill_and_copy(Context& c) {
  Bench b(c);
  s4_cmd copy = copy_command(kVa, kVa + 4096, 1000);
  copy.header.wait = 1;
  const int status = c.run(b.queue, b.memory, {fill_command(kVa, 1000, 0x77), copy});
  if (status != S4_OK)
    return status;
  EXPECT_EQ(b.data.data[4096 + 999], std::byte{0x77});
  EXPECT_EQ(b.data.data[4096 + 1000], std::byte{0});
  EXPECT_GT(c.last_result.card_end, c.last_result.card_start);
  EXPECT_GE(c.last_result.end_ns, c.last_result.start_ns);
  return 0;
}

int card_time_is_a_pure_function(Context& c) {
  Bench b(c);
  uint64_t cycles[2];
  for (uint64_t& one : cycles) {
    EXPECT_EQ(c.run(b.queue, b.memory, {fill_command(kVa, 65536, 1)}), S4_OK);
    one = c.last_result.card_end - c.last_result.card_start;
  }
  return cycles[0] == cycles[1] && cycles[0] > 0 ? 0 : kWrong;
}

int failing(Context& c, s4_cmd command) {
  Bench b(c);
  const int status = c.run(b.queue, b.memory, {fill_command(kVa, 64, 1), command});
  EXPECT_EQ(c.last_result.command, 1u);
  const drm_s4_queue_get_state state = state_of(c, b.queue);
  EXPECT_EQ(state.jobs_submitted, 1u);
  EXPECT_EQ(state.jobs_done, 1u);
  EXPECT_EQ(state.jobs_failed, 1u);
  EXPECT_EQ(static_cast<int>(state.last_status), status);
  EXPECT_EQ(state.flags, 0u);
  // The queue is as good as before.
  EXPECT_EQ(c.run(b.queue, b.memory, {fill_command(kVa, 64, 2)}), S4_OK);
  return status;
}

s4_cmd unknown_command() {
  s4_cmd command{};
  command.header.opcode = 999;
  return command;
}

s4_cmd with_reserved() {
  s4_cmd command = fill_command(kVa, 64, 1);
  command.header.reserved = 1;
  return command;
}

int commands_not_mapped(Context& c) {
  Bench b(c);
  const uint32_t done = c.syncobj();
  EXPECT_EQ(c.submit(b.queue, kVa + (1 << 20), 1, kVa, done), 0);
  if (const int error = c.wait(done))
    return error;
  s4_job_result result;
  std::memcpy(&result, b.data.data, sizeof result);
  return static_cast<int>(result.status);
}

// A record that cannot be written is the user's loss alone.
int record_not_mapped(Context& c) {
  Bench b(c);
  const uint32_t done = c.syncobj();
  EXPECT_EQ(c.submit(b.queue, 0, 0, kVa + (1 << 20), done), 0);
  if (const int error = c.wait(done))
    return error;
  return c.run(b.queue, b.memory, {fill_command(kVa, 64, 2)});
}

int waits_for_dependency(Context& c) {
  Bench b(c);
  const s4_cmd command = fill_command(kVa, 64, 5);
  std::memcpy(b.memory.data, &command, sizeof command);
  const uint32_t gate = c.syncobj();
  const uint32_t done = c.syncobj();
  const uint32_t queue = c.queue(b.vm, 1);
  EXPECT_EQ(c.submit(queue, b.memory.va, 1, 0, gate), 0);
  EXPECT_EQ(c.submit(b.queue, 0, 0, 0, done, gate), 0);
  if (const int error = c.wait(done))
    return error;
  EXPECT_EQ(c.wait(gate, 0), 0);
  return b.data.data[63] == std::byte{5} ? 0 : kWrong;
}

int many_jobs_in_order(Context& c) {
  Bench b(c);
  constexpr int kJobs = 300;  // more than a ring holds
  const uint32_t done = c.syncobj();
  for (int i = 0; i < kJobs; ++i) {
    const s4_cmd command = fill_command(kVa, 64, static_cast<uint8_t>(i));
    std::memcpy(b.memory.data + (i % 100) * sizeof command, &command, sizeof command);
    const uint32_t out = i % 100 == 99 || i == kJobs - 1 ? done : 0;
    if (const int error = c.submit(b.queue, kCommands + (i % 100) * sizeof command, 1, 0, out)) {
      return error;
    }
    if (out != 0) {
      if (const int error = c.wait(out))
        return error;
    }
  }
  EXPECT_EQ(state_of(c, b.queue).jobs_done, static_cast<uint64_t>(kJobs));
  EXPECT_GT(state_of(c, b.queue).progress, 0u);
  return b.data.data[0] == static_cast<std::byte>((kJobs - 1) & 0xff) ? 0 : kWrong;
}

// Fences signal whatever happens: here the queue goes while jobs wait in it.
int destroyed_with_jobs(Context& c, bool whole_vm) {
  Bench b(c);
  const s4_cmd command = fill_command(kVa, 65536, 5);
  std::memcpy(b.memory.data, &command, sizeof command);
  const uint32_t done = c.syncobj();
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(c.submit(b.queue, kCommands, 1, 0, done), 0);
  if (whole_vm) {
    drm_s4_vm_destroy args{b.vm, 0};
    EXPECT_EQ(c.card().vm_destroy(args), 0);
  } else {
    EXPECT_EQ(destroy(c, b.queue), 0);
  }
  EXPECT_EQ(c.submit(b.queue, 0, 0), -ENOENT);
  return c.wait(done);
}

int unmapped_under_jobs(Context& c) {
  Bench b(c);
  const s4_cmd command = fill_command(kVa, 65536, 5);
  std::memcpy(b.memory.data, &command, sizeof command);
  const uint32_t done = c.syncobj();
  for (int i = 0; i < 50; ++i)
    EXPECT_EQ(c.submit(b.queue, kCommands, 1, 0, done), 0);
  EXPECT_EQ(c.unbind(b.vm, kVa, 65536), 0);
  // Nothing writes any more: what is there now stays.
  std::memset(b.data.data, 0x33, 65536);
  if (const int error = c.wait(done))
    return error;
  for (int i = 0; i < 65536; ++i) {
    if (b.data.data[i] != std::byte{0x33})
      return kWrong;
  }
  return 0;
}

}  // namespace

std::vector<Row> queue_rows() {
  using Create = drm_s4_queue_create;
  const auto with = [](void (*change)(Create&)) {
    return [change](Context& c) { return create_with(c, change); };
  };
  return {
      {"Create", 0, with([](Create&) {})},
      {"CreateSplit", 0, with([](Create& a) { a.core_mode = S4_CORE_MODE_SPLIT; })},
      {"CreateBroadcast", 0, with([](Create& a) { a.core_mode = S4_CORE_MODE_BROADCAST; })},
      {"CreateLastCore", 0, with([](Create& a) { a.core = S4_NUM_CORES - 1; })},
      {"CreateLowPriority", 0, with([](Create& a) { a.priority = S4_PRIORITY_LOW; })},
      {"CreateFlags", -EINVAL, with([](Create& a) { a.flags = 1; })},
      {"CreateUnknownVm", -ENOENT, with([](Create& a) { a.vm_id = 77; })},
      {"CreateUnknownMode", -EINVAL, with([](Create& a) { a.core_mode = 3; })},
      {"CreateUnknownCore", -EINVAL, with([](Create& a) { a.core = S4_NUM_CORES; })},
      {"CreateSplitWithCore", -EINVAL, with([](Create& a) {
         a.core_mode = S4_CORE_MODE_SPLIT;
         a.core = 1;
       })},
      {"CreateUnknownPriority", -EINVAL, with([](Create& a) { a.priority = 3; })},
      {"CreateBeyondAFilesShare", -ENOSPC, all_of_a_files_share},
      {"DestroyedOnesMakeRoom", 0, share_comes_back},
      {"Destroy", 0, [](Context& c) { return destroy(c, c.queue(c.vm())); }},
      {"DestroyPad", -EINVAL, [](Context& c) { return destroy(c, c.queue(c.vm()), 1); }},
      {"DestroyUnknown", -ENOENT, [](Context& c) { return destroy(c, 77); }},
      {"StateOfUnknown", -ENOENT,
       [](Context& c) {
         drm_s4_queue_get_state args{};
         args.queue_id = 77;
         return c.card().queue_get_state(args);
       }},
      {"StatePad", -EINVAL,
       [](Context& c) {
         drm_s4_queue_get_state args{};
         args.queue_id = c.queue(c.vm());
         args.pad = 1;
         return c.card().queue_get_state(args);
       }},
      {"StateAtFirst", 0,
       [](Context& c) {
         const auto state = state_of(c, c.queue(c.vm()));
         return state.flags == 0 && state.jobs_submitted == 0 && state.jobs_done == 0 ? 0 : kWrong;
       }},
  };
}

std::vector<Row> submit_rows() {
  const auto with = [](void (*change)(Context&, Parts&)) {
    return [change](Context& c) { return submit_with(c, change); };
  };
  using C = Context;
  return {
      {"EmptyJob", 0, with([](C&, Parts&) {})},
      {"NoJobs", 0, with([](C&, Parts& p) { p.submit.jobs = {}; })},
      {"Flags", -EINVAL, with([](C&, Parts& p) { p.submit.flags = 1; })},
      {"Pad", -EINVAL, with([](C&, Parts& p) { p.submit.pad = 1; })},
      {"UnknownQueue", -ENOENT, with([](C&, Parts& p) { p.submit.queue_id = 77; })},
      {"ManyJobs", 0, with([](C&, Parts& p) {
         p.submit.jobs = {sizeof(drm_s4_job), DRM_S4_MAX_JOBS,
                          reinterpret_cast<uint64_t>(p.jobs.data())};
       })},
      {"TooManyJobs", -EINVAL, with([](C&, Parts& p) {
         p.submit.jobs = {sizeof(drm_s4_job), DRM_S4_MAX_JOBS + 1,
                          reinterpret_cast<uint64_t>(p.jobs.data())};
       })},
      {"ShortJob", -EINVAL, with([](C&, Parts& p) { p.submit.jobs.stride -= 8; })},
      {"NullJobs", -EFAULT, with([](C&, Parts& p) { p.submit.jobs.array = 0; })},
      {"JobFlags", -EINVAL, with([](C&, Parts& p) { p.job.flags = 1; })},
      {"MisalignedCommands", -EINVAL, with([](C&, Parts& p) { p.job.commands_va = 32; })},
      {"MisalignedRecord", -EINVAL, with([](C&, Parts& p) { p.job.completion_va = 8; })},
      {"TooManyCommands", -EINVAL,
       with([](C&, Parts& p) { p.job.command_count = S4_MAX_COMMANDS + 1; })},
      {"UnknownInSync", -ENOENT, with([](C&, Parts& p) { p.in.handle = 77; })},
      {"InSyncWithoutFence", -EINVAL, with([](C& c, Parts& p) { p.in.handle = c.syncobj(); })},
      {"InSyncPointNotThere", -EINVAL, with([](C&, Parts& p) { p.in.point = 5; })},
      {"InSyncFlags", -EINVAL, with([](C&, Parts& p) { p.in.flags = 1; })},
      {"UnknownOutSync", -ENOENT, with([](C&, Parts& p) { p.out.handle = 77; })},
      {"OutSyncFlags", -EINVAL, with([](C&, Parts& p) { p.out.flags = 1; })},
      {"TooManyInSyncs", -EINVAL, with([](C&, Parts& p) {
         p.job.in_syncs = {sizeof p.in, DRM_S4_MAX_SYNCS + 1,
                           reinterpret_cast<uint64_t>(p.many.data())};
       })},
      {"TooManyOutSyncs", -EINVAL,
       with([](C&, Parts& p) { p.job.out_syncs.count = DRM_S4_MAX_SYNCS + 1; })},
      {"SecondJobIsWrong", -EINVAL, second_job_is_wrong},
      {"JobsOfOneCall", 0, jobs_of_one_call},
  };
}

std::vector<Row> job_rows() {
  return {
      {"FillAndCopy", S4_OK, fill_and_copy},
      {"CardTimeIsAPureFunction", 0, card_time_is_a_pure_function},
      {"UnknownCommand", S4_E_OPCODE, [](Context& c) { return failing(c, unknown_command()); }},
      {"ReservedField", S4_E_FIELD, [](Context& c) { return failing(c, with_reserved()); }},
      {"NothingToFill", S4_E_FIELD, [](Context& c) { return failing(c, fill_command(kVa, 0, 1)); }},
      {"Overlap", S4_E_OVERLAP,
       [](Context& c) { return failing(c, copy_command(kVa, kVa + 10, 100)); }},
      {"NullAddress", S4_E_UNMAPPED, [](Context& c) { return failing(c, fill_command(0, 64, 1)); }},
      {"EndOfTheBuffer", S4_E_UNMAPPED,
       [](Context& c) { return failing(c, fill_command(kVa + 65536 - 32, 64, 1)); }},
      {"CommandsNotMapped", S4_E_UNMAPPED, commands_not_mapped},
      {"RecordNotMapped", S4_OK, record_not_mapped},
      {"WaitsForDependency", 0, waits_for_dependency},
      {"ManyJobsInOrder", 0, many_jobs_in_order},
      {"QueueDestroyedWithJobs", 0, [](Context& c) { return destroyed_with_jobs(c, false); }},
      {"VmDestroyedWithJobs", 0, [](Context& c) { return destroyed_with_jobs(c, true); }},
      {"UnmappedUnderJobs", 0, unmapped_under_jobs},
  };
}

}  // namespace s4::conformance
