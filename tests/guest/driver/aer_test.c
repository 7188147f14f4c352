// SPDX-License-Identifier: MIT
// Errors of the link, which QEMU injects and the PCI core reports to the driver.
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "card.h"
#include "harness.h"
#include "kmsg.h"

#define JOBS 100
#define SIZE (2 << 20)

/* A room with jobs under way, and a buffer whose contents must stay. */
struct scene {
	struct room room;
	struct buffer kept;
	int log;
};

static void scene_open(struct scene *s)
{
	struct buffer target;
	struct room *room = &s->room;
	char path[PATH_MAX + 32];

	room_open(room);
	card_sysfs(room->fd, path, PATH_MAX);
	strcat(path, "/aer_dev_fatal");
	if (access(path, R_OK))
		SKIP("this kernel handles no errors of the link (it needs CONFIG_PCIEAER and CONFIG_PCI_MMCONFIG)");
	buffer_make(room, &s->kept, ROOM_DATA, 4096, DRM_S4_BO_CARD | DRM_S4_BO_MAPPABLE);
	s->kept.map[7] = 77;
	buffer_make(room, &target, ROOM_DATA + (1ULL << 35), SIZE, DRM_S4_BO_CARD);
	for (int i = 0; i < 20; i++)
		room->commands[i] = cmd_fill(target.va, SIZE, i);
	for (int i = 1; i <= JOBS; i++)
		CHECK_EQ(submit(room->fd, room->queue, ROOM_COMMANDS, 20, 0, room->sync, i), 0);
	s->log = kmsg_open();
}

static void link_error(struct scene *s, const char *error)
{
	char command[160];

	/* tools/vm gives cardN the serial number S4VM000N. */
	snprintf(command, sizeof(command),
		 "vmctl human-monitor-command "
		 "'{\"command-line\": \"pcie_aer_inject_error card%d %s\"}' | grep -q 'OK id'",
		 atoi(card_info(s->room.fd).serial + strlen("S4VM")), error);
	CHECK_EQ(system(command), 0);
}

/* Every job ends, and queue, mapping and contents are as good as before. */
static uint32_t scene_goes_on(struct scene *s)
{
	struct drm_s4_queue_get_state state = { .queue_id = s->room.queue };
	struct room *room = &s->room;

	CHECK_EQ(sync_wait(room->fd, room->sync, JOBS, 120000), 0);
	CHECK_EQ(call(room->fd, DRM_IOCTL_S4_QUEUE_GET_STATE, &state), 0);
	CHECK_EQ(s->kept.map[7], 77);
	room->commands[0] = cmd_fill(s->kept.va, 4, 55);
	CHECK_EQ(submit(room->fd, room->queue, ROOM_COMMANDS, 1, ROOM_RESULT, room->sync, JOBS + 1),
		 0);
	CHECK_EQ(sync_wait(room->fd, room->sync, JOBS + 1, 60000), 0);
	CHECK_EQ(room->result->status, S4_OK);
	CHECK_EQ(s->kept.map[0], 55);
	return state.flags;
}

/* The core resets the link: the card starts anew, as after any other recovery. */
static void fatal(void)
{
	struct scene s;

	scene_open(&s);
	link_error(&s, "DLP");
	CHECK(kmsg_wait(s.log, "link error: the card runs again", 60000));
	CHECK(kmsg_wait(s.log, "device recovery successful", 60000));
	CHECK_EQ(scene_goes_on(&s) & ~DRM_S4_QUEUE_RESET, 0);
}

/* One request failed: nothing is reset, and no job is taken. */
static void contained(void)
{
	struct drm_s4_queue_get_state state;
	struct scene s;

	scene_open(&s);
	link_error(&s, "COMP_ABORT");
	CHECK(kmsg_wait(s.log, "device recovery successful", 60000));
	CHECK_EQ(scene_goes_on(&s), 0);
	state = (struct drm_s4_queue_get_state) { .queue_id = s.room.queue };
	CHECK_EQ(call(s.room.fd, DRM_IOCTL_S4_QUEUE_GET_STATE, &state), 0);
	CHECK_EQ(state.jobs_failed, 0);
}

static const struct test tests[] = {
	{ "fatal-error-under-load", fatal },
	{ "contained-error-under-load", contained },
	{},
};
const struct group aer_group = { "aer", "errors of the link", 1, tests };
