// SPDX-License-Identifier: MIT
#include "pci.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>

#include <s4/abi/s4_pci.h>

extern "C" {
#include <pci/pci.h>
}

namespace s4::smi {
namespace {

const std::filesystem::path kDevices = "/sys/bus/pci/devices";

// The kernel's own words, "8.0 GT/s PCIe" and "16", which users without root may read too.
std::optional<Link> link_from_sysfs(const std::string& bus_id) {
  const auto number = [&](const char* file) {
    double value = 0;
    std::ifstream(kDevices / bus_id / file) >> value;
    return value;
  };
  const auto generation = [&](const char* file) -> unsigned {
    const double gts = number(file);
    if (gts < 2)
      return 0;
    return gts < 8 ? (gts < 5 ? 1 : 2) : 3 + static_cast<unsigned>(std::lround(std::log2(gts / 8)));
  };
  const Link link{generation("current_link_speed"),
                  static_cast<unsigned>(number("current_link_width")), generation("max_link_speed"),
                  static_cast<unsigned>(number("max_link_width"))};
  if (link.max_generation == 0)
    return std::nullopt;
  return link;
}

std::optional<Link> link_from_config(pci_dev* device) {
  const pci_cap* express = pci_find_cap(device, PCI_CAP_ID_EXP, PCI_CAP_NORMAL);
  if (express == nullptr)
    return std::nullopt;
  const auto at = [&](int offset) { return static_cast<int>(express->addr) + offset; };
  const u32 can = pci_read_long(device, at(PCI_EXP_LNKCAP));
  const u32 is = pci_read_word(device, at(PCI_EXP_LNKSTA));
  return Link{is & PCI_EXP_LNKSTA_SPEED, (is & PCI_EXP_LNKSTA_WIDTH) >> 4,
              can & PCI_EXP_LNKCAP_SPEED, (can & PCI_EXP_LNKCAP_WIDTH) >> 4};
}

}  // namespace

std::optional<PciFacts> ask_bus(const std::string& bus_id) {
  unsigned domain = 0, bus = 0, slot = 0, function = 0;
  if (std::sscanf(bus_id.c_str(), "%x:%x:%x.%x", &domain, &bus, &slot, &function) != 4)
    return std::nullopt;
  // libpci ends the process when its own look at the bus fails.
  if (!std::filesystem::exists(kDevices / bus_id))
    return std::nullopt;
  const std::unique_ptr<pci_access, void (*)(pci_access*)> access(pci_alloc(), pci_cleanup);
  access->method = PCI_ACCESS_SYS_BUS_PCI;
  pci_init(access.get());
  PciFacts facts;
  std::array<char, 128> name{};
  if (const char* found = pci_lookup_name(access.get(), name.data(), static_cast<int>(name.size()),
                                          PCI_LOOKUP_DEVICE | PCI_LOOKUP_NO_NUMBERS,
                                          S4_PCI_VENDOR_ID, S4_PCI_DEVICE_ID)) {
    facts.name = found;
  }
  const std::unique_ptr<pci_dev, void (*)(pci_dev*)> device(
      pci_get_dev(access.get(), static_cast<int>(domain), static_cast<int>(bus),
                  static_cast<int>(slot), static_cast<int>(function)),
      pci_free_dev);
  facts.link = link_from_config(device.get());
  if (!facts.link)
    facts.link = link_from_sysfs(bus_id);
  return facts;
}

}  // namespace s4::smi
