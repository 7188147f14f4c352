// SPDX-License-Identifier: MIT
// Commands that really run: what the card reads and writes is what the CPU sees.
#include <string.h>
#include <sys/mman.h>

#include "card.h"
#include "harness.h"

static void fill(void)
{
	const uint64_t size = 6 << 20;
	struct buffer card, host;
	struct room room;

	room_open(&room);
	buffer_make(&room, &card, ROOM_DATA, size, DRM_S4_BO_CARD | DRM_S4_BO_MAPPABLE);
	buffer_make(&room, &host, ROOM_DATA + (1 << 30), size, DRM_S4_BO_HOST);
	room.commands[0] = cmd_fill(card.va, size, 0x01020304);
	room.commands[1] = cmd_fill(host.va, size, 0x05060708);
	CHECK_EQ(room_run(&room, 2), S4_OK);
	for (uint64_t i = 0; i < size; i += 4) {
		CHECK_EQ(*(uint32_t *)(card.map + i), 0x01020304);
		CHECK_EQ(*(uint32_t *)(host.map + i), 0x05060708);
	}
}

/* Host to card to host, at odd places. */
static void there_and_back(void)
{
	const uint64_t size = 3 << 20;
	struct buffer card, from, to;
	struct room room;

	room_open(&room);
	buffer_make(&room, &card, ROOM_DATA, size + 4096, DRM_S4_BO_CARD);
	buffer_make(&room, &from, ROOM_DATA + (1 << 30), size, DRM_S4_BO_HOST);
	buffer_make(&room, &to, ROOM_DATA + (2U << 30), size, DRM_S4_BO_HOST);
	for (uint64_t i = 0; i < size; i++)
		from.map[i] = i * 2654435761U >> 13;
	room.commands[0] = cmd_copy(from.va + 3, card.va + 77, size - 3);
	room.commands[1] = cmd_copy(card.va + 77, to.va, size - 3);
	CHECK_EQ(room_run(&room, 2), S4_OK);
	CHECK(!memcmp(from.map + 3, to.map, size - 3));
	CHECK_EQ(to.map[size - 1], 0);
}

static void result_is_filled_in(void)
{
	volatile struct s4_timestamp *stamps;
	struct room room;

	room_open(&room);
	stamps = (volatile struct s4_timestamp *)((volatile uint8_t *)room.result + 1024);
	memset(room.commands, 0, 3 * sizeof(room.commands[0]));
	room.commands[0].header.opcode = S4_OP_TIMESTAMP;
	room.commands[0].timestamp.dst = ROOM_RESULT + 1024;
	room.commands[1] = cmd_fill(ROOM_RESULT + 2048, 2048, 1);
	room.commands[2].header.opcode = S4_OP_TIMESTAMP;
	room.commands[2].timestamp.dst = ROOM_RESULT + 1024 + sizeof(*stamps);
	CHECK_EQ(room_run(&room, 3), S4_OK);
	CHECK_EQ(room.result->seqno, 1);
	CHECK_EQ(room.result->fault_va, 0);
	CHECK(room.result->card_end > room.result->card_start);
	CHECK(room.result->end_ns > room.result->start_ns);
	CHECK(stamps[1].card_cycles > stamps[0].card_cycles);
	CHECK(stamps[0].time_ns >= room.result->start_ns && stamps[1].time_ns <= room.result->end_ns);
}

static void many_queues(void)
{
	enum { kQueues = 8, kRounds = 20 };
	uint32_t queues[kQueues];
	struct buffer buffer;
	struct room room;

	room_open(&room);
	buffer_make(&room, &buffer, ROOM_DATA, kQueues * 4096, DRM_S4_BO_CARD | DRM_S4_BO_MAPPABLE);
	for (int i = 0; i < kQueues; i++) {
		struct drm_s4_queue_create args = {
			.vm_id = room.vm, .core_mode = i == 7 ? S4_CORE_MODE_SPLIT : 0,
			.core = i == 7 ? 0 : i % 4, .priority = i % 3,
		};

		CHECK_EQ(call(room.fd, DRM_IOCTL_S4_QUEUE_CREATE, &args), 0);
		queues[i] = args.queue_id;
		room.commands[i] = cmd_fill(ROOM_DATA + i * 4096, 4096, 1000 + i);
	}
	for (int round = 0; round < kRounds; round++)
		for (int i = 0; i < kQueues; i++)
			CHECK_EQ(submit(room.fd, queues[i], ROOM_COMMANDS + i * S4_CMD_BYTES, 1, 0,
					room.sync, round * kQueues + i + 1), 0);
	CHECK_EQ(sync_wait(room.fd, room.sync, kQueues * kRounds, 120000), 0);
	for (int i = 0; i < kQueues; i++)
		CHECK_EQ(*(uint32_t *)(buffer.map + i * 4096 + 4092), 1000 + i);
}

static void same_buffer_twice(void)
{
	struct buffer buffer;
	struct room room;

	room_open(&room);
	buffer_make(&room, &buffer, ROOM_DATA, 4 << 20, DRM_S4_BO_CARD | DRM_S4_BO_MAPPABLE);
	CHECK_EQ(bind_map(room.fd, room.vm, ROOM_DATA + (1ULL << 33), buffer.handle, 2 << 20, 2 << 20,
			  0), 0);
	room.commands[0] = cmd_fill(ROOM_DATA + (1ULL << 33), 4, 99);
	CHECK_EQ(room_run(&room, 1), S4_OK);
	CHECK_EQ(buffer.map[2 << 20], 99);
}

static void remap_between_jobs(void)
{
	struct buffer a, b;
	struct room room;

	room_open(&room);
	buffer_make(&room, &a, ROOM_DATA, 2 << 20, DRM_S4_BO_CARD | DRM_S4_BO_MAPPABLE);
	buffer_make(&room, &b, ROOM_DATA + (1 << 30), 2 << 20, DRM_S4_BO_HOST);
	for (int i = 1; i <= 20; i++) {
		struct buffer *now = i % 2 ? &b : &a;

		CHECK_EQ(bind_map(room.fd, room.vm, ROOM_DATA, now->handle, 0, 2 << 20, 0), 0);
		room.commands[0] = cmd_fill(ROOM_DATA + 4096, 4, i);
		CHECK_EQ(room_run(&room, 1), S4_OK);
		CHECK_EQ(now->map[4096], i);
	}
}

static const struct test tests[] = {
	{ "fill", fill },
	{ "copy-there-and-back", there_and_back },
	{ "result-and-timestamps", result_is_filled_in },
	{ "eight-queues", many_queues },
	{ "a-buffer-mapped-twice", same_buffer_twice },
	{ "mapping-replaced-between-jobs", remap_between_jobs },
	{},
};
const struct group run_group = { "run", "commands on the card", 0, tests };
