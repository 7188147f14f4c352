// SPDX-License-Identifier: MIT
#include "capi/handles.hpp"
#include "capi/support.hpp"

using namespace s4;
using namespace s4::capi;

s4_code s4_queue_create(s4_device* device, const s4_queue_options* options, s4_queue** queue,
                        s4_error* error) {
  constexpr const char* kStage = "create queue";
  return guarded(kStage, error, [&]() -> Result<void> {
    if (!device || !queue)
      return bad_argument(kStage, "device or queue is null");
    core::Queue::Options wanted;
    if (options) {
      auto in = read_struct(kStage, "s4_queue_options", options);
      if (!in)
        return std::move(in).error();
      wanted.core_mode = in->core_mode;
      wanted.core = in->core;
      wanted.priority = in->priority;
    }
    auto made = core::Queue::create(device->core, wanted);
    if (!made)
      return std::move(made).error();
    *queue = new s4_queue{*std::move(made)};
    return {};
  });
}

void s4_queue_release(s4_queue* queue) {
  if (!queue)
    return;
  queue->core->close();  // its jobs keep the rest until they have ended
  delete queue;
}

s4_code s4_queue_submit(s4_queue* queue, const s4_command_list* list, s4_job* const* after,
                        size_t after_count, s4_job** job, s4_error* error) {
  return guarded("submit", error, [&]() -> Result<void> {
    if (!queue || !list || !job || (after_count != 0 && !after)) {
      return bad_argument("submit", "queue, list, after or job is null");
    }
    std::vector<core::Job*> jobs;
    for (size_t i = 0; i < after_count; ++i) {
      jobs.push_back(after[i] ? after[i]->core.get() : nullptr);
    }
    auto handle = std::make_unique<s4_job>();
    auto submitted = queue->core->submit(list->core, jobs);
    if (!submitted)
      return std::move(submitted).error();
    handle->core = *std::move(submitted);
    *job = handle.release();
    return {};
  });
}

s4_code s4_queue_get_info(s4_queue* queue, s4_queue_info* info, s4_error* error) {
  return guarded("query", error, [&]() -> Result<void> {
    if (!queue)
      return bad_argument("query", "queue is null");
    auto state = queue->core->state();
    if (!state)
      return std::move(state).error();
    static_assert(S4_QUEUE_INFO_BANNED == DRM_S4_QUEUE_BANNED &&
                  S4_QUEUE_INFO_RESET == DRM_S4_QUEUE_RESET &&
                  S4_QUEUE_INFO_LOST == DRM_S4_QUEUE_LOST);
    s4_queue_info out{};
    out.flags = state->flags;
    out.last_status = state->last_status;
    out.jobs_submitted = state->jobs_submitted;
    out.jobs_done = state->jobs_done;
    out.jobs_failed = state->jobs_failed;
    out.progress = state->progress;
    return write_struct("query", "s4_queue_info", out, info);
  });
}
