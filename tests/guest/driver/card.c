// SPDX-License-Identifier: MIT
#include "card.h"

#include <drm.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"

int call(int fd, unsigned long request, void *args)
{
	int ret;

	do
		ret = ioctl(fd, request, args);
	while (ret && (errno == EINTR || errno == EAGAIN));
	return ret ? -errno : 0;
}

int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static int try_open(void)
{
	const char *node = getenv("S4_TEST_NODE");
	char path[32];
	int fd = -1;

	if (node)
		return open(node, O_RDWR | O_CLOEXEC);
	/* A card that was plugged in again has another number while the old one's file is open. */
	for (int i = 0; fd < 0 && i < 16; i++) {
		snprintf(path, sizeof(path), "/dev/accel/accel%d", i);
		fd = open(path, O_RDWR | O_CLOEXEC);
	}
	return fd;
}

int card_ready(void)
{
	int fd = try_open();

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

int card_open(void)
{
	int fd = try_open();

	CHECK(fd >= 0);
	return fd;
}

struct drm_s4_query_info card_info(int fd)
{
	struct drm_s4_query_info info = {};
	struct drm_s4_dev_query query = {
		.type = DRM_S4_QUERY_INFO, .size = sizeof(info), .pointer = (uintptr_t)&info,
	};

	CHECK_EQ(call(fd, DRM_IOCTL_S4_DEV_QUERY, &query), 0);
	return info;
}

struct drm_s4_query_memory card_memory(int fd)
{
	struct drm_s4_query_memory memory = {};
	struct drm_s4_dev_query query = {
		.type = DRM_S4_QUERY_MEMORY, .size = sizeof(memory), .pointer = (uintptr_t)&memory,
	};

	CHECK_EQ(call(fd, DRM_IOCTL_S4_DEV_QUERY, &query), 0);
	return memory;
}

uint32_t vm_create(int fd)
{
	struct drm_s4_vm_create args = {};

	CHECK_EQ(call(fd, DRM_IOCTL_S4_VM_CREATE, &args), 0);
	CHECK(args.vm_id != 0);
	return args.vm_id;
}

uint32_t queue_create(int fd, uint32_t vm)
{
	struct drm_s4_queue_create args = {
		.vm_id = vm, .core_mode = S4_CORE_MODE_ONE, .priority = S4_PRIORITY_NORMAL,
	};

	CHECK_EQ(call(fd, DRM_IOCTL_S4_QUEUE_CREATE, &args), 0);
	CHECK(args.queue_id != 0);
	return args.queue_id;
}

uint32_t bo_create(int fd, uint64_t size, uint32_t flags, uint32_t vm)
{
	struct drm_s4_bo_create args = { .size = size, .flags = flags, .vm_id = vm };

	CHECK_EQ(call(fd, DRM_IOCTL_S4_BO_CREATE, &args), 0);
	CHECK(args.handle != 0);
	return args.handle;
}

void *bo_map(int fd, uint32_t handle, uint64_t size)
{
	struct drm_s4_bo_mmap_offset args = { .handle = handle };
	void *map;

	CHECK_EQ(call(fd, DRM_IOCTL_S4_BO_MMAP_OFFSET, &args), 0);
	map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, args.offset);
	CHECK(map != MAP_FAILED);
	return map;
}

int bo_close(int fd, uint32_t handle)
{
	struct drm_gem_close args = { .handle = handle };

	return call(fd, DRM_IOCTL_GEM_CLOSE, &args);
}

int bind_ops(int fd, uint32_t vm, const struct drm_s4_vm_bind_op *ops, uint32_t count,
	     uint32_t *done)
{
	struct drm_s4_vm_bind args = {
		.vm_id = vm,
		.ops = { .stride = sizeof(*ops), .count = count, .array = (uintptr_t)ops },
	};
	int ret = call(fd, DRM_IOCTL_S4_VM_BIND, &args);

	if (done)
		*done = args.done;
	return ret;
}

