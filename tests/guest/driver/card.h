/* SPDX-License-Identifier: MIT */
/* The raw interface, with as little around it as tests can do with. */
#ifndef S4_GUEST_DRIVER_CARD_H
#define S4_GUEST_DRIVER_CARD_H

#include <stddef.h>
#include <stdint.h>

#include "s4/abi/s4_accel.h"
#include "s4/abi/s4_cmd.h"
#include "s4/abi/s4_limits.h"
#include "s4/abi/s4_mailbox.h"
#include "s4/abi/s4_mmu.h"
#include "s4/abi/s4_ring.h"

/* 0 or a negative errno. */
int call(int fd, unsigned long request, void *args);

/* The node that S4_TEST_NODE names, else the first; ends the test when there is none. */
int card_open(void);
int card_ready(void);
struct drm_s4_query_info card_info(int fd);
struct drm_s4_query_memory card_memory(int fd);

uint32_t vm_create(int fd);
uint32_t queue_create(int fd, uint32_t vm);
uint32_t bo_create(int fd, uint64_t size, uint32_t flags, uint32_t vm);
void *bo_map(int fd, uint32_t handle, uint64_t size);
int bo_close(int fd, uint32_t handle);

int bind_ops(int fd, uint32_t vm, const struct drm_s4_vm_bind_op *ops, uint32_t count,
	     uint32_t *done);
int bind_map(int fd, uint32_t vm, uint64_t va, uint32_t handle, uint64_t offset, uint64_t range,
	     uint32_t flags);
int bind_unmap(int fd, uint32_t vm, uint64_t va, uint64_t range);

uint32_t sync_create(int fd);
/* 0, -ETIME, or another error; point 0: binary. */
int sync_wait(int fd, uint32_t sync, uint64_t point, int64_t milliseconds);

int submit_jobs(int fd, uint32_t queue, const struct drm_s4_job *jobs, uint32_t count,
		uint32_t *done);
/* One job that signals `sync` at `point` (0: binary). */
int submit(int fd, uint32_t queue, uint64_t commands, uint32_t count, uint64_t completion,
	   uint32_t sync, uint64_t point);

/* A file with a VM, a queue, a list of commands and a result, each at a fixed address. */
#define ROOM_COMMANDS 0x10000000ULL
#define ROOM_RESULT 0x10100000ULL
#define ROOM_DATA 0x20000000ULL /* free for the test from here on */

struct room {
	int fd;
	uint32_t vm, queue, sync;
	uint32_t list, result_bo;
	struct s4_cmd *commands; /* room for 1024 */
	volatile struct s4_job_result *result;
};
void room_open(struct room *room);
/* Runs the first `count` commands to their end; the job's status. */
uint32_t room_run(struct room *room, uint32_t count);
/* Submits them only. */
void room_start(struct room *room, uint32_t count);

/* A buffer in the room, mapped for the card at `va` and, if it can be, for the CPU. */
struct buffer {
	uint32_t handle;
	uint64_t va, size;
	uint8_t *map;
};
void buffer_make(struct room *room, struct buffer *buffer, uint64_t va, uint64_t size,
		 uint32_t flags);

struct s4_cmd cmd_fill(uint64_t dst, uint64_t bytes, uint32_t pattern);
struct s4_cmd cmd_copy(uint64_t src, uint64_t dst, uint64_t bytes);

/* Debugfs of the card behind `fd`, or a skip: "inject" or "queues". */
void inject(int fd, const char *what, uint32_t arg);
uint32_t queue_slot(int fd, uint32_t queue);
/* The PCI device's folder in sysfs. */
void card_sysfs(int fd, char *path, size_t size);
void write_file(const char *path, const char *text);
int64_t now_ms(void);

#endif
