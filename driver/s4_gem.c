// SPDX-License-Identifier: GPL-2.0-only
/* What all buffer objects share; the ioctls that make them. */

#include <linux/dma-buf.h>

#include <drm/drm_prime.h>

#include "s4_device.h"
#include "s4_gem.h"
#include "s4_vm.h"

/**
 * s4_bo_alloc() - allocate a buffer object, without memory or GEM object
 * @kind: where it will be
 * @flags: enum drm_s4_bo_flags
 *
 * Return: the object or NULL.
 */
struct s4_bo *s4_bo_alloc(enum s4_bo_kind kind, u32 flags)
{
	struct s4_bo *bo = kzalloc(sizeof(*bo), GFP_KERNEL);

	if (!bo)
		return NULL;
	bo->kind = kind;
	bo->flags = flags;
	INIT_LIST_HEAD(&bo->blocks);
	INIT_LIST_HEAD(&bo->node);
	mutex_init(&bo->gpuva_lock);
	mutex_init(&bo->map_lock);
	return bo;
}

/**
 * s4_bo_cursor_init() - begin a walk through a buffer's extents
 * @cursor: out
 * @bo: buffer, mapped for DMA
 * @offset: where to begin, below the buffer's size
 */
void s4_bo_cursor_init(struct s4_bo_cursor *cursor, struct s4_bo *bo, u64 offset)
{
	*cursor = (struct s4_bo_cursor) { .bo = bo };
	if (bo->kind == S4_BO_KIND_CARD) {
		cursor->block = list_first_entry(&bo->blocks, struct s4_buddy_block, link);
	} else {
		cursor->sg = bo->sgt->sgl;
		cursor->left = bo->sgt->nents;
	}
	s4_bo_cursor_advance(cursor, offset);
}

static void s4_bo_cursor_next(struct s4_bo_cursor *cursor)
{
	struct s4_bo *bo = cursor->bo;

	if (bo->kind == S4_BO_KIND_CARD) {
		struct s4_device *s4 = to_s4(bo->shmem.base.dev);

		if (list_entry_is_head(cursor->block, &bo->blocks, link))
			return;
		cursor->rest.addr = s4_buddy_block_offset(cursor->block);
		cursor->rest.bytes = s4_buddy_block_size(&s4->mem.buddy, cursor->block);
		cursor->block = list_next_entry(cursor->block, link);
	} else if (cursor->left) {
		cursor->rest.addr = sg_dma_address(cursor->sg);
		cursor->rest.bytes = sg_dma_len(cursor->sg);
		cursor->sg = sg_next(cursor->sg);
		cursor->left--;
	}
}

/**
 * s4_bo_cursor_advance() - go on
 * @cursor: walk
 * @bytes: how far; afterwards @rest is what is contiguous from there, nothing at the end
 */
void s4_bo_cursor_advance(struct s4_bo_cursor *cursor, u64 bytes)
{
	for (;;) {
		u64 step = min(bytes, cursor->rest.bytes);

		cursor->rest.addr += step;
		cursor->rest.bytes -= step;
		bytes -= step;
		if (cursor->rest.bytes)
			return;
		s4_bo_cursor_next(cursor);
		if (!cursor->rest.bytes)
			return;
	}
}

/**
 * s4_bo_list_add() - have a buffer's DMA mapping undone when the card goes
 * @s4: device
 * @bo: buffer that was just mapped
 */
void s4_bo_list_add(struct s4_device *s4, struct s4_bo *bo)
{
	mutex_lock(&s4->bos_lock);
	list_add(&bo->node, &s4->bos);
	bo->on_list = true;
	mutex_unlock(&s4->bos_lock);
}

static void s4_bo_unmap_dma(struct s4_bo *bo)
{
	if (bo->kind == S4_BO_KIND_IMPORT)
		s4_bo_import_unmap_dma(bo);
	else
		s4_bo_host_unmap_dma(bo);
}

/**
 * s4_bo_map_dma() - make a buffer reachable for the card
 * @bo: buffer
 *
 * It stays so until it is freed or the card goes.
 *
 * Return: 0 or an error.
 */
int s4_bo_map_dma(struct s4_bo *bo)
{
	int ret = 0;

	if (bo->kind == S4_BO_KIND_CARD)
		return 0;
	mutex_lock(&bo->map_lock);
	if (!bo->sgt)
		ret = bo->kind == S4_BO_KIND_HOST ? s4_bo_host_map_dma(bo) : -ENODEV;
	mutex_unlock(&bo->map_lock);
	return ret;
}

/**
 * s4_bo_release() - undo what all kinds share
 * @bo: buffer that nobody refers to
 *
 * The GEM object is left, and @exclusive, whose reservation freeing it may need.
 */
