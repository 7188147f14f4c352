// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changing mappings. DRM's address space manager says what a change means for the mappings that are
 * there; the steps that it calls write page tables and cannot fail, since everything was reserved.
 * What was taken out keeps its buffer until the card has invalidated.
 */

#include <linux/slab.h>

#include "s4_device.h"
#include "s4_gem.h"
#include "s4_vm.h"

static struct s4_vma *s4_bind_take_vma(struct s4_bind *bind, bool readonly)
{
	u32 i;

	for (i = 0; i < S4_BIND_VMAS; i++) {
		struct s4_vma *vma = bind->vmas[i];

		if (!vma)
			continue;
		bind->vmas[i] = NULL;
		vma->readonly = readonly;
		return vma;
	}
	return NULL;
}

/* May free the buffer and the VM's last link to it. */
static void s4_vm_bo_put(struct drm_gpuvm_bo *vm_bo)
{
	struct drm_gpuvm *gpuvm = vm_bo->vm;
	struct s4_bo *bo = to_s4_bo(vm_bo->obj);

	/* Held, since the locks are theirs. */
	drm_gem_object_get(&bo->shmem.base);
	drm_gpuvm_get(gpuvm);
	dma_resv_lock(drm_gpuvm_resv(gpuvm), NULL);
	mutex_lock(&bo->gpuva_lock);
	drm_gpuvm_bo_put(vm_bo);
	mutex_unlock(&bo->gpuva_lock);
	dma_resv_unlock(drm_gpuvm_resv(gpuvm));
	drm_gpuvm_put(gpuvm);
	drm_gem_object_put(&bo->shmem.base);
}

/* Takes over the caller's reference to @vm_bo. */
static void s4_vma_link(struct s4_vma *vma, struct drm_gpuvm_bo *vm_bo)
{
	struct s4_bo *bo = to_s4_bo(vma->base.gem.obj);

	mutex_lock(&bo->gpuva_lock);
	drm_gpuva_link(&vma->base, vm_bo);
	drm_gpuvm_bo_put(vm_bo);
	mutex_unlock(&bo->gpuva_lock);
}

static void s4_vma_unlink(struct s4_vm *vm, struct s4_vma *vma)
{
	struct s4_bo *bo = to_s4_bo(vma->base.gem.obj);
	struct drm_gpuvm_bo *vm_bo = drm_gpuvm_bo_get(vma->base.vm_bo);

	mutex_lock(&bo->gpuva_lock);
	drm_gpuva_unlink(&vma->base);
	mutex_unlock(&bo->gpuva_lock);
	/* Unlinking dropped its reference; ours keeps the buffer until the card lets go. */
	vma->base.vm_bo = vm_bo;
	list_add_tail(&vma->node, &vm->removed);
}

static int s4_vm_step_map(struct drm_gpuva_op *op, void *priv)
{
	struct s4_vm *vm = priv;
	struct s4_bind *bind = vm->bind;
	struct s4_vma *vma = s4_bind_take_vma(bind, bind->readonly);

	if (drm_WARN_ON(&vm->s4->drm, !vma))
		return -EINVAL;
	s4_mmu_map(&vm->mmu, op->map.va.addr, op->map.va.range, bind->bo, op->map.gem.offset,
		   bind->readonly);
	drm_gpuva_map(&vm->base, &vma->base, &op->map);
	s4_vma_link(vma, bind->vm_bo);
	bind->vm_bo = NULL;
	return 0;
}

static int s4_vm_step_remap(struct drm_gpuva_op *op, void *priv)
{
	struct s4_vm *vm = priv;
	struct s4_vma *old = container_of(op->remap.unmap->va, struct s4_vma, base);
	struct s4_vma *prev = NULL, *next = NULL;
	u64 va, range;

	if (op->remap.prev)
		prev = s4_bind_take_vma(vm->bind, old->readonly);
	if (op->remap.next)
		next = s4_bind_take_vma(vm->bind, old->readonly);
	if (drm_WARN_ON(&vm->s4->drm, (op->remap.prev && !prev) || (op->remap.next && !next)))
		return -EINVAL;

	drm_gpuva_op_remap_to_unmap_range(&op->remap, &va, &range);
	s4_mmu_unmap(&vm->mmu, va, range);
	drm_gpuva_remap(prev ? &prev->base : NULL, next ? &next->base : NULL, &op->remap);
	if (prev)
		s4_vma_link(prev, drm_gpuvm_bo_get(old->base.vm_bo));
	if (next)
		s4_vma_link(next, drm_gpuvm_bo_get(old->base.vm_bo));
	s4_vma_unlink(vm, old);
	return 0;
}

static int s4_vm_step_unmap(struct drm_gpuva_op *op, void *priv)
{
	struct s4_vm *vm = priv;
	struct s4_vma *old = container_of(op->unmap.va, struct s4_vma, base);

	s4_mmu_unmap(&vm->mmu, old->base.va.addr, old->base.va.range);
	drm_gpuva_unmap(&op->unmap);
	s4_vma_unlink(vm, old);
	return 0;
}

