// SPDX-License-Identifier: GPL-2.0-only
/* Address spaces as objects: their lives, their state. */

#include <linux/slab.h>

#include "s4_device.h"
#include "s4_drv.h"
#include "s4_queue.h"
#include "s4_vm.h"

/**
 * s4_vm_get() - find a VM
 * @file: whose
 * @id: which
 *
 * Return: the VM, with a reference, or NULL.
 */
struct s4_vm *s4_vm_get(struct s4_file *file, u32 id)
{
	struct s4_vm *vm;

	xa_lock(&file->vms);
	vm = xa_load(&file->vms, id);
	if (vm)
		kref_get(&vm->ref);
	xa_unlock(&file->vms);
	return vm;
}

static void s4_vm_release_work(struct work_struct *work)
{
	struct s4_vm *vm = container_of(work, struct s4_vm, release_work);
	struct s4_device *s4 = vm->s4;
	struct s4_file *file = vm->file;

	s4_space_detach(vm);
	s4_vm_remove_all(vm);
	/* An unplug may be freeing the tables of all VMs at this moment. */
	mutex_lock(&s4->vms_lock);
	list_del(&vm->node);
	s4_mmu_fini(&vm->mmu);
	mutex_unlock(&s4->vms_lock);
	s4_share_free(&s4->shares, &s4->shares.vms, &file->share_vms);
	drm_gpuvm_put(&vm->base);
	s4_file_put(file);
}

static void s4_vm_release(struct kref *ref)
{
	struct s4_vm *vm = container_of(ref, struct s4_vm, ref);

	queue_work(s4_cleanup_wq, &vm->release_work);
}

/**
 * s4_vm_put() - drop a reference
 * @vm: VM or NULL
 */
void s4_vm_put(struct s4_vm *vm)
{
	if (vm)
		kref_put(&vm->ref, s4_vm_release);
}

static struct s4_vm *s4_vm_alloc(struct s4_file *file)
{
	struct s4_device *s4 = file->s4;
	struct drm_gem_object *root;
	struct s4_vm *vm;
	int ret = -ENOMEM;

	vm = kzalloc(sizeof(*vm), GFP_KERNEL);
	if (!vm)
		return ERR_PTR(-ENOMEM);
	kref_init(&vm->ref);
	vm->s4 = s4;
	mutex_init(&vm->lock);
	spin_lock_init(&vm->state_lock);
	INIT_LIST_HEAD(&vm->removed);
	INIT_WORK(&vm->release_work, s4_vm_release_work);
	if (s4_mmu_init(&vm->mmu, s4))
		goto err_free;
	root = drm_gpuvm_resv_object_alloc(&s4->drm);
	if (!root)
		goto err_mmu;
	ret = s4_space_attach(vm);
	if (ret)
		goto err_root;
	drm_gpuvm_init(&vm->base, "s4", 0, &s4->drm, root, S4_VA_FIRST, S4_SRAM_VA - S4_VA_FIRST,
		       0, 0, &s4_vm_ops);
	drm_gem_object_put(root);
	vm->file = file;
	kref_get(&file->ref);
	mutex_lock(&s4->vms_lock);
	list_add(&vm->node, &s4->vms);
	mutex_unlock(&s4->vms_lock);
	return vm;

err_root:
	drm_gem_object_put(root);
err_mmu:
	s4_mmu_fini(&vm->mmu);
err_free:
	kfree(vm);
	return ERR_PTR(ret);
}

static void s4_vm_destroy(struct s4_file *file, struct s4_vm *vm)
{
	s4_share_going(&file->s4->shares.vms, &file->share_vms);
	s4_queue_kill_all_of(file, vm);
	s4_vm_put(vm);
}

static int s4_vm_try(struct s4_file *file, u32 *id)
{
	struct s4_vm *vm;
	int ret, cookie;

	if (!drm_dev_enter(&file->s4->drm, &cookie))
		return -ENODEV;
	vm = s4_vm_alloc(file);
	ret = PTR_ERR_OR_ZERO(vm);
	if (!ret) {
		ret = xa_alloc(&file->vms, id, vm, xa_limit_31b, GFP_KERNEL);
		if (ret) {
			/* It is counted until it has gone. */
			atomic_inc(&file->share_vms.held);
			s4_vm_destroy(file, vm);
		}
	}
	drm_dev_exit(cookie);
	return ret;
}

