// SPDX-License-Identifier: GPL-2.0-only
/*
 * debugfs, for tests: `queues` lists the slots in use; writing "WHAT ARG" to `inject` has the card
 * fail on demand (enum s4_inject; docs/hardware.md, "Faults on demand").
 */

#include <linux/debugfs.h>
#include <linux/seq_file.h>
#include <linux/uaccess.h>

#include "s4_device.h"
#include "s4_drv.h"
#include "s4_queue.h"
#include "s4_vm.h"

static int s4_debugfs_queues_show(struct seq_file *m, void *data)
{
	struct s4_device *s4 = m->private;
	u32 i;

	seq_puts(m, "slot id space core_mode core priority submitted done failed flags client\n");
	for (i = 0; i < s4->info.num_queues; i++) {
		struct s4_slot *slot = &s4->slots[i];
		struct s4_queue *queue;

		spin_lock_irq(&slot->lock);
		queue = slot->queue;
		if (queue)
			seq_printf(m, "%u %u %u %u %u %u %llu %llu %llu %#x %llu\n", i, queue->id,
				   queue->vm->space, queue->core_mode, queue->core,
				   queue->priority, (u64)atomic64_read(&queue->jobs_submitted),
				   queue->jobs_done, queue->jobs_failed, queue->flags,
				   queue->file->client);
		spin_unlock_irq(&slot->lock);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(s4_debugfs_queues);

static const char * const s4_inject_names[] = {
	[S4_INJECT_HANG] = "hang",
	[S4_INJECT_DMA_ERROR] = "dma-error",
	[S4_INJECT_ECC_CORRECTED] = "ecc-corrected",
	[S4_INJECT_ECC_UNCORRECTED] = "ecc-uncorrected",
	[S4_INJECT_FW_CRASH] = "fw-crash",
	[S4_INJECT_FW_HANG] = "fw-hang",
	[S4_INJECT_THERMAL] = "thermal",
	[S4_INJECT_LINK_DROP] = "link-drop",
	[S4_INJECT_SLOW] = "slow",
};

static int s4_inject(struct s4_device *s4, u32 what, u32 arg)
{
	int ret, cookie;

	if (!(s4->info.features & S4_FEATURE_FAULTS))
		return -EOPNOTSUPP;
	if (!drm_dev_enter(&s4->drm, &cookie))
		return -ENODEV;
	ret = s4_hw_enter(s4);
	if (!ret) {
		s4_write(s4, S4_REG_FAULT_ARG, arg);
		s4_write(s4, S4_REG_FAULT_TRIGGER, what);
		s4_hw_exit(s4);
	}
	drm_dev_exit(cookie);
	return ret;
}

static ssize_t s4_debugfs_inject_write(struct file *file, const char __user *user, size_t bytes,
				       loff_t *pos)
{
	struct s4_device *s4 = file->private_data;
	char text[64], name[32];
	u32 i, arg = 0;
	int ret;

	if (bytes >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, user, bytes))
		return -EFAULT;
	text[bytes] = 0;
	if (sscanf(text, "%31s %u", name, &arg) < 1)
		return -EINVAL;
	for (i = 1; i < ARRAY_SIZE(s4_inject_names); i++) {
		if (strcmp(name, s4_inject_names[i]))
			continue;
		ret = s4_inject(s4, i, arg);
		return ret ?: bytes;
	}
	return -EINVAL;
}

static const struct file_operations s4_debugfs_inject_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = s4_debugfs_inject_write,
	.llseek = noop_llseek,
};

/**
 * s4_debugfs_init() - make the files; DRM removes them with the device
 * @s4: device
 *
 * DRM does not call &drm_driver.debugfs_init of an accelerator.
 */
void s4_debugfs_init(struct s4_device *s4)
{
	struct dentry *root = s4->drm.debugfs_root;

	debugfs_create_file("queues", 0444, root, s4, &s4_debugfs_queues_fops);
	debugfs_create_file("inject", 0200, root, s4, &s4_debugfs_inject_fops);
}
