// SPDX-License-Identifier: GPL-2.0-only
/* Queues: their lives, and what a recovery does to them. */

#include <linux/dma-mapping.h>
#include <linux/slab.h>

#include "s4/abi/s4_mailbox.h"
#include "s4_device.h"
#include "s4_drv.h"
#include "s4_fw.h"
#include "s4_irq.h"
#include "s4_queue.h"
#include "s4_reset.h"
#include "s4_sched.h"
#include "s4_vm.h"

/* Between two tries to have the firmware forget a queue of which a job runs. */
#define S4_KILL_RETRY_MS 20
#define S4_CREATE_TRIES 3

/**
 * s4_queue_get() - find a queue
 * @file: whose
 * @id: which
 *
 * Return: the queue, with a reference, or NULL.
 */
struct s4_queue *s4_queue_get(struct s4_file *file, u32 id)
{
	struct s4_queue *queue;

	xa_lock(&file->queues);
	queue = xa_load(&file->queues, id);
	if (queue)
		kref_get(&queue->ref);
	xa_unlock(&file->queues);
	return queue;
}

/**
 * s4_queue_ref() - take another reference
 * @queue: queue
 *
 * Return: @queue.
 */
struct s4_queue *s4_queue_ref(struct s4_queue *queue)
{
	kref_get(&queue->ref);
	return queue;
}

/* Nobody refers to it: no job is left, and the firmware has forgotten it. */
static void s4_queue_release_work(struct work_struct *work)
{
	struct s4_queue *queue = container_of(work, struct s4_queue, release_work);
	struct s4_device *s4 = queue->s4;
	struct s4_file *file = queue->file;
	struct s4_slot *slot = queue->slot;
	int inside;

	drm_sched_entity_fini(&queue->entity);
	inside = s4_hw_enter(s4);
	spin_lock_irq(&slot->lock);
	slot->queue = NULL;
	slot->open = false;
	spin_unlock_irq(&slot->lock);
	if (!inside)
		s4_hw_exit(s4);
	mutex_lock(&s4->slots_lock);
	clear_bit(slot->index, s4->slots_used);
	mutex_unlock(&s4->slots_lock);
	s4_vm_put(queue->vm);
	s4_share_free(&s4->shares, &s4->shares.queues, &file->share_queues);
	s4_file_put(file);
	kfree(queue);
}

static void s4_queue_release(struct kref *ref)
{
	struct s4_queue *queue = container_of(ref, struct s4_queue, ref);

	queue_work(s4_cleanup_wq, &queue->release_work);
}

/**
 * s4_queue_put() - drop a reference
 * @queue: queue
 */
void s4_queue_put(struct s4_queue *queue)
{
	kref_put(&queue->ref, s4_queue_release);
}

/* Ends the jobs that have not begun: nobody will run them. */
static void s4_queue_fail_rest(struct s4_queue *queue)
{
	struct s4_slot *slot = queue->slot;
	struct s4_job *job;

	spin_lock_irq(&slot->lock);
	s4_slot_process_locked(slot);
	list_for_each_entry(job, &slot->in_flight, node)
		if (!job->dead)
			job->dead = queue->dead;
	s4_slot_process_locked(slot);
	spin_unlock_irq(&slot->lock);
}

static int s4_queue_forget(struct s4_queue *queue)
{
	struct s4_device *s4 = queue->s4;
	int ret, cookie;

	if (!drm_dev_enter(&s4->drm, &cookie))
		return -ENODEV;
	ret = s4_hw_enter(s4);
	if (!ret) {
		if (queue->known)
			ret = s4_mbox_queue_destroy(s4, queue->slot->index);
		if (!ret)
			queue->known = false;
		s4_hw_exit(s4);
	}
	drm_dev_exit(cookie);
	return ret;
}

