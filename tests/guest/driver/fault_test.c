// SPDX-License-Identifier: MIT
// Jobs that go wrong end in a clear error, and the queue goes on.
#include <string.h>

#include "card.h"
#include "harness.h"

static struct drm_s4_vm_get_state vm_state(struct room *room)
{
	struct drm_s4_vm_get_state state = { .vm_id = room->vm };

	CHECK_EQ(call(room->fd, DRM_IOCTL_S4_VM_GET_STATE, &state), 0);
	return state;
}

static void goes_on(struct room *room)
{
	room->commands[0] = cmd_fill(ROOM_RESULT + 256, 4, 0x600d);
	CHECK_EQ(room_run(room, 1), S4_OK);
	CHECK_EQ(*(volatile uint32_t *)((volatile uint8_t *)room->result + 256), 0x600d);
}

static void unmapped(void)
{
	struct room room;

	room_open(&room);
	room.commands[0] = cmd_fill(ROOM_RESULT + 512, 4, 1);
	room.commands[1] = cmd_fill(0x7000000000, 8192, 1);
	CHECK_EQ(room_run(&room, 2), S4_E_UNMAPPED);
	CHECK_EQ(room.result->fault_va, 0x7000000000);
	CHECK_EQ(room.result->command, 1);
	CHECK_EQ(vm_state(&room).flags, DRM_S4_VM_FAULTED);
	CHECK_EQ(vm_state(&room).fault_va, 0x7000000000);
	CHECK_EQ(vm_state(&room).fault_status, S4_E_UNMAPPED);
	goes_on(&room);
}

static void end_of_buffer(void)
{
	struct buffer buffer;
	struct room room;

	room_open(&room);
	buffer_make(&room, &buffer, ROOM_DATA, 12288, DRM_S4_BO_CARD | DRM_S4_BO_MAPPABLE);
	room.commands[0] = cmd_fill(ROOM_DATA + 8192, 8192, 1);
	CHECK_EQ(room_run(&room, 1), S4_E_UNMAPPED);
	CHECK_EQ(room.result->fault_va, ROOM_DATA + 12288);
	goes_on(&room);
}

static void bad_commands(void)
{
	struct room room;

	room_open(&room);
	for (uint32_t opcode = 0; opcode < 300; opcode += 37) {
		memset(&room.commands[0], 0, sizeof(room.commands[0]));
		room.commands[0].header.opcode = opcode == 37 ? 0xffff : opcode;
		CHECK_EQ(room_run(&room, 1), S4_E_OPCODE);
	}
	room.commands[0] = cmd_fill(ROOM_RESULT + 256, 4, 1);
	room.commands[0].header.reserved = 1;
	CHECK_EQ(room_run(&room, 1), S4_E_FIELD);
	room.commands[0] = cmd_fill(ROOM_RESULT + 257, 4, 1);
	CHECK_EQ(room_run(&room, 1), S4_E_ALIGN);
	room.commands[0] = cmd_copy(ROOM_RESULT + 256, ROOM_RESULT + 260, 8);
	CHECK_EQ(room_run(&room, 1), S4_E_OVERLAP);
	goes_on(&room);
}

static void bad_lists_and_results(void)
{
	struct room room;

	room_open(&room);
	/* The list is not mapped; it runs over the end of its buffer. */
	CHECK_EQ(submit(room.fd, room.queue, 0x5000000000, 1, ROOM_RESULT, room.sync, 0), 0);
	CHECK_EQ(sync_wait(room.fd, room.sync, 0, 60000), 0);
	CHECK_EQ(room.result->status, S4_E_UNMAPPED);
	for (int i = 0; i < 1024; i++)
		room.commands[i] = cmd_fill(ROOM_RESULT + 256, 4, 1);
	CHECK_EQ(submit(room.fd, room.queue, ROOM_COMMANDS, S4_MAX_COMMANDS, ROOM_RESULT, room.sync, 0),
		 0);
	CHECK_EQ(sync_wait(room.fd, room.sync, 0, 60000), 0);
	CHECK_EQ(room.result->status, S4_E_UNMAPPED);
	/* The result cannot be written: only the kernel knows, and tells by the queue's state. */
	CHECK_EQ(submit(room.fd, room.queue, ROOM_COMMANDS, 1, 0x5000000000, room.sync, 0), 0);
	CHECK_EQ(sync_wait(room.fd, room.sync, 0, 60000), 0);
	CHECK_EQ(vm_state(&room).fault_va, 0x5000000000);
	goes_on(&room);
}

static void others_memory(void)
{
	struct buffer buffer;
	struct room mine, theirs;

	room_open(&mine);
	room_open(&theirs);
	buffer_make(&theirs, &buffer, ROOM_DATA, 4096, DRM_S4_BO_CARD | DRM_S4_BO_MAPPABLE);
	buffer.map[0] = 42;
	/* The same address means nothing in another space. */
	mine.commands[0] = cmd_copy(ROOM_DATA, ROOM_RESULT + 256, 4);
	CHECK_EQ(room_run(&mine, 1), S4_E_UNMAPPED);
	mine.commands[0] = cmd_fill(ROOM_DATA, 4, 1);
	CHECK_EQ(room_run(&mine, 1), S4_E_UNMAPPED);
	CHECK_EQ(buffer.map[0], 42);
}

static void unmap_while_reading(void)
{
	const uint64_t size = 32 << 20;
	struct buffer from, to;
	struct room room;

	room_open(&room);
	buffer_make(&room, &from, ROOM_DATA, size, DRM_S4_BO_CARD);
	buffer_make(&room, &to, ROOM_DATA + (1 << 30), size, DRM_S4_BO_CARD);
	for (int round = 0; round < 10; round++) {
		CHECK_EQ(bind_map(room.fd, room.vm, from.va, from.handle, 0, size, 0), 0);
		for (int i = 0; i < 20; i++)
			room.commands[i] = cmd_copy(from.va, to.va, size);
		room_start(&room, 20);
		CHECK_EQ(bind_unmap(room.fd, room.vm, from.va, size), 0);
		/* Nothing reads it any more: the memory may go. */
		CHECK_EQ(bo_close(room.fd, from.handle), 0);
		CHECK_EQ(sync_wait(room.fd, room.sync, 0, 60000), 0);
		CHECK_EQ(room.result->status, S4_E_UNMAPPED);
		from.handle = bo_create(room.fd, size, DRM_S4_BO_CARD, room.vm);
	}
}

static const struct test tests[] = {
	{ "unmapped-address", unmapped },
	{ "write-past-the-end-of-a-buffer", end_of_buffer },
	{ "bad-commands", bad_commands },
	{ "bad-lists-and-results", bad_lists_and_results },
	{ "memory-of-others-is-out-of-reach", others_memory },
	{ "unmap-while-a-command-reads", unmap_while_reading },
	{},
};
const struct group fault_group = { "fault", "jobs that go wrong", 0, tests };
