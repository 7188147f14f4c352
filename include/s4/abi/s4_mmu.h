/* SPDX-License-Identifier: MIT */
/*
 * Address spaces: 48-bit virtual addresses, four levels of tables of 512 entries in host memory
 * (DMA addresses), 4 KiB pages and 2 MiB pages. docs/hardware.md, "Address translation".
 */
#ifndef S4_ABI_MMU_H
#define S4_ABI_MMU_H

#include "s4_types.h"

#define S4_VA_BITS 48
#define S4_VA_END (1ULL << S4_VA_BITS)
#define S4_PAGE_SHIFT 12
#define S4_PAGE_SIZE (1ULL << S4_PAGE_SHIFT)
#define S4_LARGE_SHIFT 21
#define S4_LARGE_SIZE (1ULL << S4_LARGE_SHIFT)
#define S4_PT_LEVELS 4 /* level 3 is the root, level 0 maps 4 KiB pages */
#define S4_PT_ENTRIES 512
#define S4_PT_INDEX(va, level) (((va) >> (S4_PAGE_SHIFT + 9 * (level))) & (S4_PT_ENTRIES - 1))

/*
 * An entry. In a table that points to a table, only VALID and the address (of host memory) are
 * set. A leaf is at level 0, or at level 1 with LARGE. Any other bit set is a fault.
 */
#define S4_PTE_VALID (1ULL << 0)
#define S4_PTE_WRITE (1ULL << 1) /* leaf: may be written */
#define S4_PTE_HOST (1ULL << 2) /* leaf: a DMA address; else an address in card DRAM */
#define S4_PTE_LARGE (1ULL << 3) /* leaf at level 1: 2 MiB, address aligned to it */
#define S4_PTE_ADDR 0x000ffffffffff000ULL

/*
 * On-chip memory: these virtual addresses, in every space, never reach the page tables. A job
 * sees the memory of the cores that it runs on as one window from S4_SRAM_VA: S4_SRAM_BYTES with
 * one core, four times that with four. It reads as zero when a job begins.
 */
#define S4_SRAM_VA 0xff0000000000ULL
#define S4_SRAM_VA_END (1ULL << S4_VA_BITS)

/* Page 0 is never mapped by libs4 or the driver, so that a zero address faults. */
#define S4_VA_FIRST S4_LARGE_SIZE

#endif
