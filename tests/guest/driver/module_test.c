// SPDX-License-Identifier: MIT
// Loading and unloading: with clients, right after the last of them, with firmware that is no good.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "card.h"
#include "harness.h"
#include "kmsg.h"

#define MODULE "/lib/modules/s4.ko" /* where tools/vm puts it */
#define FIRMWARE "/lib/firmware/s4/"

static int unload(void)
{
	return syscall(SYS_delete_module, "s4", O_NONBLOCK) ? -errno : 0;
}

static void load(const char *parameters)
{
	int file = open(MODULE, O_RDONLY);

	if (file < 0)
		SKIP("no " MODULE);
	CHECK_EQ(syscall(SYS_finit_module, file, parameters, 0) ? -errno : 0, 0);
	close(file);
}

/* In a process of its own: what it has mapped would keep the card open here. */
static void use_in_child(void)
{
	struct room room;
	int status;
	pid_t child = fork();

	if (!child) {
		room_open(&room);
		room.commands[0] = cmd_fill(ROOM_RESULT + 256, 2048, 3);
		_exit(room_run(&room, 1) != S4_OK);
	}
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK_EQ(status, 0);
}

static void load_and_use(void)
{
	load("");
	for (int i = 0; i < 300 && !card_ready(); i++)
		usleep(100000);
	use_in_child();
}

static void begin(void)
{
	if (access(MODULE, R_OK))
		SKIP("no " MODULE);
	CHECK_EQ(unload(), 0);
}

static int client(volatile int *stop)
{
	struct room room;

	room_open(&room);
	room.commands[0] = cmd_fill(ROOM_RESULT + 256, 2048, 3);
	do {
		if (room_run(&room, 1) != S4_OK)
			return 1;
	} while (!*stop);
	return 0;
}

static void refused_with_clients(void)
{
	enum { CLIENTS = 16 };
	volatile int *stop = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t child[CLIENTS];
	int status, holder = card_open();

	CHECK(stop != MAP_FAILED);
	for (int i = 0; i < CLIENTS; i++) {
		child[i] = fork();
		if (!child[i])
			_exit(client(stop));
	}
	for (int i = 0; i < 100; i++) {
		CHECK_EQ(unload(), -EAGAIN);
		usleep(10000);
	}
	*stop = 1;
	for (int i = 0; i < CLIENTS; i++) {
		CHECK_EQ(waitpid(child[i], &status, 0), child[i]);
		CHECK_EQ(status, 0);
	}
	CHECK_EQ(unload(), -EAGAIN);
	close(holder);
	CHECK_EQ(unload(), 0);
	load_and_use();
}

static void right_after_the_last_close(void)
{
	begin();
	for (int i = 0; i < 10; i++) {
		uint32_t vm;
		int fd;

		/* By the end of a process. */
		load_and_use();
		CHECK_EQ(unload(), 0);
		/* By the process's own hand, with a job that nobody waited for. */
		load("");
		fd = card_open();
		vm = vm_create(fd);
		CHECK_EQ(submit(fd, queue_create(fd, vm), 0, 0, 0, sync_create(fd), 0), 0);
		close(fd);
		CHECK_EQ(unload(), 0);
	}
	load_and_use();
}

/* A job that had begun goes on after its process, and the driver stays for so long. */
static void after_a_killed_process(void)
{
	const uint64_t size = 64 << 20;
	int pipes[2], ret = -EAGAIN;
	char byte;
	pid_t child;

	CHECK_EQ(pipe(pipes), 0);
	child = fork();
	if (!child) {
		struct buffer buffer;
		struct room room;

		room_open(&room);
		buffer_make(&room, &buffer, ROOM_DATA, size, DRM_S4_BO_CARD);
		for (uint32_t i = 0; i < 200; i++)
			room.commands[i] = cmd_fill(buffer.va, size, i);
		room_start(&room, 200);
		if (write(pipes[1], "x", 1) == 1)
			pause();
		_exit(1);
	}
	CHECK_EQ(read(pipes[0], &byte, 1), 1);
	usleep(20000);
	kill(child, SIGKILL);
	CHECK_EQ(waitpid(child, NULL, 0), child);
	for (int i = 0; i < 600 && ret; i++) {
		ret = unload();
		CHECK(ret == 0 || ret == -EAGAIN);
		usleep(100000);
	}
	CHECK_EQ(ret, 0);
	load_and_use();
}

static size_t read_image(uint8_t *image, size_t room)
{
	int file = open(FIRMWARE "s4_fw.bin", O_RDONLY);
	ssize_t size;

	CHECK(file >= 0);
	size = read(file, image, room);
	CHECK(size > 256 && (size_t)size < room);
	close(file);
	return size;
}

static void write_image(const uint8_t *image, size_t size)
{
	int file = open(FIRMWARE "test.bin", O_WRONLY | O_CREAT | O_TRUNC, 0644);

	CHECK(file >= 0);
	CHECK_EQ(write(file, image, size), size);
	close(file);
}

/* The module loads, no card comes up, one line says why; the good image then works. */
static void refused_image(const char *why)
{
	int log;

	begin();
	log = kmsg_open();
	load("fw_path=s4/test.bin");
	CHECK(kmsg_wait(log, why, 60000));
	usleep(500000);
	CHECK(!card_ready());
	unlink(FIRMWARE "test.bin");
	CHECK_EQ(unload(), 0);
	load_and_use();
}

static uint8_t image[1 << 20];

static void flipped_bit(void)
{
	size_t size = read_image(image, sizeof(image));

	image[size / 2] ^= 0x10;
	write_image(image, size);
	refused_image("s4/test.bin version");
}

static void truncated(void)
{
	size_t size = read_image(image, sizeof(image));

	write_image(image, size - 100);
	refused_image("its size is not the header's");
}

static void truncated_in_its_header(void)
{
	read_image(image, sizeof(image));
	write_image(image, 20);
	refused_image("has 20 bytes, which no image has");
}

static void no_image(void)
{
	refused_image("no firmware s4/test.bin: put it below the firmware search path");
}

static const struct test tests[] = {
	{ "unload-is-refused-while-clients-work", refused_with_clients },
	{ "unload-right-after-the-last-close", right_after_the_last_close },
	{ "unload-after-a-process-killed-in-mid-job", after_a_killed_process },
	{ "firmware-with-a-flipped-bit-is-refused", flipped_bit },
	{ "truncated-firmware-is-refused", truncated },
	{ "firmware-cut-in-its-header-is-refused", truncated_in_its_header },
	{ "missing-firmware-is-named", no_image },
	{},
};
const struct group module_group = { "module", "loading and unloading, firmware", 1, tests };
