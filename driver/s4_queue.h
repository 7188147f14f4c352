/* SPDX-License-Identifier: GPL-2.0-only */
/* Queues, and the ring slots that they occupy. */
#ifndef __S4_QUEUE_H__
#define __S4_QUEUE_H__

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include <drm/gpu_scheduler.h>

#include "s4/abi/s4_ring.h"

struct s4_device;
struct s4_file;
struct s4_queue;
struct s4_vm;

/* Jobs that the card knows of at a time, a queue. Entries and results fill a page each. */
#define S4_RING_ENTRIES 64

/**
 * struct s4_slot - one of the card's ring slots; lives as long as the device
 */
struct s4_slot {
	/** @s4: device */
	struct s4_device *s4;
	/** @index: number of the slot */
	u32 index;
	/** @vector: MSI-X vector of its fences */
	u32 vector;
	/** @sched: its scheduler */
	struct drm_gpu_scheduler *sched;
	/** @ring: entries for the card; allocated at first use */
	struct s4_ring_entry *ring;
	/** @ring_dma: its address for the card */
	dma_addr_t ring_dma;
	/** @results: what the card says of ended jobs; follows the ring */
	struct s4_job_result *results;
	/** @state: how far the card is; written by the firmware */
	struct s4_queue_state *state;
	/** @state_dma: its address for the card */
	dma_addr_t state_dma;

	/** @lock: what follows, and the jobs in @in_flight; taken in interrupts */
	spinlock_t lock;
	/** @queue: who occupies it; set and cleared inside the gate, or when the card is lost */
	struct s4_queue *queue;
	/** @open: jobs are handed to the card; else they are only put on @in_flight */
	bool open;
	/** @tail: entries written since the firmware knows the queue, as the doorbell wants it */
	u32 tail;
	/** @in_flight: jobs that the scheduler handed over and that have not ended, in order */
	struct list_head in_flight;
};

/**
 * struct s4_queue - a queue
 */
struct s4_queue {
	/** @ref: the file's table, each job, and users for a moment */
	struct kref ref;
	/** @s4: device */
	struct s4_device *s4;
	/** @file: whose it is, of which this holds a reference */
	struct s4_file *file;
	/** @vm: address space of its jobs, of which this holds a reference */
	struct s4_vm *vm;
	/** @slot: its slot */
	struct s4_slot *slot;
	/** @id: what user space calls it */
	u32 id;
	/** @core_mode: enum s4_core_mode */
	u32 core_mode;
	/** @core: of S4_CORE_MODE_ONE */
	u32 core;
	/** @priority: S4_PRIORITY_* */
	u32 priority;
	/** @entity: where jobs wait for their dependencies */
	struct drm_sched_entity entity;
	/** @fence_context: of the hardware fences */
	u64 fence_context;
	/** @known: the firmware knows it; changes inside the gate or while the card is down */
	bool known;
	/** @kill_work: has the firmware drop its jobs */
	struct delayed_work kill_work;
	/** @release_work: frees it */
	struct work_struct release_work;

	/** @seqno: of the last job handed over; this and what follows: under the slot's lock */
	u64 seqno;
	/** @dead: error of jobs that have not begun, and why it takes no more; 0: it lives */
	int dead;
	/** @flags: enum drm_s4_queue_state */
	u32 flags;
	/** @jobs_done: jobs ended */
	u64 jobs_done;
	/** @jobs_failed: of them, with an error */
	u64 jobs_failed;
	/** @last_status: of the last one that failed, enum s4_status */
	u32 last_status;
	/** @jobs_submitted: jobs accepted */
	atomic64_t jobs_submitted;
};

struct s4_queue *s4_queue_create(struct s4_file *file, struct s4_vm *vm, u32 core_mode, u32 core,
				 u32 priority);
struct s4_queue *s4_queue_get(struct s4_file *file, u32 id);
struct s4_queue *s4_queue_ref(struct s4_queue *queue);
void s4_queue_put(struct s4_queue *queue);
void s4_queue_kill(struct s4_queue *queue);
void s4_queue_kill_all_of(struct s4_file *file, struct s4_vm *vm);
void s4_queue_ban(struct s4_queue *queue);
int s4_queue_error(struct s4_queue *queue);

void s4_queue_close_all(struct s4_device *s4);
void s4_queue_settle_all(struct s4_device *s4);
int s4_queue_restore_all(struct s4_device *s4);
void s4_queue_open_all(struct s4_device *s4);
void s4_queue_lose_all(struct s4_device *s4);

int s4_ioctl_queue_create(struct drm_device *drm, void *data, struct drm_file *file);
int s4_ioctl_queue_destroy(struct drm_device *drm, void *data, struct drm_file *file);
int s4_ioctl_queue_get_state(struct drm_device *drm, void *data, struct drm_file *file);

#endif
