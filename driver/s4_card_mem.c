// SPDX-License-Identifier: GPL-2.0-only
/*
 * Card DRAM. Whoever gets a buffer reads zeros: all of DRAM is discarded when the driver binds, and
 * each block again after its buffer is freed, before the allocator may hand it out once more. That
 * also gives the memory back to whatever backs it. The allocator therefore only ever holds memory
 * that reads as zero.
 */

#include <drm/drm_managed.h>

#include "s4_card_mem.h"
#include "s4_device.h"
#include "s4_reset.h"

static u64 s4_card_mem_visible(struct s4_device *s4, u64 start, u64 size)
{
	u64 end = min(start + size, s4->info.aperture_bytes);

	return end > start ? end - start : 0;
}

/* Discards a range, inside the gate or while the card is down. */
static int s4_card_mem_discard(struct s4_device *s4, u64 start, u64 size)
{
	u32 request = s4_read(s4, S4_REG_DISCARD_DONE) + 1;
	int ret;

	if (!request)
		request = 1;
	s4_write64(s4, S4_REG_DISCARD_ADDR_LO, S4_REG_DISCARD_ADDR_HI, start);
	s4_write64(s4, S4_REG_DISCARD_BYTES_LO, S4_REG_DISCARD_BYTES_HI, size);
	s4_write(s4, S4_REG_DISCARD_REQUEST, request);
	ret = s4_hw_wait(s4, S4_REG_DISCARD_DONE, request, S4_ANSWER_MS);
	if (!ret && s4_read(s4, S4_REG_DISCARD_ERROR))
		ret = -EINVAL;
	return ret;
}

/**
 * s4_card_mem_clear() - make all of DRAM read as zero
 * @s4: device that nobody uses yet
 *
 * Return: 0 or an error.
 */
int s4_card_mem_clear(struct s4_device *s4)
{
	return s4_card_mem_discard(s4, 0, s4->info.dram_bytes);
}

static struct s4_buddy_block *s4_card_mem_next_dirty(struct s4_card_mem *mem)
{
	struct s4_buddy_block *block;

	spin_lock(&mem->dirty_lock);
	block = list_first_entry_or_null(&mem->dirty, struct s4_buddy_block, link);
	if (block)
		list_del(&block->link);
	spin_unlock(&mem->dirty_lock);
	return block;
}

static void s4_card_mem_give_back(struct s4_device *s4, struct s4_buddy_block *block)
{
	LIST_HEAD(one);

	list_add(&block->link, &one);
	mutex_lock(&s4->mem.lock);
	s4_buddy_free_list(&s4->mem.buddy, &one);
	mutex_unlock(&s4->mem.lock);
}

static void s4_card_mem_discard_work(struct work_struct *work)
{
	struct s4_device *s4 = container_of(work, struct s4_device, mem.discard_work);
	struct s4_card_mem *mem = &s4->mem;
	struct s4_buddy_block *block;

	while ((block = s4_card_mem_next_dirty(mem))) {
		int ret;

		do {
			/* A recovery may come in between; then the request is made anew. */
			ret = s4_hw_enter(s4);
			if (ret)
				break;
			ret = s4_card_mem_discard(s4, s4_buddy_block_offset(block),
						  s4_buddy_block_size(&mem->buddy, block));
			s4_hw_exit(s4);
		} while (ret == -EAGAIN);

		if (ret && ret != -ENODEV) {
			/* Better lost until the driver binds again than somebody else's to read. */
			drm_err(&s4->drm, "cannot clear freed memory at %#llx (%d)\n",
				s4_buddy_block_offset(block), ret);
			spin_lock(&mem->dirty_lock);
			list_add_tail(&block->link, &mem->stuck);
			spin_unlock(&mem->dirty_lock);
			if (ret == -ETIMEDOUT)
				s4_reset_request(s4, "discarding card memory does not end");
			continue;
		}
		s4_card_mem_give_back(s4, block);
	}
}

static int s4_card_mem_try(struct s4_device *s4, u64 start, u64 end, u64 size,
			   struct list_head *blocks)
{
	unsigned long flags = start || end != s4->info.dram_bytes ? S4_BUDDY_RANGE : 0;

	return s4_buddy_alloc_blocks(&s4->mem.buddy, start, end, size, PAGE_SIZE, blocks, flags);
}

static int s4_card_mem_alloc_locked(struct s4_device *s4, u64 size, bool visible,
				    struct list_head *blocks)
{
	u64 aperture = s4->info.aperture_bytes, dram = s4->info.dram_bytes;