static void s4_vm_free(struct drm_gpuvm *gpuvm)
{
	struct s4_vm *vm = to_s4_vm(gpuvm);

	mutex_destroy(&vm->lock);
	kfree(vm);
}

const struct drm_gpuvm_ops s4_vm_ops = {
	.vm_free = s4_vm_free,
	.sm_step_map = s4_vm_step_map,
	.sm_step_remap = s4_vm_step_remap,
	.sm_step_unmap = s4_vm_step_unmap,
};

static int s4_bind_obtain_vm_bo(struct s4_vm *vm, struct s4_bind *bind)
{
	struct drm_gpuvm_bo *fresh = drm_gpuvm_bo_create(&vm->base, &bind->bo->shmem.base);

	if (!fresh)
		return -ENOMEM;
	/* If there is a link already, that one is taken and the fresh one freed. */
	dma_resv_lock(drm_gpuvm_resv(&vm->base), NULL);
	mutex_lock(&bind->bo->gpuva_lock);
	bind->vm_bo = drm_gpuvm_bo_obtain_prealloc(fresh);
	mutex_unlock(&bind->bo->gpuva_lock);
	drm_gpuvm_bo_extobj_add(bind->vm_bo);
	dma_resv_unlock(drm_gpuvm_resv(&vm->base));
	return 0;
}

/**
 * s4_bind_prepare() - reserve what a change needs
 * @vm: VM; its lock is held
 * @bind: change, checked
 *
 * Return: 0 or -ENOMEM; s4_bind_release() undoes it.
 */
int s4_bind_prepare(struct s4_vm *vm, struct s4_bind *bind)
{
	int ret;
	u32 i;

	lockdep_assert_held(&vm->lock);
	for (i = 0; i < S4_BIND_VMAS; i++) {
		bind->vmas[i] = kzalloc(sizeof(*bind->vmas[i]), GFP_KERNEL);
		if (!bind->vmas[i])
			return -ENOMEM;
	}
	if (!bind->bo)
		return s4_mmu_reserve_split(&vm->mmu);
	ret = s4_bind_obtain_vm_bo(vm, bind);
	if (!ret)
		ret = s4_mmu_reserve(&vm->mmu, bind->va, bind->range, bind->bo, bind->offset);
	return ret;
}

/**
 * s4_bind_commit() - make a change
 * @vm: VM; its lock is held
 * @bind: change, prepared
 *
 * Return: 0, or an error that means a bug.
 */
int s4_bind_commit(struct s4_vm *vm, struct s4_bind *bind)
{
	int ret;

	lockdep_assert_held(&vm->lock);
	vm->bind = bind;
	if (bind->bo)
		ret = s4_compat_sm_map(&vm->base, vm, bind->va, bind->range, &bind->bo->shmem.base,
				       bind->offset);
	else
		ret = drm_gpuvm_sm_unmap(&vm->base, vm, bind->va, bind->range);
	vm->bind = NULL;
	return ret;
}

/**
 * s4_bind_release() - free what a change has not used
 * @bind: change; the lock of its VM is not needed
 */
void s4_bind_release(struct s4_bind *bind)
{
	u32 i;

	for (i = 0; i < S4_BIND_VMAS; i++)
		kfree(bind->vmas[i]);
	if (bind->vm_bo)
		s4_vm_bo_put(bind->vm_bo);
	if (bind->bo)
		drm_gem_object_put(&bind->bo->shmem.base);
}

static void s4_vm_free_removed(struct s4_vm *vm)
{
	struct s4_vma *vma, *next;

	list_for_each_entry_safe(vma, next, &vm->removed, node) {
		list_del(&vma->node);
		s4_vm_bo_put(vma->base.vm_bo);
		kfree(vma);
	}
}

/**
 * s4_vm_settle() - have the card use the new translations only, then let go of what was taken out
 * @vm: VM; its lock is held
 *
 * Return: 0, or -ENODEV when the card is lost; it then uses no translations at all.
 */
int s4_vm_settle(struct s4_vm *vm)
{
	int ret = s4_space_flush(vm);

	s4_mmu_invalidated(&vm->mmu);
	s4_vm_free_removed(vm);
	return ret;
}

/**
 * s4_vm_remove_all() - take all mappings out of a VM that the card has forgotten
 * @vm: VM that nobody else uses
 */
void s4_vm_remove_all(struct s4_vm *vm)
{
	struct drm_gpuva *va, *next;

	mutex_lock(&vm->lock);
	drm_gpuvm_for_each_va_safe(va, next, &vm->base) {
		drm_gpuva_remove(va);
		s4_vma_unlink(vm, container_of(va, struct s4_vma, base));
	}
	s4_vm_free_removed(vm);
	mutex_unlock(&vm->lock);
}
