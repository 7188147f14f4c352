// SPDX-License-Identifier: MIT
#include "compiler/import/mapped_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "compiler/ir/error.hpp"

namespace s4::compiler {
namespace {

struct Descriptor {
  int fd;
  ~Descriptor() {
    if (fd >= 0)
      close(fd);
  }
};

}  // namespace

std::shared_ptr<const MappedFile> MappedFile::open(const std::string& path) {
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  struct stat info {};
  if (file.fd < 0 || fstat(file.fd, &info) != 0)
    fail("cannot read '{}': {}", path, std::strerror(errno));
  if (!S_ISREG(info.st_mode))
    fail("'{}' is not a file", path);
  const auto size = static_cast<size_t>(info.st_size);
  void* data = nullptr;
  if (size) {
    data = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.fd, 0);
    if (data == MAP_FAILED)
      fail("cannot map '{}': {}", path, std::strerror(errno));
  }
  return std::shared_ptr<const MappedFile>(
      new MappedFile(static_cast<const std::byte*>(data), size));
}

MappedFile::~MappedFile() {
  if (size_)
    munmap(const_cast<std::byte*>(data_), size_);
}

}  // namespace s4::compiler
