/* SPDX-License-Identifier: MIT */
/* PCI identity and resources of the card. docs/hardware.md, "PCI". */
#ifndef S4_ABI_PCI_H
#define S4_ABI_PCI_H

#define S4_PCI_VENDOR_ID 0x1234
#define S4_PCI_DEVICE_ID 0x5334 /* "S4" */
#define S4_PCI_CLASS 0x120000 /* processing accelerator */
#define S4_PCI_REVISION 0x01

#define S4_BAR_REGS 0 /* 32-bit memory, registers */
#define S4_BAR_DRAM 2 /* 64-bit prefetchable memory, card DRAM */
#define S4_BAR_MSIX 4 /* MSI-X table and pending bits */

#define S4_BAR_REGS_SIZE 0x10000

/* Message-signalled interrupts. */
#define S4_NUM_VECTORS 32
#define S4_VECTOR_CONTROL 0 /* S4_REG_IRQ_STATUS tells why */
#define S4_VECTOR_QUEUE_FIRST 1 /* 1..31 carry queues' fences */

#define S4_LINK_SPEED_GEN 3
#define S4_LINK_WIDTH 16

#endif
