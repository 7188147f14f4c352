// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page tables. A change is made in two steps: reserving finds or allocates every table that it will
 * need, committing writes entries and cannot fail. The card may walk the tables at any moment, so
 * an entry is one store, and a table is complete before the entry that points to it. Tables taken
 * out stay allocated until the card has invalidated.
 *
 * The card remembers valid entries only: adding entries where there were none needs no
 * invalidation.
 */

#include <linux/dma-mapping.h>
#include <linux/slab.h>

#include "s4_device.h"
#include "s4_gem.h"
#include "s4_mmu.h"

/* A change has two ends, each of which may lie within a large page. */
#define S4_SPLITS 2

static struct s4_pt *s4_pt_alloc(struct s4_device *s4, u32 level)
{
	struct s4_pt *pt = kzalloc(sizeof(*pt), GFP_KERNEL);

	if (!pt)
		return NULL;
	pt->level = level;
	if (level) {
		pt->child = kcalloc(S4_PT_ENTRIES, sizeof(*pt->child), GFP_KERNEL);
		if (!pt->child)
			goto err;
	}
	pt->entries = dma_alloc_coherent(&s4->pdev->dev, S4_PT_ENTRIES * sizeof(u64), &pt->dma,
					 GFP_KERNEL);
	if (!pt->entries)
		goto err;
	return pt;
err:
	kfree(pt->child);
	kfree(pt);
	return NULL;
}

static void s4_pt_free(struct s4_device *s4, struct s4_pt *pt)
{
	u32 i;

	if (pt->child)
		for (i = 0; i < S4_PT_ENTRIES; i++)
			if (pt->child[i])
				s4_pt_free(s4, pt->child[i]);
	dma_free_coherent(&s4->pdev->dev, S4_PT_ENTRIES * sizeof(u64), pt->entries, pt->dma);
	kfree(pt->child);
	kfree(pt);
}

static void s4_pt_free_list(struct s4_device *s4, struct list_head *list)
{
	struct s4_pt *pt, *next;

	list_for_each_entry_safe(pt, next, list, node)
		s4_pt_free(s4, pt);
	INIT_LIST_HEAD(list);
}

static void s4_pt_set(struct s4_pt *pt, u32 index, u64 entry)
{
	pt->used += !!entry - !!pt->entries[index];
	WRITE_ONCE(pt->entries[index], entry);
}

static void s4_pt_set_child(struct s4_pt *pt, u32 index, struct s4_pt *child)
{
	dma_wmb(); /* the table's contents before the pointer to it */
	pt->child[index] = child;
	s4_pt_set(pt, index, child->dma | S4_PTE_VALID);
}

/* The table of @level for @va; NULL when there is none. */
static struct s4_pt *s4_mmu_find(struct s4_mmu *mmu, u64 va, u32 level)
{
	struct s4_pt *pt = mmu->root;

	while (pt && pt->level > level)
		pt = pt->child[S4_PT_INDEX(va, pt->level)];
	return pt;
}

/* Likewise, allocating what is missing. */
static struct s4_pt *s4_mmu_obtain(struct s4_mmu *mmu, u64 va, u32 level)
{
	struct s4_pt *pt = mmu->root;

	while (pt->level > level) {
		u32 index = S4_PT_INDEX(va, pt->level);

		if (!pt->child[index]) {
			struct s4_pt *child = s4_pt_alloc(mmu->s4, pt->level - 1);

			if (!child)
				return NULL;
			s4_pt_set_child(pt, index, child);
		}
		pt = pt->child[index];
	}
	return pt;
}

static int s4_mmu_add_spares(struct s4_mmu *mmu, u32 count)
{
	while (mmu->num_spare < count) {
		struct s4_pt *pt = s4_pt_alloc(mmu->s4, 0);

		if (!pt)
			return -ENOMEM;
		list_add(&pt->node, &mmu->spare);
		mmu->num_spare++;
	}
	return 0;
}

static struct s4_pt *s4_mmu_take_spare(struct s4_mmu *mmu)
{
	struct s4_pt *pt = list_first_entry(&mmu->spare, struct s4_pt, node);

	list_del(&pt->node);
	mmu->num_spare--;
	return pt;
}

/**
 * s4_mmu_init() - make an empty address space
 * @mmu: out
 * @s4: device
 *
 * Return: 0 or -ENOMEM.
 */
