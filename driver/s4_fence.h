/* SPDX-License-Identifier: GPL-2.0-only */
/* Hardware fences. */
#ifndef __S4_FENCE_H__
#define __S4_FENCE_H__

#include <linux/dma-fence.h>

struct s4_sched_set;

/**
 * struct s4_fence - the card has ended a job
 * @base: the fence
 * @lock: its lock
 * @scheds: schedulers, one of which the job's public fence names; NULL before s4_fence_init()
 *
 * Owns all that it needs: it may outlive its job, queue, file and device. The scheduler's public
 * fence keeps this one as its parent for as long as it lives, so the reference to @scheds and the
 * one on the module, which this one holds, serve for both.
 */
struct s4_fence {
	struct dma_fence base;
	spinlock_t lock; /* of base: its own, so that no queue need live */
	struct s4_sched_set *scheds;
};

struct s4_fence *s4_fence_alloc(void);
void s4_fence_init(struct s4_fence *fence, struct s4_sched_set *scheds, u64 context, u64 seqno);
void s4_fence_drop(struct s4_fence *fence);
void s4_fence_signal(struct s4_fence *fence, int error);

#endif
