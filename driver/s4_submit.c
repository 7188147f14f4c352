// SPDX-License-Identifier: GPL-2.0-only
/*
 * DRM_IOCTL_S4_SUBMIT. Jobs are submitted one after the other, so that a job may wait for a syncobj
 * that an earlier one of the same call signals. Each is made ready in full before it is armed: from
 * there on nothing fails and nothing is allocated.
 */

#include <linux/dma-fence-chain.h>
#include <linux/slab.h>

#include <drm/drm_exec.h>
#include <drm/drm_syncobj.h>

#include "s4/abi/s4_cmd.h"
#include "s4_device.h"
#include "s4_fence.h"
#include "s4_queue.h"
#include "s4_sched.h"
#include "s4_submit.h"
#include "s4_uobj.h"
#include "s4_vm.h"

/**
 * struct s4_out - a syncobj to signal
 * @syncobj: which
 * @chain: of a timeline: room for the new point
 * @point: of a timeline
 */
struct s4_out {
	struct drm_syncobj *syncobj;
	struct dma_fence_chain *chain;
	u64 point;
};

/**
 * struct s4_outs - the syncobjs of a job
 * @out: array
 * @count: its length
 */
struct s4_outs {
	struct s4_out *out;
	u32 count;
};

static struct drm_s4_sync *s4_syncs_get(const struct drm_s4_array *array)
{
	return s4_array_get(array, DRM_S4_MAX_SYNCS, sizeof(struct drm_s4_sync),
			    sizeof(struct drm_s4_sync));
}

static int s4_submit_add_in(struct s4_job *job, struct drm_file *file,
			    const struct drm_s4_array *array)
{
	struct drm_s4_sync *syncs = s4_syncs_get(array);
	int ret = 0;
	u32 i;

	if (IS_ERR_OR_NULL(syncs))
		return PTR_ERR_OR_ZERO(syncs);
	for (i = 0; i < array->count && !ret; i++) {
		struct dma_fence *fence;

		ret = syncs[i].flags ? -EINVAL :
		      drm_syncobj_find_fence(file, syncs[i].handle, syncs[i].point, 0, &fence);
		if (!ret)
			ret = drm_sched_job_add_dependency(&job->base, fence);
	}
	kvfree(syncs);
	return ret;
}

static void s4_outs_free(struct s4_outs *outs)
{
	u32 i;

	for (i = 0; i < outs->count; i++) {
		dma_fence_chain_free(outs->out[i].chain);
		if (outs->out[i].syncobj)
			drm_syncobj_put(outs->out[i].syncobj);
	}
	kvfree(outs->out);
}

static int s4_out_get(struct s4_out *out, struct drm_file *file, const struct drm_s4_sync *sync)
{
	if (sync->flags)
		return -EINVAL;
	out->syncobj = drm_syncobj_find(file, sync->handle);
	if (!out->syncobj)
		return -ENOENT;
	out->point = sync->point;
	if (sync->point) {
		out->chain = dma_fence_chain_alloc();
		if (!out->chain)
			return -ENOMEM;
	}
	return 0;
}

/* On error too s4_outs_free() frees what there is. */
static int s4_outs_get(struct s4_outs *outs, struct drm_file *file,
		       const struct drm_s4_array *array)
{
	struct drm_s4_sync *syncs = s4_syncs_get(array);
	int ret = 0;
	u32 i;

	if (IS_ERR_OR_NULL(syncs))
		return PTR_ERR_OR_ZERO(syncs);
	outs->out = kvcalloc(array->count, sizeof(*outs->out), GFP_KERNEL);
	if (outs->out)
		outs->count = array->count;
	else
		ret = -ENOMEM;
	for (i = 0; i < outs->count && !ret; i++)
		ret = s4_out_get(&outs->out[i], file, &syncs[i]);
	kvfree(syncs);
	return ret;
}

static void s4_outs_signal(struct s4_outs *outs, struct dma_fence *fence)
{
	u32 i;

	for (i = 0; i < outs->count; i++) {
		struct s4_out *out = &outs->out[i];

		if (out->chain) {
			drm_syncobj_add_point(out->syncobj, out->chain, fence, out->point);
			out->chain = NULL;
		} else {
			drm_syncobj_replace_fence(out->syncobj, fence);
		}
	}
}

static int s4_submit_check(const struct drm_s4_job *args)
{
	if (args->flags || args->command_count > S4_MAX_COMMANDS ||
	    !IS_ALIGNED(args->commands_va | args->completion_va, 64))
		return -EINVAL;
	return 0;
}

