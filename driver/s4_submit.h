/* SPDX-License-Identifier: GPL-2.0-only */
/* Submitting jobs. */
#ifndef __S4_SUBMIT_H__
#define __S4_SUBMIT_H__

struct drm_device;
struct drm_file;

int s4_ioctl_submit(struct drm_device *drm, void *data, struct drm_file *file);

#endif
