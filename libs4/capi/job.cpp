// SPDX-License-Identifier: MIT
#include "capi/handles.hpp"
#include "capi/support.hpp"

using namespace s4;
using namespace s4::capi;

s4_code s4_job_wait(s4_job* job, uint64_t timeout_ns, s4_error* error) {
  return guarded("wait", error, [&]() -> Result<void> {
    if (!job)
      return bad_argument("wait", "job is null");
    return job->core->wait(timeout_ns);
  });
}

s4_code s4_job_get_report(s4_job* job, s4_job_report* report, s4_error* error) {
  return guarded("job", error, [&]() -> Result<void> {
    if (!job)
      return bad_argument("job", "job is null");
    return write_struct("job", "s4_job_report", job->core->report(), report);
  });
}

s4_code s4_job_on_end(s4_job* job, s4_job_callback callback, void* argument, s4_error* error) {
  return guarded("job", error, [&]() -> Result<void> {
    if (!job || !callback)
      return bad_argument("job", "job or callback is null");
    job->core->on_end(
        [callback, argument](const s4_job_report& report) { callback(argument, &report); });
    return {};
  });
}

s4_code s4_job_get_fd(s4_job* job, int* fd, s4_error* error) {
  return guarded("job", error, [&]() -> Result<void> {
    if (!job || !fd)
      return bad_argument("job", "job or fd is null");
    auto made = job->core->fd();
    if (!made)
      return std::move(made).error();
    *fd = *made;
    return {};
  });
}

void s4_job_release(s4_job* job) {
  if (!job)
    return;
  try {
    job->core->abandon();
  } catch (const std::exception&) {
    // No memory or no thread for the keeper: what the card uses must stay, so it is never freed.
    new (std::nothrow) std::shared_ptr<core::Job>(job->core);
  }
  delete job;
}
