/* SPDX-License-Identifier: GPL-2.0-only */
/* Jobs, and the schedulers that hand them to the card. */
#ifndef __S4_SCHED_H__
#define __S4_SCHED_H__

#include <linux/kref.h>

#include <drm/gpu_scheduler.h>

#include "s4/abi/s4_limits.h"
#include "s4/abi/s4_ring.h"

struct s4_device;
struct s4_fence;
struct s4_queue;
struct s4_slot;

/**
 * struct s4_sched_set - the schedulers of a device, one a ring slot
 * @ref: the device and every fence
 * @sched: by slot
 *
 * A job's public fence reads its scheduler's name whenever somebody asks for it, so the memory
 * outlives the device while there are fences. The schedulers themselves end with the device.
 */
struct s4_sched_set {
	struct kref ref;
	struct drm_gpu_scheduler sched[S4_NUM_QUEUES];
};

/**
 * struct s4_job - a job
 * @base: what the scheduler knows of it
 * @queue: its queue, of which this holds a reference
 * @fence: its hardware fence
 * @entry: what goes into the ring
 * @node: in the slot's @in_flight; once handed over, under the slot's lock as all that follows
 * @place: number of its entry since the firmware knows the queue
 * @sent: @entry is in the ring
 * @dead: error that it ends with, when those before it have ended; 0: the card runs it
 * @looks: how often its timer found it not begun on a card that runs nothing
 * @seen_begun: its timer has seen it begun
 * @seen_progress: and then the queue's progress was this
 */
struct s4_job {
	struct drm_sched_job base;
	struct s4_queue *queue;
	struct s4_fence *fence;
	struct s4_ring_entry entry;
	struct list_head node;
	u32 place;
	bool sent;
	int dead;
	u32 looks;
	bool seen_begun;
	u64 seen_progress;
};

static inline struct s4_job *to_s4_job(struct drm_sched_job *job)
{
	return container_of(job, struct s4_job, base);
}

int s4_sched_init(struct s4_device *s4);
struct s4_sched_set *s4_sched_set_get(struct s4_sched_set *set);
void s4_sched_set_put(struct s4_sched_set *set);

void s4_job_free(struct s4_job *job);
bool s4_slot_passed(struct s4_slot *slot, struct s4_job *job);
void s4_slot_process(struct s4_slot *slot);
void s4_slot_process_locked(struct s4_slot *slot);
void s4_slot_send_locked(struct s4_slot *slot);
int s4_status_errno(u32 status);

#endif
