// SPDX-License-Identifier: GPL-2.0-only
/* What the firmware measures. */

#include "s4_device.h"
#include "s4_drv.h"

/* The firmware writes for a few microseconds, several times a second. */
#define S4_TELEMETRY_TRIES 100

/* Returns -EAGAIN when the firmware wrote meanwhile. */
static int s4_telemetry_try(struct s4_device *s4, struct s4_telemetry *out)
{
	u32 *words = (u32 *)out;
	u32 i, before = s4_read(s4, S4_REG_TELEMETRY);

	if (before & 1)
		return before == U32_MAX && s4_hw_gone(s4) ? -ENODEV : -EAGAIN;
	for (i = 0; i < sizeof(*out) / sizeof(*words); i++)
		words[i] = s4_read(s4, S4_REG_TELEMETRY + 4 * i);
	return s4_read(s4, S4_REG_TELEMETRY) == before ? 0 : -EAGAIN;
}

/**
 * s4_telemetry_read() - read the telemetry page
 * @s4: device
 * @out: a consistent copy
 *
 * Return: 0 or an error.
 */
int s4_telemetry_read(struct s4_device *s4, struct s4_telemetry *out)
{
	int ret, cookie, i;

	if (!drm_dev_enter(&s4->drm, &cookie))
		return -ENODEV;
	ret = s4_hw_enter(s4);
	if (ret)
		goto out;
	for (i = 0; i < S4_TELEMETRY_TRIES; i++) {
		ret = s4_telemetry_try(s4, out);
		if (ret != -EAGAIN)
			break;
		cpu_relax();
	}
	s4_hw_exit(s4);
out:
	drm_dev_exit(cookie);
	return ret;
}