/**
 * s4_ioctl_vm_create() - DRM_IOCTL_S4_VM_CREATE
 * @drm: device
 * @data: struct drm_s4_vm_create
 * @file: caller's
 *
 * Waits for spaces of VMs that were destroyed, while there are any.
 *
 * Return: 0 or an error.
 */
int s4_ioctl_vm_create(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct s4_shares *shares = &to_s4(drm)->shares;
	struct s4_file *sfile = file->driver_priv;
	struct drm_s4_vm_create *args = data;
	struct s4_share_look look;
	int ret;

	if (args->flags)
		return -EINVAL;
	ret = s4_share_take(shares, &sfile->share_vms, S4_FILE_MAX_VMS);
	if (ret)
		return ret;
	do {
		s4_share_look(&look, shares, &shares->vms);
		ret = s4_vm_try(sfile, &args->vm_id);
		if (ret != -ENOSPC)
			break;
		ret = s4_share_wait(&look);
	} while (!ret);
	if (ret)
		atomic_dec(&sfile->share_vms.held);
	return ret;
}

/**
 * s4_ioctl_vm_destroy() - DRM_IOCTL_S4_VM_DESTROY
 * @drm: device
 * @data: struct drm_s4_vm_destroy
 * @file: caller's
 *
 * Return: 0 or an error.
 */
int s4_ioctl_vm_destroy(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct s4_file *sfile = file->driver_priv;
	struct drm_s4_vm_destroy *args = data;
	struct s4_vm *vm;

	if (args->pad)
		return -EINVAL;
	vm = xa_erase(&sfile->vms, args->vm_id);
	if (!vm)
		return -ENOENT;
	s4_vm_destroy(sfile, vm);
	return 0;
}

/**
 * s4_vm_destroy_all() - the file is being closed
 * @file: which
 */
void s4_vm_destroy_all(struct s4_file *file)
{
	unsigned long id;
	struct s4_vm *vm;

	xa_for_each(&file->vms, id, vm) {
		xa_erase(&file->vms, id);
		s4_vm_destroy(file, vm);
	}
}

/**
 * s4_ioctl_vm_get_state() - DRM_IOCTL_S4_VM_GET_STATE
 * @drm: device
 * @data: struct drm_s4_vm_get_state
 * @file: caller's
 *
 * Return: 0 or an error.
 */
int s4_ioctl_vm_get_state(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_s4_vm_get_state *args = data;
	struct s4_vm *vm = s4_vm_get(file->driver_priv, args->vm_id);

	if (!vm)
		return -ENOENT;
	spin_lock_irq(&vm->state_lock);
	args->flags = vm->flags;
	args->fault_va = vm->fault.fault_va;
	args->fault_status = vm->fault.status;
	args->fault_access = vm->fault.fault_access;
	spin_unlock_irq(&vm->state_lock);
	s4_vm_put(vm);
	return 0;
}

/**
 * s4_vm_note_fault() - a job of this VM faulted
 * @vm: VM
 * @result: the job's
 */
void s4_vm_note_fault(struct s4_vm *vm, const struct s4_job_result *result)
{
	unsigned long flags;

	spin_lock_irqsave(&vm->state_lock, flags);
	vm->flags |= DRM_S4_VM_FAULTED;
	vm->fault = *result;
	spin_unlock_irqrestore(&vm->state_lock, flags);
}

/**
 * s4_vm_lost() - was the card lost since this VM was made
 * @vm: VM
 *
 * Return: true when nothing works with it any more.
 */
bool s4_vm_lost(struct s4_vm *vm)
{
	return READ_ONCE(vm->flags) & DRM_S4_VM_LOST;
}

/**
 * s4_vm_unplug_all() - free all page tables: the device is about to be unbound
 * @s4: device, unplugged
 */
void s4_vm_unplug_all(struct s4_device *s4)
{
	struct s4_vm *vm;

	mutex_lock(&s4->vms_lock);
	list_for_each_entry(vm, &s4->vms, node)
		s4_mmu_fini(&vm->mmu);
	mutex_unlock(&s4->vms_lock);
}
