// SPDX-License-Identifier: MIT
#include <errno.h>
#include <string.h>

#include "card.h"
#include "harness.h"
#include "s4/abi/s4_telemetry.h"

static int query(int fd, uint32_t type, uint32_t *size, const void *pointer)
{
	struct drm_s4_dev_query args = {
		.type = type, .size = *size, .pointer = (uintptr_t)pointer,
	};
	int ret = call(fd, DRM_IOCTL_S4_DEV_QUERY, &args);

	*size = args.size;
	return ret;
}

static void info(void)
{
	struct drm_s4_query_info info = card_info(card_open());

	CHECK_EQ(info.abi_version >> 16, S4_ABI_MAJOR);
	CHECK(info.fw_version != 0);
	CHECK_EQ(info.num_cores, S4_NUM_CORES);
	CHECK_EQ(info.sram_bytes, S4_SRAM_BYTES);
	CHECK_EQ(info.clock_top_khz, S4_CLOCK_TOP_KHZ);
	CHECK(info.max_vms >= 1 && info.max_queues >= 1);
	CHECK_EQ(info.va_begin, S4_VA_FIRST);
	CHECK_EQ(info.va_end, S4_SRAM_VA);
	CHECK(info.dram_bytes >= info.aperture_bytes && info.aperture_bytes > 0);
	CHECK(info.serial[0] != 0 && info.serial[sizeof(info.serial) - 1] == 0);
}

static void memory(void)
{
	struct drm_s4_query_memory memory = card_memory(card_open());

	CHECK(memory.total > 0 && memory.used <= memory.total);
	CHECK(memory.largest_free <= memory.total - memory.used);
	CHECK(memory.visible_free <= memory.total - memory.used);
}

static void telemetry(void)
{
	struct s4_telemetry telemetry;
	uint32_t size = sizeof(telemetry);

	CHECK_EQ(query(card_open(), DRM_S4_QUERY_TELEMETRY, &size, &telemetry), 0);
	CHECK_EQ(size, sizeof(telemetry));
	CHECK(telemetry.temperature_mc > 0 && telemetry.temperature_mc < 120000);
	CHECK(telemetry.power_mw > 0 && telemetry.clock_khz > 0);
}

static void sizes(void)
{
	struct {
		struct drm_s4_query_info info;
		uint8_t rest[4096 - sizeof(struct drm_s4_query_info)];
	} answer;
	struct drm_s4_query_info info;
	uint32_t size = 0;
	int fd = card_open();

	CHECK_EQ(query(fd, DRM_S4_QUERY_INFO, &size, NULL), 0);
	CHECK_EQ(size, sizeof(info));
	/* Shorter: cut. */
	memset(&info, 0xaa, sizeof(info));
	size = 8;
	CHECK_EQ(query(fd, DRM_S4_QUERY_INFO, &size, &info), 0);
	CHECK_EQ(size, sizeof(info));
	CHECK(info.fw_version != 0xaaaaaaaa && info.num_cores == 0xaaaaaaaa);
	/* Longer: extended by zeros. */
	memset(&answer, 0xaa, sizeof(answer));
	size = sizeof(answer);
	CHECK_EQ(query(fd, DRM_S4_QUERY_INFO, &size, &answer), 0);
	for (size_t i = 0; i < sizeof(answer.rest); i++)
		CHECK_EQ(answer.rest[i], 0);
}

static void bad_input(void)
{
	struct drm_s4_query_info info;
	uint32_t size = sizeof(info);
	int fd = card_open();

	CHECK_EQ(query(fd, 99, &size, &info), -EINVAL);
	CHECK_EQ(query(fd, DRM_S4_QUERY_INFO, &size, (void *)8), -EFAULT);
	size = UINT32_MAX;
	CHECK_EQ(query(fd, DRM_S4_QUERY_INFO, &size, (void *)8), -EFAULT);
	size = sizeof(info);
	CHECK_EQ(query(fd, DRM_S4_QUERY_MEMORY, &size, (void *)0xffffffff80000000), -EFAULT);
	/* A number that no ioctl of ours has. */
	CHECK_EQ(call(fd, DRM_S4_IOCTL(0x3f, dev_query), &info), -EINVAL);
}

static const struct test tests[] = {
	{ "info", info },
	{ "memory", memory },
	{ "telemetry", telemetry },
	{ "answers-are-cut-or-extended-to-the-size-asked-for", sizes },
	{ "bad-input-is-refused", bad_input },
	{},
};
const struct group query_group = { "query", "DEV_QUERY", 0, tests };
