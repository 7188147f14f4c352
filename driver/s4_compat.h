/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Everything that differs between the kernels we build for (6.12 and newer), behind the interface
 * of one of them. The Makefile looks into the kernel's headers for what is there and defines
 * S4_HAVE_*; a distribution's backport is then as good as the release that brought a change.
 */
#ifndef __S4_COMPAT_H__
#define __S4_COMPAT_H__

#include <linux/module.h>

#include <drm/drm_drv.h>
#include <drm/drm_gpuvm.h>
#include <drm/gpu_scheduler.h>

#ifdef S4_IMPORT_NS_SYMBOL
#define S4_IMPORT_NS_DMA_BUF() MODULE_IMPORT_NS(DMA_BUF)
#else
#define S4_IMPORT_NS_DMA_BUF() MODULE_IMPORT_NS("DMA_BUF")
#endif

#ifndef S4_HAVE_GEM_GPUVA_FEATURE
#define DRIVER_GEM_GPUVA 0
#endif

/* What a workqueue without WQ_UNBOUND has always been. */
#ifndef S4_HAVE_WQ_PERCPU
#define WQ_PERCPU 0
#endif

/*
 * The buddy allocator left DRM.
 */
#ifdef S4_HAVE_GPU_BUDDY
#include <linux/gpu_buddy.h>
#define S4_BUDDY_RANGE GPU_BUDDY_RANGE_ALLOCATION
#define s4_buddy gpu_buddy
#define s4_buddy_block gpu_buddy_block
#define s4_buddy_init gpu_buddy_init
#define s4_buddy_fini gpu_buddy_fini
#define s4_buddy_alloc_blocks gpu_buddy_alloc_blocks
#define s4_buddy_free_list(mm, list) gpu_buddy_free_list(mm, list, 0)
#define s4_buddy_block_offset gpu_buddy_block_offset
#define s4_buddy_block_size gpu_buddy_block_size
#else
#include <drm/drm_buddy.h>
#define S4_BUDDY_RANGE DRM_BUDDY_RANGE_ALLOCATION
#define s4_buddy drm_buddy
#define s4_buddy_block drm_buddy_block
#define s4_buddy_init drm_buddy_init
#define s4_buddy_fini drm_buddy_fini
#define s4_buddy_alloc_blocks drm_buddy_alloc_blocks
#define s4_buddy_free_list(mm, list) drm_buddy_free_list(mm, list, 0)
#define s4_buddy_block_offset drm_buddy_block_offset
#define s4_buddy_block_size drm_buddy_block_size
#endif

static inline int s4_compat_sm_map(struct drm_gpuvm *gpuvm, void *priv, u64 va, u64 range,
				   struct drm_gem_object *obj, u64 offset)
{
#ifdef S4_HAVE_GPUVM_MAP_REQ
	struct drm_gpuvm_map_req req = {
		.map.va.addr = va,
		.map.va.range = range,
		.map.gem.obj = obj,
		.map.gem.offset = offset,
	};

	return drm_gpuvm_sm_map(gpuvm, priv, &req);
#else
	return drm_gpuvm_sm_map(gpuvm, priv, va, range, obj, offset);
#endif
}

static inline int s4_compat_sched_init(struct drm_gpu_scheduler *sched,
				       const struct drm_sched_backend_ops *ops,
				       struct workqueue_struct *submit_wq, u32 credits,
				       long timeout, struct workqueue_struct *timeout_wq,
				       const char *name, struct device *dev)
{
#ifdef S4_HAVE_SCHED_INIT_ARGS
	const struct drm_sched_init_args args = {
		.ops = ops,
		.submit_wq = submit_wq,
		.num_rqs = 1,
		.credit_limit = credits,
		.timeout = timeout,
		.timeout_wq = timeout_wq,
		.name = name,
		.dev = dev,
	};

	return drm_sched_init(sched, &args);
#else
	return drm_sched_init(sched, ops, submit_wq, 1, credits, 0, timeout, timeout_wq, NULL,
			      name, dev);
#endif
}

static inline int s4_compat_job_init(struct drm_sched_job *job, struct drm_sched_entity *entity,
				     void *owner, u64 client_id)
{
#ifdef S4_HAVE_SCHED_CLIENT_ID
	return drm_sched_job_init(job, entity, 1, owner, client_id);
#else
	return drm_sched_job_init(job, entity, 1, owner);
#endif
}

/*
 * The scheduler takes a job off its pending list before it asks timedout_job() about it, and 6.12
 * never puts it back. So the driver does, at the list's head, with the workers that free jobs
 * stopped meanwhile; it restarts them, since the job may have ended while it was on no list and
 * nobody would look at it again. Newer kernels do just that when told _NO_HANG. Either way the
 * timer starts anew when timedout_job() has returned.
 */
static inline void s4_compat_put_back(struct drm_sched_job *job)
{
	struct drm_gpu_scheduler *sched = job->sched;

	drm_sched_wqueue_stop(sched);
	spin_lock(&sched->job_list_lock);
	list_add(&job->list, &sched->pending_list);
	spin_unlock(&sched->job_list_lock);
	drm_sched_wqueue_start(sched);
}

static inline enum drm_gpu_sched_stat s4_compat_no_hang(struct drm_sched_job *job)
{
#ifdef S4_HAVE_SCHED_NO_HANG
	return DRM_GPU_SCHED_STAT_NO_HANG;
#else
	s4_compat_put_back(job);
	return DRM_GPU_SCHED_STAT_NOMINAL;
#endif
}

static inline enum drm_gpu_sched_stat s4_compat_was_reset(struct drm_sched_job *job)
{
	s4_compat_put_back(job);
#ifdef S4_HAVE_SCHED_NO_HANG
	return DRM_GPU_SCHED_STAT_RESET;
#else
	return DRM_GPU_SCHED_STAT_NOMINAL;
#endif
}

#endif
