/* SPDX-License-Identifier: GPL-2.0-only */
/* Shares of what the card has few of. */
#ifndef __S4_SHARE_H__
#define __S4_SHARE_H__

#include <linux/atomic.h>
#include <linux/wait.h>

/**
 * struct s4_share - how many objects of a kind occupy the card
 * @held: all of them, destroyed ones included
 * @going: destroyed ones, which will make room soon
 */
struct s4_share {
	atomic_t held;
	atomic_t going;
};

/**
 * struct s4_shares - what a device has given away
 * @queues: ring slots
 * @vms: address spaces
 * @freed: counts how often room was made
 * @changed: woken then
 */
struct s4_shares {
	struct s4_share queues;
	struct s4_share vms;
	atomic_t freed;
	wait_queue_head_t changed;
};

/**
 * struct s4_share_look - what was seen before a try to get room
 * @shares: of the device
 * @going: room was about to be made
 * @freed: as it was
 */
struct s4_share_look {
	struct s4_shares *shares;
	bool going;
	int freed;
};

void s4_shares_init(struct s4_shares *shares);
void s4_share_look(struct s4_share_look *look, struct s4_shares *shares, struct s4_share *share);
int s4_share_wait(const struct s4_share_look *look);
int s4_share_take(struct s4_shares *shares, struct s4_share *share, int max);
void s4_share_going(struct s4_share *all, struct s4_share *own);
void s4_share_free(struct s4_shares *shares, struct s4_share *all, struct s4_share *own);

#endif