int bind_map(int fd, uint32_t vm, uint64_t va, uint32_t handle, uint64_t offset, uint64_t range,
	     uint32_t flags)
{
	const struct drm_s4_vm_bind_op op = {
		.op = DRM_S4_BIND_MAP, .flags = flags, .handle = handle,
		.va = va, .range = range, .bo_offset = offset,
	};

	return bind_ops(fd, vm, &op, 1, NULL);
}

int bind_unmap(int fd, uint32_t vm, uint64_t va, uint64_t range)
{
	const struct drm_s4_vm_bind_op op = { .op = DRM_S4_BIND_UNMAP, .va = va, .range = range };

	return bind_ops(fd, vm, &op, 1, NULL);
}

uint32_t sync_create(int fd)
{
	struct drm_syncobj_create args = {};

	CHECK_EQ(call(fd, DRM_IOCTL_SYNCOBJ_CREATE, &args), 0);
	return args.handle;
}

int sync_wait(int fd, uint32_t sync, uint64_t point, int64_t milliseconds)
{
	struct timespec t;
	int64_t until;

	clock_gettime(CLOCK_MONOTONIC, &t);
	until = t.tv_sec * 1000000000LL + t.tv_nsec + milliseconds * 1000000;
	if (point) {
		struct drm_syncobj_timeline_wait args = {
			.handles = (uintptr_t)&sync, .points = (uintptr_t)&point, .timeout_nsec = until,
			.count_handles = 1, .flags = DRM_SYNCOBJ_WAIT_FLAGS_WAIT_FOR_SUBMIT,
		};

		return call(fd, DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT, &args);
	} else {
		struct drm_syncobj_wait args = {
			.handles = (uintptr_t)&sync, .timeout_nsec = until, .count_handles = 1,
		};

		return call(fd, DRM_IOCTL_SYNCOBJ_WAIT, &args);
	}
}

int submit_jobs(int fd, uint32_t queue, const struct drm_s4_job *jobs, uint32_t count,
		uint32_t *done)
{
	struct drm_s4_submit args = {
		.queue_id = queue,
		.jobs = { .stride = sizeof(*jobs), .count = count, .array = (uintptr_t)jobs },
	};
	int ret = call(fd, DRM_IOCTL_S4_SUBMIT, &args);

	if (done)
		*done = args.done;
	return ret;
}

int submit(int fd, uint32_t queue, uint64_t commands, uint32_t count, uint64_t completion,
	   uint32_t sync, uint64_t point)
{
	const struct drm_s4_sync out = { .handle = sync, .point = point };
	const struct drm_s4_job job = {
		.commands_va = commands, .command_count = count, .completion_va = completion,
		.out_syncs = { .stride = sizeof(out), .count = sync ? 1 : 0, .array = (uintptr_t)&out },
	};

	return submit_jobs(fd, queue, &job, 1, NULL);
}

void room_open(struct room *room)
{
	struct buffer list, result;

	memset(room, 0, sizeof(*room));
	room->fd = card_open();
	room->vm = vm_create(room->fd);
	room->queue = queue_create(room->fd, room->vm);
	room->sync = sync_create(room->fd);
	buffer_make(room, &list, ROOM_COMMANDS, 1024 * sizeof(struct s4_cmd), DRM_S4_BO_HOST);
	buffer_make(room, &result, ROOM_RESULT, 4096, DRM_S4_BO_HOST);
	room->list = list.handle;
	room->result_bo = result.handle;
	room->commands = (struct s4_cmd *)list.map;
	room->result = (struct s4_job_result *)result.map;
}

void room_start(struct room *room, uint32_t count)
{
	memset((void *)room->result, 0xff, sizeof(*room->result));
	CHECK_EQ(submit(room->fd, room->queue, ROOM_COMMANDS, count, ROOM_RESULT, room->sync, 0), 0);
}

