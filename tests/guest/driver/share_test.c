// SPDX-License-Identifier: MIT
// PRIME: buffers that are shared with other files, other devices, other drivers.
#include <drm.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/udmabuf.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "card.h"
#include "harness.h"

static int to_fd(int fd, uint32_t handle, int *out)
{
	struct drm_prime_handle args = { .handle = handle, .flags = DRM_CLOEXEC | DRM_RDWR };
	int ret = call(fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &args);

	*out = args.fd;
	return ret;
}

static int from_fd(int fd, int prime, uint32_t *handle)
{
	struct drm_prime_handle args = { .fd = prime };
	int ret = call(fd, DRM_IOCTL_PRIME_FD_TO_HANDLE, &args);

	*handle = args.handle;
	return ret;
}

static void between_files(uint32_t flags)
{
	int fd = card_open(), other = card_open(), prime;
	uint32_t handle = bo_create(fd, 8192, flags, 0), again;
	uint8_t *map = bo_map(fd, handle, 8192), *theirs, *direct;

	CHECK_EQ(to_fd(fd, handle, &prime), 0);
	CHECK_EQ(from_fd(other, prime, &again), 0);
	theirs = bo_map(other, again, 8192);
	map[100] = 55;
	CHECK_EQ(theirs[100], 55);
	direct = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, prime, 0);
	CHECK(direct != MAP_FAILED);
	CHECK_EQ(direct[100], 55);
	/* The dma-buf alone keeps the memory. */
	close(fd);
	close(other);
	direct[101] = 56;
	CHECK_EQ(theirs[101], 56);
	/* The same file gets the same handle. */
	fd = card_open();
	CHECK_EQ(from_fd(fd, prime, &handle), 0);
	CHECK_EQ(from_fd(fd, prime, &again), 0);
	CHECK_EQ(handle, again);
}

static void host_between_files(void) { between_files(DRM_S4_BO_HOST); }
static void card_between_files(void) { between_files(DRM_S4_BO_CARD | DRM_S4_BO_MAPPABLE); }

static void exclusive_is_refused(void)
{
	int fd = card_open(), prime;
	uint32_t vm = vm_create(fd);

	CHECK_EQ(to_fd(fd, bo_create(fd, 4096, DRM_S4_BO_HOST, vm), &prime), -EPERM);
	CHECK_EQ(to_fd(fd, bo_create(fd, 4096, DRM_S4_BO_CARD, vm), &prime), -EPERM);
}

static void shared_in_two_spaces(void)
{
	struct room a, b;
	uint32_t handle, again;
	int prime;
	uint8_t *map;

	room_open(&a);
	room_open(&b);
	handle = bo_create(a.fd, 2 << 20, DRM_S4_BO_CARD | DRM_S4_BO_MAPPABLE, 0);
	map = bo_map(a.fd, handle, 2 << 20);
	CHECK_EQ(to_fd(a.fd, handle, &prime), 0);
	CHECK_EQ(from_fd(b.fd, prime, &again), 0);
	CHECK_EQ(bind_map(a.fd, a.vm, ROOM_DATA, handle, 0, 2 << 20, 0), 0);
	CHECK_EQ(bind_map(b.fd, b.vm, ROOM_DATA + (1 << 30), again, 0, 2 << 20, 0), 0);
	a.commands[0] = cmd_fill(ROOM_DATA, 4, 7);
	CHECK_EQ(room_run(&a, 1), S4_OK);
	b.commands[0] = cmd_copy(ROOM_DATA + (1 << 30), ROOM_DATA + (1 << 30) + 4096, 4);
	CHECK_EQ(room_run(&b, 1), S4_OK);
	CHECK_EQ(map[4096], 7);
}

