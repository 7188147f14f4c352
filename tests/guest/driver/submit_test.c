// SPDX-License-Identifier: MIT
#include <drm.h>
#include <errno.h>
#include <string.h>

#include "card.h"
#include "harness.h"

static int raw(int fd, uint32_t queue, uint32_t stride, uint32_t count, const void *jobs)
{
	struct drm_s4_submit args = {
		.queue_id = queue,
		.jobs = { .stride = stride, .count = count, .array = (uintptr_t)jobs },
	};

	return call(fd, DRM_IOCTL_S4_SUBMIT, &args);
}

static struct drm_s4_array syncs(const struct drm_s4_sync *sync, uint32_t count)
{
	return (struct drm_s4_array) {
		.stride = sizeof(*sync), .count = count, .array = (uintptr_t)sync,
	};
}

static void refusals(void)
{
	int fd = card_open();
	uint32_t queue = queue_create(fd, vm_create(fd)), sync = sync_create(fd);
	struct drm_s4_submit bad = { .queue_id = queue, .flags = 1 };
	const struct drm_s4_sync flagged = { .handle = sync, .flags = 1 };
	const struct drm_s4_sync unknown = { .handle = sync + 99 };
	const struct drm_s4_sync empty = { .handle = sync };
	static struct drm_s4_sync many[DRM_S4_MAX_SYNCS + 1];
	struct drm_s4_array wild = { .stride = sizeof(flagged), .count = 3, .array = 64 };
	struct drm_s4_array narrow = syncs(&empty, 1), huge = syncs(&empty, UINT32_MAX);
	const struct {
		struct drm_s4_job job;
		int want;
	} cases[] = {
		{ { .flags = 1 }, -EINVAL },
		{ { .commands_va = 32 }, -EINVAL },
		{ { .completion_va = 1 }, -EINVAL },
		{ { .command_count = S4_MAX_COMMANDS + 1 }, -EINVAL },
		{ { .command_count = UINT32_MAX }, -EINVAL },
		{ { .out_syncs = syncs(&flagged, 1) }, -EINVAL },
		{ { .in_syncs = syncs(&flagged, 1) }, -EINVAL },
		{ { .out_syncs = syncs(&unknown, 1) }, -ENOENT },
		{ { .in_syncs = syncs(&unknown, 1) }, -ENOENT },
		/* Nothing was ever submitted that would signal it. */
		{ { .in_syncs = syncs(&empty, 1) }, -EINVAL },
		{ { .out_syncs = syncs(many, DRM_S4_MAX_SYNCS + 1) }, -EINVAL },
		{ { .out_syncs = wild }, -EFAULT },
		{ { .in_syncs = wild }, -EFAULT },
		{ { .out_syncs = huge }, -EINVAL },
		{ { .out_syncs = (narrow.stride = 8, narrow) }, -EINVAL },
	};

	CHECK_EQ(call(fd, DRM_IOCTL_S4_SUBMIT, &bad), -EINVAL);
	bad.flags = 0;
	bad.pad = 1;
	CHECK_EQ(call(fd, DRM_IOCTL_S4_SUBMIT, &bad), -EINVAL);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t done = 7;
		int ret = submit_jobs(fd, queue, &cases[i].job, 1, &done);

		if (ret != cases[i].want)
			printf("  case %zu\n", i);
		CHECK_EQ(ret, cases[i].want);
		CHECK_EQ(done, 0);
	}
}

static void arrays(void)
{
	static struct drm_s4_job jobs[DRM_S4_MAX_JOBS + 1];
	static struct {
		struct drm_s4_job job;
		uint64_t more;
	} longer;
	int fd = card_open();
	uint32_t queue = queue_create(fd, vm_create(fd));

	CHECK_EQ(raw(fd, queue + 9, sizeof(jobs[0]), 1, jobs), -ENOENT);
	CHECK_EQ(raw(fd, queue, sizeof(jobs[0]), 0, NULL), 0);
	CHECK_EQ(raw(fd, queue, sizeof(jobs[0]), DRM_S4_MAX_JOBS, jobs), 0);
	CHECK_EQ(raw(fd, queue, sizeof(jobs[0]), DRM_S4_MAX_JOBS + 1, jobs), -EINVAL);
	CHECK_EQ(raw(fd, queue, sizeof(jobs[0]), UINT32_MAX, jobs), -EINVAL);
	CHECK_EQ(raw(fd, queue, sizeof(jobs[0]) - 8, 1, jobs), -EINVAL);
	CHECK_EQ(raw(fd, queue, sizeof(jobs[0]), 1, (void *)64), -EFAULT);
	CHECK_EQ(raw(fd, queue, sizeof(longer), 1, &longer), 0);
	longer.more = 1;
	CHECK_EQ(raw(fd, queue, sizeof(longer), 1, &longer), -E2BIG);
}

