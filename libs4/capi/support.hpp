// SPDX-License-Identifier: MIT
// What every function of the C interface does: no exception leaves, errors are copied out,
// structures of another version are read and written safely.
#pragma once

#include <algorithm>
#include <cstring>
#include <exception>
#include <new>
#include <string>
#include <utility>

#include "s4/result.hpp"
#include "s4/s4.h"

namespace s4::capi {

void copy_text(char* to, size_t room, const std::string& text);
s4_code report(const Error& error, s4_error* out);
Error bad_argument(const char* stage, std::string message);

// Runs `body`, which returns Result<void>.
template <typename Body>
s4_code guarded(const char* stage, s4_error* out, Body&& body) noexcept {
  try {
    const Result<void> result = std::forward<Body>(body)();
    return result ? S4_SUCCESS : report(result.error(), out);
  } catch (const std::bad_alloc&) {
    return report(Error{Code::kOutOfHostMemory, 0, {}, stage, "the host is out of memory"}, out);
  } catch (const std::exception& e) {
    return report(Error{Code::kSystem, 0, {}, stage, e.what()}, out);
  }
}

// A copy of a caller's structure, which may be longer than ours when what we do not know is zero.
template <typename T>
Result<T> read_struct(const char* stage, const char* name, const T* in) {
  if (!in)
    return bad_argument(stage, std::string(name) + " is null");
  if (in->size < sizeof(T)) {
    return bad_argument(
        stage, std::string("set the size of struct ") + name + " to its sizeof before the call");
  }
  const auto* bytes = reinterpret_cast<const unsigned char*>(in);
  if (std::any_of(bytes + sizeof(T), bytes + in->size, [](unsigned char b) { return b != 0; })) {
    return Error{Code::kVersion,
                 0,
                 {},
                 stage,
                 std::string("struct ") + name +
                     " has members set that this library does not know; install a newer libs4"};
  }
  T copy;
  std::memcpy(&copy, in, sizeof copy);
  return copy;
}

// Fills a caller's structure as far as it goes; its size member stays.
template <typename T>
Result<void> write_struct(const char* stage, const char* name, T value, T* out) {
  if (!out)
    return bad_argument(stage, std::string(name) + " is null");
  if (out->size < sizeof out->size) {
    return bad_argument(
        stage, std::string("set the size of struct ") + name + " to its sizeof before the call");
  }
  const size_t size = out->size;
  value.size = size;
  std::memcpy(out, &value, std::min(size, sizeof value));
  return {};
}

}  // namespace s4::capi
