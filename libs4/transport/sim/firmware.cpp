// SPDX-License-Identifier: MIT
#include "transport/sim/firmware.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace s4::sim {
namespace {

namespace fs = std::filesystem;

// Larger than any image that the card could hold; a wrong file is not read into memory.
constexpr uintmax_t kMaxBytes = 16 << 20;

// Where an image may stand, relative to a folder above the library.
constexpr const char* kPlaces[] = {"firmware/s4_fw.bin", "firmware/s4/s4_fw.bin",
                                   "lib/firmware/s4/s4_fw.bin"};

fs::path own_folder() {
  Dl_info info{};
  // The symbol's address tells which file this code was loaded from.
  if (dladdr(reinterpret_cast<const void*>(&load_firmware), &info) == 0 || !info.dli_fname) {
    return {};
  }
  std::error_code error;
  const fs::path file = fs::canonical(info.dli_fname, error);
  return error ? fs::path() : file.parent_path();
}

fs::path search() {
  std::error_code error;
  fs::path folder = own_folder();
  for (int up = 0; up < 3 && folder.has_relative_path(); ++up) {
    folder = folder.parent_path();
    for (const char* place : kPlaces) {
      if (fs::exists(folder / place, error))
        return folder / place;
    }
  }
  const fs::path system = "/lib/firmware/s4/s4_fw.bin";
  return fs::exists(system, error) ? system : fs::path();
}

}  // namespace

Result<std::vector<std::byte>> load_firmware(const std::string& path) {
  fs::path file = path;
  if (file.empty()) {
    const char* named = std::getenv("S4_FIRMWARE");
    file = named && *named ? fs::path(named) : search();
  }
  auto fail = [](int number, std::string message) {
    return Error{Code::kNoDevice, number, "sim", "load firmware", std::move(message)};
  };
  if (file.empty()) {
    return fail(ENOENT,
                "no firmware image was found for the simulated card; build the target "
                "s4_fw, or let S4_FIRMWARE name an s4_fw.bin");
  }
  std::error_code error;
  const uintmax_t bytes = fs::file_size(file, error);
  if (error) {
    return fail(error.value(), fmt::format("{}: {}; let S4_FIRMWARE name an s4_fw.bin",
                                           file.string(), error.message()));
  }
  if (bytes == 0 || bytes > kMaxBytes) {
    return fail(EINVAL,
                fmt::format("{} has {} bytes and is no firmware image", file.string(), bytes));
  }
  std::vector<std::byte> image(bytes);
  std::ifstream stream(file, std::ios::binary);
  stream.read(reinterpret_cast<char*>(image.data()), static_cast<std::streamsize>(bytes));
  if (!stream)
    return fail(EIO, fmt::format("{} could not be read", file.string()));
  return image;
}

}  // namespace s4::sim
