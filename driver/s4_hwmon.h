/* SPDX-License-Identifier: GPL-2.0-only */
/* Sensors. */
#ifndef __S4_HWMON_H__
#define __S4_HWMON_H__

#include <linux/kconfig.h>

struct s4_device;

#if IS_ENABLED(CONFIG_HWMON)
void s4_hwmon_init(struct s4_device *s4);
void s4_hwmon_fini(struct s4_device *s4);
#else
static inline void s4_hwmon_init(struct s4_device *s4) {}
static inline void s4_hwmon_fini(struct s4_device *s4) {}
#endif

#endif
