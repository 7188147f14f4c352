// SPDX-License-Identifier: GPL-2.0-only
/* Bringing a card up and taking it down; the gate in front of the hardware. */

#include <linux/dma-mapping.h>

#include <drm/drm_managed.h>

#include "s4_card_mem.h"
#include "s4_device.h"
#include "s4_drv.h"
#include "s4_dump.h"
#include "s4_fw.h"
#include "s4_gem.h"
#include "s4_hwmon.h"
#include "s4_irq.h"
#include "s4_queue.h"
#include "s4_reset.h"
#include "s4_sched.h"
#include "s4_vm.h"

/**
 * s4_read64() - read a pair of registers whose high half may change between two reads
 * @s4: device
 * @lo: register of the low half
 * @hi: register of the high half
 *
 * Return: the value.
 */
u64 s4_read64(struct s4_device *s4, u32 lo, u32 hi)
{
	u32 high = s4_read(s4, hi), low, again;

	for (;;) {
		low = s4_read(s4, lo);
		again = s4_read(s4, hi);
		if (again == high)
			return (u64)high << 32 | low;
		high = again;
	}
}

/**
 * s4_read_progress() - how much work a queue has retired
 * @s4: device
 * @slot: of the queue
 *
 * Return: a count that stands still only when the queue makes no progress.
 */
u64 s4_read_progress(struct s4_device *s4, u32 slot)
{
	return s4_read64(s4, S4_REG_PROGRESS(slot), S4_REG_PROGRESS(slot) + 4);
}

/**
 * s4_hw_gone() - has the card been pulled
 * @s4: device
 *
 * A card that is not there any more reads as all ones. The first to notice has it given up.
 *
 * Return: true when it is gone.
 */
bool s4_hw_gone(struct s4_device *s4)
{
	if (test_bit(0, &s4->reset.gone))
		return true;
	if (s4_read(s4, S4_REG_MAGIC) == S4_MAGIC)
		return false;
	if (!test_and_set_bit(0, &s4->reset.gone)) {
		drm_err(&s4->drm, "the card does not answer any more: its jobs fail with ENODEV\n");
		queue_work(s4->reset.wq, &s4->reset.lost_work);
	}
	return true;
}

/**
 * s4_hw_enter() - begin to use the hardware
 * @s4: device
 *
 * Waits while the card is being recovered. Until s4_hw_exit() no recovery begins; allocate nothing
 * and take no reservation in between.
 *
 * Return: 0, or -ENODEV when the card is lost.
 */
int s4_hw_enter(struct s4_device *s4)
{
	for (;;) {
		enum s4_hw_state state;

		down_read(&s4->gate.sem);
		state = s4->gate.state;
		if (state == S4_HW_UP)
			return 0;
		up_read(&s4->gate.sem);
		if (state == S4_HW_LOST)
			return -ENODEV;
		wait_event(s4->gate.changed, READ_ONCE(s4->gate.state) != S4_HW_DOWN);
	}
}

/**
 * s4_hw_exit() - end what s4_hw_enter() began
 * @s4: device
 */
void s4_hw_exit(struct s4_device *s4)
{
	up_read(&s4->gate.sem);
}

/**
 * s4_hw_set_state() - change the gate's state; no user is left inside when this returns
 * @s4: device
 * @state: new state
 */
void s4_hw_set_state(struct s4_device *s4, enum s4_hw_state state)
{
	WRITE_ONCE(s4->gate.abort, true);
	wake_up_all(&s4->gate.changed);
	down_write(&s4->gate.sem);
	WRITE_ONCE(s4->gate.state, state);
	WRITE_ONCE(s4->gate.abort, false);
	up_write(&s4->gate.sem);
	wake_up_all(&s4->gate.changed);
}

static bool s4_hw_wait_over(struct s4_device *s4, u32 reg, u32 value)
{
	return s4_read(s4, reg) == value || READ_ONCE(s4->gate.abort);
}

