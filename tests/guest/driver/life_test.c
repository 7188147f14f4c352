// SPDX-License-Identifier: MIT
// What ends before what: processes, files, queues, fences, the module.
#include <drm.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sync_file.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "card.h"
#include "harness.h"

/* A job of some seconds. */
static void start_long_job(struct room *room, uint32_t commands)
{
	const uint64_t size = 64 << 20;
	struct buffer buffer;

	buffer_make(room, &buffer, ROOM_DATA, size, DRM_S4_BO_CARD);
	for (uint32_t i = 0; i < commands; i++)
		room->commands[i] = cmd_fill(ROOM_DATA, size, i);
	room_start(room, commands);
}

static int sync_file_of(int fd, uint32_t sync)
{
	struct drm_syncobj_handle args = {
		.handle = sync, .flags = DRM_SYNCOBJ_HANDLE_TO_FD_FLAGS_EXPORT_SYNC_FILE,
	};

	CHECK_EQ(call(fd, DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD, &args), 0);
	return args.fd;
}

static int sync_file_status(int file, char *names)
{
	struct sync_fence_info fence = {};
	struct sync_file_info info = { .num_fences = 1, .sync_fence_info = (uintptr_t)&fence };

	CHECK_EQ(call(file, SYNC_IOC_FILE_INFO, &info), 0);
	if (names)
		sprintf(names, "%s %s", fence.driver_name, fence.obj_name);
	return fence.status;
}

static int wait_sync_file(int file, int milliseconds)
{
	struct pollfd p = { .fd = file, .events = POLLIN };

	return poll(&p, 1, milliseconds);
}

static void other_goes_on(void)
{
	struct room room;

	room_open(&room);
	room.commands[0] = cmd_fill(ROOM_RESULT + 256, 4, 3);
	CHECK_EQ(room_run(&room, 1), S4_OK);
}

static void killed(void)
{
	uint64_t used;
	int fd = card_open();

	used = card_memory(fd).used;
	for (int round = 0; round < 3; round++) {
		int pipes[2];
		char byte;
		pid_t child;

		CHECK_EQ(pipe(pipes), 0);
		child = fork();
		if (!child) {
			struct room room;

			room_open(&room);
			start_long_job(&room, 200);
			for (int i = 0; i < 100; i++)
				submit(room.fd, room.queue, ROOM_COMMANDS, 100, 0, room.sync, 0);
			if (write(pipes[1], "x", 1) == 1)
				pause();
			_exit(1);
		}
		CHECK_EQ(read(pipes[0], &byte, 1), 1);
		usleep(20000);
		kill(child, SIGKILL);
		CHECK_EQ(waitpid(child, NULL, 0), child);
		other_goes_on();
	}
	/* All of it comes back, when the jobs that ran have ended. */
	for (int i = 0; i < 600 && card_memory(fd).used != used; i++)
		usleep(100000);
	CHECK_EQ(card_memory(fd).used, used);
}

static void sync_file_outlives_all(void)
{
	struct room room;
	char names[80];
	int file;

	room_open(&room);
	start_long_job(&room, 50);
	file = sync_file_of(room.fd, room.sync);
	close(room.fd);
	/* The job had begun or had not: either way it ends. */
	CHECK_EQ(wait_sync_file(file, 60000), 1);
	CHECK(sync_file_status(file, names) != 0);
	CHECK(strlen(names) > 3);
}

static void module_stays(void)
{
	struct room room;
	char names[80];
	int file, ret;

	room_open(&room);
	CHECK_EQ(room_run(&room, 0), S4_OK);
	file = sync_file_of(room.fd, room.sync);
	close(room.fd);
	usleep(200000);
	ret = syscall(SYS_delete_module, "s4", O_NONBLOCK);
	if (ret && errno == ENOENT)
		SKIP("the driver is built in");
	CHECK_EQ(ret ? -errno : 0, -EAGAIN);
	CHECK_EQ(sync_file_status(file, names), 1);
	close(file);
}

