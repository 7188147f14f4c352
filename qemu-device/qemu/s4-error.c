/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Errors of the card, reported through PCIe advanced error reporting. */
#include "qemu/osdep.h"
#include "s4.h"
#include "trace.h"

#include "hw/pci/pcie.h"
#include "hw/pci/pcie_aer.h"
#include "hw/pci/pcie_regs.h"

#if !__has_include("hw/pci/pci_device.h") /* public from 8.0 on; hook.sh makes it so in 7.2 */
int pcie_aer_inject_error(PCIDevice *dev, const PCIEAERErr *err);
#endif

#ifndef PCI_ERR_COR_INTERNAL
#define PCI_ERR_COR_INTERNAL 0x00004000
#endif
#ifndef PCI_ERR_UNC_INTN
#define PCI_ERR_UNC_INTN 0x00400000
#endif

void s4_report_errors(S4State *s, uint32_t errors)
{
    PCIDevice *pdev = PCI_DEVICE(s);

    for (unsigned kind = 0; kind < 32; kind++) {
        bool correctable = kind == S4_CARD_ERROR_CORRECTABLE;
        PCIEAERErr err = {
            .status = correctable ? PCI_ERR_COR_INTERNAL : PCI_ERR_UNC_INTN,
            .source_id = pci_requester_id(pdev),
            .flags = correctable ? PCIE_AER_ERR_IS_CORRECTABLE : 0,
        };

        if (errors & (1u << kind)) {
            trace_s4_error(s->serial, kind);
            pcie_aer_inject_error(pdev, &err);
        }
    }
}
