// SPDX-License-Identifier: GPL-2.0-only
/* Hardware fences: they own what they need, and while one lives the module stays. */

#include <linux/module.h>
#include <linux/slab.h>

#include "s4_fence.h"
#include "s4_sched.h"

static const char *s4_fence_driver_name(struct dma_fence *fence)
{
	return "s4";
}

static const char *s4_fence_timeline_name(struct dma_fence *fence)
{
	return "s4-queue";
}

static void s4_fence_free_rcu(struct rcu_head *rcu)
{
	struct dma_fence *base = container_of(rcu, struct dma_fence, rcu);
	struct s4_fence *fence = container_of(base, struct s4_fence, base);

	s4_sched_set_put(fence->scheds);
	kfree(fence);
	/* The module's exit waits for RCU callbacks to return. */
	module_put(THIS_MODULE);
}

static void s4_fence_release(struct dma_fence *base)
{
	call_rcu(&base->rcu, s4_fence_free_rcu);
}

static const struct dma_fence_ops s4_fence_ops = {
	.get_driver_name = s4_fence_driver_name,
	.get_timeline_name = s4_fence_timeline_name,
	.release = s4_fence_release,
};

/**
 * s4_fence_alloc() - allocate a fence, for s4_fence_init() where nothing may be allocated
 *
 * Return: the fence or NULL.
 */
struct s4_fence *s4_fence_alloc(void)
{
	return kzalloc(sizeof(struct s4_fence), GFP_KERNEL);
}

/**
 * s4_fence_init() - make it a fence
 * @fence: as allocated
 * @scheds: schedulers of the device
 * @context: of the queue
 * @seqno: of the job
 */
void s4_fence_init(struct s4_fence *fence, struct s4_sched_set *scheds, u64 context, u64 seqno)
{
	spin_lock_init(&fence->lock);
	fence->scheds = s4_sched_set_get(scheds);
	/* An open file holds one already, so this cannot fail. */
	__module_get(THIS_MODULE);
	dma_fence_init(&fence->base, &s4_fence_ops, &fence->lock, context, seqno);
}

/**
 * s4_fence_drop() - drop the owner's reference
 * @fence: fence, initialised or not, or NULL
 */
void s4_fence_drop(struct s4_fence *fence)
{
	if (fence && fence->scheds)
		dma_fence_put(&fence->base);
	else
		kfree(fence);
}

/**
 * s4_fence_signal() - the job has ended
 * @fence: its fence
 * @error: 0 or a negative error
 */
void s4_fence_signal(struct s4_fence *fence, int error)
{
	if (error)
		dma_fence_set_error(&fence->base, error);
	dma_fence_signal(&fence->base);
}
