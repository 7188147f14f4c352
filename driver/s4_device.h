/* SPDX-License-Identifier: GPL-2.0-only */
/* The device: what every file of the driver shares. */
#ifndef __S4_DEVICE_H__
#define __S4_DEVICE_H__

#include <linux/io.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/rwsem.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include <drm/drm_device.h>
#include <drm/drm_drv.h>
#include <drm/drm_file.h>
#include <drm/drm_print.h>

#include "s4/abi/s4_accel.h"
#include "s4/abi/s4_limits.h"
#include "s4/abi/s4_mmu.h"
#include "s4/abi/s4_pci.h"
#include "s4/abi/s4_regs.h"
#include "s4/abi/s4_ring.h"
#include "s4/abi/s4_telemetry.h"
#include "s4_compat.h"
#include "s4_share.h"

struct s4_dump;
struct s4_sched_set;
struct s4_slot;
struct s4_vm;

/* One file's share of the card's address spaces and queues. */
#define S4_FILE_MAX_VMS 8
#define S4_FILE_MAX_QUEUES 16

/* Host time within which the card answers; generous, since the card may be an emulated one. */
#define S4_ANSWER_MS 10000
#define S4_BOOT_MS 30000

/**
 * enum s4_hw_state - whether the card can be used
 */
enum s4_hw_state {
	/** @S4_HW_DOWN: being reset, suspended, or not yet booted: wait */
	S4_HW_DOWN,
	/** @S4_HW_UP: the firmware runs */
	S4_HW_UP,
	/** @S4_HW_LOST: gone for good, as far as this binding goes */
	S4_HW_LOST,
};

/**
 * struct s4_info - what the card says of itself, read once
 */
struct s4_info {
	/** @abi_version: S4_ABI_VERSION of the card */
	u32 abi_version;
	/** @features: S4_FEATURE_* */
	u32 features;
	/** @num_cores: cores */
	u32 num_cores;
	/** @num_queues: queue slots */
	u32 num_queues;
	/** @num_spaces: address spaces */
	u32 num_spaces;
	/** @sram_bytes: on-chip memory a core */
	u32 sram_bytes;
	/** @clock_top_khz: the clock that card cycles count */
	u32 clock_top_khz;
	/** @dram_bytes: card memory */
	u64 dram_bytes;
	/** @aperture_bytes: of it, what BAR2 reaches */
	u64 aperture_bytes;
	/** @serial: ASCII, ended by a NUL */
	char serial[S4_SERIAL_BYTES + 1];
};

/**
 * struct s4_gate - who may touch the hardware when
 *
 * Users of the hardware hold @sem for reading between s4_hw_enter() and s4_hw_exit(); whoever takes
 * the card down or brings it up holds it for writing. Fences wait for a recovery, and a recovery
 * waits for readers: so nobody allocates memory or takes a reservation inside.
 */
struct s4_gate {
	/** @sem: readers use the hardware, the writer changes @state */
	struct rw_semaphore sem;
	/** @state: enum s4_hw_state */
	enum s4_hw_state state;
	/** @abort: readers that wait for the card shall give up, the writer wants in */
	bool abort;
	/** @suspended: down because the machine sleeps */
	bool suspended;
	/** @changed: woken when @state or @abort changes, and by every control interrupt */
	wait_queue_head_t changed;
};

/**
 * struct s4_firmware - the firmware image and what runs
 */
struct s4_firmware {
	/** @image: copy that the boot ROM reads; kept, so that a recovery needs no allocation */
	void *image;
	/** @dma: its address for the card */
	dma_addr_t dma;
	/** @size: bytes */
	u32 size;
	/** @version: of the image */
	u32 version;
	/** @running: of what S4_REG_FW_VERSION said after the last boot */
	u32 running;
};

/**
 * struct s4_mbox - requests to the firmware
 */
struct s4_mbox {
	/** @lock: one request at a time; taken inside the gate */
	struct mutex lock;
	/** @sequence: number of the last request */
	u32 sequence;
};

/**
 * struct s4_card_mem - card DRAM
 */
struct s4_card_mem {
	/** @lock: everything below */
	struct mutex lock;
	/** @buddy: allocator; holds what is free and reads as zero */
	struct s4_buddy buddy;
	/** @ready: @buddy was set up */
	bool ready;
	/** @used: bytes of buffers */
	u64 used;
	/** @used_visible: of them, those below the aperture's end */
	u64 used_visible;
	/** @dirty_lock: @dirty and @stuck */
	spinlock_t dirty_lock;
	/** @dirty: blocks of freed buffers that must still be discarded */
	struct list_head dirty;
	/** @stuck: blocks that could not be discarded; nobody gets them */
	struct list_head stuck;
	/** @discard_work: discards them and gives them back to @buddy */
	struct work_struct discard_work;
};

/**
 * struct s4_reset - recovery
 */