static struct s4_job *s4_job_alloc(struct s4_queue *queue, const struct drm_s4_job *args,
				   struct drm_file *file)
{
	struct s4_job *job = kzalloc(sizeof(*job), GFP_KERNEL);
	int ret = -ENOMEM;

	if (!job)
		return ERR_PTR(-ENOMEM);
	job->queue = s4_queue_ref(queue);
	INIT_LIST_HEAD(&job->node);
	job->entry.commands_va = args->commands_va;
	job->entry.command_count = args->command_count;
	job->entry.completion_va = args->completion_va;
	job->fence = s4_fence_alloc();
	if (job->fence)
		ret = s4_compat_job_init(&job->base, &queue->entity, file, file->client_id);
	if (!ret)
		return job;
	s4_job_free(job);
	return ERR_PTR(ret);
}

/* The point of no return. */
static int s4_submit_push(struct s4_job *job, struct s4_outs *outs)
{
	struct s4_queue *queue = job->queue;
	struct drm_gpuvm_exec exec = {
		.vm = &queue->vm->base,
		.flags = DRM_EXEC_INTERRUPTIBLE_WAIT,
		.num_fences = 1,
	};
	struct dma_fence *fence;
	bool signalling;
	int ret;

	/* The VM's reservation stands for its exclusive buffers; the shared ones have their own. */
	ret = drm_gpuvm_exec_lock(&exec);
	if (ret)
		return ret;
	atomic64_inc(&queue->jobs_submitted);
	signalling = dma_fence_begin_signalling();
	/* Arming and pushing are one step for others that submit to the queue: the VM is locked. */
	drm_sched_job_arm(&job->base);
	fence = dma_fence_get(&job->base.s_fence->finished);
	drm_gpuvm_exec_resv_add_fence(&exec, fence, DMA_RESV_USAGE_BOOKKEEP,
				      DMA_RESV_USAGE_BOOKKEEP);
	drm_sched_entity_push_job(&job->base);
	s4_outs_signal(outs, fence);
	dma_fence_end_signalling(signalling);
	dma_fence_put(fence);
	drm_gpuvm_exec_unlock(&exec);
	return 0;
}

static int s4_submit_one(struct s4_queue *queue, const struct drm_s4_job *args,
			 struct drm_file *file)
{
	struct s4_outs outs = {};
	struct s4_job *job;
	int ret;

	ret = s4_queue_error(queue) ?: s4_submit_check(args);
	if (ret)
		return ret;
	job = s4_job_alloc(queue, args, file);
	if (IS_ERR(job))
		return PTR_ERR(job);
	ret = s4_submit_add_in(job, file, &args->in_syncs);
	if (!ret)
		ret = s4_outs_get(&outs, file, &args->out_syncs);
	if (!ret)
		ret = s4_submit_push(job, &outs);
	s4_outs_free(&outs);
	if (ret) {
		drm_sched_job_cleanup(&job->base);
		s4_job_free(job);
	}
	return ret;
}

/**
 * s4_ioctl_submit() - DRM_IOCTL_S4_SUBMIT
 * @drm: device
 * @data: struct drm_s4_submit
 * @file: caller's
 *
 * Return: 0 or an error.
 */
int s4_ioctl_submit(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_s4_submit *args = data;
	struct drm_s4_job *jobs;
	struct s4_queue *queue;
	int ret, cookie;
	u32 i;

	args->done = 0;
	if (args->flags || args->pad)
		return -EINVAL;
	queue = s4_queue_get(file->driver_priv, args->queue_id);
	if (!queue)
		return -ENOENT;
	ret = -ENODEV;
	if (!drm_dev_enter(drm, &cookie))
		goto out_put;
	ret = s4_queue_error(queue);
	if (ret)
		goto out_exit;
	jobs = s4_array_get(&args->jobs, DRM_S4_MAX_JOBS, sizeof(*jobs), sizeof(*jobs));
	ret = PTR_ERR_OR_ZERO(jobs);
	if (ret)
		goto out_exit;
	for (i = 0; i < args->jobs.count && !ret; i++) {
		ret = s4_submit_one(queue, &jobs[i], file);
		args->done += !ret;
	}
	kvfree(jobs);
out_exit:
	drm_dev_exit(cookie);
out_put:
	s4_queue_put(queue);
	return ret;
}
