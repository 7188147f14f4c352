// SPDX-License-Identifier: GPL-2.0-only
/* Sensors: temperature, power, voltage, clock. */

#include <linux/hwmon.h>
#include <linux/hwmon-sysfs.h>

#include "s4_device.h"
#include "s4_drv.h"
#include "s4_hwmon.h"

static umode_t s4_hwmon_is_visible(const void *data, enum hwmon_sensor_types type, u32 attr,
				   int channel)
{
	return 0444;
}

static int s4_hwmon_read(struct device *dev, enum hwmon_sensor_types type, u32 attr, int channel,
			 long *value)
{
	struct s4_telemetry telemetry;
	int ret;

	ret = s4_telemetry_read(dev_get_drvdata(dev), &telemetry);
	if (ret)
		return ret;
	switch (type) {
	case hwmon_temp:
		*value = telemetry.temperature_mc;
		return 0;
	case hwmon_power:
		*value = 1000L * (attr == hwmon_power_cap ? telemetry.power_limit_mw :
							    telemetry.power_mw);
		return 0;
	case hwmon_in:
		*value = telemetry.voltage_mv;
		return 0;
	default:
		return -EOPNOTSUPP;
	}
}

static const char *s4_hwmon_label(enum hwmon_sensor_types type)
{
	switch (type) {
	case hwmon_temp:
		return "chip";
	case hwmon_power:
		return "card";
	default:
		return "cores";
	}
}

static int s4_hwmon_read_string(struct device *dev, enum hwmon_sensor_types type, u32 attr,
				int channel, const char **text)
{
	*text = s4_hwmon_label(type);
	return 0;
}

static const struct hwmon_channel_info * const s4_hwmon_channels[] = {
	HWMON_CHANNEL_INFO(temp, HWMON_T_INPUT | HWMON_T_LABEL),
	HWMON_CHANNEL_INFO(power, HWMON_P_INPUT | HWMON_P_AVERAGE | HWMON_P_CAP | HWMON_P_LABEL),
	HWMON_CHANNEL_INFO(in, HWMON_I_INPUT | HWMON_I_LABEL),
	NULL
};

static const struct hwmon_ops s4_hwmon_ops = {
	.is_visible = s4_hwmon_is_visible,
	.read = s4_hwmon_read,
	.read_string = s4_hwmon_read_string,
};

static const struct hwmon_chip_info s4_hwmon_chip = {
	.ops = &s4_hwmon_ops,
	.info = s4_hwmon_channels,
};

/* The hwmon core knows no clocks; the names are those of drivers that have them. */
static ssize_t freq1_input_show(struct device *dev, struct device_attribute *attr, char *text)
{
	struct s4_telemetry telemetry;
	int ret;

	ret = s4_telemetry_read(dev_get_drvdata(dev), &telemetry);
	if (ret)
		return ret;
	return sysfs_emit(text, "%llu\n", 1000ULL * telemetry.clock_khz);
}
static DEVICE_ATTR_RO(freq1_input);

static ssize_t freq1_label_show(struct device *dev, struct device_attribute *attr, char *text)
{
	return sysfs_emit(text, "cores\n");
}
static DEVICE_ATTR_RO(freq1_label);

static struct attribute *s4_hwmon_attrs[] = {
	&dev_attr_freq1_input.attr,
	&dev_attr_freq1_label.attr,
	NULL
};
ATTRIBUTE_GROUPS(s4_hwmon);

/**
 * s4_hwmon_init() - register the sensors; the card works without
 * @s4: device
 */
void s4_hwmon_init(struct s4_device *s4)
{
	struct device *hwmon;

	hwmon = hwmon_device_register_with_info(&s4->pdev->dev, "s4", s4, &s4_hwmon_chip,
						s4_hwmon_groups);
	if (IS_ERR(hwmon))
		drm_warn(&s4->drm, "no sensors (%ld)\n", PTR_ERR(hwmon));
	else
		s4->hwmon = hwmon;
}

/**
 * s4_hwmon_fini() - unregister the sensors
 * @s4: device
 */
void s4_hwmon_fini(struct s4_device *s4)
{
	if (s4->hwmon)
		hwmon_device_unregister(s4->hwmon);
	s4->hwmon = NULL;
}
