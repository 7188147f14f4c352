// SPDX-License-Identifier: GPL-2.0-only
/* The ioctls that make, destroy and look at queues. */

#include <linux/capability.h>

#include "s4/abi/s4_mailbox.h"
#include "s4_device.h"
#include "s4_drv.h"
#include "s4_queue.h"
#include "s4_vm.h"

static int s4_queue_check(struct s4_device *s4, const struct drm_s4_queue_create *args)
{
	u32 cores = args->core_mode == S4_CORE_MODE_ONE ? s4->info.num_cores : 1;

	if (args->flags || args->core_mode > S4_CORE_MODE_BROADCAST || args->core >= cores ||
	    args->priority >= S4_NUM_PRIORITIES)
		return -EINVAL;
	if (args->priority > S4_PRIORITY_NORMAL && !capable(CAP_SYS_NICE))
		return -EACCES;
	return 0;
}

static int s4_queue_try(struct s4_file *file, struct s4_vm *vm, struct drm_s4_queue_create *args)
{
	struct s4_queue *queue;
	int ret, cookie;

	if (!drm_dev_enter(&file->s4->drm, &cookie))
		return -ENODEV;
	ret = -ENODEV;
	if (s4_vm_lost(vm))
		goto out;
	queue = s4_queue_create(file, vm, args->core_mode, args->core, args->priority);
	ret = PTR_ERR_OR_ZERO(queue);
	if (ret)
		goto out;
	ret = xa_alloc(&file->queues, &queue->id, queue, xa_limit_31b, GFP_KERNEL);
	if (ret) {
		/* It is counted until it has gone. */
		atomic_inc(&file->share_queues.held);
		s4_queue_kill(queue);
		s4_queue_put(queue);
	} else {
		args->queue_id = queue->id;
	}
out:
	drm_dev_exit(cookie);
	return ret;
}

/* Waits for slots of queues that were destroyed, while there are any. */
static int s4_queue_make(struct s4_file *file, struct s4_vm *vm, struct drm_s4_queue_create *args)
{
	struct s4_shares *shares = &file->s4->shares;
	struct s4_share_look look;
	int ret;

	ret = s4_share_take(shares, &file->share_queues, S4_FILE_MAX_QUEUES);
	if (ret)
		return ret;
	do {
		s4_share_look(&look, shares, &shares->queues);
		ret = s4_queue_try(file, vm, args);
		if (ret != -ENOSPC)
			break;
		ret = s4_share_wait(&look);
	} while (!ret);
	if (ret)
		atomic_dec(&file->share_queues.held);
	return ret;
}

/**
 * s4_ioctl_queue_create() - DRM_IOCTL_S4_QUEUE_CREATE
 * @drm: device
 * @data: struct drm_s4_queue_create
 * @file: caller's
 *
 * Return: 0 or an error.
 */
int s4_ioctl_queue_create(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct s4_file *sfile = file->driver_priv;
	struct drm_s4_queue_create *args = data;
	struct s4_vm *vm;
	int ret;

	ret = s4_queue_check(to_s4(drm), args);
	if (ret)
		return ret;
	vm = s4_vm_get(sfile, args->vm_id);
	if (!vm)
		return -ENOENT;
	ret = s4_queue_make(sfile, vm, args);
	s4_vm_put(vm);
	return ret;
}

/**
 * s4_ioctl_queue_destroy() - DRM_IOCTL_S4_QUEUE_DESTROY
 * @drm: device
 * @data: struct drm_s4_queue_destroy
 * @file: caller's
 *
 * Return: 0 or an error.
 */
int s4_ioctl_queue_destroy(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct s4_file *sfile = file->driver_priv;
	struct drm_s4_queue_destroy *args = data;
	struct s4_queue *queue;

	if (args->pad)
		return -EINVAL;
	queue = xa_erase(&sfile->queues, args->queue_id);
	if (!queue)
		return -ENOENT;
	s4_queue_kill(queue);
	s4_queue_put(queue);
	return 0;
}

static u64 s4_queue_progress(struct s4_queue *queue)
{
	struct s4_device *s4 = queue->s4;
	u64 progress = 0;
	int cookie;

	if (!drm_dev_enter(&s4->drm, &cookie))
		return 0;
	if (!s4_hw_enter(s4)) {
		progress = s4_read_progress(s4, queue->slot->index);
		s4_hw_exit(s4);
	}
	drm_dev_exit(cookie);
	return progress;
}

/**
 * s4_ioctl_queue_get_state() - DRM_IOCTL_S4_QUEUE_GET_STATE
 * @drm: device
 * @data: struct drm_s4_queue_get_state
 * @file: caller's
 *
 * Return: 0 or an error.
 */
int s4_ioctl_queue_get_state(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_s4_queue_get_state *args = data;
	struct s4_queue *queue;

	if (args->pad)
		return -EINVAL;
	queue = s4_queue_get(file->driver_priv, args->queue_id);
	if (!queue)
		return -ENOENT;
	args->progress = s4_queue_progress(queue);
	args->jobs_submitted = atomic64_read(&queue->jobs_submitted);
	spin_lock_irq(&queue->slot->lock);
	args->flags = queue->flags;
	args->jobs_done = queue->jobs_done;
	args->jobs_failed = queue->jobs_failed;
	args->last_status = queue->last_status;
	spin_unlock_irq(&queue->slot->lock);
	s4_queue_put(queue);
	return 0;
}