void s4_bo_release(struct s4_bo *bo)
{
	struct s4_device *s4 = to_s4(bo->shmem.base.dev);

	/* The lock also waits for an unplug that is about to undo the same mapping. */
	mutex_lock(&s4->bos_lock);
	if (bo->on_list)
		list_del(&bo->node);
	bo->on_list = false;
	s4_bo_unmap_dma(bo);
	mutex_unlock(&s4->bos_lock);
	drm_gem_free_mmap_offset(&bo->shmem.base);
	mutex_destroy(&bo->map_lock);
	mutex_destroy(&bo->gpuva_lock);
}

/**
 * s4_gem_unplug_all() - undo all DMA mappings: the device is about to be unbound
 * @s4: device, unplugged
 */
void s4_gem_unplug_all(struct s4_device *s4)
{
	struct s4_bo *bo, *next;

	mutex_lock(&s4->bos_lock);
	list_for_each_entry_safe(bo, next, &s4->bos, node) {
		list_del(&bo->node);
		bo->on_list = false;
		s4_bo_unmap_dma(bo);
	}
	mutex_unlock(&s4->bos_lock);
}

/**
 * s4_gem_export() - make a dma-buf of a buffer
 * @obj: buffer
 * @flags: of the file
 *
 * Return: the dma-buf; -EPERM for an exclusive buffer.
 */
struct dma_buf *s4_gem_export(struct drm_gem_object *obj, int flags)
{
	if (to_s4_bo(obj)->exclusive)
		return ERR_PTR(-EPERM);
	return drm_gem_prime_export(obj, flags);
}

#define S4_BO_PLACES (DRM_S4_BO_CARD | DRM_S4_BO_HOST)
#define S4_BO_FLAGS (S4_BO_PLACES | DRM_S4_BO_MAPPABLE)

static int s4_bo_check(const struct drm_s4_bo_create *args)
{
	if (args->pad || args->flags & ~S4_BO_FLAGS || hweight32(args->flags & S4_BO_PLACES) != 1)
		return -EINVAL;
	if (!args->size || args->size > U64_MAX - PAGE_SIZE)
		return -EINVAL;
	return 0;
}

/**
 * s4_ioctl_bo_create() - DRM_IOCTL_S4_BO_CREATE
 * @drm: device
 * @data: struct drm_s4_bo_create
 * @file: caller's
 *
 * Return: 0 or an error.
 */
int s4_ioctl_bo_create(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct s4_device *s4 = to_s4(drm);
	struct drm_s4_bo_create *args = data;
	struct s4_vm *vm = NULL;
	struct s4_bo *bo;
	int ret, cookie;
	u64 size;

	ret = s4_bo_check(args);
	if (ret)
		return ret;
	size = PAGE_ALIGN(args->size);
	if (!drm_dev_enter(drm, &cookie))
		return -ENODEV;
	if (args->vm_id) {
		vm = s4_vm_get(file->driver_priv, args->vm_id);
		ret = -ENOENT;
		if (!vm)
			goto out;
	}
	if (args->flags & DRM_S4_BO_CARD)
		bo = s4_bo_create_card(s4, size, args->flags);
	else
		bo = s4_bo_create_host(s4, size, args->flags);
	ret = PTR_ERR_OR_ZERO(bo);
	if (ret)
		goto out;
	if (vm) {
		bo->exclusive = s4_vm_root_obj(vm);
		drm_gem_object_get(bo->exclusive);
		bo->shmem.base.resv = bo->exclusive->resv;
	}
	ret = drm_gem_handle_create(file, &bo->shmem.base, &args->handle);
	drm_gem_object_put(&bo->shmem.base);
	args->size = size;
out:
	s4_vm_put(vm);
	drm_dev_exit(cookie);
	return ret;
}

/**
 * s4_ioctl_bo_mmap_offset() - DRM_IOCTL_S4_BO_MMAP_OFFSET
 * @drm: device
 * @data: struct drm_s4_bo_mmap_offset
 * @file: caller's
 *
 * Return: 0 or an error.
 */
int s4_ioctl_bo_mmap_offset(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_s4_bo_mmap_offset *args = data;
	struct drm_gem_object *obj;
	int ret;

	if (args->pad)
		return -EINVAL;
	obj = drm_gem_object_lookup(file, args->handle);
	if (!obj)
		return -ENOENT;
	ret = -EINVAL;
	if (to_s4_bo(obj)->kind == S4_BO_KIND_CARD &&
	    !(to_s4_bo(obj)->flags & DRM_S4_BO_MAPPABLE))
		goto out;
	ret = drm_gem_create_mmap_offset(obj);
	if (!ret)
		args->offset = drm_vma_node_offset_addr(&obj->vma_node);
out:
	drm_gem_object_put(obj);
	return ret;
}
