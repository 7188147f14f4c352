// SPDX-License-Identifier: GPL-2.0-only
/* The module, the PCI driver, the DRM driver, open files. */

#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include <drm/drm_accel.h>
#include <drm/drm_drv.h>
#include <drm/drm_gem.h>
#include <drm/drm_ioctl.h>

#include "s4_device.h"
#include "s4_drv.h"
#include "s4_fw.h"
#include "s4_gem.h"
#include "s4_queue.h"
#include "s4_reset.h"
#include "s4_submit.h"
#include "s4_vm.h"

struct workqueue_struct *s4_cleanup_wq;

/* The last close waits so long for what is left of closed files; see s4_settle(). */
#define S4_SETTLE_MS 2000

static atomic_t s4_files_open;
/* Those, and closed ones of which something is left. */
static atomic_t s4_files;
static DECLARE_WAIT_QUEUE_HEAD(s4_files_gone);

static void s4_file_release(struct kref *ref)
{
	struct s4_file *file = container_of(ref, struct s4_file, ref);

	xa_destroy(&file->queues);
	xa_destroy(&file->vms);
	drm_dev_put(&file->s4->drm);
	kfree(file);
	module_put(THIS_MODULE);
	if (atomic_dec_and_test(&s4_files))
		wake_up_all(&s4_files_gone);
}

/**
 * s4_file_put() - drop a reference, where the module stays until the caller returns
 * @file: file
 */
void s4_file_put(struct s4_file *file)
{
	kref_put(&file->ref, s4_file_release);
}

static int s4_open(struct drm_device *drm, struct drm_file *drm_file)
{
	struct s4_file *file;

	file = kzalloc(sizeof(*file), GFP_KERNEL);
	if (!file)
		return -ENOMEM;
	kref_init(&file->ref);
	xa_init_flags(&file->vms, XA_FLAGS_ALLOC1);
	xa_init_flags(&file->queues, XA_FLAGS_ALLOC1);
	/* Queues with jobs that run may outlive the file, and keep device and module then. */
	file->s4 = to_s4(drm);
	file->client = drm_file->client_id;
	drm_dev_get(drm);
	__module_get(THIS_MODULE);
	atomic_inc(&s4_files);
	atomic_inc(&s4_files_open);
	drm_file->driver_priv = file;
	return 0;
}

/*
 * Queues, VMs and fences are freed by workers and by RCU, and keep the module meanwhile. Scripts
 * end a program and unload the driver: after the last close nothing keeps it that is about to go.
 * What does not go soon (a job that runs, a sync_file that is open somewhere) rightly does.
 */
static void s4_settle(struct s4_device *s4)
{
	wait_event_timeout(s4_files_gone, !atomic_read(&s4_files), msecs_to_jiffies(S4_SETTLE_MS));
	/* Schedulers hold on to a fence for a moment after the job that it ended is freed. */
	flush_workqueue(s4->submit_wq);
	rcu_barrier();
}

static void s4_postclose(struct drm_device *drm, struct drm_file *drm_file)
{
	struct s4_file *file = drm_file->driver_priv;

	s4_queue_kill_all_of(file, NULL);
	s4_vm_destroy_all(file);
	s4_file_put(file);
	if (atomic_dec_and_test(&s4_files_open))
		s4_settle(to_s4(drm));
}

