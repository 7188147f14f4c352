// SPDX-License-Identifier: MIT
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "card.h"
#include "harness.h"

static void create_refusals(void)
{
	static const struct {
		uint64_t size;
		uint32_t flags, vm_id, pad;
		int want;
	} cases[] = {
		{ 0, DRM_S4_BO_HOST, 0, 0, -EINVAL },
		{ UINT64_MAX, DRM_S4_BO_HOST, 0, 0, -EINVAL },
		{ UINT64_MAX - 4096, DRM_S4_BO_CARD, 0, 0, -ENOSPC },
		{ 1ULL << 62, DRM_S4_BO_HOST, 0, 0, -ENOMEM },
		{ 4096, 0, 0, 0, -EINVAL },
		{ 4096, DRM_S4_BO_MAPPABLE, 0, 0, -EINVAL },
		{ 4096, DRM_S4_BO_HOST | DRM_S4_BO_CARD, 0, 0, -EINVAL },
		{ 4096, DRM_S4_BO_HOST | 1 << 3, 0, 0, -EINVAL },
		{ 4096, DRM_S4_BO_HOST | 1U << 31, 0, 0, -EINVAL },
		{ 4096, DRM_S4_BO_HOST, 0, 1, -EINVAL },
		{ 4096, DRM_S4_BO_HOST, 12345, 0, -ENOENT },
	};
	int fd = card_open();

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct drm_s4_bo_create args = {
			.size = cases[i].size, .flags = cases[i].flags, .vm_id = cases[i].vm_id,
			.pad = cases[i].pad,
		};
		int ret = call(fd, DRM_IOCTL_S4_BO_CREATE, &args);

		if (ret != cases[i].want)
			printf("  case %zu\n", i);
		CHECK_EQ(ret, cases[i].want);
	}
}

static void size_is_rounded_up(void)
{
	struct drm_s4_bo_create args = { .size = 4097, .flags = DRM_S4_BO_CARD };

	CHECK_EQ(call(card_open(), DRM_IOCTL_S4_BO_CREATE, &args), 0);
	CHECK_EQ(args.size, 8192);
}

static void reads_zero_and_holds(uint32_t flags)
{
	const size_t size = 5 << 20;
	int fd = card_open();
	uint8_t *map = bo_map(fd, bo_create(fd, size, flags, 0), size);

	for (size_t i = 0; i < size; i += 4096)
		CHECK_EQ(map[i], 0);
	for (size_t i = 0; i < size; i += 512)
		map[i] = i >> 12;
	for (size_t i = 0; i < size; i += 512)
		CHECK_EQ(map[i], (uint8_t)(i >> 12));
}

static void card_memory_maps(void) { reads_zero_and_holds(DRM_S4_BO_CARD | DRM_S4_BO_MAPPABLE); }
static void host_memory_maps(void) { reads_zero_and_holds(DRM_S4_BO_HOST); }

static void unmappable(void)
{
	int fd = card_open();
	struct drm_s4_bo_mmap_offset args = { .handle = bo_create(fd, 4096, DRM_S4_BO_CARD, 0) };

	CHECK_EQ(call(fd, DRM_IOCTL_S4_BO_MMAP_OFFSET, &args), -EINVAL);
}

static void mmap_refusals(void)
{
	int fd = card_open(), other = card_open();
	uint32_t handle = bo_create(fd, 8192, DRM_S4_BO_CARD | DRM_S4_BO_MAPPABLE, 0);
	struct drm_s4_bo_mmap_offset args = { .handle = handle, .pad = 1 };

	CHECK_EQ(call(fd, DRM_IOCTL_S4_BO_MMAP_OFFSET, &args), -EINVAL);
	args.pad = 0;
	args.handle = 4711;
	CHECK_EQ(call(fd, DRM_IOCTL_S4_BO_MMAP_OFFSET, &args), -ENOENT);
	args.handle = handle;
	CHECK_EQ(call(fd, DRM_IOCTL_S4_BO_MMAP_OFFSET, &args), 0);
	/* Longer than the buffer; private; by another file. */
	CHECK(mmap(NULL, 12288, PROT_READ, MAP_SHARED, fd, args.offset) == MAP_FAILED);
	CHECK(mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, args.offset) == MAP_FAILED);
	CHECK(mmap(NULL, 8192, PROT_READ, MAP_SHARED, other, args.offset) == MAP_FAILED);
	CHECK(mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED);
	CHECK_EQ(bo_close(fd, handle), 0);
	CHECK(mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, args.offset) == MAP_FAILED);
}