static void s4_queue_kill_work(struct work_struct *work)
{
	struct s4_queue *queue = container_of(to_delayed_work(work), struct s4_queue, kill_work);
	int ret = s4_queue_forget(queue);

	if (ret && ret != -ENODEV) {
		/* One of its jobs runs, or a recovery came in between. */
		if (ret == -EIO)
			s4_reset_request(queue->s4, "the firmware does not forget a queue");
		queue_delayed_work(s4_cleanup_wq, &queue->kill_work,
				   msecs_to_jiffies(S4_KILL_RETRY_MS));
		return;
	}
	s4_queue_fail_rest(queue);
	s4_queue_put(queue);
}

/**
 * s4_queue_kill() - let a queue come to its end
 * @queue: queue that is in no table any more
 *
 * A job that runs goes on; those that have not begun end with ECANCELED.
 */
void s4_queue_kill(struct s4_queue *queue)
{
	struct s4_slot *slot = queue->slot;
	bool lives;

	s4_share_going(&queue->s4->shares.queues, &queue->file->share_queues);
	spin_lock_irq(&slot->lock);
	lives = !queue->dead;
	if (lives)
		queue->dead = -ECANCELED;
	spin_unlock_irq(&slot->lock);
	/* One that was banned or lost is forgotten already. */
	if (!lives)
		return;
	s4_queue_ref(queue);
	queue_delayed_work(s4_cleanup_wq, &queue->kill_work, 0);
}

/**
 * s4_queue_ban() - a job of this queue took the card down; the recovery under way does the rest
 * @queue: queue
 */
void s4_queue_ban(struct s4_queue *queue)
{
	spin_lock_irq(&queue->slot->lock);
	if (!queue->dead)
		queue->dead = -ECANCELED;
	queue->flags |= DRM_S4_QUEUE_BANNED;
	spin_unlock_irq(&queue->slot->lock);
}

/**
 * s4_queue_error() - does a queue take jobs
 * @queue: queue
 *
 * Return: 0 or why not.
 */
int s4_queue_error(struct s4_queue *queue)
{
	return READ_ONCE(queue->dead);
}

/*
 * Of the free slots one whose interrupts come to this CPU: who makes a queue is mostly who waits
 * for its jobs, and to wake a task from another CPU's interrupt takes one more interrupt.
 */
static u32 s4_queue_free_slot(struct s4_device *s4)
{
	u32 index;

	for_each_clear_bit(index, s4->slots_used, s4->info.num_queues)
		if (s4_irq_is_near(s4, s4->slots[index].vector))
			return index;
	return find_first_zero_bit(s4->slots_used, s4->info.num_queues);
}

static int s4_queue_take_slot(struct s4_device *s4, struct s4_queue *queue)
{
	struct s4_slot *slot;
	int ret = 0;
	u32 index;

	mutex_lock(&s4->slots_lock);
	index = s4_queue_free_slot(s4);
	if (index >= s4->info.num_queues) {
		ret = -ENOSPC;
		goto out;
	}
	slot = &s4->slots[index];
	if (!slot->ring) {
		slot->ring = dmam_alloc_coherent(&s4->pdev->dev,
						 S4_RING_ENTRIES * (sizeof(*slot->ring) +
								    sizeof(*slot->results)),
						 &slot->ring_dma, GFP_KERNEL);
		slot->results = (void *)(slot->ring + S4_RING_ENTRIES);
	}
	if (!slot->ring) {
		ret = -ENOMEM;
		goto out;
	}
	set_bit(index, s4->slots_used);
	queue->slot = slot;
out:
	mutex_unlock(&s4->slots_lock);
	return ret;
}