struct s4_reset {
	/** @lock: one recovery at a time; taken outside the gate */
	struct mutex lock;
	/** @wq: ordered: looks at jobs that take long, and recoveries */
	struct workqueue_struct *wq;
	/** @work: a recovery that no job's timer began */
	struct work_struct work;
	/** @lost_work: gives up on a card that is gone */
	struct work_struct lost_work;
	/** @why: reason of the recovery that @work shall do */
	const char *why;
	/** @gone: the card does not answer any more; @lost_work was queued */
	unsigned long gone;
	/** @down_looks: how often a timer found the card down in a row */
	u32 down_looks;
};

/**
 * struct s4_device - one card
 */
struct s4_device {
	/** @drm: base */
	struct drm_device drm;
	/** @pdev: the PCI function */
	struct pci_dev *pdev;
	/** @regs: BAR0 */
	void __iomem *regs;
	/** @aperture: physical address of BAR2 */
	phys_addr_t aperture;
	/** @config: configuration space when the driver was bound */
	struct pci_saved_state *config;
	/** @info: what the card says of itself */
	struct s4_info info;
	/** @gate: who may touch the hardware when */
	struct s4_gate gate;
	/** @fw: firmware */
	struct s4_firmware fw;
	/** @mbox: mailbox */
	struct s4_mbox mbox;
	/** @mem: card DRAM */
	struct s4_card_mem mem;
	/** @reset: recovery */
	struct s4_reset reset;
	/** @dump: snapshot for the next devcoredump */
	struct s4_dump *dump;

	/** @num_irqs: vectors requested */
	u32 num_irqs;
	/** @num_queue_vectors: MSI-X vectors of queues: S4_VECTOR_QUEUE_FIRST and on */
	u32 num_queue_vectors;
	/** @scheds: the schedulers, one a slot; outlive the device while fences name them */
	struct s4_sched_set *scheds;
	/** @submit_wq: where schedulers hand jobs to the card and free them */
	struct workqueue_struct *submit_wq;
	/** @shares: of the slots and the spaces */
	struct s4_shares shares;
	/** @slots: ring slots */
	struct s4_slot *slots;
	/** @slots_lock: @slots_used */
	struct mutex slots_lock;
	/** @slots_used: a bit each */
	DECLARE_BITMAP(slots_used, S4_NUM_QUEUES);
	/** @states: queue states of all slots, written by the firmware */
	struct s4_queue_state *states;
	/** @states_dma: its address for the card */
	dma_addr_t states_dma;

	/** @spaces_lock: @spaces */
	spinlock_t spaces_lock;
	/** @spaces: address spaces in use; changes inside the gate only */
	struct s4_vm *spaces[S4_NUM_SPACES];
	/** @vms_lock: @vms, and the page tables of VMs that are being freed */
	struct mutex vms_lock;
	/** @vms: all VMs, so that their page tables can be freed when the card goes */
	struct list_head vms;
	/** @bos_lock: @bos */
	struct mutex bos_lock;
	/** @bos: buffers that are mapped for DMA */
	struct list_head bos;

	/** @hwmon: the sensors' device */
	struct device *hwmon;
};

static inline struct s4_device *to_s4(struct drm_device *drm)
{
	return container_of(drm, struct s4_device, drm);
}

/**
 * struct s4_file - an open file
 * @ref: the file itself and each of its queues hold one
 * @s4: device, of which this holds a reference
 * @client: DRM's number of it, as in fdinfo
 * @vms: struct s4_vm by id
 * @queues: struct s4_queue by id
 * @share_vms: VMs that hold a space
 * @share_queues: queues that hold a slot
 * @busy_ns: wall time in jobs, a core
 * @busy_cycles: card time in jobs, a core
 */
struct s4_file {
	struct kref ref;
	struct s4_device *s4;
	u64 client;
	struct xarray vms;
	struct xarray queues;
	struct s4_share share_vms;
	struct s4_share share_queues;
	atomic64_t busy_ns[S4_NUM_CORES];
	atomic64_t busy_cycles[S4_NUM_CORES];
};

void s4_file_put(struct s4_file *file);

static inline u32 s4_read(struct s4_device *s4, u32 reg)
{
	return readl(s4->regs + reg);
}

static inline void s4_write(struct s4_device *s4, u32 reg, u32 value)
{
	writel(value, s4->regs + reg);
}

static inline void s4_write64(struct s4_device *s4, u32 lo, u32 hi, u64 value)
{
	s4_write(s4, lo, lower_32_bits(value));
	s4_write(s4, hi, upper_32_bits(value));
}

u64 s4_read64(struct s4_device *s4, u32 lo, u32 hi);
u64 s4_read_progress(struct s4_device *s4, u32 slot);

int s4_device_init(struct s4_device *s4);
void s4_device_unplug(struct s4_device *s4);

int s4_hw_enter(struct s4_device *s4);
void s4_hw_exit(struct s4_device *s4);
void s4_hw_set_state(struct s4_device *s4, enum s4_hw_state state);
bool s4_hw_gone(struct s4_device *s4);
int s4_hw_wait(struct s4_device *s4, u32 reg, u32 value, unsigned int ms);

#endif
