// SPDX-License-Identifier: MIT
// Faults on demand: hangs, crashes, errors of memory and DMA, and the way back from them.
#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "card.h"
#include "harness.h"

static uint32_t queue_flags(int fd, uint32_t queue)
{
	struct drm_s4_queue_get_state state = { .queue_id = queue };

	CHECK_EQ(call(fd, DRM_IOCTL_S4_QUEUE_GET_STATE, &state), 0);
	return state.flags;
}

static void works(void)
{
	struct room room;

	room_open(&room);
	room.commands[0] = cmd_fill(ROOM_RESULT + 256, 4, 3);
	CHECK_EQ(room_run(&room, 1), S4_OK);
}

/* What the resets left. */
static FILE *open_dumps(void)
{
	return popen("cat /sys/class/devcoredump/devcd*/data 2>/dev/null", "r");
}

/* For whoever reads why a test failed. */
static void print_dumps(void)
{
	char line[256];
	FILE *file = open_dumps();

	while (file && fgets(line, sizeof(line), file))
		fputs(line, stderr);
	if (file)
		pclose(file);
}

/* The guilty queue is banned; jobs of others that had not begun run; memory keeps its contents. */
static void hang(void)
{
	struct room bad, good;
	struct buffer kept;
	uint32_t resets, status;

	room_open(&bad);
	room_open(&good);
	resets = card_info(bad.fd).reset_count;
	buffer_make(&good, &kept, ROOM_DATA, 4096, DRM_S4_BO_CARD | DRM_S4_BO_MAPPABLE);
	kept.map[9] = 77;
	inject(bad.fd, "hang", queue_slot(bad.fd, bad.queue));
	bad.commands[0] = cmd_fill(ROOM_RESULT + 256, 4, 1);
	room_start(&bad, 1);
	usleep(300000);
	/* Same core: it waits behind the hung one. */
	good.commands[0] = cmd_fill(ROOM_RESULT + 256, 4, 2);
	status = room_run(&good, 1);
	if (status != S4_OK)
		print_dumps();
	CHECK_EQ(status, S4_OK);
	CHECK_EQ(sync_wait(bad.fd, bad.sync, 0, 60000), 0);
	CHECK_EQ(queue_flags(bad.fd, bad.queue), DRM_S4_QUEUE_BANNED | DRM_S4_QUEUE_RESET);
	CHECK_EQ(queue_flags(good.fd, good.queue), 0);
	CHECK_EQ(card_info(bad.fd).reset_count, resets + 1);
	CHECK_EQ(submit(bad.fd, bad.queue, ROOM_COMMANDS, 1, 0, bad.sync, 0), -ECANCELED);
	CHECK_EQ(kept.map[9], 77);
	/* The process that hung it may go on with a new queue. */
	bad.queue = queue_create(bad.fd, bad.vm);
	CHECK_EQ(room_run(&bad, 1), S4_OK);
}

/* Longer than two looks at it are apart (10 s each), and nothing is reset. */
static void slow(void)
{
	struct room room;
	uint32_t resets;
	int64_t begin;

	room_open(&room);
	resets = card_info(room.fd).reset_count;
	for (int i = 0; i < 60; i++)
		room.commands[i] = cmd_fill(ROOM_RESULT + 256, 4, i);
	inject(room.fd, "slow", 400);
	begin = now_ms();
	CHECK_EQ(room_run(&room, 60), S4_OK);
	inject(room.fd, "slow", 0);
	CHECK(now_ms() - begin > 21000);
	CHECK_EQ(card_info(room.fd).reset_count, resets);
	CHECK_EQ(queue_flags(room.fd, room.queue), 0);
}

static void dma_error(void)
{
	struct buffer buffer;
	struct room room;

	room_open(&room);
	buffer_make(&room, &buffer, ROOM_DATA, 4096, DRM_S4_BO_HOST);
	inject(room.fd, "dma-error", 1);
	room.commands[0] = cmd_fill(ROOM_DATA, 4, 3);
	CHECK_EQ(room_run(&room, 1), S4_E_DMA);
	CHECK_EQ(room_run(&room, 1), S4_OK);
}