/* Inside the gate or while the card is down: the firmware learns of the queue, with a ring anew. */
static int s4_queue_tell(struct s4_queue *queue)
{
	struct s4_slot *slot = queue->slot;
	dma_addr_t results = slot->ring_dma + S4_RING_ENTRIES * sizeof(*slot->ring);
	const struct s4_mbox_queue_create args = {
		.slot = slot->index,
		.space = queue->vm->space,
		.core_mode = queue->core_mode,
		.core = queue->core,
		.priority = queue->priority,
		.vector = slot->vector,
		.ring_entries = S4_RING_ENTRIES,
		.ring_lo = lower_32_bits(slot->ring_dma),
		.ring_hi = upper_32_bits(slot->ring_dma),
		.results_lo = lower_32_bits(results),
		.results_hi = upper_32_bits(results),
		.state_lo = lower_32_bits(slot->state_dma),
		.state_hi = upper_32_bits(slot->state_dma),
	};
	int ret;

	memset(slot->state, 0, sizeof(*slot->state));
	slot->tail = 0;
	ret = s4_mbox_queue_create(queue->s4, &args);
	queue->known = !ret;
	return ret;
}

static int s4_queue_install(struct s4_queue *queue)
{
	struct s4_device *s4 = queue->s4;
	struct s4_slot *slot = queue->slot;
	int ret, tries = S4_CREATE_TRIES;

	do {
		ret = s4_hw_enter(s4);
		if (ret)
			return ret;
		ret = s4_queue_tell(queue);
		if (!ret) {
			spin_lock_irq(&slot->lock);
			slot->queue = queue;
			slot->open = true;
			spin_unlock_irq(&slot->lock);
		}
		s4_hw_exit(s4);
	} while ((ret == -EAGAIN || ret == -ETIMEDOUT) && --tries);
	return ret == -EAGAIN || ret == -ETIMEDOUT ? -EIO : ret;
}

/**
 * s4_queue_create() - make a queue
 * @file: whose
 * @vm: address space of its jobs
 * @core_mode: enum s4_core_mode, checked as what follows
 * @core: core
 * @priority: S4_PRIORITY_*
 *
 * Return: the queue or an error.
 */
struct s4_queue *s4_queue_create(struct s4_file *file, struct s4_vm *vm, u32 core_mode, u32 core,
				 u32 priority)
{
	struct s4_device *s4 = file->s4;
	struct s4_queue *queue;
	int ret;

	queue = kzalloc(sizeof(*queue), GFP_KERNEL);
	if (!queue)
		return ERR_PTR(-ENOMEM);
	kref_init(&queue->ref);
	queue->s4 = s4;
	queue->file = file;
	queue->vm = vm;
	queue->core_mode = core_mode;
	queue->core = core;
	queue->priority = priority;
	queue->fence_context = dma_fence_context_alloc(1);
	INIT_DELAYED_WORK(&queue->kill_work, s4_queue_kill_work);
	INIT_WORK(&queue->release_work, s4_queue_release_work);
	ret = s4_queue_take_slot(s4, queue);
	if (ret)
		goto err_free;
	ret = drm_sched_entity_init(&queue->entity, DRM_SCHED_PRIORITY_KERNEL,
				    &queue->slot->sched, 1, NULL);
	if (ret)
		goto err_slot;
	ret = s4_queue_install(queue);
	if (ret)
		goto err_entity;
	kref_get(&vm->ref);
	kref_get(&file->ref);
	return queue;

err_entity:
	drm_sched_entity_fini(&queue->entity);
err_slot:
	mutex_lock(&s4->slots_lock);
	clear_bit(queue->slot->index, s4->slots_used);
	mutex_unlock(&s4->slots_lock);
err_free:
	kfree(queue);
	return ERR_PTR(ret);
}

/**
 * s4_queue_kill_all_of() - kill the queues of a VM, or of a file
 * @file: whose
 * @vm: of which VM; NULL: of all
 */
void s4_queue_kill_all_of(struct s4_file *file, struct s4_vm *vm)
{
	struct s4_queue *queue;
	unsigned long id;

	for (;;) {
		xa_lock(&file->queues);
		xa_for_each(&file->queues, id, queue)
			if (!vm || queue->vm == vm)
				break;
		if (queue)
			__xa_erase(&file->queues, id);
		xa_unlock(&file->queues);
		if (!queue)
			return;
		s4_queue_kill(queue);
		s4_queue_put(queue);
	}
}

