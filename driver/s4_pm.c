// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sleep. DRAM keeps its contents; firmware, queues and spaces are made anew on the way back, as
 * after a reset. Jobs that run are waited for; those that have not begun run after the machine
 * woke up.
 */

#include <linux/pm.h>

#include "s4_device.h"
#include "s4_drv.h"
#include "s4_fw.h"
#include "s4_queue.h"
#include "s4_reset.h"

/* Longer than that nobody waits for a laptop lid; jobs that run still end with ECANCELED then. */
#define S4_QUIESCE_MS 60000

static int s4_pm_suspend(struct device *dev)
{
	struct s4_device *s4 = dev_get_drvdata(dev);
	int ret = s4_hw_enter(s4);

	if (!ret) {
		ret = s4_mbox_quiesce(s4, S4_QUIESCE_MS);
		s4_hw_exit(s4);
		if (ret)
			drm_warn(&s4->drm, "jobs did not end before sleep (%d)\n", ret);
	}
	WRITE_ONCE(s4->gate.suspended, true);
	s4_reset_prepare(s4);
	return 0;
}

static int s4_pm_resume(struct device *dev)
{
	struct s4_device *s4 = dev_get_drvdata(dev);
	int ret;

	ret = s4_reset_done(s4, true);
	WRITE_ONCE(s4->gate.suspended, false);
	/* The device is given up then, and its files say so; the machine wakes up all the same. */
	if (ret)
		drm_err(&s4->drm, "the card did not wake up (%d)\n", ret);
	return 0;
}

/* Card memory would not survive: only without contents. */
static int s4_pm_freeze(struct device *dev)
{
	struct s4_device *s4 = dev_get_drvdata(dev);
	u64 used;

	mutex_lock(&s4->mem.lock);
	used = s4->mem.used;
	mutex_unlock(&s4->mem.lock);
	return used ? -EBUSY : s4_pm_suspend(dev);
}

const struct dev_pm_ops s4_pm_ops = {
	.suspend = s4_pm_suspend,
	.resume = s4_pm_resume,
	.freeze = s4_pm_freeze,
	.thaw = s4_pm_resume,
	.poweroff = s4_pm_suspend,
	.restore = s4_pm_resume,
};
