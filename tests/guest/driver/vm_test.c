// SPDX-License-Identifier: MIT
#include <errno.h>
#include <unistd.h>

#include "card.h"
#include "harness.h"

static int destroy(int fd, uint32_t vm)
{
	struct drm_s4_vm_destroy args = { .vm_id = vm };

	return call(fd, DRM_IOCTL_S4_VM_DESTROY, &args);
}

static void bad_input(void)
{
	struct drm_s4_vm_create create = { .flags = 1 };
	struct drm_s4_vm_destroy pad = { .pad = 1 };
	struct drm_s4_vm_get_state state = { .vm_id = 99 };
	int fd = card_open();

	CHECK_EQ(call(fd, DRM_IOCTL_S4_VM_CREATE, &create), -EINVAL);
	pad.vm_id = vm_create(fd);
	CHECK_EQ(call(fd, DRM_IOCTL_S4_VM_DESTROY, &pad), -EINVAL);
	CHECK_EQ(destroy(fd, 0), -ENOENT);
	CHECK_EQ(destroy(fd, 99), -ENOENT);
	CHECK_EQ(destroy(fd, UINT32_MAX), -ENOENT);
	CHECK_EQ(call(fd, DRM_IOCTL_S4_VM_GET_STATE, &state), -ENOENT);
}

static void stale_handle(void)
{
	int fd = card_open();
	uint32_t vm = vm_create(fd);

	CHECK_EQ(destroy(fd, vm), 0);
	CHECK_EQ(destroy(fd, vm), -ENOENT);
	CHECK_EQ(bind_unmap(fd, vm, ROOM_DATA, 4096), -ENOENT);
}

static void others_vm(void)
{
	int fd = card_open(), other = card_open();
	uint32_t vm = vm_create(fd);

	CHECK_EQ(destroy(other, vm), -ENOENT);
	CHECK_EQ(destroy(fd, vm), 0);
}

static void limit(void)
{
	struct drm_s4_vm_create args = {};
	int fd = card_open();
	uint32_t count = card_info(fd).max_vms;

	for (uint32_t i = 0; i < count; i++)
		vm_create(fd);
	CHECK_EQ(call(fd, DRM_IOCTL_S4_VM_CREATE, &args), -ENOSPC);
	/* Another file has its own share. */
	vm_create(card_open());
}

static void all_spaces(void)
{
	struct drm_s4_vm_create args = {};
	int fds[S4_NUM_SPACES], ret = 0, count = 0;

	/* Until the card's are used up. */
	while (!ret && count < S4_NUM_SPACES) {
		fds[count] = card_open();
		for (int i = 0; i < 8 && !ret; i++)
			ret = call(fds[count], DRM_IOCTL_S4_VM_CREATE, &args);
		count++;
	}
	CHECK_EQ(ret, -ENOSPC);
	for (int i = 0; i < count; i++)
		close(fds[i]);
	vm_create(card_open());
}

static void come_and_go(void)
{
	int fd = card_open();

	for (int i = 0; i < 300; i++)
		CHECK_EQ(destroy(fd, vm_create(fd)), 0);
}

static void state_is_clean(void)
{
	int fd = card_open();
	struct drm_s4_vm_get_state state = { .vm_id = vm_create(fd), .flags = 7 };

	CHECK_EQ(call(fd, DRM_IOCTL_S4_VM_GET_STATE, &state), 0);
	CHECK_EQ(state.flags, 0);
}

static const struct test tests[] = {
	{ "bad-input-is-refused", bad_input },
	{ "stale-handle", stale_handle },
	{ "handle-of-another-file", others_vm },
	{ "a-file-has-its-share-and-no-more", limit },
	{ "all-spaces-can-be-used-and-come-back", all_spaces },
	{ "come-and-go", come_and_go },
	{ "a-new-one-has-no-faults", state_is_clean },
	{},
};
const struct group vm_group = { "vm", "address spaces", 0, tests };