static void ecc(void)
{
	struct buffer buffer;
	struct room room;

	room_open(&room);
	buffer_make(&room, &buffer, ROOM_DATA, 4096, DRM_S4_BO_CARD);
	inject(room.fd, "ecc-corrected", 3);
	room.commands[0] = cmd_copy(ROOM_DATA, ROOM_RESULT + 256, 4);
	CHECK_EQ(room_run(&room, 1), S4_OK);
	inject(room.fd, "ecc-uncorrected", 0);
	CHECK_EQ(room_run(&room, 1), S4_E_ECC);
	CHECK_EQ(room_run(&room, 1), S4_OK);
}

static void firmware(const char *what)
{
	struct room room;
	uint32_t resets;

	room_open(&room);
	resets = card_info(room.fd).reset_count;
	CHECK_EQ(room_run(&room, 0), S4_OK);
	inject(room.fd, what, 0);
	/* Noticed by the card or by whoever needs the firmware next. */
	for (int i = 0; i < 300 && card_info(room.fd).reset_count == resets; i++)
		usleep(100000);
	CHECK_EQ(card_info(room.fd).reset_count, resets + 1);
	CHECK_EQ(queue_flags(room.fd, room.queue), 0);
	CHECK_EQ(room_run(&room, 0), S4_OK);
	works();
}

static void firmware_crash(void) { firmware("fw-crash"); }
static void firmware_hang(void) { firmware("fw-hang"); }

static void crash_with_jobs(void)
{
	enum { kJobs = 40 };
	struct room room;
	uint32_t failed = 0;

	room_open(&room);
	for (int i = 0; i < 4; i++)
		room.commands[i] = cmd_fill(ROOM_RESULT + 256, 4, i);
	inject(room.fd, "slow", 30);
	for (int i = 0; i < kJobs; i++)
		CHECK_EQ(submit(room.fd, room.queue, ROOM_COMMANDS, 4, 0, room.sync, i + 1), 0);
	usleep(200000);
	inject(room.fd, "fw-crash", 0);
	/* All end: the one that had begun fails, those that had not run afterwards. */
	CHECK_EQ(sync_wait(room.fd, room.sync, kJobs, 120000), 0);
	struct drm_s4_queue_get_state state = { .queue_id = room.queue };
	CHECK_EQ(call(room.fd, DRM_IOCTL_S4_QUEUE_GET_STATE, &state), 0);
	failed = state.jobs_failed;
	CHECK_EQ(state.jobs_done, kJobs);
	CHECK_EQ(failed, 1);
	CHECK_EQ(state.flags, DRM_S4_QUEUE_RESET);
	CHECK_EQ(state.last_status, S4_E_CANCELLED);
	inject(room.fd, "slow", 0);
	works();
}

static void coredump(void)
{
	char text[4096] = "";
	FILE *file;

	/* Of the resets above. */
	file = open_dumps();
	CHECK(file != NULL);
	CHECK(fread(text, 1, sizeof(text) - 1, file) > 0);
	pclose(file);
	CHECK(strstr(text, "s4 card "));
	CHECK(strstr(text, "reset because "));
	CHECK(strstr(text, "boot_status: "));
}

static const struct test tests[] = {
	{ "a-hung-job-is-found-and-its-queue-banned", hang },
	{ "a-slow-job-is-left-alone", slow },
	{ "dma-error", dma_error },
	{ "memory-errors", ecc },
	{ "firmware-crash", firmware_crash },
	{ "firmware-hang", firmware_hang },
	{ "crash-under-load", crash_with_jobs },
	{ "a-devcoredump-is-left", coredump },
	{},
};
const struct group inject_group = { "inject", "faults on demand", 1, tests };
