/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR MIT */
/*
 * The kernel interface of S4 cards: DRM accel ioctls. docs/driver.md.
 *
 * Rules: every structure is a multiple of 8 bytes; pads, reserved fields and unknown flags must be
 * zero; pointers are u64; arrays carry their element size (stride) and count, so that structures
 * can grow at their end; additions bump DRM_S4_VERSION_MINOR.
 */
#ifndef S4_ABI_ACCEL_H
#define S4_ABI_ACCEL_H

#ifdef __KERNEL__
#include <drm/drm.h>
#else
#include <linux/ioctl.h>
#include <linux/types.h>
#endif

#include "s4_types.h"

#if defined(__cplusplus)
extern "C" {
#endif

#define DRM_S4_VERSION_MAJOR 1
#define DRM_S4_VERSION_MINOR 0

/* First driver-private ioctl number: DRM_COMMAND_BASE, and the ioctl magic of DRM. */
#define DRM_S4_IOCTL_BASE 0x40
#define DRM_S4_IOCTL_MAGIC 'd'

enum drm_s4_ioctl {
	DRM_S4_DEV_QUERY = 0,
	DRM_S4_BO_CREATE,
	DRM_S4_BO_MMAP_OFFSET,
	DRM_S4_VM_CREATE,
	DRM_S4_VM_DESTROY,
	DRM_S4_VM_GET_STATE,
	DRM_S4_VM_BIND,
	DRM_S4_QUEUE_CREATE,
	DRM_S4_QUEUE_DESTROY,
	DRM_S4_QUEUE_GET_STATE,
	DRM_S4_SUBMIT,
};

#define DRM_S4_IOCTL(nr, type) \
	_IOWR(DRM_S4_IOCTL_MAGIC, DRM_S4_IOCTL_BASE + (nr), struct drm_s4_##type)

#define DRM_IOCTL_S4_DEV_QUERY DRM_S4_IOCTL(DRM_S4_DEV_QUERY, dev_query)
#define DRM_IOCTL_S4_BO_CREATE DRM_S4_IOCTL(DRM_S4_BO_CREATE, bo_create)
#define DRM_IOCTL_S4_BO_MMAP_OFFSET DRM_S4_IOCTL(DRM_S4_BO_MMAP_OFFSET, bo_mmap_offset)
#define DRM_IOCTL_S4_VM_CREATE DRM_S4_IOCTL(DRM_S4_VM_CREATE, vm_create)
#define DRM_IOCTL_S4_VM_DESTROY DRM_S4_IOCTL(DRM_S4_VM_DESTROY, vm_destroy)
#define DRM_IOCTL_S4_VM_GET_STATE DRM_S4_IOCTL(DRM_S4_VM_GET_STATE, vm_get_state)
#define DRM_IOCTL_S4_VM_BIND DRM_S4_IOCTL(DRM_S4_VM_BIND, vm_bind)
#define DRM_IOCTL_S4_QUEUE_CREATE DRM_S4_IOCTL(DRM_S4_QUEUE_CREATE, queue_create)
#define DRM_IOCTL_S4_QUEUE_DESTROY DRM_S4_IOCTL(DRM_S4_QUEUE_DESTROY, queue_destroy)
#define DRM_IOCTL_S4_QUEUE_GET_STATE DRM_S4_IOCTL(DRM_S4_QUEUE_GET_STATE, queue_get_state)
#define DRM_IOCTL_S4_SUBMIT DRM_S4_IOCTL(DRM_S4_SUBMIT, submit)

/**
 * struct drm_s4_array - a user-space array
 * @stride: bytes from an element to the next; at least the size of the first version's element
 * @count: number of elements
 * @array: address of the first; may be 0 when @count is 0
 *
 * An element longer than the kernel knows must be zero beyond that (else E2BIG, as for strides
 * of more than a page); one shorter reads as zero there.
 */
struct drm_s4_array {
	__u32 stride;
	__u32 count;
	__u64 array;
};

/** enum drm_s4_query - what DEV_QUERY can tell */
enum drm_s4_query {
	/** @DRM_S4_QUERY_INFO: struct drm_s4_query_info */
	DRM_S4_QUERY_INFO = 0,
	/** @DRM_S4_QUERY_MEMORY: struct drm_s4_query_memory */
	DRM_S4_QUERY_MEMORY = 1,
	/** @DRM_S4_QUERY_TELEMETRY: struct s4_telemetry (s4_telemetry.h) */
	DRM_S4_QUERY_TELEMETRY = 2,
};

/**
 * struct drm_s4_dev_query - ask for a fact about the device
 * @type: enum drm_s4_query
 * @size: in: bytes at @pointer; out: bytes that the kernel knows of this type
 * @pointer: where the answer goes, cut or zero-extended to the @size given; 0 asks for @size only
 */
struct drm_s4_dev_query {
	__u32 type;
	__u32 size;
	__u64 pointer;
};

/**
 * struct drm_s4_query_info - what does not change while the device is bound, but @reset_count
 * @abi_version: S4_ABI_VERSION of the card
 * @fw_version: S4_FW_VERSION of the running firmware
 * @num_cores: cores
 * @max_queues: queues that one file may have
 * @max_vms: address spaces that one file may have
 * @sram_bytes: on-chip memory a core
 * @clock_top_khz: the clock that card cycles count
 * @reset_count: resets since power-on
 * @va_begin: first address that VM_BIND accepts
 * @va_end: end of the addresses that VM_BIND accepts
 * @dram_bytes: card memory
 * @aperture_bytes: card memory that BAR2 reaches
 * @serial: ASCII, NUL padded
 */
struct drm_s4_query_info {
	__u32 abi_version;
	__u32 fw_version;
	__u32 num_cores;
	__u32 max_queues;
	__u32 max_vms;
	__u32 sram_bytes;
	__u32 clock_top_khz;
	__u32 reset_count;
	__u64 va_begin;
	__u64 va_end;
	__u64 dram_bytes;
	__u64 aperture_bytes;
	char serial[32];
};

/**
 * struct drm_s4_query_memory - card memory now
 * @total: bytes
 * @reserved: bytes that the driver keeps
 * @used: bytes of buffers, of all processes
 * @visible_free: free bytes that the CPU can map
 * @largest_free: bytes of the largest buffer that would fit
 */
struct drm_s4_query_memory {
	__u64 total;
	__u64 reserved;
	__u64 used;
	__u64 visible_free;
	__u64 largest_free;
};

/** enum drm_s4_bo_flags - flags of BO_CREATE */
enum drm_s4_bo_flags {
	/** @DRM_S4_BO_CARD: in card memory */
	DRM_S4_BO_CARD = 1 << 0,
	/** @DRM_S4_BO_HOST: in host memory; exactly one of the two must be given */
	DRM_S4_BO_HOST = 1 << 1,
	/** @DRM_S4_BO_MAPPABLE: may be mapped by the CPU; host memory always may */
	DRM_S4_BO_MAPPABLE = 1 << 2,
};

/**
 * struct drm_s4_bo_create - create a buffer that reads as zero
 * @size: in: bytes, not 0; out: rounded up to the page size
 * @flags: enum drm_s4_bo_flags
 * @vm_id: the only VM it will be bound in (an exclusive buffer: cheap to submit with, refuses
 *         PRIME export with EPERM), or 0 for one that can be shared
 * @handle: out
 * @pad: zero
 *
 * ENOSPC: not that much card memory left (DRM_S4_QUERY_MEMORY tells how much is).
 */
struct drm_s4_bo_create {
	__u64 size;
	__u32 flags;
	__u32 vm_id;
	__u32 handle;
	__u32 pad;
};

/**
 * struct drm_s4_bo_mmap_offset - where to mmap() a buffer
 * @handle: buffer
 * @pad: zero
 * @offset: out: for mmap() on the device's file
 *
 * EINVAL: the buffer is in card memory that the CPU cannot reach.
 */
struct drm_s4_bo_mmap_offset {
	__u32 handle;
	__u32 pad;
	__u64 offset;
};

/**
 * struct drm_s4_vm_create - create an address space
 * @flags: zero
 * @vm_id: out, never 0
 *
 * ENOSPC: all of the card's, or of this file's share, are in use. One that is
 * destroyed and about to be free is waited for; EINTR: a signal came meanwhile.
 */
struct drm_s4_vm_create {
	__u32 flags;
	__u32 vm_id;
};

/**
 * struct drm_s4_vm_destroy - destroy an address space and its queues
 * @vm_id: which
 * @pad: zero
 *
 * Jobs that were submitted still end, with ECANCELED those that had not begun.
 */
struct drm_s4_vm_destroy {
	__u32 vm_id;
	__u32 pad;
};

/** enum drm_s4_vm_state - flags of VM_GET_STATE */
enum drm_s4_vm_state {
	/** @DRM_S4_VM_FAULTED: one of its jobs faulted: the fault fields are valid */
	DRM_S4_VM_FAULTED = 1 << 0,
	/** @DRM_S4_VM_LOST: made before the device was lost or unbound; nothing works any more */
	DRM_S4_VM_LOST = 1 << 1,
};

/**
 * struct drm_s4_vm_get_state - an address space's state
 * @vm_id: which
 * @flags: out: enum drm_s4_vm_state
 * @fault_va: out: address of the last fault
 * @fault_status: out: enum s4_status of the last fault
 * @fault_access: out: enum s4_access
 */
struct drm_s4_vm_get_state {
	__u32 vm_id;
	__u32 flags;
	__u64 fault_va;
	__u32 fault_status;
	__u32 fault_access;
};

/** enum drm_s4_bind_op - kinds of drm_s4_vm_bind_op */
enum drm_s4_bind_op {
	/** @DRM_S4_BIND_MAP: map; replaces what was there */
	DRM_S4_BIND_MAP = 0,
	/** @DRM_S4_BIND_UNMAP: unmap; what is not mapped is no error */
	DRM_S4_BIND_UNMAP = 1,
};

/** enum drm_s4_bind_flags - flags of drm_s4_vm_bind_op */
enum drm_s4_bind_flags {
	/** @DRM_S4_BIND_READONLY: the card may not write (MAP only) */
	DRM_S4_BIND_READONLY = 1 << 0,
};

/**
 * struct drm_s4_vm_bind_op - one change of an address space
 * @op: enum drm_s4_bind_op
 * @flags: enum drm_s4_bind_flags
 * @handle: buffer to MAP; 0 for UNMAP
 * @pad: zero
 * @va: first address, page aligned
 * @range: bytes, page aligned, not 0
 * @bo_offset: bytes into the buffer, page aligned; 0 for UNMAP
 */
struct drm_s4_vm_bind_op {
	__u32 op;
	__u32 flags;
	__u32 handle;
	__u32 pad;
	__u64 va;
	__u64 range;
	__u64 bo_offset;
};

#define DRM_S4_MAX_BIND_OPS 1024

/**
 * struct drm_s4_vm_bind - change an address space
 * @vm_id: which
 * @flags: zero
 * @ops: array of struct drm_s4_vm_bind_op, at most DRM_S4_MAX_BIND_OPS; done in order
 * @done: out: operations done; less than ops.count only on error
 * @pad: zero
 *
 * All operations are checked before the first is done. Returns when the card uses the new
 * translations only: no access under an old one is left.
 */
struct drm_s4_vm_bind {
	__u32 vm_id;
	__u32 flags;
	struct drm_s4_array ops;
	__u32 done;
	__u32 pad;
};

/**
 * struct drm_s4_queue_create - create a queue
 * @vm_id: address space of its jobs
 * @flags: zero
 * @core_mode: enum s4_core_mode (s4_mailbox.h)
 * @core: core of S4_CORE_MODE_ONE, else 0
 * @priority: S4_PRIORITY_LOW, _NORMAL or _HIGH; HIGH needs CAP_SYS_NICE (else EACCES)
 * @queue_id: out, never 0
 *
 * ENOSPC: all of the card's, or of this file's share, are in use. One that is
 * destroyed and about to be free is waited for; EINTR: a signal came meanwhile.
 */
struct drm_s4_queue_create {
	__u32 vm_id;
	__u32 flags;
	__u32 core_mode;
	__u32 core;
	__u32 priority;
	__u32 queue_id;
};

/**
 * struct drm_s4_queue_destroy - destroy a queue
 * @queue_id: which
 * @pad: zero
 *
 * Jobs that were submitted still end, with ECANCELED those that had not begun.
 */
struct drm_s4_queue_destroy {
	__u32 queue_id;
	__u32 pad;
};

/** enum drm_s4_queue_state - flags of QUEUE_GET_STATE */
enum drm_s4_queue_state {
	/** @DRM_S4_QUEUE_BANNED: a job of it hung or took the card down; SUBMIT gives ECANCELED */
	DRM_S4_QUEUE_BANNED = 1 << 0,
	/** @DRM_S4_QUEUE_RESET: the card was reset while it had jobs that had begun; some failed */
	DRM_S4_QUEUE_RESET = 1 << 1,
	/** @DRM_S4_QUEUE_LOST: the device is gone; SUBMIT gives ENODEV */
	DRM_S4_QUEUE_LOST = 1 << 2,
};

/**
 * struct drm_s4_queue_get_state - a queue's state
 * @queue_id: which
 * @flags: out: enum drm_s4_queue_state
 * @jobs_submitted: out
 * @jobs_done: out: ended in whatever way
 * @jobs_failed: out: ended with an error
 * @progress: out: work retired; see S4_REG_PROGRESS
 * @last_status: out: enum s4_status of the last job that failed
 * @pad: zero
 */
struct drm_s4_queue_get_state {
	__u32 queue_id;
	__u32 flags;
	__u64 jobs_submitted;
	__u64 jobs_done;
	__u64 jobs_failed;
	__u64 progress;
	__u32 last_status;
	__u32 pad;
};

/**
 * struct drm_s4_sync - a DRM syncobj
 * @handle: syncobj
 * @flags: zero
 * @point: timeline point, or 0 for a binary syncobj
 */
struct drm_s4_sync {
	__u32 handle;
	__u32 flags;
	__u64 point;
};

/**
 * struct drm_s4_job - a list of commands
 * @commands_va: struct s4_cmd[] in the queue's VM, 64-byte aligned
 * @command_count: at most S4_MAX_COMMANDS; 0 is an empty job
 * @flags: zero
 * @completion_va: where the card writes struct s4_job_result, 64-byte aligned; 0: nowhere
 * @in_syncs: array of struct drm_s4_sync to wait for before it begins
 * @out_syncs: array of struct drm_s4_sync to signal when it has ended
 */
struct drm_s4_job {
	__u64 commands_va;
	__u32 command_count;
	__u32 flags;
	__u64 completion_va;
	struct drm_s4_array in_syncs;
	struct drm_s4_array out_syncs;
};

#define DRM_S4_MAX_JOBS 64
#define DRM_S4_MAX_SYNCS 64

/**
 * struct drm_s4_submit - submit jobs to a queue
 * @queue_id: which
 * @flags: zero
 * @jobs: array of struct drm_s4_job, at most DRM_S4_MAX_JOBS; they run in order
 * @done: out: jobs submitted; all, or on error those before the failed one
 * @pad: zero
 *
 * ECANCELED: the queue is banned. ENODEV: the device is gone.
 */
struct drm_s4_submit {
	__u32 queue_id;
	__u32 flags;
	struct drm_s4_array jobs;
	__u32 done;
	__u32 pad;
};

S4_ASSERT_SIZE(struct drm_s4_array, 16);
S4_ASSERT_SIZE(struct drm_s4_dev_query, 16);
S4_ASSERT_SIZE(struct drm_s4_query_info, 96);
S4_ASSERT_SIZE(struct drm_s4_query_memory, 40);
S4_ASSERT_SIZE(struct drm_s4_bo_create, 24);
S4_ASSERT_SIZE(struct drm_s4_bo_mmap_offset, 16);
S4_ASSERT_SIZE(struct drm_s4_vm_create, 8);
S4_ASSERT_SIZE(struct drm_s4_vm_destroy, 8);
S4_ASSERT_SIZE(struct drm_s4_vm_get_state, 24);
S4_ASSERT_SIZE(struct drm_s4_vm_bind_op, 40);
S4_ASSERT_SIZE(struct drm_s4_vm_bind, 32);
S4_ASSERT_SIZE(struct drm_s4_queue_create, 24);
S4_ASSERT_SIZE(struct drm_s4_queue_destroy, 8);
S4_ASSERT_SIZE(struct drm_s4_queue_get_state, 48);
S4_ASSERT_SIZE(struct drm_s4_sync, 16);
S4_ASSERT_SIZE(struct drm_s4_job, 56);
S4_ASSERT_SIZE(struct drm_s4_submit, 32);

#if defined(__cplusplus)
}
#endif

#endif
