// SPDX-License-Identifier: MIT
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "card.h"
#include "harness.h"

static int create(int fd, struct drm_s4_queue_create args)
{
	return call(fd, DRM_IOCTL_S4_QUEUE_CREATE, &args);
}

static int destroy(int fd, uint32_t queue)
{
	struct drm_s4_queue_destroy args = { .queue_id = queue };

	return call(fd, DRM_IOCTL_S4_QUEUE_DESTROY, &args);
}

static void refusals(void)
{
	struct drm_s4_queue_destroy pad = { .pad = 1 };
	struct drm_s4_queue_get_state state = { .queue_id = 5 };
	int fd = card_open();
	uint32_t vm = vm_create(fd);

	CHECK_EQ(create(fd, (struct drm_s4_queue_create) { .vm_id = vm + 1 }), -ENOENT);
	CHECK_EQ(create(fd, (struct drm_s4_queue_create) { .vm_id = 0 }), -ENOENT);
	CHECK_EQ(create(fd, (struct drm_s4_queue_create) { .vm_id = vm, .flags = 1 }), -EINVAL);
	CHECK_EQ(create(fd, (struct drm_s4_queue_create) { .vm_id = vm, .core_mode = 3 }), -EINVAL);
	CHECK_EQ(create(fd, (struct drm_s4_queue_create) { .vm_id = vm, .core = 4 }), -EINVAL);
	CHECK_EQ(create(fd, (struct drm_s4_queue_create) {
		.vm_id = vm, .core_mode = S4_CORE_MODE_SPLIT, .core = 1 }), -EINVAL);
	CHECK_EQ(create(fd, (struct drm_s4_queue_create) { .vm_id = vm, .priority = 3 }), -EINVAL);
	pad.queue_id = queue_create(fd, vm);
	CHECK_EQ(call(fd, DRM_IOCTL_S4_QUEUE_DESTROY, &pad), -EINVAL);
	CHECK_EQ(destroy(fd, 0), -ENOENT);
	CHECK_EQ(destroy(fd, 999), -ENOENT);
	CHECK_EQ(call(fd, DRM_IOCTL_S4_QUEUE_GET_STATE, &state), -ENOENT);
	state.queue_id = pad.queue_id;
	state.pad = 1;
	CHECK_EQ(call(fd, DRM_IOCTL_S4_QUEUE_GET_STATE, &state), -EINVAL);
}

static void modes_and_priorities(void)
{
	int fd = card_open();
	uint32_t vm = vm_create(fd);

	for (uint32_t core = 0; core < S4_NUM_CORES; core++)
		CHECK_EQ(create(fd, (struct drm_s4_queue_create) { .vm_id = vm, .core = core }), 0);
	for (uint32_t mode = S4_CORE_MODE_SPLIT; mode <= S4_CORE_MODE_BROADCAST; mode++)
		CHECK_EQ(create(fd, (struct drm_s4_queue_create) {
			.vm_id = vm, .core_mode = mode }), 0);
	for (uint32_t priority = 0; priority < S4_NUM_PRIORITIES; priority++)
		CHECK_EQ(create(fd, (struct drm_s4_queue_create) {
			.vm_id = vm, .priority = priority }), 0);
}

static void high_priority_needs_rights(void)
{
	int fd = card_open();
	uint32_t vm = vm_create(fd);

	CHECK_EQ(setuid(1000), 0);
	CHECK_EQ(create(fd, (struct drm_s4_queue_create) {
		.vm_id = vm, .priority = S4_PRIORITY_HIGH }), -EACCES);
	CHECK_EQ(create(fd, (struct drm_s4_queue_create) {
		.vm_id = vm, .priority = S4_PRIORITY_NORMAL }), 0);
}

static void limit(void)
{
	int fd = card_open();
	uint32_t vm = vm_create(fd), count = card_info(fd).max_queues;

	for (uint32_t i = 0; i < count; i++)
		queue_create(fd, vm);
	CHECK_EQ(create(fd, (struct drm_s4_queue_create) { .vm_id = vm }), -ENOSPC);
}

static void all_slots(void)
{
	int fds[S4_NUM_QUEUES], ret = 0, count = 0;

	while (!ret && count < S4_NUM_QUEUES) {
		uint32_t vm;

		fds[count] = card_open();
		vm = vm_create(fds[count]);
		for (int i = 0; i < 16 && !ret; i++)
			ret = create(fds[count], (struct drm_s4_queue_create) { .vm_id = vm });
		count++;
	}
	CHECK_EQ(ret, -ENOSPC);
	for (int i = 0; i < count; i++)
		close(fds[i]);
	fds[0] = card_open();
	queue_create(fds[0], vm_create(fds[0]));
}

/* A job of some seconds in each of all the queues that a file may have. */
static uint32_t fill_share(struct room *room, uint32_t *queues)
{
	const uint64_t size = 64 << 20;
	const uint32_t count = card_info(room->fd).max_queues;
	struct buffer buffer;

	buffer_make(room, &buffer, ROOM_DATA, size, DRM_S4_BO_CARD);
	for (uint32_t i = 0; i < 50; i++)
		room->commands[i] = cmd_fill(ROOM_DATA, size, i);
	queues[0] = room->queue;
	for (uint32_t i = 1; i < count; i++)
		queues[i] = queue_create(room->fd, room->vm);
	CHECK_EQ(submit(room->fd, queues[0], ROOM_COMMANDS, 50, 0, room->sync, 0), 0);
	return count;
}