uint32_t room_run(struct room *room, uint32_t count)
{
	room_start(room, count);
	CHECK_EQ(sync_wait(room->fd, room->sync, 0, 60000), 0);
	return room->result->status;
}

void buffer_make(struct room *room, struct buffer *buffer, uint64_t va, uint64_t size,
		 uint32_t flags)
{
	buffer->handle = bo_create(room->fd, size, flags, room->vm);
	buffer->va = va;
	buffer->size = size;
	buffer->map = NULL;
	if (flags & (DRM_S4_BO_HOST | DRM_S4_BO_MAPPABLE))
		buffer->map = bo_map(room->fd, buffer->handle, size);
	CHECK_EQ(bind_map(room->fd, room->vm, va, buffer->handle, 0, size, 0), 0);
}

struct s4_cmd cmd_fill(uint64_t dst, uint64_t bytes, uint32_t pattern)
{
	return (struct s4_cmd) {
		.header = { .opcode = S4_OP_FILL, .wait = 1 },
		.fill = { .dst = dst, .bytes = bytes, .pattern = pattern, .pattern_bytes = 4 },
	};
}

struct s4_cmd cmd_copy(uint64_t src, uint64_t dst, uint64_t bytes)
{
	return (struct s4_cmd) {
		.header = { .opcode = S4_OP_COPY, .wait = 1 },
		.copy = { .src = src, .dst = dst, .row_bytes = bytes, .rows = 1 },
	};
}

void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	CHECK(fd >= 0);
	CHECK_EQ(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

void card_sysfs(int fd, char *path, size_t size)
{
	char link[64];
	struct stat st;
	char real[PATH_MAX];

	CHECK_EQ(fstat(fd, &st), 0);
	snprintf(link, sizeof(link), "/sys/dev/char/%u:%u/device", major(st.st_rdev),
		 minor(st.st_rdev));
	CHECK(realpath(link, real) != NULL);
	CHECK(strlen(real) < size);
	strcpy(path, real);
}

static void debugfs_path(int fd, const char *name, char *path, size_t size)
{
	char device[PATH_MAX];

	card_sysfs(fd, device, sizeof(device));
	snprintf(path, size, "/sys/kernel/debug/accel/%s/%s", strrchr(device, '/') + 1, name);
}

void inject(int fd, const char *what, uint32_t arg)
{
	char path[256], text[64];
	int file, ret;

	debugfs_path(fd, "inject", path, sizeof(path));
	file = open(path, O_WRONLY);
	if (file < 0)
		SKIP("no %s", path);
	ret = write(file, text, snprintf(text, sizeof(text), "%s %u", what, arg));
	if (ret < 0 && errno == EOPNOTSUPP)
		SKIP("this card has no faults on demand (x-fault-injection=on)");
	CHECK(ret > 0);
	close(file);
}

/* DRM's number of the open file, which tells its queues from those of others in debugfs. */
static uint64_t client_id(int fd)
{
	char path[64], line[256];
	unsigned long long id;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = fopen(path, "r");
	CHECK(file != NULL);
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "drm-client-id: %llu", &id) == 1) {
			fclose(file);
			return id;
		}
	}
	CHECK(!"fdinfo names the client");
	return 0;
}

uint32_t queue_slot(int fd, uint32_t queue)
{
	unsigned long long client, mine = client_id(fd);
	char path[256], line[256];
	uint32_t slot, id;
	FILE *file;

	debugfs_path(fd, "queues", path, sizeof(path));
	file = fopen(path, "r");
	if (!file)
		SKIP("no %s", path);
	while (fgets(line, sizeof(line), file)) {
		/* Queues of a process that has just ended may still be there, with the same id. */
		if (sscanf(line, "%u %u %*u %*u %*u %*u %*u %*u %*u %*x %llu", &slot, &id,
			   &client) == 3 && id == queue && client == mine) {
			fclose(file);
			return slot;
		}
	}
	CHECK(!"the queue has a slot");
	return 0;
}