/* Memory of another driver, imported and used by the card. */
static void import_udmabuf(void)
{
	const size_t size = 4 << 20;
	struct udmabuf_create create = { .flags = UDMABUF_FLAGS_CLOEXEC, .size = size };
	int device = open("/dev/udmabuf", O_RDWR), memory, prime;
	struct room room;
	uint32_t handle;
	uint8_t *map, *ours;

	if (device < 0)
		SKIP("no /dev/udmabuf");
	memory = memfd_create("s4", MFD_ALLOW_SEALING);
	CHECK(memory >= 0);
	create.memfd = memory;
	CHECK_EQ(ftruncate(create.memfd, size), 0);
	CHECK_EQ(fcntl(create.memfd, F_ADD_SEALS, F_SEAL_SHRINK), 0);
	map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, create.memfd, 0);
	CHECK(map != MAP_FAILED);
	prime = ioctl(device, UDMABUF_CREATE, &create);
	CHECK(prime >= 0);
	room_open(&room);
	CHECK_EQ(from_fd(room.fd, prime, &handle), 0);
	CHECK_EQ(bind_map(room.fd, room.vm, ROOM_DATA, handle, 0, size, 0), 0);
	room.commands[0] = cmd_fill(ROOM_DATA, size, 0x11223344);
	CHECK_EQ(room_run(&room, 1), S4_OK);
	for (size_t i = 0; i < size; i += 4096)
		CHECK_EQ(*(uint32_t *)(map + i), 0x11223344);
	ours = bo_map(room.fd, handle, size);
	CHECK_EQ(ours[5], 0x33);
	CHECK_EQ(bo_close(room.fd, handle), 0);
}

/* The other way: vgem, a driver of memory alone, imports ours. */
static int open_vgem(void)
{
	char path[32], name[32];

	for (int i = 0; i < 8; i++) {
		struct drm_version version = { .name = name, .name_len = sizeof(name) - 1 };
		int fd;

		snprintf(path, sizeof(path), "/dev/dri/card%d", i);
		fd = open(path, O_RDWR | O_CLOEXEC);
		memset(name, 0, sizeof(name));
		if (fd >= 0 && !call(fd, DRM_IOCTL_VERSION, &version) && !strcmp(name, "vgem"))
			return fd;
		if (fd >= 0)
			close(fd);
	}
	return -1;
}

static void export_to_vgem(void)
{
	int vgem, fd = card_open(), prime;
	uint32_t handle;

	if (system("modprobe vgem 2>/dev/null")) {
		/* Built in, or not to be had. */
	}
	vgem = open_vgem();
	if (vgem < 0)
		SKIP("no vgem");
	CHECK_EQ(to_fd(fd, bo_create(fd, 65536, DRM_S4_BO_HOST, 0), &prime), 0);
	CHECK_EQ(from_fd(vgem, prime, &handle), 0);
	CHECK_EQ(bo_close(vgem, handle), 0);
	/* Card memory cannot be reached by others. */
	CHECK_EQ(to_fd(fd, bo_create(fd, 65536, DRM_S4_BO_CARD, 0), &prime), 0);
	CHECK_EQ(from_fd(vgem, prime, &handle), -EOPNOTSUPP);
}

static void second_card(void)
{
	int fd = card_open(), other = open("/dev/accel/accel1", O_RDWR | O_CLOEXEC), prime;
	uint32_t handle, vm;

	if (other < 0)
		SKIP("there is one card only");
	CHECK_EQ(to_fd(fd, bo_create(fd, 65536, DRM_S4_BO_HOST, 0), &prime), 0);
	CHECK_EQ(from_fd(other, prime, &handle), 0);
	vm = vm_create(other);
	CHECK_EQ(bind_map(other, vm, ROOM_DATA, handle, 0, 65536, 0), 0);
	CHECK_EQ(to_fd(fd, bo_create(fd, 65536, DRM_S4_BO_CARD, 0), &prime), 0);
	CHECK_EQ(from_fd(other, prime, &handle), -EOPNOTSUPP);
}

static const struct test tests[] = {
	{ "host-memory-between-files", host_between_files },
	{ "card-memory-between-files", card_between_files },
	{ "exclusive-buffers-are-not-exported", exclusive_is_refused },
	{ "one-buffer-in-two-spaces", shared_in_two_spaces },
	{ "import-from-udmabuf", import_udmabuf },
	{ "export-to-vgem", export_to_vgem },
	{ "two-cards", second_card },
	{},
};
const struct group share_group = { "share", "PRIME", 0, tests };