static const struct drm_ioctl_desc s4_ioctls[] = {
	DRM_IOCTL_DEF_DRV(S4_DEV_QUERY, s4_ioctl_dev_query, 0),
	DRM_IOCTL_DEF_DRV(S4_BO_CREATE, s4_ioctl_bo_create, 0),
	DRM_IOCTL_DEF_DRV(S4_BO_MMAP_OFFSET, s4_ioctl_bo_mmap_offset, 0),
	DRM_IOCTL_DEF_DRV(S4_VM_CREATE, s4_ioctl_vm_create, 0),
	DRM_IOCTL_DEF_DRV(S4_VM_DESTROY, s4_ioctl_vm_destroy, 0),
	DRM_IOCTL_DEF_DRV(S4_VM_GET_STATE, s4_ioctl_vm_get_state, 0),
	DRM_IOCTL_DEF_DRV(S4_VM_BIND, s4_ioctl_vm_bind, 0),
	DRM_IOCTL_DEF_DRV(S4_QUEUE_CREATE, s4_ioctl_queue_create, 0),
	DRM_IOCTL_DEF_DRV(S4_QUEUE_DESTROY, s4_ioctl_queue_destroy, 0),
	DRM_IOCTL_DEF_DRV(S4_QUEUE_GET_STATE, s4_ioctl_queue_get_state, 0),
	DRM_IOCTL_DEF_DRV(S4_SUBMIT, s4_ioctl_submit, 0),
};

static const struct file_operations s4_fops = {
	.owner = THIS_MODULE,
	DRM_ACCEL_FOPS,
	.show_fdinfo = drm_show_fdinfo,
};

static const struct drm_driver s4_drm_driver = {
	.driver_features = DRIVER_COMPUTE_ACCEL | DRIVER_GEM | DRIVER_GEM_GPUVA | DRIVER_SYNCOBJ |
			   DRIVER_SYNCOBJ_TIMELINE,
	.open = s4_open,
	.postclose = s4_postclose,
	.show_fdinfo = s4_show_fdinfo,
	.gem_create_object = s4_gem_create_object,
	.gem_prime_import_sg_table = s4_gem_import_sg_table,
	.ioctls = s4_ioctls,
	.num_ioctls = ARRAY_SIZE(s4_ioctls),
	.fops = &s4_fops,
	.name = "s4",
	.desc = "S4 sparse-inference accelerator",
#ifdef S4_HAVE_DRM_DRIVER_DATE
	.date = "20250101",
#endif
	.major = DRM_S4_VERSION_MAJOR,
	.minor = DRM_S4_VERSION_MINOR,
};

static int s4_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct s4_device *s4;

	s4 = devm_drm_dev_alloc(&pdev->dev, &s4_drm_driver, struct s4_device, drm);
	if (IS_ERR(s4))
		return PTR_ERR(s4);
	s4->pdev = pdev;
	pci_set_drvdata(pdev, s4);
	return s4_device_init(s4);
}

static void s4_remove(struct pci_dev *pdev)
{
	s4_device_unplug(pci_get_drvdata(pdev));
}

/* Whoever runs next must not find a card that writes to its memory. */
static void s4_shutdown(struct pci_dev *pdev)
{
	s4_reset_give_up(pci_get_drvdata(pdev));
}

static const struct pci_device_id s4_ids[] = {
	{ PCI_DEVICE(S4_PCI_VENDOR_ID, S4_PCI_DEVICE_ID) },
	{}
};
MODULE_DEVICE_TABLE(pci, s4_ids);

static struct pci_driver s4_pci_driver = {
	.name = "s4",
	.id_table = s4_ids,
	.probe = s4_probe,
	.remove = s4_remove,
	.shutdown = s4_shutdown,
	.err_handler = &s4_err_handlers,
	.dev_groups = s4_dev_groups,
	.driver.pm = pm_sleep_ptr(&s4_pm_ops),
};

static int __init s4_init(void)
{
	int ret;

	s4_cleanup_wq = alloc_workqueue("s4-cleanup", WQ_UNBOUND, 0);
	if (!s4_cleanup_wq)
		return -ENOMEM;
	ret = pci_register_driver(&s4_pci_driver);
	if (ret)
		destroy_workqueue(s4_cleanup_wq);
	return ret;
}

static void __exit s4_exit(void)
{
	pci_unregister_driver(&s4_pci_driver);
	destroy_workqueue(s4_cleanup_wq);
	/* Freed fences let go of the module from RCU callbacks, which must return first. */
	rcu_barrier();
}

module_init(s4_init);
module_exit(s4_exit);

MODULE_AUTHOR("S4 project");
MODULE_DESCRIPTION("S4 sparse-inference accelerator");
MODULE_LICENSE("GPL");