static void destroyed_queue_ends_its_jobs(void)
{
	struct drm_s4_queue_destroy args = {};
	struct room room;

	room_open(&room);
	start_long_job(&room, 50);
	for (int i = 1; i <= 100; i++)
		CHECK_EQ(submit(room.fd, room.queue, ROOM_COMMANDS, 50, 0, room.sync, i), 0);
	args.queue_id = room.queue;
	CHECK_EQ(call(room.fd, DRM_IOCTL_S4_QUEUE_DESTROY, &args), 0);
	CHECK_EQ(sync_wait(room.fd, room.sync, 100, 60000), 0);
	other_goes_on();
}

static void destroyed_vm_ends_its_jobs(void)
{
	struct drm_s4_vm_destroy args = {};
	struct room room;

	room_open(&room);
	start_long_job(&room, 50);
	for (int i = 1; i <= 20; i++)
		CHECK_EQ(submit(room.fd, room.queue, ROOM_COMMANDS, 50, 0, room.sync, i), 0);
	args.vm_id = room.vm;
	CHECK_EQ(call(room.fd, DRM_IOCTL_S4_VM_DESTROY, &args), 0);
	CHECK_EQ(sync_wait(room.fd, room.sync, 20, 60000), 0);
	other_goes_on();
}

static void secrets(void)
{
	const uint64_t size = 16 << 20;
	pid_t child = fork();
	int status;

	if (!child) {
		int fd = card_open();
		uint64_t *map = bo_map(fd, bo_create(fd, size, DRM_S4_BO_CARD | DRM_S4_BO_MAPPABLE, 0),
				       size);

		for (uint64_t i = 0; i < size / 8; i += 8)
			map[i] = 0x5ec4e75ec4e75ec4;
		_exit(0);
	}
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK_EQ(status, 0);
	for (int i = 0; i < 4; i++) {
		int fd = card_open();
		uint64_t *map = bo_map(fd, bo_create(fd, size, DRM_S4_BO_CARD | DRM_S4_BO_MAPPABLE, 0),
				       size);

		for (uint64_t j = 0; j < size / 8; j += 8)
			CHECK_EQ(map[j], 0);
	}
}

static void fdinfo(void)
{
	char path[64], text[4096] = "";
	struct room room;
	FILE *file;

	room_open(&room);
	room.commands[0] = cmd_fill(ROOM_RESULT + 256, 2048, 3);
	CHECK_EQ(room_run(&room, 1), S4_OK);
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", room.fd);
	file = fopen(path, "r");
	CHECK(file != NULL);
	CHECK(fread(text, 1, sizeof(text) - 1, file) > 0);
	fclose(file);
	CHECK(strstr(text, "drm-driver:\ts4\n"));
	CHECK(strstr(text, "drm-pdev:\t"));
	CHECK(strstr(text, "drm-engine-core0:\t") && !strstr(text, "drm-engine-core0:\t0 ns"));
	CHECK(strstr(text, "drm-engine-core3:\t0 ns"));
	CHECK(strstr(text, "drm-cycles-core0:\t") && !strstr(text, "drm-cycles-core0:\t0\n"));
	CHECK(strstr(text, "drm-total-host:\t260 KiB"));
	CHECK(strstr(text, "drm-resident-card:\t0"));
}

static const struct test tests[] = {
	{ "a-process-killed-in-mid-job", killed },
	{ "a-sync-file-outlives-queue-and-file", sync_file_outlives_all },
	{ "the-module-stays-while-a-fence-lives", module_stays },
	{ "a-destroyed-queue-ends-its-jobs", destroyed_queue_ends_its_jobs },
	{ "a-destroyed-vm-ends-its-jobs", destroyed_vm_ends_its_jobs },
	{ "memory-of-a-dead-process-reads-zero", secrets },
	{ "fdinfo", fdinfo },
	{},
};
const struct group life_group = { "life", "what ends before what", 0, tests };
