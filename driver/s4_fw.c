// SPDX-License-Identifier: GPL-2.0-only
/* The firmware image, and booting it. docs/hardware.md, "Boot". */

#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/firmware.h>
#include <linux/moduleparam.h>

#include "s4_device.h"
#include "s4_fw.h"

#define S4_FW_FILE "s4/s4_fw.bin"
#define S4_FW_MAX_BYTES SZ_16M

char *s4_fw_path = S4_FW_FILE;
module_param_named(fw_path, s4_fw_path, charp, 0444);
MODULE_PARM_DESC(fw_path, "Firmware image, below the search path (default: " S4_FW_FILE ")");
MODULE_FIRMWARE(S4_FW_FILE);

/**
 * struct s4_boot_reason - why the boot ROM refused an image
 * @text: what is wrong
 * @remedy: what to do about it
 */
struct s4_boot_reason {
	const char *text;
	const char *remedy;
};

#define S4_REMEDY_IMAGE "install the firmware image of this driver's release"

static const struct s4_boot_reason s4_boot_reasons[] = {
	[S4_BOOT_E_NONE] = { "did not start in time", "reset the machine; see the firmware's log" },
	[S4_BOOT_E_DMA] = { "the card could not read it", "check the IOMMU and the slot" },
	[S4_BOOT_E_SIZE] = { "its size is not the header's", S4_REMEDY_IMAGE },
	[S4_BOOT_E_MAGIC] = { "not an S4 firmware image", S4_REMEDY_IMAGE },
	[S4_BOOT_E_HEADER] = { "its header is malformed", S4_REMEDY_IMAGE },
	[S4_BOOT_E_ABI] = { "made for another interface version", S4_REMEDY_IMAGE },
	[S4_BOOT_E_OLD] = { "older than the card accepts", "install a newer firmware image" },
	[S4_BOOT_E_HASH] = { "its contents are damaged", S4_REMEDY_IMAGE },
	[S4_BOOT_E_SIGNATURE] = { "its signature is not valid for this card", S4_REMEDY_IMAGE },
	[S4_BOOT_E_START] = { "stopped before it was ready", S4_REMEDY_IMAGE },
};

/* The one line that says which file, which version, what is wrong and what to do. */
static void s4_fw_complain(struct s4_device *s4, u32 status)
{
	u32 error = S4_BOOT_ERROR(status);
	const struct s4_boot_reason *reason = &s4_boot_reasons[S4_BOOT_E_NONE];

	if (error < ARRAY_SIZE(s4_boot_reasons))
		reason = &s4_boot_reasons[error];
	drm_err(&s4->drm, "firmware %s version %u.%u.%u: %s (boot state %u, error %u); %s\n",
		s4_fw_path, S4_FW_VERSION_MAJOR(s4->fw.version),
		S4_FW_VERSION_MINOR(s4->fw.version), S4_FW_VERSION_PATCH(s4->fw.version),
		reason->text, S4_BOOT_STATE(status), error, reason->remedy);
}

/**
 * s4_fw_load() - read the image into memory that the card can read
 * @s4: device
 *
 * The image is checked by the card's boot ROM, not here.
 *
 * Return: 0 or an error, which has been logged.
 */
int s4_fw_load(struct s4_device *s4)
{
	struct device *dev = &s4->pdev->dev;
	const struct firmware *file;
	int ret;

	ret = request_firmware(&file, s4_fw_path, dev);
	if (ret)
		return dev_err_probe(dev, ret,
				     "no firmware %s: put it below the firmware search path (/lib/firmware)\n",
				     s4_fw_path);
	ret = -EINVAL;
	if (file->size < sizeof(struct s4_fw_header) || file->size > S4_FW_MAX_BYTES) {
		dev_err(dev, "firmware %s has %zu bytes, which no image has; %s\n", s4_fw_path,
			file->size, S4_REMEDY_IMAGE);
		goto out;
	}
	ret = -ENOMEM;
	s4->fw.image = dmam_alloc_coherent(dev, file->size, &s4->fw.dma, GFP_KERNEL);
	if (!s4->fw.image)
		goto out;
	memcpy(s4->fw.image, file->data, file->size);
	s4->fw.size = file->size;
	s4->fw.version = ((const struct s4_fw_header *)file->data)->fw_version;
	ret = 0;
out:
	release_firmware(file);
	return ret;
}

/**
 * s4_fw_wait_drained() - wait until a reset is over
 * @s4: device
 *
 * Return: 0: no access of before the reset is left; -ETIMEDOUT; -ENODEV when the card is gone.
 */
int s4_fw_wait_drained(struct s4_device *s4)
{
	unsigned long end = jiffies + msecs_to_jiffies(S4_ANSWER_MS);

	for (;;) {
		u32 status = s4_read(s4, S4_REG_BOOT_STATUS);

		if (S4_BOOT_STATE(status) != S4_BOOT_RESETTING)
			return s4_hw_gone(s4) ? -ENODEV : 0;
		if (time_after(jiffies, end))
			return -ETIMEDOUT;
		usleep_range(200, 1000);
	}
}

/**
 * s4_fw_boot() - have the boot ROM check and start the image
 * @s4: device, drained after a reset
 *
 * Return: 0 when the firmware runs, or an error, which has been logged.
 */
int s4_fw_boot(struct s4_device *s4)
{
	unsigned long end = jiffies + msecs_to_jiffies(S4_BOOT_MS);
	u32 status;

	s4_write64(s4, S4_REG_FW_ADDR_LO, S4_REG_FW_ADDR_HI, s4->fw.dma);
	s4_write(s4, S4_REG_FW_SIZE, s4->fw.size);
	s4_write(s4, S4_REG_BOOT_CTRL, S4_BOOT_START);
	for (;;) {
		status = s4_read(s4, S4_REG_BOOT_STATUS);
		if (S4_BOOT_STATE(status) == S4_BOOT_RUNNING)
			break;
		if (s4_hw_gone(s4))
			return -ENODEV;
		if (S4_BOOT_STATE(status) == S4_BOOT_FAILED ||
		    S4_BOOT_STATE(status) == S4_BOOT_CRASHED || time_after(jiffies, end)) {
			s4_fw_complain(s4, status);
			return -EIO;
		}
		usleep_range(200, 1000);
	}
	s4->fw.running = s4_read(s4, S4_REG_FW_VERSION);
	return s4_mbox_init(s4);
}

/**
 * s4_fw_crashed() - did the firmware crash or stop feeding its watchdog
 * @s4: device
 *
 * Return: true when only a reset helps.
 */
bool s4_fw_crashed(struct s4_device *s4)
{
	return S4_BOOT_STATE(s4_read(s4, S4_REG_BOOT_STATUS)) == S4_BOOT_CRASHED;
}

/**
 * s4_fw_log_crash() - tell where it crashed
 * @s4: device, whose firmware crashed
 */
void s4_fw_log_crash(struct s4_device *s4)
{
	u32 state = s4_read(s4, S4_REG_MCU_STATE);

	drm_err(&s4->drm, "firmware %s at pc %#x, cause %#x, value %#x\n",
		state == S4_MCU_WATCHDOG ? "hung" : "crashed", s4_read(s4, S4_REG_CRASH_PC),
		s4_read(s4, S4_REG_CRASH_CAUSE), s4_read(s4, S4_REG_CRASH_TVAL));
}
