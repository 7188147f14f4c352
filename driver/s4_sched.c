// SPDX-License-Identifier: GPL-2.0-only
/*
 * Schedulers: they hold jobs back until their dependencies have signalled and the ring has room,
 * hand them to the card, and look after those that take long. A job ends here, mostly in the
 * interrupt that its queue's vector raises.
 */

#include <linux/moduleparam.h>
#include <linux/slab.h>

#include <drm/drm_managed.h>

#include "s4/abi/s4_mailbox.h"
#include "s4_device.h"
#include "s4_fence.h"
#include "s4_fw.h"
#include "s4_queue.h"
#include "s4_reset.h"
#include "s4_sched.h"
#include "s4_vm.h"

/* A card that stays down so long, in looks at one job, is not coming back. */
#define S4_MAX_DOWN_LOOKS 12
/* So often the doorbell of a job that does not begin is rung anew, before the card is reset. */
#define S4_MAX_IDLE_LOOKS 2

static unsigned int s4_job_timeout_ms = 10000;
module_param_named(job_timeout_ms, s4_job_timeout_ms, uint, 0444);
MODULE_PARM_DESC(job_timeout_ms,
		 "Time between two looks at whether a job makes progress, ms (default: 10000). A job may take as long as it likes while it does.");

/**
 * s4_status_errno() - the error of a fence for a card's status
 * @status: enum s4_status
 *
 * Return: 0 or a negative error.
 */
int s4_status_errno(u32 status)
{
	switch (status) {
	case S4_OK:
		return 0;
	case S4_E_OPCODE:
	case S4_E_FIELD:
	case S4_E_ALIGN:
	case S4_E_OVERLAP:
	case S4_E_INDEX:
	case S4_E_JOB:
		return -EINVAL;
	case S4_E_UNMAPPED:
	case S4_E_READONLY:
	case S4_E_TABLE:
		return -EFAULT;
	case S4_E_CANCELLED:
		return -ECANCELED;
	default:
		return -EIO;
	}
}

/**
 * s4_sched_set_get() - take a reference
 * @set: schedulers
 *
 * Return: @set.
 */
struct s4_sched_set *s4_sched_set_get(struct s4_sched_set *set)
{
	kref_get(&set->ref);
	return set;
}

static void s4_sched_set_free(struct kref *ref)
{
	kfree(container_of(ref, struct s4_sched_set, ref));
}

/**
 * s4_sched_set_put() - drop a reference; in any context
 * @set: schedulers
 */
void s4_sched_set_put(struct s4_sched_set *set)
{
	kref_put(&set->ref, s4_sched_set_free);
}

/**
 * s4_job_free() - free a job that nobody runs
 * @job: job; its scheduler part has been cleaned up or was never initialised
 */
void s4_job_free(struct s4_job *job)
{
	s4_fence_drop(job->fence);
	s4_queue_put(job->queue);
	kfree(job);
}

/* What the card said of a job whose fence it passed. */
static int s4_job_ended(struct s4_slot *slot, struct s4_job *job)
{
	struct s4_queue *queue = slot->queue;
	struct s4_job_result result = slot->results[job->place % S4_RING_ENTRIES];
	u32 core, first = queue->core, last = queue->core;

	if (result.seqno != job->entry.seqno)
		result = (struct s4_job_result) { .status = S4_E_INTERNAL };
	if (queue->core_mode != S4_CORE_MODE_ONE) {
		first = 0;
		last = S4_NUM_CORES - 1;
	}
	for (core = first; core <= last; core++) {
		atomic64_add(result.end_ns - result.start_ns, &queue->file->busy_ns[core]);
		atomic64_add(result.card_end - result.card_start, &queue->file->busy_cycles[core]);
	}
	switch (result.status) {
	case S4_E_UNMAPPED:
	case S4_E_READONLY:
	case S4_E_TABLE:
	case S4_E_DMA:
	case S4_E_ECC:
		s4_vm_note_fault(queue->vm, &result);
		break;
	case S4_E_INTERNAL:
		s4_reset_request(slot->s4, "the card reported an internal error");
		break;
	}
	if (result.status)
		queue->last_status = result.status;
	return s4_status_errno(result.status);
}

/**
 * s4_slot_passed() - has the card ended a job
 * @slot: slot; its lock is held
 * @job: one of its jobs
 *
 * Return: true when its result is valid.
 */
bool s4_slot_passed(struct s4_slot *slot, struct s4_job *job)
{
	u64 fence;

	/* Without a job that was sent there may be no memory that the card reports to any more. */
	if (!job->sent)
		return false;
	fence = READ_ONCE(slot->state->fence);
	dma_rmb(); /* results are written before the fence */
	return job->entry.seqno <= fence;
}