/**
 * s4_hw_wait() - wait for the card, inside the gate or while it is down
 * @s4: device
 * @reg: register
 * @value: what it shall read
 * @ms: at most so long
 *
 * An interrupt ends the wait at once; a look every 50 ms makes up for one that got lost.
 *
 * Return: 0, -EAGAIN when a recovery wants the gate, -ENODEV when the card is gone, -ETIMEDOUT.
 */
int s4_hw_wait(struct s4_device *s4, u32 reg, u32 value, unsigned int ms)
{
	unsigned long end = jiffies + msecs_to_jiffies(ms);

	for (;;) {
		wait_event_timeout(s4->gate.changed, s4_hw_wait_over(s4, reg, value),
				   msecs_to_jiffies(50));
		if (s4_read(s4, reg) == value)
			return 0;
		if (s4_hw_gone(s4))
			return -ENODEV;
		if (READ_ONCE(s4->gate.abort))
			return -EAGAIN;
		if (time_after(jiffies, end))
			return -ETIMEDOUT;
	}
}

static int s4_device_map(struct s4_device *s4)
{
	struct pci_dev *pdev = s4->pdev;
	int ret;

	ret = pcim_enable_device(pdev);
	if (ret)
		return dev_err_probe(&pdev->dev, ret, "cannot enable the PCI function\n");

	s4->regs = pcim_iomap_region(pdev, S4_BAR_REGS, "s4");
	if (IS_ERR(s4->regs))
		return dev_err_probe(&pdev->dev, PTR_ERR(s4->regs), "cannot map BAR%d\n",
				     S4_BAR_REGS);
	ret = pcim_request_region(pdev, S4_BAR_DRAM, "s4");
	if (ret)
		return dev_err_probe(&pdev->dev, ret, "cannot reserve BAR%d\n", S4_BAR_DRAM);
	s4->aperture = pci_resource_start(pdev, S4_BAR_DRAM);
	/* Only speed: without it CPU mappings of card memory are uncached, not write-combining. */
	ret = devm_arch_io_reserve_memtype_wc(&pdev->dev, s4->aperture,
					      pci_resource_len(pdev, S4_BAR_DRAM));
	if (ret)
		dev_dbg(&pdev->dev, "no write-combining (%d)\n", ret);

	/* Page table entries have room for addresses of 52 bits. */
	ret = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(52));
	if (ret)
		return dev_err_probe(&pdev->dev, ret, "no usable DMA\n");
	dma_set_max_seg_size(&pdev->dev, UINT_MAX);
	return 0;
}

static int s4_device_identify(struct s4_device *s4)
{
	struct device *dev = &s4->pdev->dev;
	struct s4_info *info = &s4->info;
	u32 magic = s4_read(s4, S4_REG_MAGIC);
	int i;

	if (magic != S4_MAGIC)
		return dev_err_probe(dev, -ENODEV, "register 0 reads %#x: no S4 card?\n", magic);
	info->abi_version = s4_read(s4, S4_REG_ABI_VERSION);
	if (info->abi_version >> 16 != S4_ABI_MAJOR)
		return dev_err_probe(dev, -ENODEV,
				     "register interface %u.%u, this driver knows %u.x: load the driver of the card's release\n",
				     info->abi_version >> 16, info->abi_version & 0xffff,
				     S4_ABI_MAJOR);

	info->features = s4_read(s4, S4_REG_FEATURES);
	info->num_cores = s4_read(s4, S4_REG_NUM_CORES);
	info->num_queues = min_t(u32, s4_read(s4, S4_REG_NUM_QUEUES), S4_NUM_QUEUES);
	info->num_spaces = min_t(u32, s4_read(s4, S4_REG_NUM_SPACES), S4_NUM_SPACES);
	info->sram_bytes = s4_read(s4, S4_REG_SRAM_SIZE);
	info->clock_top_khz = s4_read(s4, S4_REG_CLOCK_TOP);
	info->dram_bytes = s4_read64(s4, S4_REG_DRAM_SIZE_LO, S4_REG_DRAM_SIZE_HI);
	info->aperture_bytes = s4_read64(s4, S4_REG_APERTURE_LO, S4_REG_APERTURE_HI);
	info->aperture_bytes = min3(info->aperture_bytes, info->dram_bytes,
				    (u64)pci_resource_len(s4->pdev, S4_BAR_DRAM));
	for (i = 0; i < S4_SERIAL_BYTES; i += 4) {
		u32 word = s4_read(s4, S4_REG_SERIAL + i);

		memcpy(info->serial + i, &word, sizeof(word));
	}
	if (info->num_cores != S4_NUM_CORES || info->dram_bytes < S4_LARGE_SIZE ||
	    !info->num_queues || !info->num_spaces)
		return dev_err_probe(dev, -ENODEV, "card says it has %u cores and %llu bytes\n",
				     info->num_cores, info->dram_bytes);
	return 0;
}

