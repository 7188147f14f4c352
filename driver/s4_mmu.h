/* SPDX-License-Identifier: GPL-2.0-only */
/* Page tables of one address space. docs/hardware.md, "Address translation". */
#ifndef __S4_MMU_H__
#define __S4_MMU_H__

#include <linux/list.h>
#include <linux/types.h>

struct s4_bo;
struct s4_device;

/**
 * struct s4_pt - one page table
 * @entries: what the card reads; its own page
 * @dma: its address for the card
 * @child: tables that the entries point to; NULL at level 0
 * @used: valid entries
 * @level: 3 is the root, 0 maps 4 KiB pages
 * @node: in @spare or @dead of struct s4_mmu
 */
struct s4_pt {
	u64 *entries;
	dma_addr_t dma;
	struct s4_pt **child;
	u32 used;
	u32 level;
	struct list_head node;
};

/**
 * struct s4_mmu - page tables of an address space; its user does the locking
 * @s4: device
 * @root: level 3; NULL when the device was unplugged
 * @spare: tables of level 0, so that taking a large page apart cannot fail
 * @num_spare: length of @spare
 * @dead: tables that the card may still be reading
 * @stale: something that the card may remember was changed: it must invalidate
 */
struct s4_mmu {
	struct s4_device *s4;
	struct s4_pt *root;
	struct list_head spare;
	u32 num_spare;
	struct list_head dead;
	bool stale;
};

int s4_mmu_init(struct s4_mmu *mmu, struct s4_device *s4);
void s4_mmu_fini(struct s4_mmu *mmu);
int s4_mmu_reserve(struct s4_mmu *mmu, u64 va, u64 range, struct s4_bo *bo, u64 offset);
int s4_mmu_reserve_split(struct s4_mmu *mmu);
void s4_mmu_map(struct s4_mmu *mmu, u64 va, u64 range, struct s4_bo *bo, u64 offset,
		bool readonly);
void s4_mmu_unmap(struct s4_mmu *mmu, u64 va, u64 range);
void s4_mmu_prune(struct s4_mmu *mmu, u64 va, u64 range);
void s4_mmu_invalidated(struct s4_mmu *mmu);

#endif