/**
 * s4_queue_close_all() - hand no more jobs to the card
 * @s4: device
 */
void s4_queue_close_all(struct s4_device *s4)
{
	u32 i;

	for (i = 0; i < s4->info.num_queues; i++) {
		spin_lock_irq(&s4->slots[i].lock);
		s4->slots[i].open = false;
		spin_unlock_irq(&s4->slots[i].lock);
	}
}

static void s4_slot_settle(struct s4_slot *slot)
{
	struct s4_queue *queue = slot->queue;
	struct s4_job *job;
	u64 started;

	lockdep_assert_held(&slot->lock);
	s4_slot_process_locked(slot);
	started = READ_ONCE(slot->state->started);
	list_for_each_entry(job, &slot->in_flight, node) {
		if (job->sent && job->entry.seqno <= started) {
			job->dead = -ECANCELED;
			queue->flags |= DRM_S4_QUEUE_RESET;
		} else if (!job->dead) {
			job->dead = queue->dead;
		}
		job->sent = false;
		job->looks = 0;
		job->seen_begun = false;
	}
	s4_slot_process_locked(slot);
}

/**
 * s4_queue_settle_all() - after a reset: end jobs that ended, and with ECANCELED those that had
 * begun and those of queues that are dead; the others wait to be sent again
 * @s4: device that is down and writes no memory
 */
void s4_queue_settle_all(struct s4_device *s4)
{
	u32 i;

	for (i = 0; i < s4->info.num_queues; i++) {
		struct s4_slot *slot = &s4->slots[i];

		spin_lock_irq(&slot->lock);
		if (slot->queue)
			s4_slot_settle(slot);
		spin_unlock_irq(&slot->lock);
	}
}

/**
 * s4_queue_restore_all() - make the queues known to a firmware just booted
 * @s4: device that is down
 *
 * Return: 0 or an error.
 */
int s4_queue_restore_all(struct s4_device *s4)
{
	int ret;
	u32 i;

	for (i = 0; i < s4->info.num_queues; i++) {
		struct s4_queue *queue = s4->slots[i].queue;

		if (!queue)
			continue;
		if (s4_queue_error(queue)) {
			queue->known = false;
			continue;
		}
		ret = s4_queue_tell(queue);
		if (ret)
			return ret;
	}
	return 0;
}

/**
 * s4_queue_open_all() - hand jobs to the card again, first those that wait in the slots
 * @s4: device that has just come up
 */
void s4_queue_open_all(struct s4_device *s4)
{
	u32 i;

	for (i = 0; i < s4->info.num_queues; i++) {
		struct s4_slot *slot = &s4->slots[i];

		spin_lock_irq(&slot->lock);
		if (slot->queue && slot->queue->known && !slot->open) {
			slot->open = true;
			s4_slot_send_locked(slot);
		}
		spin_unlock_irq(&slot->lock);
	}
}

/**
 * s4_queue_lose_all() - end all jobs with ENODEV
 * @s4: device that is lost and writes no memory
 */
void s4_queue_lose_all(struct s4_device *s4)
{
	u32 i;

	for (i = 0; i < s4->info.num_queues; i++) {
		struct s4_slot *slot = &s4->slots[i];
		struct s4_queue *queue;
		struct s4_job *job;

		spin_lock_irq(&slot->lock);
		queue = slot->queue;
		if (queue) {
			s4_slot_process_locked(slot);
			queue->dead = -ENODEV;
			queue->flags |= DRM_S4_QUEUE_LOST;
			queue->known = false;
			list_for_each_entry(job, &slot->in_flight, node) {
				job->dead = job->dead ?: -ENODEV;
				job->sent = false;
			}
			s4_slot_process_locked(slot);
		}
		spin_unlock_irq(&slot->lock);
	}
}
