// SPDX-License-Identifier: MIT
// Errors are values.
//
//   auto device = s4::Device::open();
//   if (!device) return complain(device.error().message);
//   auto memory = device->memory().value();  // throws s4::Exception instead
#pragma once

#include <exception>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "s4.h"

namespace s4 {

enum class Code {
  kSuccess = S4_SUCCESS,
  kInvalidArgument = S4_ERROR_INVALID_ARGUMENT,
  kNoDevice = S4_ERROR_NO_DEVICE,
  kPermission = S4_ERROR_PERMISSION,
  kOutOfCardMemory = S4_ERROR_OUT_OF_CARD_MEMORY,
  kOutOfHostMemory = S4_ERROR_OUT_OF_HOST_MEMORY,
  kOutOfResources = S4_ERROR_OUT_OF_RESOURCES,
  kTimeout = S4_ERROR_TIMEOUT,
  kDeviceReset = S4_ERROR_DEVICE_RESET,
  kDeviceLost = S4_ERROR_DEVICE_LOST,
  kJobFailed = S4_ERROR_JOB_FAILED,
  kCancelled = S4_ERROR_CANCELLED,
  kBadWeights = S4_ERROR_BAD_WEIGHTS,
  kVersion = S4_ERROR_VERSION,
  kUnsupported = S4_ERROR_UNSUPPORTED,
  kSystem = S4_ERROR_SYSTEM,
};

// What went wrong, where, and what to do about it.
struct Error {
  Code code = Code::kSuccess;
  int sys_errno = 0;    // of the call that failed, or 0
  std::string device;   // bus id and serial number, or empty
  std::string stage;    // what was being done: "open", "submit"
  std::string message;  // a sentence or two, with the remedy

  // "submit: 0000:01:00.0 (S4-7): the message"
  std::string text() const {
    std::string out = stage;
    if (!device.empty())
      out += (out.empty() ? "" : ": ") + device;
    return out.empty() ? message : out + ": " + message;
  }
};

// What value() throws.
class Exception : public std::exception {
 public:
  explicit Exception(Error error) : error_(std::move(error)), text_(error_.text()) {}
  const char* what() const noexcept override { return text_.c_str(); }
  const Error& error() const noexcept { return error_; }

 private:
  Error error_;
  std::string text_;
};

// A T or an Error. Access to the value of one that holds an error is undefined, but by value().
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return ok(); }

  T& operator*() & noexcept { return *std::get_if<0>(&state_); }
  const T& operator*() const& noexcept { return *std::get_if<0>(&state_); }
  T&& operator*() && noexcept { return std::move(*std::get_if<0>(&state_)); }
  T* operator->() noexcept { return std::get_if<0>(&state_); }
  const T* operator->() const noexcept { return std::get_if<0>(&state_); }
  const Error& error() const& noexcept { return *std::get_if<1>(&state_); }
  Error&& error() && noexcept { return std::move(*std::get_if<1>(&state_)); }

  T& value() & {
    check();
    return **this;
  }
  const T& value() const& {
    check();
    return **this;
  }
  T&& value() && {
    check();
    return std::move(**this);
  }
  T value_or(T other) && { return ok() ? std::move(**this) : std::move(other); }

  // f(value), which returns a Result itself, or this error.
  template <typename F>
  auto and_then(F&& f) && -> std::invoke_result_t<F, T&&> {
    if (!ok())
      return std::move(*std::get_if<1>(&state_));
    return std::forward<F>(f)(std::move(**this));
  }

 private:
  void check() const {
    if (!ok())
      throw Exception(*std::get_if<1>(&state_));
  }
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  bool ok() const noexcept { return !error_; }
  explicit operator bool() const noexcept { return ok(); }
  const Error& error() const& noexcept { return *error_; }
  Error&& error() && noexcept { return std::move(*error_); }
  void value() const {
    if (error_)
      throw Exception(*error_);
  }

  // f(), which returns a Result itself, or this error.
  template <typename F>
  auto and_then(F&& f) && -> std::invoke_result_t<F> {
    if (!ok())
      return std::move(*error_);
    return std::forward<F>(f)();
  }

 private:
  std::optional<Error> error_;
};

namespace detail {

// Receives a C call's error: `return check(s4_x(..., error), error);`
struct ErrorOut {
  ErrorOut() {
    raw.size = sizeof raw;
    raw.code = S4_SUCCESS;
  }
  operator s4_error*() { return &raw; }
  Error take() const {
    return Error{static_cast<Code>(raw.code), raw.sys_errno, raw.device, raw.stage, raw.message};
  }
  s4_error raw{};
};

inline Result<void> check(s4_code code, const ErrorOut& error) {
  if (code != S4_SUCCESS)
    return error.take();
  return {};
}

template <typename T>
Result<T> check(s4_code code, const ErrorOut& error, T value) {
  if (code != S4_SUCCESS)
    return error.take();
  return value;
}

// Owns one C handle.
template <typename H, void (*Release)(H*)>
class Handle {
 public:
  Handle() = default;
  explicit Handle(H* raw) : raw_(raw) {}
  Handle(Handle&& other) noexcept : raw_(std::exchange(other.raw_, nullptr)) {}
  Handle& operator=(Handle&& other) noexcept {
    if (this != &other) {
      Release(raw_);
      raw_ = std::exchange(other.raw_, nullptr);
    }
    return *this;
  }
  ~Handle() { Release(raw_); }
  H* get() const noexcept { return raw_; }
  explicit operator bool() const noexcept { return raw_ != nullptr; }

 private:
  H* raw_ = nullptr;
};

}  // namespace detail
}  // namespace s4
