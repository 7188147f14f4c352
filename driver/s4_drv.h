/* SPDX-License-Identifier: GPL-2.0-only */
/* The module. */
#ifndef __S4_DRV_H__
#define __S4_DRV_H__

#include <linux/pci.h>

/* Frees what must wait for the card. One for all cards: its work may free the device. */
extern struct workqueue_struct *s4_cleanup_wq;

extern const struct attribute_group *s4_dev_groups[];
extern const struct pci_error_handlers s4_err_handlers;
extern const struct dev_pm_ops s4_pm_ops;

struct drm_file;
struct drm_printer;
struct s4_device;

int s4_ioctl_dev_query(struct drm_device *drm, void *data, struct drm_file *file);
void s4_show_fdinfo(struct drm_printer *p, struct drm_file *file);
void s4_debugfs_init(struct s4_device *s4);
void s4_err_init(struct s4_device *s4);
void s4_err_fini(struct s4_device *s4);
int s4_telemetry_read(struct s4_device *s4, struct s4_telemetry *out);

#endif
