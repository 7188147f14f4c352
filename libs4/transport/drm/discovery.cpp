// SPDX-License-Identifier: MIT
#include "transport/drm/discovery.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace s4::transport {
namespace {

namespace fs = std::filesystem;

// The last component of what the link `path` points to; "0000:01:00.0" or "s4", say.
std::string link_name(const fs::path& path) {
  std::error_code error;
  const fs::path target = fs::read_symlink(path, error);
  return error ? std::string() : target.filename().string();
}

}  // namespace

std::vector<DrmCard> find_drm_cards(const std::string& sysfs) {
  std::vector<DrmCard> cards;
  std::error_code error;
  fs::directory_iterator entries(fs::path(sysfs) / "class/accel", error);
  if (error)
    return cards;  // no accel class: no card either
  for (const fs::directory_entry& entry : entries) {
    const std::string name = entry.path().filename().string();
    if (name.rfind("accel", 0) != 0)
      continue;
    if (link_name(entry.path() / "device/driver") != "s4")
      continue;
    cards.push_back({"/dev/accel/" + name, link_name(entry.path() / "device")});
  }
  std::sort(cards.begin(), cards.end(),
            [](const DrmCard& a, const DrmCard& b) { return a.bus_id < b.bus_id; });
  return cards;
}

std::string bus_id_of(const std::string& node, const std::string& sysfs) {
  const std::string name = fs::path(node).filename().string();
  return link_name(fs::path(sysfs) / "class/accel" / name / "device");
}

}  // namespace s4::transport
