// SPDX-License-Identifier: GPL-2.0-only
/* DRM_IOCTL_S4_VM_BIND. */

#include <linux/slab.h>

#include "s4_device.h"
#include "s4_gem.h"
#include "s4_uobj.h"
#include "s4_vm.h"

static int s4_bind_check_map(struct s4_vm *vm, struct drm_file *file,
			     const struct drm_s4_vm_bind_op *op, struct s4_bind *bind)
{
	struct drm_gem_object *obj;

	if (op->flags & ~DRM_S4_BIND_READONLY)
		return -EINVAL;
	obj = drm_gem_object_lookup(file, op->handle);
	if (!obj)
		return -ENOENT;
	/* From here on s4_bind_release() drops it. */
	bind->bo = to_s4_bo(obj);
	bind->offset = op->bo_offset;
	bind->readonly = op->flags & DRM_S4_BIND_READONLY;
	if (op->range > obj->size || op->bo_offset > obj->size - op->range)
		return -EINVAL;
	if (bind->bo->exclusive && bind->bo->exclusive != s4_vm_root_obj(vm))
		return -EINVAL;
	return 0;
}

static int s4_bind_check(struct s4_vm *vm, struct drm_file *file,
			 const struct drm_s4_vm_bind_op *op, struct s4_bind *bind)
{
	u64 end;

	if (op->pad || !op->range ||
	    !IS_ALIGNED(op->va | op->range | op->bo_offset, S4_PAGE_SIZE) ||
	    check_add_overflow(op->va, op->range, &end) ||
	    op->va < S4_VA_FIRST || end > S4_SRAM_VA)
		return -EINVAL;
	bind->va = op->va;
	bind->range = op->range;
	switch (op->op) {
	case DRM_S4_BIND_MAP:
		return s4_bind_check_map(vm, file, op, bind);
	case DRM_S4_BIND_UNMAP:
		return op->handle || op->bo_offset || op->flags ? -EINVAL : 0;
	default:
		return -EINVAL;
	}
}

/* Checks all, and makes all buffers reachable, before the first change. */
static int s4_bind_check_all(struct s4_vm *vm, struct drm_file *file,
			     const struct drm_s4_vm_bind_op *ops, struct s4_bind *binds, u32 count)
{
	int ret;
	u32 i;

	for (i = 0; i < count; i++) {
		ret = s4_bind_check(vm, file, &ops[i], &binds[i]);
		if (ret)
			return ret;
	}
	for (i = 0; i < count; i++) {
		if (!binds[i].bo)
			continue;
		ret = s4_bo_map_dma(binds[i].bo);
		if (ret)
			return ret;
	}
	return 0;
}

static int s4_bind_do(struct s4_vm *vm, struct s4_bind *binds, u32 count, u32 *done)
{
	int ret = 0, flushed;
	u32 i;

	mutex_lock(&vm->lock);
	for (i = 0; i < count && !ret; i++) {
		ret = s4_bind_prepare(vm, &binds[i]);
		if (!ret)
			ret = s4_bind_commit(vm, &binds[i]);
		s4_mmu_prune(&vm->mmu, binds[i].va, binds[i].range);
		*done += !ret;
	}
	flushed = s4_vm_settle(vm);
	mutex_unlock(&vm->lock);
	return ret ?: flushed;
}

/**
 * s4_ioctl_vm_bind() - DRM_IOCTL_S4_VM_BIND
 * @drm: device
 * @data: struct drm_s4_vm_bind
 * @file: caller's
 *
 * Return: 0 or an error.
 */
int s4_ioctl_vm_bind(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_s4_vm_bind *args = data;
	struct drm_s4_vm_bind_op *ops = NULL;
	struct s4_bind *binds = NULL;
	u32 i, count = args->ops.count;
	struct s4_vm *vm;
	int ret, cookie;

	args->done = 0;
	if (args->flags || args->pad)
		return -EINVAL;
	vm = s4_vm_get(file->driver_priv, args->vm_id);
	if (!vm)
		return -ENOENT;
	ret = -ENODEV;
	if (!drm_dev_enter(drm, &cookie))
		goto out_put;
	if (s4_vm_lost(vm))
		goto out_exit;
	ops = s4_array_get(&args->ops, DRM_S4_MAX_BIND_OPS, sizeof(*ops), sizeof(*ops));
	ret = PTR_ERR_OR_ZERO(ops);
	if (ret || !ops)
		goto out_exit;
	ret = -ENOMEM;
	binds = kvcalloc(count, sizeof(*binds), GFP_KERNEL);
	if (!binds)
		goto out_free;
	ret = s4_bind_check_all(vm, file, ops, binds, count);
	if (!ret)
		ret = s4_bind_do(vm, binds, count, &args->done);
	for (i = 0; i < count; i++)
		s4_bind_release(&binds[i]);
	kvfree(binds);
out_free:
	kvfree(ops);
out_exit:
	drm_dev_exit(cookie);
out_put:
	s4_vm_put(vm);
	return ret;
}