static void handles_of_others(void)
{
	int fd = card_open(), other = card_open();
	struct drm_s4_bo_mmap_offset args = { .handle = bo_create(fd, 4096, DRM_S4_BO_HOST, 0) };

	CHECK_EQ(call(other, DRM_IOCTL_S4_BO_MMAP_OFFSET, &args), -ENOENT);
}

static void mapping_outlives_handle(void)
{
	int fd = card_open();
	uint32_t handle = bo_create(fd, 4096, DRM_S4_BO_CARD | DRM_S4_BO_MAPPABLE, 0);
	volatile uint8_t *map = bo_map(fd, handle, 4096);

	map[7] = 42;
	CHECK_EQ(bo_close(fd, handle), 0);
	CHECK_EQ(bo_close(fd, handle), -EINVAL);
	close(fd);
	CHECK_EQ(map[7], 42);
}

static void full_card(void)
{
	int fd = card_open();
	struct drm_s4_query_memory before = card_memory(fd), after;
	struct drm_s4_bo_create args = { .flags = DRM_S4_BO_CARD };
	uint32_t first;

	/* As much as is said to fit does, and then nothing more. */
	args.size = before.largest_free;
	CHECK_EQ(call(fd, DRM_IOCTL_S4_BO_CREATE, &args), 0);
	first = args.handle;
	after = card_memory(fd);
	CHECK_EQ(after.used, before.used + args.size);
	CHECK_EQ(after.largest_free, 0);
	CHECK_EQ(after.visible_free, 0);
	args.size = 4096;
	CHECK_EQ(call(fd, DRM_IOCTL_S4_BO_CREATE, &args), -ENOSPC);
	/* What was freed can be had again at once. */
	CHECK_EQ(bo_close(fd, first), 0);
	CHECK_EQ(card_memory(fd).used, before.used);
	args.size = before.largest_free;
	CHECK_EQ(call(fd, DRM_IOCTL_S4_BO_CREATE, &args), 0);
	CHECK_EQ(bo_close(fd, args.handle), 0);
}

static void freed_memory_reads_zero(void)
{
	const uint64_t size = 64 << 20;
	int fd = card_open();

	/* Whichever memory the second gets: all of it was the first's, or nobody's. */
	for (int round = 0; round < 3; round++) {
		uint32_t handle = bo_create(fd, size, DRM_S4_BO_CARD | DRM_S4_BO_MAPPABLE, 0);
		uint64_t *map = bo_map(fd, handle, size);

		for (uint64_t i = 0; i < size / 8; i += 64) {
			CHECK_EQ(map[i], 0);
			map[i] = 0x5ec4e75ec4e75ec4;
		}
		munmap(map, size);
		CHECK_EQ(bo_close(fd, handle), 0);
	}
}

static void many(void)
{
	uint32_t handles[512];
	int fd = card_open();
	uint64_t used = card_memory(fd).used;

	for (int i = 0; i < 512; i++)
		handles[i] = bo_create(fd, 4096 * (1 + i % 37), DRM_S4_BO_CARD, 0);
	for (int i = 0; i < 512; i += 2)
		CHECK_EQ(bo_close(fd, handles[i]), 0);
	for (int i = 0; i < 512; i += 2)
		handles[i] = bo_create(fd, 4096 * (1 + i % 61), DRM_S4_BO_CARD, 0);
	for (int i = 0; i < 512; i++)
		CHECK_EQ(bo_close(fd, handles[i]), 0);
	CHECK_EQ(card_memory(fd).used, used);
}

static const struct test tests[] = {
	{ "create-refuses-bad-input", create_refusals },
	{ "size-is-rounded-up", size_is_rounded_up },
	{ "card-memory-maps-and-reads-zero", card_memory_maps },
	{ "host-memory-maps-and-reads-zero", host_memory_maps },
	{ "unmappable-card-memory-does-not-map", unmappable },
	{ "mmap-refuses-what-is-not-the-buffer", mmap_refusals },
	{ "handles-of-other-files-do-not-work", handles_of_others },
	{ "mapping-outlives-handle-and-file", mapping_outlives_handle },
	{ "a-full-card-says-so-and-freed-memory-comes-back", full_card },
	{ "freed-card-memory-reads-zero", freed_memory_reads_zero },
	{ "many-buffers", many },
	{},
};
const struct group bo_group = { "bo", "buffers", 0, tests };
