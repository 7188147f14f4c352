// SPDX-License-Identifier: MIT
// What the machine does to the card: function reset, link loss, unplug, sleep.
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "card.h"
#include "harness.h"

static uint32_t queue_flags(int fd, uint32_t queue)
{
	struct drm_s4_queue_get_state state = { .queue_id = queue };

	CHECK_EQ(call(fd, DRM_IOCTL_S4_QUEUE_GET_STATE, &state), 0);
	return state.flags;
}

static void load(struct room *room, int jobs, int commands)
{
	const uint64_t size = 2 << 20;
	struct buffer buffer;

	buffer_make(room, &buffer, ROOM_DATA + (1ULL << 35), size, DRM_S4_BO_CARD);
	for (int i = 0; i < commands; i++)
		room->commands[i] = cmd_fill(buffer.va, size, i);
	for (int i = 0; i < jobs; i++)
		CHECK_EQ(submit(room->fd, room->queue, ROOM_COMMANDS, commands, 0, room->sync, i + 1),
			 0);
}

static void function_reset(int jobs)
{
	char path[PATH_MAX + 16];
	struct buffer kept;
	struct room room;

	room_open(&room);
	card_sysfs(room.fd, path, PATH_MAX);
	strcat(path, "/reset");
	buffer_make(&room, &kept, ROOM_DATA, 4096, DRM_S4_BO_CARD | DRM_S4_BO_MAPPABLE);
	kept.map[1] = 99;
	load(&room, jobs, 20);
	write_file(path, "1");
	CHECK_EQ(sync_wait(room.fd, room.sync, jobs, 120000), 0);
	CHECK_EQ(kept.map[1], 99);
	CHECK_EQ(queue_flags(room.fd, room.queue) & ~DRM_S4_QUEUE_RESET, 0);
	/* Queue and mappings of before still work. */
	room.commands[0] = cmd_fill(ROOM_DATA, 4, 55);
	CHECK_EQ(submit(room.fd, room.queue, ROOM_COMMANDS, 1, ROOM_RESULT, room.sync, jobs + 1), 0);
	CHECK_EQ(sync_wait(room.fd, room.sync, jobs + 1, 60000), 0);
	CHECK_EQ(room.result->status, S4_OK);
	CHECK_EQ(kept.map[0], 55);
}

static void function_reset_idle(void) { function_reset(1); }
static void function_reset_busy(void) { function_reset(200); }

/* Everything ends with ENODEV, mappings read zero, and a bus reset brings the card back. */
static void link_drop(void)
{
	char path[PATH_MAX + 16], method[PATH_MAX + 16];
	struct buffer seen;
	struct room room;
	uint32_t flags = 0;

	room_open(&room);
	card_sysfs(room.fd, path, PATH_MAX);
	strcat(strcpy(method, path), "/reset_method");
	strcat(path, "/reset");
	buffer_make(&room, &seen, ROOM_DATA, 4096, DRM_S4_BO_CARD | DRM_S4_BO_MAPPABLE);
	load(&room, 100, 50);
	inject(room.fd, "link-drop", 0);
	CHECK_EQ(sync_wait(room.fd, room.sync, 100, 120000), 0);
	for (int i = 0; i < 100 && !(flags & DRM_S4_QUEUE_LOST); i++) {
		flags = queue_flags(room.fd, room.queue);
		usleep(100000);
	}
	CHECK(flags & DRM_S4_QUEUE_LOST);
	CHECK_EQ(submit(room.fd, room.queue, 0, 0, 0, room.sync, 0), -ENODEV);
	struct drm_s4_vm_get_state state = { .vm_id = room.vm };
	CHECK_EQ(call(room.fd, DRM_IOCTL_S4_VM_GET_STATE, &state), 0);
	CHECK(state.flags & DRM_S4_VM_LOST);
	CHECK_EQ(bind_unmap(room.fd, room.vm, ROOM_DATA, 4096), -ENODEV);
	struct drm_s4_vm_create create = {};
	CHECK_EQ(call(room.fd, DRM_IOCTL_S4_VM_CREATE, &create), -ENODEV);
	/* A function reset would wait a minute for a card that cannot hear it. */
	write_file(method, "bus");
	write_file(path, "1");
	write_file(method, "default");
	/* Old handles stay lost; new ones work. */
	CHECK_EQ(submit(room.fd, room.queue, 0, 0, 0, room.sync, 0), -ENODEV);
	struct room fresh;
	room_open(&fresh);
	CHECK_EQ(room_run(&fresh, 0), S4_OK);
}

static int gone(int fd)
{
	struct drm_s4_vm_create args = {};

	return call(fd, DRM_IOCTL_S4_VM_CREATE, &args) == -ENODEV;
}

