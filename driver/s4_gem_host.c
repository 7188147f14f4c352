// SPDX-License-Identifier: GPL-2.0-only
/*
 * Buffers in host memory: shmem pages. They are pinned and mapped for DMA when they are first
 * bound, by us and not by the shmem helper, because that mapping must go when the card does while
 * the buffer itself may live on in an open file or another device.
 */

#include <linux/dma-mapping.h>
#include <linux/mm.h>

#include "s4_device.h"
#include "s4_gem.h"

static void s4_gem_host_free(struct drm_gem_object *obj)
{
	struct s4_bo *bo = to_s4_bo(obj);
	struct drm_gem_object *exclusive = bo->exclusive;

	s4_bo_release(bo);
	/* Frees the object, whose first member is the shmem object. */
	drm_gem_shmem_free(&bo->shmem);
	drm_gem_object_put(exclusive);
}

static const struct drm_gem_object_funcs s4_gem_host_funcs = {
	.free = s4_gem_host_free,
	.export = s4_gem_export,
	.print_info = drm_gem_shmem_object_print_info,
	.pin = drm_gem_shmem_object_pin,
	.unpin = drm_gem_shmem_object_unpin,
	.get_sg_table = drm_gem_shmem_object_get_sg_table,
	.vmap = drm_gem_shmem_object_vmap,
	.vunmap = drm_gem_shmem_object_vunmap,
	.mmap = drm_gem_shmem_object_mmap,
	.vm_ops = &drm_gem_shmem_vm_ops,
};

/**
 * s4_gem_create_object() - &drm_driver.gem_create_object: what the shmem helper builds on
 * @drm: device
 * @size: bytes
 *
 * Return: the object or an error.
 */
struct drm_gem_object *s4_gem_create_object(struct drm_device *drm, size_t size)
{
	struct s4_bo *bo = s4_bo_alloc(S4_BO_KIND_HOST, DRM_S4_BO_HOST);

	static_assert(offsetof(struct s4_bo, shmem) == 0);
	if (!bo)
		return ERR_PTR(-ENOMEM);
	bo->shmem.base.funcs = &s4_gem_host_funcs;
	return &bo->shmem.base;
}

/**
 * s4_bo_create_host() - make a buffer in host memory; it reads as zero
 * @s4: device
 * @size: bytes, a multiple of the page size
 * @flags: enum drm_s4_bo_flags
 *
 * Return: the buffer or an error.
 */
struct s4_bo *s4_bo_create_host(struct s4_device *s4, u64 size, u32 flags)
{
	struct drm_gem_shmem_object *shmem;
	struct s4_bo *bo;

	/* Would only fail page by page, after it took everybody's memory. */
	if (size >> PAGE_SHIFT > totalram_pages())
		return ERR_PTR(-ENOMEM);
	shmem = drm_gem_shmem_create(&s4->drm, size);
	if (IS_ERR(shmem))
		return ERR_CAST(shmem);
	bo = to_s4_bo(&shmem->base);
	bo->flags = flags;
	drm_gem_gpuva_set_lock(&shmem->base, &bo->gpuva_lock);
	return bo;
}

/**
 * s4_bo_host_map_dma() - pin the pages and map them for the card
 * @bo: buffer; its map lock is held
 *
 * Return: 0 or an error.
 */
int s4_bo_host_map_dma(struct s4_bo *bo)
{
	struct drm_device *drm = bo->shmem.base.dev;
	struct sg_table *sgt;
	int ret;

	lockdep_assert_held(&bo->map_lock);
	ret = drm_gem_shmem_pin(&bo->shmem);
	if (ret)
		return ret;
	sgt = drm_gem_shmem_get_sg_table(&bo->shmem);
	if (IS_ERR(sgt)) {
		ret = PTR_ERR(sgt);
		goto err_unpin;
	}
	ret = dma_map_sgtable(drm->dev, sgt, DMA_BIDIRECTIONAL, 0);
	if (ret)
		goto err_free;
	bo->sgt = sgt;
	s4_bo_list_add(to_s4(drm), bo);
	return 0;

err_free:
	sg_free_table(sgt);
	kfree(sgt);
err_unpin:
	drm_gem_shmem_unpin(&bo->shmem);
	return ret;
}

/**
 * s4_bo_host_unmap_dma() - undo s4_bo_host_map_dma(), if it was done
 * @bo: buffer that the card does not reach any more; the device's list lock is held
 */
void s4_bo_host_unmap_dma(struct s4_bo *bo)
{
	struct sg_table *sgt = bo->sgt;

	if (!sgt)
		return;
	bo->sgt = NULL;
	dma_unmap_sgtable(bo->shmem.base.dev->dev, sgt, DMA_BIDIRECTIONAL, 0);
	sg_free_table(sgt);
	kfree(sgt);
	drm_gem_shmem_unpin(&bo->shmem);
}