	lockdep_assert_held(&s4->mem.lock);
	if (visible)
		return size > aperture ? -ENOSPC : s4_card_mem_try(s4, 0, aperture, size, blocks);
	/* What the CPU cannot reach comes first, to keep the rest for those who need it. */
	if (aperture < dram && size <= dram - aperture &&
	    !s4_card_mem_try(s4, aperture, dram, size, blocks))
		return 0;
	return s4_card_mem_try(s4, 0, dram, size, blocks);
}

/**
 * s4_card_mem_alloc() - get card memory that reads as zero
 * @s4: device
 * @size: bytes, a multiple of the page size
 * @visible: must be reachable through BAR2
 * @blocks: out: list of buddy blocks
 *
 * Return: 0; -ENOSPC when that much is not left; -ENOMEM when the host has no memory to note it.
 */
int s4_card_mem_alloc(struct s4_device *s4, u64 size, bool visible, struct list_head *blocks)
{
	struct s4_card_mem *mem = &s4->mem;
	struct s4_buddy_block *block;
	int ret, tries;

	if (size > s4->info.dram_bytes)
		return -ENOSPC;
	for (tries = 0;; tries++) {
		mutex_lock(&mem->lock);
		ret = s4_card_mem_alloc_locked(s4, size, visible, blocks);
		if (!ret) {
			list_for_each_entry(block, blocks, link) {
				u64 start = s4_buddy_block_offset(block);
				u64 bytes = s4_buddy_block_size(&mem->buddy, block);

				mem->used += bytes;
				mem->used_visible += s4_card_mem_visible(s4, start, bytes);
			}
		}
		mutex_unlock(&mem->lock);
		if (ret != -ENOSPC || tries)
			break;
		/* Freed memory that still waits to be cleared may be what is missing. */
		flush_work(&mem->discard_work);
	}
	return ret;
}

/**
 * s4_card_mem_free() - give card memory back
 * @s4: device
 * @blocks: list from s4_card_mem_alloc(); nothing reaches that memory any more
 *
 * Returns at once; others get the memory when it has been cleared.
 */
void s4_card_mem_free(struct s4_device *s4, struct list_head *blocks)
{
	struct s4_card_mem *mem = &s4->mem;
	struct s4_buddy_block *block;
	int cookie;

	mutex_lock(&mem->lock);
	list_for_each_entry(block, blocks, link) {
		u64 bytes = s4_buddy_block_size(&mem->buddy, block);

		mem->used -= bytes;
		mem->used_visible -= s4_card_mem_visible(s4, s4_buddy_block_offset(block), bytes);
	}
	mutex_unlock(&mem->lock);

	if (drm_dev_enter(&s4->drm, &cookie)) {
		spin_lock(&mem->dirty_lock);
		list_splice_tail_init(blocks, &mem->dirty);
		spin_unlock(&mem->dirty_lock);
		queue_work(system_freezable_wq, &mem->discard_work);
		drm_dev_exit(cookie);
		return;
	}
	/* The next driver to bind clears all of DRAM. */
	mutex_lock(&mem->lock);
	s4_buddy_free_list(&mem->buddy, blocks);
	mutex_unlock(&mem->lock);
}

/**
 * s4_card_mem_unplug() - stop clearing memory
 * @s4: device, unplugged
 */
void s4_card_mem_unplug(struct s4_device *s4)
{
	struct s4_card_mem *mem = &s4->mem;

	if (!mem->ready)
		return;
	cancel_work_sync(&mem->discard_work);
	mutex_lock(&mem->lock);
	s4_buddy_free_list(&mem->buddy, &mem->dirty);
	s4_buddy_free_list(&mem->buddy, &mem->stuck);
	mutex_unlock(&mem->lock);
}

static void s4_card_mem_fini(struct drm_device *drm, void *data)
{
	s4_buddy_fini(&to_s4(drm)->mem.buddy);
	mutex_destroy(&to_s4(drm)->mem.lock);
}

/**
 * s4_card_mem_init() - set the allocator up
 * @s4: device
 *
 * Return: 0 or an error.
 */
int s4_card_mem_init(struct s4_device *s4)
{
	struct s4_card_mem *mem = &s4->mem;
	int ret;

	mutex_init(&mem->lock);
	spin_lock_init(&mem->dirty_lock);
	INIT_LIST_HEAD(&mem->dirty);
	INIT_LIST_HEAD(&mem->stuck);
	INIT_WORK(&mem->discard_work, s4_card_mem_discard_work);
	ret = s4_buddy_init(&mem->buddy, s4->info.dram_bytes, PAGE_SIZE);
	if (ret)
		return ret;
	mem->ready = true;
	return drmm_add_action_or_reset(&s4->drm, s4_card_mem_fini, NULL);
}