/**
 * s4_slot_process_locked() - signal the fences of jobs that have ended
 * @slot: slot; its lock is held
 *
 * In order: a job that will not run any more still waits for those before it, since whoever waits
 * for a queue's fence takes it that earlier jobs have ended too.
 */
void s4_slot_process_locked(struct s4_slot *slot)
{
	struct s4_queue *queue = slot->queue;
	struct s4_job *job, *next;

	lockdep_assert_held(&slot->lock);
	list_for_each_entry_safe(job, next, &slot->in_flight, node) {
		struct s4_fence *hw = job->fence;
		int error;

		if (s4_slot_passed(slot, job))
			error = s4_job_ended(slot, job);
		else if (job->dead)
			error = job->dead;
		else
			break;
		queue->jobs_done++;
		if (error) {
			queue->jobs_failed++;
			if (error == -ECANCELED)
				queue->last_status = S4_E_CANCELLED;
		}
		list_del_init(&job->node);
		/* The job may be freed as soon as it is signalled. */
		dma_fence_get(&hw->base);
		s4_fence_signal(hw, error);
		dma_fence_put(&hw->base);
	}
}

/**
 * s4_slot_process() - likewise, for who does not hold the lock
 * @slot: slot
 */
void s4_slot_process(struct s4_slot *slot)
{
	unsigned long flags;

	spin_lock_irqsave(&slot->lock, flags);
	s4_slot_process_locked(slot);
	spin_unlock_irqrestore(&slot->lock, flags);
}

/**
 * s4_slot_send_locked() - hand the jobs in flight that the card does not know yet to it
 * @slot: slot that is open; its lock is held
 */
void s4_slot_send_locked(struct s4_slot *slot)
{
	u32 tail = slot->tail;
	struct s4_job *job;

	lockdep_assert_held(&slot->lock);
	/* New ones are at the end; after a reset all are. */
	list_for_each_entry(job, &slot->in_flight, node) {
		if (job->sent || job->dead)
			continue;
		job->place = tail++;
		slot->ring[job->place % S4_RING_ENTRIES] = job->entry;
		job->sent = true;
	}
	if (tail == slot->tail)
		return;
	slot->tail = tail;
	wmb(); /* the entries, and what the CPU wrote to card memory, before the doorbell */
	s4_write(slot->s4, S4_REG_DOORBELL(slot->index), tail);
}

static struct dma_fence *s4_sched_run(struct drm_sched_job *base)
{
	struct s4_job *job = to_s4_job(base);
	struct s4_queue *queue = job->queue;
	struct s4_device *s4 = queue->s4;
	struct s4_slot *slot = queue->slot;
	bool signalling = dma_fence_begin_signalling();
	bool there;
	int cookie;

	there = drm_dev_enter(&s4->drm, &cookie);
	spin_lock_irq(&slot->lock);
	job->entry.seqno = ++queue->seqno;
	s4_fence_init(job->fence, s4->scheds, queue->fence_context, job->entry.seqno);
	job->dead = queue->dead;
	list_add_tail(&job->node, &slot->in_flight);
	/* One reference is the scheduler's, which drops it; the first one stays the job's. */
	dma_fence_get(&job->fence->base);
	if (!job->dead && slot->open && there)
		s4_slot_send_locked(slot);
	if (job->dead)
		s4_slot_process_locked(slot);
	spin_unlock_irq(&slot->lock);
	if (there)
		drm_dev_exit(cookie);
	dma_fence_end_signalling(signalling);
	return &job->fence->base;
}

static void s4_sched_free(struct drm_sched_job *base)
{
	drm_sched_job_cleanup(base);
	s4_job_free(to_s4_job(base));
}

/* Does any queue have a job that has begun and not ended? Then that one has a timer of its own. */
static bool s4_sched_card_works(struct s4_device *s4)
{
	u32 i;

	for (i = 0; i < s4->info.num_queues; i++) {
		struct s4_queue_state *state = &s4->states[i];

		if (READ_ONCE(s4->slots[i].queue) &&
		    READ_ONCE(state->started) > READ_ONCE(state->fence))
			return true;
	}
	return false;
}

/*
 * Looks at a job that takes long, with the card up. A hang is the absence of progress, never a
 * number of seconds of work: a job hangs when it has begun and between two looks nothing of its
 * queue was retired. A job that has not begun waits for others, as long as there are any.
 *
 * Returns why the card must be reset, or NULL. Sets @guilty when the job's queue is to blame.
 */
