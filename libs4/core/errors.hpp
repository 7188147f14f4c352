// SPDX-License-Identifier: MIT
// Errors that say what to do: one place for the sentences that many calls share.
#pragma once

#include <string>

#include "s4/result.hpp"

namespace s4::core {

// Which card and which step an error is about.
struct Where {
  std::string device;  // bus id and serial, or empty
  const char* stage;
};

Error invalid(const Where& where, std::string message);

// An error of a call of the transport; `error` is -errno. `doing` completes "cannot ...".
Error failed(const Where& where, int error, const std::string& doing);

}  // namespace s4::core
