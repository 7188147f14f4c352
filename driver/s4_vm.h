/* SPDX-License-Identifier: GPL-2.0-only */
/* Address spaces. */
#ifndef __S4_VM_H__
#define __S4_VM_H__

#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include <drm/drm_gpuvm.h>

#include "s4/abi/s4_ring.h"
#include "s4_mmu.h"

struct s4_bo;
struct s4_device;
struct s4_file;

/* A map needs a mapping for what is new and for each remainder of what it cuts. */
#define S4_BIND_VMAS 3

/**
 * struct s4_vma - a mapping
 * @base: what DRM knows of it
 * @readonly: the card may not write
 * @node: in @removed of struct s4_vm
 */
struct s4_vma {
	struct drm_gpuva base;
	bool readonly;
	struct list_head node;
};

/**
 * struct s4_bind - a change of an address space, with all that it needs
 * @va: first address
 * @range: bytes
 * @bo: what to map, of which this holds a reference; NULL to unmap
 * @offset: bytes into it
 * @readonly: the card may not write
 * @vm_bo: link between VM and buffer, of which this holds a reference
 * @vmas: mappings to be used
 */
struct s4_bind {
	u64 va;
	u64 range;
	struct s4_bo *bo;
	u64 offset;
	bool readonly;
	struct drm_gpuvm_bo *vm_bo;
	struct s4_vma *vmas[S4_BIND_VMAS];
};

/**
 * struct s4_vm - an address space
 */
struct s4_vm {
	/** @base: what DRM knows of it: mappings, reservation */
	struct drm_gpuvm base;
	/** @ref: the file's table, each queue, and users for a moment */
	struct kref ref;
	/** @s4: device */
	struct s4_device *s4;
	/** @file: whose it is, of which this holds a reference */
	struct s4_file *file;
	/** @space: which of the card's */
	u32 space;
	/** @node: in s4_device.vms */
	struct list_head node;
	/** @release_work: frees it: that waits for the card */
	struct work_struct release_work;

	/** @lock: everything that changes mappings */
	struct mutex lock;
	/** @mmu: page tables */
	struct s4_mmu mmu;
	/** @bind: the change under way, for the steps that DRM calls */
	struct s4_bind *bind;
	/** @removed: mappings taken out, whose buffers the card may still reach */
	struct list_head removed;

	/** @state_lock: what follows; taken in interrupts */
	spinlock_t state_lock;
	/** @flags: enum drm_s4_vm_state */
	u32 flags;
	/** @fault: the last job that faulted */
	struct s4_job_result fault;
};

static inline struct s4_vm *to_s4_vm(struct drm_gpuvm *gpuvm)
{
	return container_of(gpuvm, struct s4_vm, base);
}

static inline struct drm_gem_object *s4_vm_root_obj(struct s4_vm *vm)
{
	return drm_gpuvm_resv_obj(&vm->base);
}

struct s4_vm *s4_vm_get(struct s4_file *file, u32 id);
void s4_vm_put(struct s4_vm *vm);
void s4_vm_destroy_all(struct s4_file *file);
void s4_vm_note_fault(struct s4_vm *vm, const struct s4_job_result *result);
bool s4_vm_lost(struct s4_vm *vm);
void s4_vm_unplug_all(struct s4_device *s4);

int s4_space_attach(struct s4_vm *vm);
void s4_space_detach(struct s4_vm *vm);
int s4_space_flush(struct s4_vm *vm);
void s4_space_restore_all(struct s4_device *s4);
void s4_space_lose_all(struct s4_device *s4);
void s4_space_note_fault(struct s4_device *s4);

extern const struct drm_gpuvm_ops s4_vm_ops;
int s4_bind_prepare(struct s4_vm *vm, struct s4_bind *bind);
int s4_bind_commit(struct s4_vm *vm, struct s4_bind *bind);
void s4_bind_release(struct s4_bind *bind);
int s4_vm_settle(struct s4_vm *vm);
void s4_vm_remove_all(struct s4_vm *vm);

int s4_ioctl_vm_create(struct drm_device *drm, void *data, struct drm_file *file);
int s4_ioctl_vm_destroy(struct drm_device *drm, void *data, struct drm_file *file);
int s4_ioctl_vm_get_state(struct drm_device *drm, void *data, struct drm_file *file);
int s4_ioctl_vm_bind(struct drm_device *drm, void *data, struct drm_file *file);

#endif
