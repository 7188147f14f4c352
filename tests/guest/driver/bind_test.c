// SPDX-License-Identifier: MIT
#include <errno.h>
#include <string.h>

#include "card.h"
#include "harness.h"

#define VA ROOM_DATA

static int raw(int fd, uint32_t vm, uint32_t stride, uint32_t count, const void *ops)
{
	struct drm_s4_vm_bind args = {
		.vm_id = vm,
		.ops = { .stride = stride, .count = count, .array = (uintptr_t)ops },
	};

	return call(fd, DRM_IOCTL_S4_VM_BIND, &args);
}

static void refusals(void)
{
	const uint64_t size = 64 << 10;
	int fd = card_open();
	uint32_t vm = vm_create(fd), bo = bo_create(fd, size, DRM_S4_BO_CARD, 0);
	const struct {
		struct drm_s4_vm_bind_op op;
		int want;
	} cases[] = {
		{ { .op = 2, .handle = bo, .va = VA, .range = 4096 }, -EINVAL },
		{ { .op = DRM_S4_BIND_MAP, .flags = 2, .handle = bo, .va = VA, .range = 4096 }, -EINVAL },
		{ { .op = DRM_S4_BIND_MAP, .handle = bo, .va = VA, .range = 4096, .pad = 1 }, -EINVAL },
		{ { .op = DRM_S4_BIND_MAP, .handle = 0, .va = VA, .range = 4096 }, -ENOENT },
		{ { .op = DRM_S4_BIND_MAP, .handle = 999, .va = VA, .range = 4096 }, -ENOENT },
		{ { .op = DRM_S4_BIND_MAP, .handle = bo, .va = VA, .range = 0 }, -EINVAL },
		{ { .op = DRM_S4_BIND_MAP, .handle = bo, .va = VA + 1, .range = 4096 }, -EINVAL },
		{ { .op = DRM_S4_BIND_MAP, .handle = bo, .va = VA, .range = 4095 }, -EINVAL },
		{ { .op = DRM_S4_BIND_MAP, .handle = bo, .va = VA, .range = 4096, .bo_offset = 8 }, -EINVAL },
		{ { .op = DRM_S4_BIND_MAP, .handle = bo, .va = VA, .range = size + 4096 }, -EINVAL },
		{ { .op = DRM_S4_BIND_MAP, .handle = bo, .va = VA, .range = size, .bo_offset = 4096 },
		  -EINVAL },
		{ { .op = DRM_S4_BIND_MAP, .handle = bo, .va = VA, .range = 4096,
		    .bo_offset = -4096ULL }, -EINVAL },
		{ { .op = DRM_S4_BIND_MAP, .handle = bo, .va = 0, .range = 4096 }, -EINVAL },
		{ { .op = DRM_S4_BIND_MAP, .handle = bo, .va = S4_VA_FIRST - 4096, .range = 8192 },
		  -EINVAL },
		{ { .op = DRM_S4_BIND_MAP, .handle = bo, .va = S4_SRAM_VA - 4096, .range = 8192 },
		  -EINVAL },
		{ { .op = DRM_S4_BIND_MAP, .handle = bo, .va = S4_SRAM_VA, .range = 4096 }, -EINVAL },
		{ { .op = DRM_S4_BIND_MAP, .handle = bo, .va = -4096ULL, .range = 4096 }, -EINVAL },
		{ { .op = DRM_S4_BIND_MAP, .handle = bo, .va = -4096ULL, .range = 8192 }, -EINVAL },
		{ { .op = DRM_S4_BIND_UNMAP, .handle = bo, .va = VA, .range = 4096 }, -EINVAL },
		{ { .op = DRM_S4_BIND_UNMAP, .va = VA, .range = 4096, .bo_offset = 4096 }, -EINVAL },
		{ { .op = DRM_S4_BIND_UNMAP, .va = VA, .range = 4096, .flags = 1 }, -EINVAL },
		{ { .op = DRM_S4_BIND_UNMAP, .va = VA, .range = 0 }, -EINVAL },
		{ { .op = DRM_S4_BIND_UNMAP, .va = VA, .range = -4096ULL }, -EINVAL },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int ret = bind_ops(fd, vm, &cases[i].op, 1, NULL);

		if (ret != cases[i].want)
			printf("  case %zu\n", i);
		CHECK_EQ(ret, cases[i].want);
	}
}

