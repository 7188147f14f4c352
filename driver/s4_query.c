// SPDX-License-Identifier: GPL-2.0-only
/* DRM_IOCTL_S4_DEV_QUERY. */

#include "s4_device.h"
#include "s4_drv.h"
#include "s4_uobj.h"

static int s4_query_info(struct s4_device *s4, struct drm_s4_query_info *out)
{
	const struct s4_info *info = &s4->info;
	int ret;

	*out = (struct drm_s4_query_info) {
		.abi_version = info->abi_version,
		.num_cores = info->num_cores,
		.max_queues = S4_FILE_MAX_QUEUES,
		.max_vms = S4_FILE_MAX_VMS,
		.sram_bytes = info->sram_bytes,
		.clock_top_khz = info->clock_top_khz,
		.va_begin = S4_VA_FIRST,
		.va_end = S4_SRAM_VA,
		.dram_bytes = info->dram_bytes,
		.aperture_bytes = info->aperture_bytes,
	};
	static_assert(sizeof(out->serial) == S4_SERIAL_BYTES);
	memcpy(out->serial, info->serial, sizeof(out->serial));
	ret = s4_hw_enter(s4);
	if (ret)
		return ret;
	out->fw_version = s4->fw.running;
	out->reset_count = s4_read(s4, S4_REG_RESET_COUNT);
	s4_hw_exit(s4);
	return 0;
}

static void s4_query_memory(struct s4_device *s4, struct drm_s4_query_memory *out)
{
	struct s4_card_mem *mem = &s4->mem;

	mutex_lock(&mem->lock);
	*out = (struct drm_s4_query_memory) {
		.total = s4->info.dram_bytes,
		.used = mem->used,
		.visible_free = s4->info.aperture_bytes - mem->used_visible,
		/* A buffer need not be contiguous. */
		.largest_free = s4->info.dram_bytes - mem->used,
	};
	mutex_unlock(&mem->lock);
}

/**
 * s4_ioctl_dev_query() - DRM_IOCTL_S4_DEV_QUERY
 * @drm: device
 * @data: struct drm_s4_dev_query
 * @file: caller's
 *
 * Return: 0 or an error.
 */
int s4_ioctl_dev_query(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct s4_device *s4 = to_s4(drm);
	struct drm_s4_dev_query *args = data;
	union {
		struct drm_s4_query_info info;
		struct drm_s4_query_memory memory;
		struct s4_telemetry telemetry;
	} answer;
	u32 size, user_size = args->size;
	int ret = 0, cookie;

	switch (args->type) {
	case DRM_S4_QUERY_INFO:
		size = sizeof(answer.info);
		break;
	case DRM_S4_QUERY_MEMORY:
		size = sizeof(answer.memory);
		break;
	case DRM_S4_QUERY_TELEMETRY:
		size = sizeof(answer.telemetry);
		break;
	default:
		return -EINVAL;
	}
	args->size = size;
	if (!args->pointer)
		return 0;
	if (!drm_dev_enter(drm, &cookie))
		return -ENODEV;
	if (args->type == DRM_S4_QUERY_INFO)
		ret = s4_query_info(s4, &answer.info);
	else if (args->type == DRM_S4_QUERY_MEMORY)
		s4_query_memory(s4, &answer.memory);
	else
		ret = s4_telemetry_read(s4, &answer.telemetry);
	drm_dev_exit(cookie);
	return ret ?: s4_answer(args->pointer, user_size, &answer, size);
}
