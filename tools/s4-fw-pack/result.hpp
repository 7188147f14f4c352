// SPDX-License-Identifier: MIT
// What every function of the image tool returns: a value, or a sentence for the user.
#pragma once

#include <string>
#include <tl/expected.hpp>

namespace s4::fwpack {

template <typename T>
using Result = tl::expected<T, std::string>;

inline tl::unexpected<std::string> failure(std::string text) {
  return tl::make_unexpected(std::move(text));
}

}  // namespace s4::fwpack