int s4_mmu_init(struct s4_mmu *mmu, struct s4_device *s4)
{
	mmu->s4 = s4;
	INIT_LIST_HEAD(&mmu->spare);
	INIT_LIST_HEAD(&mmu->dead);
	mmu->root = s4_pt_alloc(s4, S4_PT_LEVELS - 1);
	return mmu->root ? 0 : -ENOMEM;
}

/**
 * s4_mmu_fini() - free all tables; the card must not use them any more
 * @mmu: address space; may have been freed before
 */
void s4_mmu_fini(struct s4_mmu *mmu)
{
	if (!mmu->root)
		return;
	s4_pt_free(mmu->s4, mmu->root);
	mmu->root = NULL;
	s4_pt_free_list(mmu->s4, &mmu->spare);
	s4_pt_free_list(mmu->s4, &mmu->dead);
	mmu->num_spare = 0;
}

/* Can a large page begin at @va: @left bytes are to be mapped, @extent is what is there. */
static bool s4_mmu_large(u64 va, u64 left, const struct s4_extent *extent)
{
	return !((va | extent->addr) & (S4_LARGE_SIZE - 1)) && left >= S4_LARGE_SIZE &&
	       extent->bytes >= S4_LARGE_SIZE;
}

/* Bytes that go into one table of level 0 as small pages. */
static u64 s4_mmu_small(u64 va, u64 left, const struct s4_extent *extent)
{
	return min3(left, extent->bytes, S4_LARGE_SIZE - (va & (S4_LARGE_SIZE - 1)));
}

/**
 * s4_mmu_reserve_split() - so that s4_mmu_unmap() of any range cannot fail
 * @mmu: address space
 *
 * Return: 0 or -ENOMEM.
 */
int s4_mmu_reserve_split(struct s4_mmu *mmu)
{
	return s4_mmu_add_spares(mmu, S4_SPLITS);
}

/**
 * s4_mmu_reserve() - so that s4_mmu_unmap() of a range and s4_mmu_map() into it cannot fail
 * @mmu: address space
 * @va: first address, page aligned
 * @range: bytes, page aligned
 * @bo: what will be mapped; the card can reach it
 * @offset: bytes into it
 *
 * Return: 0 or -ENOMEM. What was allocated may stay, empty, until s4_mmu_prune().
 */
int s4_mmu_reserve(struct s4_mmu *mmu, u64 va, u64 range, struct s4_bo *bo, u64 offset)
{
	struct s4_bo_cursor cursor;
	u32 spares = S4_SPLITS;
	u64 step;

	for (s4_bo_cursor_init(&cursor, bo, offset); range && cursor.rest.bytes;
	     va += step, range -= step, s4_bo_cursor_advance(&cursor, step)) {
		struct s4_pt *pt = s4_mmu_obtain(mmu, va, 1);
		u32 index = S4_PT_INDEX(va, 1);

		if (!pt)
			return -ENOMEM;
		if (s4_mmu_large(va, range, &cursor.rest)) {
			step = S4_LARGE_SIZE;
			continue;
		}
		step = s4_mmu_small(va, range, &cursor.rest);
		if (pt->child[index])
			continue;
		/* A large page that will be unmapped stands where a table will be needed. */
		if (pt->entries[index])
			spares += !(va & (S4_LARGE_SIZE - 1));
		else if (!s4_mmu_obtain(mmu, va, 0))
			return -ENOMEM;
	}
	return s4_mmu_add_spares(mmu, spares);
}

/* The table of level 0 for @va, taken from the spares if there is none. */
static struct s4_pt *s4_mmu_leaf_table(struct s4_mmu *mmu, struct s4_pt *pt, u64 va)
{
	u32 index = S4_PT_INDEX(va, 1);

	if (!pt->child[index])
		s4_pt_set_child(pt, index, s4_mmu_take_spare(mmu));
	return pt->child[index];
}

/* Puts a large page where a table may be; that one is empty. */
static void s4_mmu_set_large(struct s4_mmu *mmu, struct s4_pt *pt, u64 va, u64 entry)
{
	u32 index = S4_PT_INDEX(va, 1);
	struct s4_pt *old = pt->child[index];

	s4_pt_set(pt, index, entry | S4_PTE_LARGE);
	if (old) {
		pt->child[index] = NULL;
		list_add(&old->node, &mmu->dead);
		mmu->stale = true;
	}
}

/**
 * s4_mmu_map() - map part of a buffer; reserved before, and unmapped since
 * @mmu: address space
 * @va: first address, page aligned
 * @range: bytes, page aligned
 * @bo: buffer
 * @offset: bytes into it
 * @readonly: the card may not write
 */