static void unplug(void)
{
	struct buffer seen;
	struct room room;
	char remove[64], add[64];

	room_open(&room);
	/* tools/vm gives cardN the serial number S4VM000N; which one this is depends on the boot. */
	int number = atoi(card_info(room.fd).serial + strlen("S4VM"));
	snprintf(remove, sizeof(remove), "vmctl device_del card%d", number);
	snprintf(add, sizeof(add), "vmctl device_add card%d >/dev/null", number);
	if (system("ls /sys/bus/pci/slots/* >/dev/null 2>&1"))
		SKIP("this kernel drives no hot-plug slot (it needs CONFIG_PCI_MMCONFIG)");
	buffer_make(&room, &seen, ROOM_DATA, 1 << 20, DRM_S4_BO_CARD | DRM_S4_BO_MAPPABLE);
	seen.map[0] = 1;
	load(&room, 100, 50);
	if (system(remove))
		SKIP("no vmctl");
	/* Every fence signals; nothing crashes on a mapping; calls say what is the matter. */
	CHECK_EQ(system("vmctl wait DEVICE_DELETED 60 >/dev/null"), 0);
	for (int i = 0; i < 100 && !gone(room.fd); i++)
		usleep(100000);
	CHECK(gone(room.fd));
	CHECK_EQ(seen.map[4096], 0);
	seen.map[4096] = 5;
	CHECK_EQ(submit(room.fd, room.queue, 0, 0, 0, room.sync, 0), -ENODEV);
	close(room.fd);
	CHECK_EQ(system(add), 0);
	for (int i = 0; i < 300 && !card_ready(); i++)
		usleep(100000);
	room_open(&room);
	CHECK_EQ(room_run(&room, 0), S4_OK);
}

/* As root, without the card being pulled: the driver lets go and takes it up again. */
static void unbind(void)
{
	char device[PATH_MAX], *name;
	struct room room;
	struct buffer seen;

	room_open(&room);
	card_sysfs(room.fd, device, sizeof(device));
	name = strrchr(device, '/') + 1;
	buffer_make(&room, &seen, ROOM_DATA, 1 << 20, DRM_S4_BO_CARD | DRM_S4_BO_MAPPABLE);
	load(&room, 50, 50);
	int64_t begin = now_ms();
	write_file("/sys/bus/pci/drivers/s4/unbind", name);
	printf("  unbind took %lld ms\n", (long long)(now_ms() - begin));
	CHECK(gone(room.fd));
	CHECK_EQ(seen.map[0], 0);
	begin = now_ms();
	write_file("/sys/bus/pci/drivers/s4/bind", name);
	printf("  bind took %lld ms\n", (long long)(now_ms() - begin));
	CHECK(gone(room.fd));
	struct room fresh;
	room_open(&fresh);
	CHECK_EQ(room_run(&fresh, 0), S4_OK);
}

static void sleep_with(const char *state, int jobs)
{
	struct buffer kept;
	struct room room;

	room_open(&room);
	buffer_make(&room, &kept, ROOM_DATA, 4096, DRM_S4_BO_CARD | DRM_S4_BO_MAPPABLE);
	kept.map[3] = 33;
	load(&room, jobs, 20);
	if (system("vmctl wake 500 >/dev/null"))
		SKIP("no vmctl");
	write_file("/sys/power/state", state);
	CHECK_EQ(sync_wait(room.fd, room.sync, jobs, 120000), 0);
	CHECK_EQ(queue_flags(room.fd, room.queue), 0);
	CHECK_EQ(kept.map[3], 33);
	room.commands[0] = cmd_copy(ROOM_DATA, ROOM_RESULT + 256, 4);
	CHECK_EQ(submit(room.fd, room.queue, ROOM_COMMANDS, 1, ROOM_RESULT, room.sync, jobs + 1), 0);
	CHECK_EQ(sync_wait(room.fd, room.sync, jobs + 1, 60000), 0);
	CHECK_EQ(room.result->status, S4_OK);
}

static void sleep_idle(void) { sleep_with("mem", 1); }
static void sleep_busy(void) { sleep_with("mem", 100); }

static const struct test reset_tests[] = {
	{ "function-reset", function_reset_idle },
	{ "function-reset-under-load", function_reset_busy },
	{ "unbind-and-bind-under-load", unbind },
	{},
};
const struct group reset_group = { "reset", "function-level reset, unbind", 1, reset_tests };

static const struct test lost_tests[] = {
	{ "link-drop-under-load-and-back", link_drop },
	{},
};
const struct group lost_group = { "lost", "a card that does not answer", 1, lost_tests };

static const struct test unplug_tests[] = {
	{ "unplug-under-load-and-back", unplug },
	{},
};
const struct group unplug_group = { "unplug", "hot unplug", 1, unplug_tests };

static const struct test suspend_tests[] = {
	{ "sleep", sleep_idle },
	{ "sleep-under-load", sleep_busy },
	{},
};
const struct group suspend_group = { "suspend", "sleep", 1, suspend_tests };
