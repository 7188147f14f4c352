// SPDX-License-Identifier: GPL-2.0-only
/*
 * Shares of what the card has few of: ring slots and address spaces. An object that was destroyed
 * occupies its own until the card has let go of it. Whoever finds no room while that is so waits:
 * making one after destroying one works, whatever the speed of the card.
 */

#include <linux/sched/signal.h>

#include "s4_share.h"

/**
 * s4_shares_init() - nothing is given away yet
 * @shares: of a device, zeroed
 */
void s4_shares_init(struct s4_shares *shares)
{
	init_waitqueue_head(&shares->changed);
}

/**
 * s4_share_look() - to be called before a try to get room that may fail with ENOSPC
 * @look: what s4_share_wait() wants
 * @shares: of the device
 * @share: where room is wanted
 */
void s4_share_look(struct s4_share_look *look, struct s4_shares *shares, struct s4_share *share)
{
	look->shares = shares;
	/* In this order, and s4_share_free() in the other: no room that is made goes unseen. */
	look->freed = atomic_read_acquire(&shares->freed);
	look->going = atomic_read_acquire(&share->going) > 0;
}

/**
 * s4_share_wait() - the try failed: wait until it may be worth another one
 * @look: what was seen before the try
 *
 * Hold nothing that an unplug, or the end of a job, waits for.
 *
 * Return: 0: try again; -ENOSPC: nobody is about to make room; -ERESTARTSYS.
 */
int s4_share_wait(const struct s4_share_look *look)
{
	if (!look->going)
		return -ENOSPC;
	return wait_event_interruptible(look->shares->changed,
					atomic_read(&look->shares->freed) != look->freed);
}

/**
 * s4_share_take() - count one more object of a file
 * @shares: of the device
 * @share: of the file
 * @max: how many it may have
 *
 * Return: 0, -ENOSPC, or -ERESTARTSYS.
 */
int s4_share_take(struct s4_shares *shares, struct s4_share *share, int max)
{
	struct s4_share_look look;
	int ret;

	do {
		s4_share_look(&look, shares, share);
		if (atomic_add_unless(&share->held, 1, max))
			return 0;
		ret = s4_share_wait(&look);
	} while (!ret);
	return ret;
}

/**
 * s4_share_going() - an object was destroyed and will make room
 * @all: of the device
 * @own: of the file
 */
void s4_share_going(struct s4_share *all, struct s4_share *own)
{
	atomic_inc(&all->going);
	atomic_inc(&own->going);
}

/**
 * s4_share_free() - that object has made room
 * @shares: of the device
 * @all: of the device
 * @own: of the file
 */
void s4_share_free(struct s4_shares *shares, struct s4_share *all, struct s4_share *own)
{
	atomic_dec(&own->held);
	atomic_dec(&own->going);
	atomic_dec(&all->going);
	/* Ordered after the above. */
	atomic_inc_return(&shares->freed);
	wake_up_all(&shares->changed);
}
