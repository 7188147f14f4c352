// SPDX-License-Identifier: MIT
#include "s4-fw-pack/file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

namespace s4::fwpack {

Result<Bytes> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    return failure(fmt::format("cannot read {}: {}", path, std::strerror(errno)));
  }
  Bytes data{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (in.bad()) {
    return failure(fmt::format("cannot read {}: {}", path, std::strerror(errno)));
  }
  return data;
}

Result<void> write_file(const std::string& path, const Bytes& data, bool secret) {
  const std::string temporary = fmt::format("{}.{}.tmp", path, getpid());
  const int fd =
      open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, secret ? 0600 : 0666);
  if (fd < 0) {
    return failure(fmt::format("cannot write {}: {}", temporary, std::strerror(errno)));
  }
  size_t done = 0;
  while (done < data.size()) {
    const ssize_t n = write(fd, data.data() + done, data.size() - done);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      break;
    done += static_cast<size_t>(n);
  }
  const int saved = errno;
  const bool complete = close(fd) == 0 && done == data.size();
  if (!complete || rename(temporary.c_str(), path.c_str()) != 0) {
    const int error = complete ? errno : saved;
    unlink(temporary.c_str());
    return failure(fmt::format("cannot write {}: {}", path, std::strerror(error)));
  }
  return {};
}

}  // namespace s4::fwpack
