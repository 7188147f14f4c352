// SPDX-License-Identifier: GPL-2.0-only
/* Buffers of others: dma-bufs in host memory, imported. */

#include <linux/dma-buf.h>

#include <drm/drm_prime.h>

#include "s4_device.h"
#include "s4_gem.h"

S4_IMPORT_NS_DMA_BUF();

static void s4_gem_import_free(struct drm_gem_object *obj)
{
	struct s4_bo *bo = to_s4_bo(obj);

	s4_bo_release(bo);
	drm_gem_object_release(obj);
	if (bo->orphan)
		dma_buf_put(bo->orphan);
	kfree(bo);
}

static int s4_gem_import_mmap(struct drm_gem_object *obj, struct vm_area_struct *vma)
{
	int ret;

	/* The mapping becomes the exporter's, which takes what references it needs. */
	vma->vm_private_data = NULL;
	vma->vm_ops = NULL;
	ret = dma_buf_mmap(obj->dma_buf, vma, 0);
	if (!ret)
		drm_gem_object_put(obj);
	return ret;
}

static const struct drm_gem_object_funcs s4_gem_import_funcs = {
	.free = s4_gem_import_free,
	.mmap = s4_gem_import_mmap,
};

/**
 * s4_gem_import_sg_table() - &drm_driver.gem_prime_import_sg_table
 * @drm: device
 * @attach: our attachment to the dma-buf
 * @sgt: its memory, mapped for the card
 *
 * Return: the buffer or an error.
 */
struct drm_gem_object *s4_gem_import_sg_table(struct drm_device *drm,
					      struct dma_buf_attachment *attach,
					      struct sg_table *sgt)
{
	struct drm_gem_object *obj;
	struct scatterlist *sg;
	struct s4_bo *bo;
	int i;

	/* Page tables know whole pages only. */
	for_each_sgtable_dma_sg(sgt, sg, i)
		if ((sg_dma_address(sg) | sg_dma_len(sg)) & ~S4_PTE_ADDR)
			return ERR_PTR(-EINVAL);
	bo = s4_bo_alloc(S4_BO_KIND_IMPORT, DRM_S4_BO_HOST);
	if (!bo)
		return ERR_PTR(-ENOMEM);
	obj = &bo->shmem.base;
	obj->funcs = &s4_gem_import_funcs;
	drm_gem_private_object_init(drm, obj, attach->dmabuf->size);
	drm_gem_gpuva_set_lock(obj, &bo->gpuva_lock);
	bo->sgt = sgt;
	s4_bo_list_add(to_s4(drm), bo);
	return obj;
}

/**
 * s4_bo_import_unmap_dma() - detach from the dma-buf, if attached
 * @bo: buffer that the card does not reach any more; the device's list lock is held
 *
 * Its reservation stays the buffer's, so the dma-buf stays until the buffer is freed.
 */
void s4_bo_import_unmap_dma(struct s4_bo *bo)
{
	struct drm_gem_object *obj = &bo->shmem.base;
	struct sg_table *sgt = bo->sgt;

	if (!sgt)
		return;
	bo->sgt = NULL;
	bo->orphan = obj->import_attach->dmabuf;
	get_dma_buf(bo->orphan);
	drm_prime_gem_destroy(obj, sgt);
	obj->import_attach = NULL;
}