/* The slot of a queue that was destroyed is waited for, be it idle or with a job that runs. */
static void room_of_destroyed(void)
{
	uint32_t queues[S4_NUM_QUEUES];
	struct room room;
	uint32_t count;

	room_open(&room);
	count = fill_share(&room, queues);
	CHECK_EQ(create(room.fd, (struct drm_s4_queue_create) { .vm_id = room.vm }), -ENOSPC);
	for (int i = 0; i < 50; i++) {
		CHECK_EQ(destroy(room.fd, queues[count - 1]), 0);
		queues[count - 1] = queue_create(room.fd, room.vm);
	}
	CHECK_EQ(destroy(room.fd, queues[0]), 0);
	queue_create(room.fd, room.vm);
	CHECK_EQ(sync_wait(room.fd, room.sync, 0, 0), 0);
}

static void on_alarm(int number) { (void)number; }

/* And a signal ends the wait, which call() would begin anew. */
static void wait_ends_with_a_signal(void)
{
	struct sigaction action = { .sa_handler = on_alarm };
	struct itimerval soon = { .it_value.tv_usec = 50000, .it_interval.tv_usec = 50000 };
	uint32_t queues[S4_NUM_QUEUES];
	struct drm_s4_queue_create args = {};
	struct room room;
	int ret, error;

	room_open(&room);
	fill_share(&room, queues);
	usleep(20000);
	CHECK_EQ(destroy(room.fd, queues[0]), 0);
	args.vm_id = room.vm;
	CHECK_EQ(sigaction(SIGALRM, &action, NULL), 0);
	CHECK_EQ(setitimer(ITIMER_REAL, &soon, NULL), 0);
	ret = ioctl(room.fd, DRM_IOCTL_S4_QUEUE_CREATE, &args);
	error = errno;
	memset(&soon, 0, sizeof(soon));
	setitimer(ITIMER_REAL, &soon, NULL);
	CHECK_EQ(ret, -1);
	CHECK_EQ(error, EINTR);
	CHECK_EQ(create(room.fd, args), 0);
}

static void come_and_go(void)
{
	int fd = card_open();
	uint32_t vm = vm_create(fd), sync = sync_create(fd);

	for (int i = 0; i < 100; i++) {
		uint32_t queue = queue_create(fd, vm);

		CHECK_EQ(submit(fd, queue, 0, 0, 0, sync, 0), 0);
		CHECK_EQ(destroy(fd, queue), 0);
		CHECK_EQ(destroy(fd, queue), -ENOENT);
		CHECK_EQ(submit(fd, queue, 0, 0, 0, sync, 0), -ENOENT);
		CHECK_EQ(sync_wait(fd, sync, 0, 60000), 0);
	}
}

static void goes_with_its_vm(void)
{
	int fd = card_open();
	struct drm_s4_vm_destroy args = { .vm_id = vm_create(fd) };
	uint32_t queue = queue_create(fd, args.vm_id);

	CHECK_EQ(call(fd, DRM_IOCTL_S4_VM_DESTROY, &args), 0);
	CHECK_EQ(destroy(fd, queue), -ENOENT);
}

static void state_counts(void)
{
	struct drm_s4_queue_get_state state = {};
	struct room room;

	room_open(&room);
	state.queue_id = room.queue;
	room.commands[0] = cmd_fill(ROOM_RESULT + 256, 4, 1);
	CHECK_EQ(room_run(&room, 1), S4_OK);
	room.commands[0].header.opcode = 999;
	CHECK_EQ(room_run(&room, 1), S4_E_OPCODE);
	CHECK_EQ(call(room.fd, DRM_IOCTL_S4_QUEUE_GET_STATE, &state), 0);
	CHECK_EQ(state.flags, 0);
	CHECK_EQ(state.jobs_submitted, 2);
	CHECK_EQ(state.jobs_done, 2);
	CHECK_EQ(state.jobs_failed, 1);
	CHECK_EQ(state.last_status, S4_E_OPCODE);
	CHECK(state.progress > 0);
}

static const struct test tests[] = {
	{ "bad-input-is-refused", refusals },
	{ "modes-and-priorities", modes_and_priorities },
	{ "high-priority-needs-rights", high_priority_needs_rights },
	{ "a-file-has-its-share-and-no-more", limit },
	{ "all-slots-can-be-used-and-come-back", all_slots },
	{ "destroyed-ones-make-room", room_of_destroyed },
	{ "a-signal-ends-the-wait-for-room", wait_ends_with_a_signal },
	{ "come-and-go-with-jobs", come_and_go },
	{ "a-queue-goes-with-its-vm", goes_with_its_vm },
	{ "state-counts-jobs", state_counts },
	{},
};
const struct group queue_group = { "queue", "queues", 0, tests };