static const char *s4_sched_look(struct s4_device *s4, struct s4_job *job, bool *guilty)
{
	struct s4_slot *slot = job->queue->slot;
	u64 progress;

	if (s4_hw_gone(s4))
		return NULL;
	if (s4_fw_crashed(s4)) {
		s4_fw_log_crash(s4);
		return "the firmware crashed";
	}
	progress = s4_read_progress(s4, slot->index);
	if (READ_ONCE(slot->state->started) >= job->entry.seqno) {
		*guilty = job->seen_begun && job->seen_progress == progress;
		job->seen_begun = true;
		job->seen_progress = progress;
		return *guilty ? "a job makes no progress" : NULL;
	}
	if (s4_sched_card_works(s4)) {
		job->looks = 0;
		return NULL;
	}
	if (job->looks++ < S4_MAX_IDLE_LOOKS && !s4_queue_error(job->queue)) {
		s4_write(s4, S4_REG_DOORBELL(slot->index), slot->tail);
		return NULL;
	}
	return "the firmware does not begin a job";
}

static enum drm_gpu_sched_stat s4_sched_timedout(struct drm_sched_job *base)
{
	struct s4_job *job = to_s4_job(base);
	struct s4_device *s4 = job->queue->s4;
	const char *why = NULL;
	bool guilty = false, signalling = s4_reset_lock(s4);
	int cookie;

	if (drm_dev_enter(&s4->drm, &cookie)) {
		/* Its interrupt may have got lost. */
		s4_slot_process(job->queue->slot);
		if (dma_fence_is_signaled(&job->fence->base)) {
			why = NULL;
		} else if (s4->gate.state == S4_HW_UP) {
			why = s4_sched_look(s4, job, &guilty);
			if (why)
				s4_reset_locked(s4, why, guilty ? job->queue : NULL);
		} else if (s4->gate.state == S4_HW_DOWN && !s4->gate.suspended &&
			   ++s4->reset.down_looks > S4_MAX_DOWN_LOOKS) {
			drm_err(&s4->drm, "the reset that was announced does not come\n");
			s4_reset_give_up_locked(s4);
		}
		drm_dev_exit(cookie);
	}
	s4_reset_unlock(s4, signalling);
	return why ? s4_compat_was_reset(base) : s4_compat_no_hang(base);
}

static const struct drm_sched_backend_ops s4_sched_ops = {
	.run_job = s4_sched_run,
	.timedout_job = s4_sched_timedout,
	.free_job = s4_sched_free,
};

static void s4_sched_fini(struct drm_device *drm, void *data)
{
	struct s4_device *s4 = to_s4(drm);
	u32 i;

	for (i = 0; i < s4->info.num_queues; i++)
		if (s4->slots[i].sched)
			drm_sched_fini(s4->slots[i].sched);
	destroy_workqueue(s4->submit_wq);
	s4_sched_set_put(s4->scheds);
}

static int s4_sched_init_slot(struct s4_device *s4, u32 index)
{
	struct s4_slot *slot = &s4->slots[index];
	struct drm_gpu_scheduler *sched = &s4->scheds->sched[index];
	int ret;

	slot->s4 = s4;
	slot->index = index;
	slot->state = &s4->states[index];
	slot->state_dma = s4->states_dma + index * sizeof(*slot->state);
	spin_lock_init(&slot->lock);
	INIT_LIST_HEAD(&slot->in_flight);
	ret = s4_compat_sched_init(sched, &s4_sched_ops, s4->submit_wq, S4_RING_ENTRIES,
				   msecs_to_jiffies(max(s4_job_timeout_ms, 10U)), s4->reset.wq,
				   "s4", s4->drm.dev);
	if (!ret)
		slot->sched = sched;
	return ret;
}

/**
 * s4_sched_init() - set up slots and schedulers; they live as long as the device
 * @s4: device
 *
 * Return: 0 or an error.
 */
int s4_sched_init(struct s4_device *s4)
{
	int ret;
	u32 i;

	s4->states = dmam_alloc_coherent(&s4->pdev->dev, S4_NUM_QUEUES * sizeof(*s4->states),
					 &s4->states_dma, GFP_KERNEL);
	s4->slots = drmm_kcalloc(&s4->drm, S4_NUM_QUEUES, sizeof(*s4->slots), GFP_KERNEL);
	if (!s4->states || !s4->slots)
		return -ENOMEM;
	/*
	 * A job's works run where it was submitted and where its interrupt came: to hand each to
	 * whatever other CPU is idle costs more than most jobs.
	 */
	s4->submit_wq = alloc_workqueue("s4-submit", WQ_MEM_RECLAIM | WQ_HIGHPRI | WQ_PERCPU, 0);
	if (!s4->submit_wq)
		return -ENOMEM;
	s4->scheds = kzalloc(sizeof(*s4->scheds), GFP_KERNEL);
	if (!s4->scheds) {
		destroy_workqueue(s4->submit_wq);
		return -ENOMEM;
	}
	kref_init(&s4->scheds->ref);
	ret = drmm_add_action_or_reset(&s4->drm, s4_sched_fini, NULL);
	for (i = 0; i < s4->info.num_queues && !ret; i++)
		ret = s4_sched_init_slot(s4, i);
	return ret;
}
