// SPDX-License-Identifier: MIT
#include "link.hpp"

extern "C" {
#include <pci/pci.h>
}

#include <array>
#include <cstdio>
#include <iterator>

namespace s4::smi {

struct PciBus::Access {
  Access() : pci(pci_alloc()) { pci_init(pci); }
  ~Access() { pci_cleanup(pci); }
  Access(const Access&) = delete;
  Access& operator=(const Access&) = delete;

  // Calls `use` with the function at the bus id, if there is one.
  template <typename Use>
  void with_device(const std::string& bus_id, Use&& use) const {
    unsigned domain = 0;
    unsigned bus = 0;
    unsigned slot = 0;
    unsigned function = 0;
    if (std::sscanf(bus_id.c_str(), "%x:%x:%x.%x", &domain, &bus, &slot, &function) != 4)
      return;
    pci_dev* device = pci_get_dev(pci, static_cast<int>(domain), static_cast<int>(bus),
                                  static_cast<int>(slot), static_cast<int>(function));
    if (!device)
      return;
    pci_fill_info(device, PCI_FILL_IDENT | PCI_FILL_CAPS);
    use(device);
    pci_free_dev(device);
  }

  pci_access* pci;
};

namespace {

// Of the link capability's and status's low four bits.
double speed_of(unsigned code) {
  constexpr double kSpeeds[] = {0, 2.5, 5, 8, 16, 32, 64};
  return code < std::size(kSpeeds) ? kSpeeds[code] : 0;
}

}  // namespace

PciBus::PciBus() : access_(std::make_unique<Access>()) {}
PciBus::~PciBus() = default;

std::optional<Link> PciBus::link(const std::string& bus_id) const {
  std::optional<Link> out;
  access_->with_device(bus_id, [&](pci_dev* device) {
    const pci_cap* cap = pci_find_cap(device, PCI_CAP_ID_EXP, PCI_CAP_NORMAL);
    if (!cap)
      return;
    const u16 status = pci_read_word(device, static_cast<int>(cap->addr + PCI_EXP_LNKSTA));
    const u32 most = pci_read_long(device, static_cast<int>(cap->addr + PCI_EXP_LNKCAP));
    out = Link{speed_of(status & PCI_EXP_LNKSTA_SPEED),
               static_cast<unsigned>(status & PCI_EXP_LNKSTA_WIDTH) >> 4,
               speed_of(most & PCI_EXP_LNKCAP_SPEED),
               static_cast<unsigned>(most & PCI_EXP_LNKCAP_WIDTH) >> 4};
  });
  return out;
}

std::string PciBus::name(const std::string& bus_id) const {
  std::string out;
  access_->with_device(bus_id, [&](pci_dev* device) {
    std::array<char, 128> text{};
    const char* found = pci_lookup_name(access_->pci, text.data(), static_cast<int>(text.size()),
                                        PCI_LOOKUP_DEVICE | PCI_LOOKUP_NO_NUMBERS,
                                        device->vendor_id, device->device_id);
    if (found)
      out = found;
  });
  return out;
}

}  // namespace s4::smi