static void empty_job(void)
{
	struct room room;

	room_open(&room);
	for (int i = 0; i < 20; i++)
		CHECK_EQ(room_run(&room, 0), S4_OK);
	CHECK(room.result->end_ns >= room.result->start_ns);
}

static void jobs_before_the_bad_one_run(void)
{
	struct drm_s4_job jobs[3] = {};
	struct drm_s4_sync out;
	struct room room;
	uint32_t done;

	room_open(&room);
	out = (struct drm_s4_sync) { .handle = room.sync };
	jobs[0].out_syncs = jobs[1].out_syncs = syncs(&out, 1);
	jobs[2].flags = 1;
	CHECK_EQ(submit_jobs(room.fd, room.queue, jobs, 3, &done), -EINVAL);
	CHECK_EQ(done, 2);
	CHECK_EQ(sync_wait(room.fd, room.sync, 0, 60000), 0);
}

/* Each job waits for the one before by a point of a timeline and doubles what that one left. */
static void timeline_chain(void)
{
	enum { kJobs = 12 };
	struct drm_s4_job jobs[kJobs] = {};
	struct drm_s4_sync in[kJobs], out[kJobs];
	uint32_t queues[2], done;
	struct buffer buffer;
	struct room room;

	room_open(&room);
	buffer_make(&room, &buffer, ROOM_DATA, (kJobs + 1) * 4096, DRM_S4_BO_HOST);
	queues[0] = room.queue;
	queues[1] = queue_create(room.fd, room.vm);
	*(uint32_t *)buffer.map = 0xabcdef01;
	for (int i = 0; i < kJobs; i++) {
		room.commands[i] = cmd_copy(ROOM_DATA + i * 4096, ROOM_DATA + (i + 1) * 4096, 4);
		in[i] = (struct drm_s4_sync) { .handle = room.sync, .point = i };
		out[i] = (struct drm_s4_sync) { .handle = room.sync, .point = i + 1 };
		jobs[i] = (struct drm_s4_job) {
			.commands_va = ROOM_COMMANDS + i * S4_CMD_BYTES, .command_count = 1,
			.in_syncs = syncs(&in[i], i ? 1 : 0), .out_syncs = syncs(&out[i], 1),
		};
		CHECK_EQ(submit_jobs(room.fd, queues[i % 2], &jobs[i], 1, &done), 0);
		CHECK_EQ(done, 1);
	}
	CHECK_EQ(sync_wait(room.fd, room.sync, kJobs, 60000), 0);
	CHECK_EQ(*(uint32_t *)(buffer.map + kJobs * 4096), 0xabcdef01);
}

/* In one call: a job may wait for what an earlier one signals. */
static void dependency_within_a_call(void)
{
	struct drm_s4_job jobs[2] = {};
	struct drm_s4_sync sync;
	struct room room;

	room_open(&room);
	sync = (struct drm_s4_sync) { .handle = sync_create(room.fd) };
	jobs[0].out_syncs = syncs(&sync, 1);
	jobs[1].in_syncs = syncs(&sync, 1);
	jobs[1].out_syncs = syncs(&(struct drm_s4_sync) { .handle = room.sync }, 1);
	CHECK_EQ(submit_jobs(room.fd, room.queue, jobs, 2, NULL), 0);
	CHECK_EQ(sync_wait(room.fd, room.sync, 0, 60000), 0);
}

/* A fence that carries an error still signals: the result says what happened. */
static void failed_job_signals(void)
{
	struct room room;

	room_open(&room);
	room.commands[0] = cmd_fill(0xdead000, 4096, 1);
	CHECK_EQ(room_run(&room, 1), S4_E_UNMAPPED);
	CHECK_EQ(room_run(&room, 0), S4_OK);
}

static void ring_wraps(void)
{
	enum { kJobs = 1000 };
	struct room room;

	room_open(&room);
	room.commands[0] = cmd_fill(ROOM_RESULT + 256, 4, 1);
	for (int i = 0; i < kJobs; i++)
		CHECK_EQ(submit(room.fd, room.queue, ROOM_COMMANDS, i & 1, ROOM_RESULT, room.sync,
				i + 1), 0);
	CHECK_EQ(sync_wait(room.fd, room.sync, kJobs, 120000), 0);
	CHECK_EQ(room.result->status, S4_OK);
	CHECK_EQ(room.result->seqno, kJobs);
}

static const struct test tests[] = {
	{ "bad-input-is-refused", refusals },
	{ "bad-arrays-are-refused", arrays },
	{ "empty-job", empty_job },
	{ "jobs-before-a-bad-one-run", jobs_before_the_bad_one_run },
	{ "a-chain-over-two-queues-by-a-timeline", timeline_chain },
	{ "a-job-may-wait-for-one-of-the-same-call", dependency_within_a_call },
	{ "a-failed-job-signals", failed_job_signals },
	{ "a-thousand-jobs-through-one-ring", ring_wraps },
	{},
};
const struct group submit_group = { "submit", "SUBMIT", 0, tests };