static void arrays(void)
{
	struct drm_s4_vm_bind bad = { .flags = 1 };
	static struct {
		struct drm_s4_vm_bind_op op;
		uint64_t more;
	} longer[2];
	static struct drm_s4_vm_bind_op ops[DRM_S4_MAX_BIND_OPS + 1];
	int fd = card_open();
	uint32_t vm = vm_create(fd);

	bad.vm_id = vm;
	CHECK_EQ(call(fd, DRM_IOCTL_S4_VM_BIND, &bad), -EINVAL);
	bad.flags = 0;
	bad.pad = 1;
	CHECK_EQ(call(fd, DRM_IOCTL_S4_VM_BIND, &bad), -EINVAL);
	for (uint32_t i = 0; i <= DRM_S4_MAX_BIND_OPS; i++)
		ops[i] = (struct drm_s4_vm_bind_op) {
			.op = DRM_S4_BIND_UNMAP, .va = VA + i * 4096, .range = 4096,
		};
	CHECK_EQ(raw(fd, vm, sizeof(ops[0]), 0, NULL), 0);
	CHECK_EQ(raw(fd, vm, sizeof(ops[0]), DRM_S4_MAX_BIND_OPS, ops), 0);
	CHECK_EQ(raw(fd, vm, sizeof(ops[0]), DRM_S4_MAX_BIND_OPS + 1, ops), -EINVAL);
	CHECK_EQ(raw(fd, vm, sizeof(ops[0]), UINT32_MAX, ops), -EINVAL);
	CHECK_EQ(raw(fd, vm, sizeof(ops[0]) - 8, 1, ops), -EINVAL);
	CHECK_EQ(raw(fd, vm, 0, 1, ops), -EINVAL);
	CHECK_EQ(raw(fd, vm, UINT32_MAX, 2, ops), -E2BIG);
	CHECK_EQ(raw(fd, vm, sizeof(ops[0]), 1, NULL), -EFAULT);
	CHECK_EQ(raw(fd, vm, sizeof(ops[0]), 8, (void *)-64), -EFAULT);
	/* Elements longer than the kernel knows: what it does not know must be zero. */
	longer[0].op = longer[1].op = ops[0];
	CHECK_EQ(raw(fd, vm, sizeof(longer[0]), 2, longer), 0);
	longer[1].more = 1;
	CHECK_EQ(raw(fd, vm, sizeof(longer[0]), 2, longer), -E2BIG);
}

static void all_are_checked_first(void)
{
	int fd = card_open();
	uint32_t vm = vm_create(fd), bo = bo_create(fd, 4096, DRM_S4_BO_CARD, 0), done = 7;
	const struct drm_s4_vm_bind_op ops[] = {
		{ .op = DRM_S4_BIND_MAP, .handle = bo, .va = VA, .range = 4096 },
		{ .op = DRM_S4_BIND_MAP, .handle = bo + 77, .va = VA, .range = 4096 },
	};

	CHECK_EQ(bind_ops(fd, vm, ops, 2, &done), -ENOENT);
	CHECK_EQ(done, 0);
	CHECK_EQ(bind_ops(fd, vm, ops, 1, &done), 0);
	CHECK_EQ(done, 1);
}

static void exclusive_buffers(void)
{
	int fd = card_open();
	uint32_t vm = vm_create(fd), other = vm_create(fd);
	uint32_t bo = bo_create(fd, 4096, DRM_S4_BO_HOST, vm);

	CHECK_EQ(bind_map(fd, vm, VA, bo, 0, 4096, 0), 0);
	CHECK_EQ(bind_map(fd, other, VA, bo, 0, 4096, 0), -EINVAL);
	bo = bo_create(fd, 4096, DRM_S4_BO_HOST, 0);
	CHECK_EQ(bind_map(fd, vm, VA, bo, 0, 4096, 0), 0);
	CHECK_EQ(bind_map(fd, other, VA, bo, 0, 4096, 0), 0);
}

static void handle_may_be_closed(void)
{
	int fd = card_open();
	uint32_t vm = vm_create(fd), bo = bo_create(fd, 1 << 20, DRM_S4_BO_CARD, vm);
	uint64_t used = card_memory(fd).used;

	CHECK_EQ(bind_map(fd, vm, VA, bo, 0, 1 << 20, 0), 0);
	CHECK_EQ(bo_close(fd, bo), 0);
	CHECK_EQ(card_memory(fd).used, used);
	CHECK_EQ(bind_unmap(fd, vm, VA, 1 << 20), 0);
	CHECK_EQ(card_memory(fd).used, used - (1 << 20));
}

/* The value that the card sees at `va`, or the status if it sees none. */
static uint32_t peek(struct room *room, uint64_t va, uint32_t *status)
{
	room->commands[0] = cmd_copy(va, ROOM_RESULT + 256, 4);
	*status = room_run(room, 1);
	return *(volatile uint32_t *)((volatile uint8_t *)room->result + 256);
}

/* Random maps, unmaps and replacements, of pieces of buffers with large and small pages, against
 * a table of what should be where. */
