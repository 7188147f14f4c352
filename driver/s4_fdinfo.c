// SPDX-License-Identifier: GPL-2.0-only
/* What a process's use of the card looks like to others. Documentation/gpu/drm-usage-stats.rst. */

#include "s4_device.h"
#include "s4_drv.h"
#include "s4_gem.h"

static void s4_fdinfo_memory(struct drm_printer *p, struct drm_file *file)
{
	struct drm_memory_stats card = {}, host = {};
	struct drm_gem_object *obj;
	int id;

	spin_lock(&file->table_lock);
	idr_for_each_entry(&file->object_idr, obj, id) {
		struct s4_bo *bo = to_s4_bo(obj);
		struct drm_memory_stats *stats = bo->kind == S4_BO_KIND_CARD ? &card : &host;

		if (obj->handle_count > 1 || obj->dma_buf)
			stats->shared += obj->size;
		else
			stats->private += obj->size;
		/* Card memory is never evicted; host pages are there once they were bound. */
		if (bo->kind == S4_BO_KIND_CARD || READ_ONCE(bo->sgt))
			stats->resident += obj->size;
	}
	spin_unlock(&file->table_lock);
	drm_print_memory_stats(p, &card, DRM_GEM_OBJECT_RESIDENT, "card");
	drm_print_memory_stats(p, &host, DRM_GEM_OBJECT_RESIDENT, "host");
}

/**
 * s4_show_fdinfo() - &drm_driver.show_fdinfo
 * @p: printer
 * @file: open file
 */
void s4_show_fdinfo(struct drm_printer *p, struct drm_file *file)
{
	struct s4_file *sfile = file->driver_priv;
	u32 i;

	for (i = 0; i < S4_NUM_CORES; i++) {
		drm_printf(p, "drm-engine-core%u:\t%llu ns\n", i,
			   (u64)atomic64_read(&sfile->busy_ns[i]));
		drm_printf(p, "drm-cycles-core%u:\t%llu\n", i,
			   (u64)atomic64_read(&sfile->busy_cycles[i]));
		drm_printf(p, "drm-maxfreq-core%u:\t%llu Hz\n", i,
			   1000ULL * sfile->s4->info.clock_top_khz);
	}
	s4_fdinfo_memory(p, file);
}