static void s4_device_init_locks(struct s4_device *s4)
{
	init_rwsem(&s4->gate.sem);
	init_waitqueue_head(&s4->gate.changed);
	s4_shares_init(&s4->shares);
	mutex_init(&s4->slots_lock);
	mutex_init(&s4->vms_lock);
	mutex_init(&s4->bos_lock);
	mutex_init(&s4->mbox.lock);
	spin_lock_init(&s4->spaces_lock);
	INIT_LIST_HEAD(&s4->vms);
	INIT_LIST_HEAD(&s4->bos);
}

/**
 * s4_device_init() - bring a card up, up to and including its device node
 * @s4: device, zeroed but for @drm and @pdev
 *
 * What this allocates is managed; on failure, unwinding is the caller's return.
 *
 * Return: 0 or an error, which has been logged.
 */
int s4_device_init(struct s4_device *s4)
{
	struct device *dev = &s4->pdev->dev;
	int ret;

	s4_device_init_locks(s4);
	ret = s4_device_map(s4);
	if (ret)
		return ret;
	ret = s4_device_identify(s4);
	if (ret)
		return ret;
	ret = s4_reset_init(s4);
	if (ret)
		return ret;
	ret = s4_dump_init(s4);
	if (ret)
		return ret;
	ret = s4_sched_init(s4);
	if (ret)
		return ret;
	ret = s4_card_mem_init(s4);
	if (ret)
		return ret;
	ret = s4_fw_load(s4);
	if (ret)
		return ret;
	ret = s4_irq_init(s4);
	if (ret)
		return ret;

	pci_set_master(s4->pdev);
	s4_err_init(s4);
	ret = s4_reset_first(s4);
	if (ret)
		goto err_quiet;
	ret = drm_dev_register(&s4->drm, 0);
	if (ret) {
		dev_err_probe(dev, ret, "cannot register the device node\n");
		goto err_quiet;
	}
	s4_debugfs_init(s4);
	s4_hwmon_init(s4);
	drm_info(&s4->drm, "S4 %s: %llu MiB, %u cores, firmware %u.%u.%u\n", s4->info.serial,
		 s4->info.dram_bytes >> 20, s4->info.num_cores,
		 S4_FW_VERSION_MAJOR(s4->fw.running), S4_FW_VERSION_MINOR(s4->fw.running),
		 S4_FW_VERSION_PATCH(s4->fw.running));
	return 0;

err_quiet:
	s4_device_unplug(s4);
	return ret;
}

/**
 * s4_device_unplug() - part from a card, be it there or not
 * @s4: device
 *
 * Every job ends with ENODEV, every mapping of its memory is replaced by memory that nothing reads,
 * and nothing that the card could write to stays mapped for it. Open files keep the rest alive.
 */
void s4_device_unplug(struct s4_device *s4)
{
	s4_hwmon_fini(s4);
	/* First, so that nobody waits for the card inside what unplugging waits for. */
	s4_reset_give_up(s4);
	drm_dev_unplug(&s4->drm);
	s4_irq_fini(s4);
	s4_reset_fini(s4);
	s4_card_mem_unplug(s4);
	s4_vm_unplug_all(s4);
	s4_gem_unplug_all(s4);
	s4_dump_fini(s4);
	s4_err_fini(s4);
}
