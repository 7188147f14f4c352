// SPDX-License-Identifier: GPL-2.0-only
/* Attributes of the PCI device, which can be read without opening the card. */

#include <linux/sysfs.h>

#include "s4/abi/s4_boot.h"
#include "s4_device.h"
#include "s4_drv.h"

static ssize_t serial_show(struct device *dev, struct device_attribute *attr, char *text)
{
	struct s4_device *s4 = dev_get_drvdata(dev);

	return sysfs_emit(text, "%s\n", s4->info.serial);
}
static DEVICE_ATTR_RO(serial);

static ssize_t fw_version_show(struct device *dev, struct device_attribute *attr, char *text)
{
	struct s4_device *s4 = dev_get_drvdata(dev);
	u32 version = s4->fw.running;

	return sysfs_emit(text, "%u.%u.%u\n", S4_FW_VERSION_MAJOR(version),
			  S4_FW_VERSION_MINOR(version), S4_FW_VERSION_PATCH(version));
}
static DEVICE_ATTR_RO(fw_version);

static struct attribute *s4_dev_attrs[] = {
	&dev_attr_serial.attr,
	&dev_attr_fw_version.attr,
	NULL
};

static const struct attribute_group s4_dev_group = {
	.attrs = s4_dev_attrs,
};

const struct attribute_group *s4_dev_groups[] = {
	&s4_dev_group,
	NULL
};