void s4_mmu_map(struct s4_mmu *mmu, u64 va, u64 range, struct s4_bo *bo, u64 offset,
		bool readonly)
{
	u64 bits = S4_PTE_VALID | (readonly ? 0 : S4_PTE_WRITE) |
		   (bo->kind == S4_BO_KIND_CARD ? 0 : S4_PTE_HOST);
	struct s4_bo_cursor cursor;
	u64 step, done;

	for (s4_bo_cursor_init(&cursor, bo, offset); range && cursor.rest.bytes;
	     va += step, range -= step, s4_bo_cursor_advance(&cursor, step)) {
		struct s4_pt *pt = s4_mmu_find(mmu, va, 1);

		if (s4_mmu_large(va, range, &cursor.rest)) {
			step = S4_LARGE_SIZE;
			s4_mmu_set_large(mmu, pt, va, cursor.rest.addr | bits);
			continue;
		}
		step = s4_mmu_small(va, range, &cursor.rest);
		pt = s4_mmu_leaf_table(mmu, pt, va);
		for (done = 0; done < step; done += S4_PAGE_SIZE)
			s4_pt_set(pt, S4_PT_INDEX(va + done, 0),
				  (cursor.rest.addr + done) | bits);
	}
	dma_wmb(); /* the entries before whatever tells the card to use them */
}

/* Takes a large page apart, so that a part of it can go; the rest stays usable throughout. */
static void s4_mmu_split(struct s4_mmu *mmu, struct s4_pt *pt, u32 index)
{
	u64 entry = pt->entries[index] & ~S4_PTE_LARGE;
	struct s4_pt *table = s4_mmu_take_spare(mmu);
	u32 i;

	for (i = 0; i < S4_PT_ENTRIES; i++)
		s4_pt_set(table, i, entry + i * S4_PAGE_SIZE);
	s4_pt_set_child(pt, index, table);
}

/**
 * s4_mmu_unmap() - unmap a range; split reserved before
 * @mmu: address space
 * @va: first address, page aligned
 * @range: bytes, page aligned; all of it may, none must be mapped
 */
void s4_mmu_unmap(struct s4_mmu *mmu, u64 va, u64 range)
{
	u64 step, done;

	mmu->stale = true;
	for (; range; va += step, range -= step) {
		struct s4_pt *pt = s4_mmu_find(mmu, va, 1);
		u32 index = S4_PT_INDEX(va, 1);

		step = min(range, S4_LARGE_SIZE - (va & (S4_LARGE_SIZE - 1)));
		if (!pt || !pt->entries[index])
			continue;
		if (pt->entries[index] & S4_PTE_LARGE) {
			if (step == S4_LARGE_SIZE) {
				s4_pt_set(pt, index, 0);
				continue;
			}
			s4_mmu_split(mmu, pt, index);
		}
		pt = pt->child[index];
		for (done = 0; done < step; done += S4_PAGE_SIZE)
			s4_pt_set(pt, S4_PT_INDEX(va + done, 0), 0);
	}
}

/* Takes out the empty tables below @pt that lie in the range, which touches @pt. */
static void s4_pt_prune(struct s4_mmu *mmu, struct s4_pt *pt, u64 va, u64 last)
{
	u32 first_index = S4_PT_INDEX(va, pt->level), last_index = S4_PT_INDEX(last, pt->level);
	u64 span = S4_PAGE_SIZE << (9 * pt->level);
	u32 i;

	for (i = first_index; i <= last_index; i++) {
		struct s4_pt *child = pt->child[i];

		if (!child)
			continue;
		if (child->level)
			s4_pt_prune(mmu, child, i == first_index ? va : 0,
				    i == last_index ? last : span - 1);
		if (child->used)
			continue;
		pt->child[i] = NULL;
		s4_pt_set(pt, i, 0);
		list_add(&child->node, &mmu->dead);
		mmu->stale = true;
	}
}

/**
 * s4_mmu_prune() - take out tables that have become empty
 * @mmu: address space
 * @va: where something was unmapped, or reserved and not used
 * @range: bytes
 */
void s4_mmu_prune(struct s4_mmu *mmu, u64 va, u64 range)
{
	s4_pt_prune(mmu, mmu->root, va, va + range - 1);
}

/**
 * s4_mmu_invalidated() - the card remembers nothing of what was changed
 * @mmu: address space
 */
void s4_mmu_invalidated(struct s4_mmu *mmu)
{
	mmu->stale = false;
	s4_pt_free_list(mmu->s4, &mmu->dead);
}