static void random_changes(uint32_t flags)
{
	enum { kPages = 3 * 512, kRounds = 150 };
	static uint32_t model[kPages];
	const char *text = getenv("S4_TEST_SEED");
	unsigned int seed = text ? atoi(text) : 1;
	struct buffer buffer;
	struct room room;
	uint32_t status;

	printf("  S4_TEST_SEED=%u\n", seed);
	room_open(&room);
	/* Page i of it holds i + 1. */
	buffer_make(&room, &buffer, VA + (1ULL << 40), kPages * 4096ULL, flags);
	for (uint32_t i = 0; i < kPages; i++)
		*(uint32_t *)(buffer.map + 4096ULL * i) = i + 1;
	for (int round = 0; round < kRounds; round++) {
		uint32_t first = rand_r(&seed) % kPages, count = 1 + rand_r(&seed) % (kPages - first);
		uint32_t from = rand_r(&seed) % (kPages - count + 1);

		if (rand_r(&seed) % 2)
			first &= ~511U, from &= ~511U;
		if (rand_r(&seed) % 3) {
			if (from + count > kPages)
				count = kPages - from;
			CHECK_EQ(bind_map(room.fd, room.vm, VA + 4096ULL * first, buffer.handle,
					  4096ULL * from, 4096ULL * count, 0), 0);
			for (uint32_t i = 0; i < count; i++)
				model[first + i] = from + i + 1;
		} else {
			CHECK_EQ(bind_unmap(room.fd, room.vm, VA + 4096ULL * first, 4096ULL * count), 0);
			memset(&model[first], 0, count * sizeof(model[0]));
		}
		for (int look = 0; look < 6; look++) {
			/* At the edges, and anywhere. */
			uint32_t any = rand_r(&seed) % kPages;
			uint32_t page = look == 0 ? first : look == 1 ? first + count - 1 :
					look == 2 && first ? first - 1 : any;
			uint32_t value = peek(&room, VA + 4096ULL * page, &status);

			CHECK_EQ(status, model[page] ? S4_OK : S4_E_UNMAPPED);
			if (model[page])
				CHECK_EQ(value, model[page]);
		}
	}
}

static void random_card(void) { random_changes(DRM_S4_BO_CARD | DRM_S4_BO_MAPPABLE); }
static void random_host(void) { random_changes(DRM_S4_BO_HOST); }

static void huge_unmap(void)
{
	struct buffer buffer;
	struct room room;
	uint32_t status;

	room_open(&room);
	buffer_make(&room, &buffer, VA, 4 << 20, DRM_S4_BO_CARD);
	CHECK_EQ(bind_unmap(room.fd, room.vm, VA, S4_SRAM_VA - VA), 0);
	peek(&room, VA, &status);
	CHECK_EQ(status, S4_E_UNMAPPED);
	CHECK_EQ(room.result->fault_va, VA);
	/* What lies below is still there. */
	room.commands[0] = cmd_fill(ROOM_RESULT + 256, 4, 5);
	CHECK_EQ(room_run(&room, 1), S4_OK);
}

static void read_only(void)
{
	struct buffer buffer;
	struct room room;

	room_open(&room);
	buffer_make(&room, &buffer, VA, 4 << 20, DRM_S4_BO_CARD | DRM_S4_BO_MAPPABLE);
	CHECK_EQ(bind_map(room.fd, room.vm, VA, buffer.handle, 0, 4 << 20, DRM_S4_BIND_READONLY), 0);
	room.commands[0] = cmd_fill(VA + 8192, 4, 5);
	CHECK_EQ(room_run(&room, 1), S4_E_READONLY);
	CHECK_EQ(room.result->fault_va, VA + 8192);
	room.commands[0] = cmd_copy(VA + 8192, ROOM_RESULT + 256, 4);
	CHECK_EQ(room_run(&room, 1), S4_OK);
	CHECK_EQ(bind_map(room.fd, room.vm, VA, buffer.handle, 0, 4 << 20, 0), 0);
	room.commands[0] = cmd_fill(VA + 8192, 4, 5);
	CHECK_EQ(room_run(&room, 1), S4_OK);
	CHECK_EQ(buffer.map[8192], 5);
}

static const struct test tests[] = {
	{ "bad-operations-are-refused", refusals },
	{ "bad-arrays-are-refused", arrays },
	{ "all-operations-are-checked-before-the-first", all_are_checked_first },
	{ "exclusive-buffers-keep-to-their-vm", exclusive_buffers },
	{ "a-mapping-keeps-its-buffer", handle_may_be_closed },
	{ "random-changes-card-memory", random_card },
	{ "random-changes-host-memory", random_host },
	{ "unmap-of-everything", huge_unmap },
	{ "read-only-mapping", read_only },
	{},
};
const struct group bind_group = { "bind", "VM_BIND", 0, tests };
