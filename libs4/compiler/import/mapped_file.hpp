// SPDX-License-Identifier: MIT
// A file in memory, read only.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace s4::compiler {

class MappedFile {
 public:
  // Throws CompileError that names the file and why it cannot be read.
  static std::shared_ptr<const MappedFile> open(const std::string& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::byte> bytes() const { return {data_, size_}; }

 private:
  MappedFile(const std::byte* data, size_t size) : data_(data), size_(size) {}
  const std::byte* data_;
  size_t size_;
};

}  // namespace s4::compiler
