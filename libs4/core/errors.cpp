// SPDX-License-Identifier: MIT
#include "core/errors.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

namespace s4::core {
namespace {

struct Meaning {
  int number;
  Code code;
  const char* text;
};

constexpr Meaning kMeanings[] = {
    {ENODEV, Code::kDeviceLost,
     "the card is gone (pulled, its link lost, or its driver unbound); release what belongs to "
     "this device and open it again when the card is back"},
    {ECANCELED, Code::kDeviceReset,
     "a job of this queue hung and the card was reset; release the queue, create a new one and "
     "submit again. Buffers and weights are still good"},
    {ENOMEM, Code::kOutOfHostMemory, "the host is out of memory"},
    {EMFILE, Code::kOutOfResources,
     "this process has too many open files; close some or raise the limit (ulimit -n)"},
    {ENFILE, Code::kOutOfResources, "the system has too many open files"},
    {EACCES, Code::kPermission, "this user lacks the privilege"},
    {EPERM, Code::kPermission, "this is not permitted"},
    {ETIME, Code::kTimeout, "it takes longer"},
    {EOPNOTSUPP, Code::kUnsupported, "the driver does not support it"},
    {ENOTTY, Code::kVersion,
     "the driver does not know this call; install driver and library of one release"},
};

}  // namespace

Error invalid(const Where& where, std::string message) {
  return Error{Code::kInvalidArgument, 0, where.device, where.stage, std::move(message)};
}

Error failed(const Where& where, int error, const std::string& doing) {
  const int number = -error;
  for (const Meaning& meaning : kMeanings) {
    if (meaning.number == number) {
      return Error{meaning.code, number, where.device, where.stage,
                   fmt::format("cannot {}: {}", doing, meaning.text)};
    }
  }
  return Error{Code::kSystem, number, where.device, where.stage,
               fmt::format("cannot {}: {} (errno {})", doing, std::strerror(number), number)};
}

}  // namespace s4::core
