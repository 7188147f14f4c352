// SPDX-License-Identifier: MIT
#include "capi/support.hpp"

namespace s4::capi {

void copy_text(char* to, size_t room, const std::string& text) {
  const size_t length = std::min(text.size(), room - 1);
  std::memcpy(to, text.data(), length);
  to[length] = '\0';
}

Error bad_argument(const char* stage, std::string message) {
  return Error{Code::kInvalidArgument, 0, {}, stage, std::move(message)};
}

s4_code report(const Error& error, s4_error* out) {
  const auto code = static_cast<s4_code>(error.code);
  // One that is too short for this version is left alone rather than overrun.
  if (out && out->size >= sizeof *out) {
    out->code = code;
    out->sys_errno = error.sys_errno;
    copy_text(out->device, sizeof out->device, error.device);
    copy_text(out->stage, sizeof out->stage, error.stage);
    copy_text(out->message, sizeof out->message, error.message);
  }
  return code;
}

}  // namespace s4::capi
