// SPDX-License-Identifier: GPL-2.0-only
/*
 * The devcoredump of a recovery, as text, and its uevent. The snapshot goes into memory that was
 * allocated before, since fences wait for the recovery; a worker hands it over afterwards.
 */

#include <linux/devcoredump.h>
#include <linux/seq_buf.h>
#include <linux/vmalloc.h>

#include <drm/drm_managed.h>

#include "s4_device.h"
#include "s4_dump.h"
#include "s4_queue.h"
#include "s4_sched.h"
#include "s4_vm.h"

#define S4_DUMP_BYTES SZ_64K

/**
 * struct s4_dump - a snapshot
 * @s4: device
 * @lock: @text, @taken, @why
 * @text: buffer; NULL: allocating one failed
 * @taken: bytes of @text that wait to be handed over
 * @why: reason of the last recovery
 * @work: hands the snapshot over
 * @log: copy of the firmware's log, while the snapshot is taken
 */
struct s4_dump {
	struct s4_device *s4;
	spinlock_t lock; /* text, taken, why */
	char *text;
	size_t taken;
	const char *why;
	struct work_struct work;
	struct s4_fw_log log;
};

static const struct {
	const char *name;
	u32 reg;
} s4_dump_regs[] = {
	{ "boot_status", S4_REG_BOOT_STATUS },
	{ "reset_count", S4_REG_RESET_COUNT },
	{ "heartbeat", S4_REG_HEARTBEAT },
	{ "mcu_state", S4_REG_MCU_STATE },
	{ "crash_pc", S4_REG_CRASH_PC },
	{ "crash_cause", S4_REG_CRASH_CAUSE },
	{ "crash_tval", S4_REG_CRASH_TVAL },
	{ "irq_status", S4_REG_IRQ_STATUS },
	{ "irq_enable", S4_REG_IRQ_ENABLE },
	{ "mbox_done", S4_REG_MBOX_DONE },
	{ "fault_info", S4_REG_FAULT_INFO },
	{ "fault_va_lo", S4_REG_FAULT_VA_LO },
	{ "fault_va_hi", S4_REG_FAULT_VA_HI },
	{ "fault_count", S4_REG_FAULT_COUNT },
	{ "bad_doorbells", S4_REG_BAD_DOORBELLS },
};

static void s4_dump_slot(struct s4_device *s4, struct seq_buf *out, struct s4_slot *slot,
			 struct s4_queue *guilty)
{
	u64 progress = s4_read_progress(s4, slot->index);
	struct s4_queue *queue;
	struct s4_job *job;

	spin_lock_irq(&slot->lock);
	queue = slot->queue;
	if (queue) {
		seq_buf_printf(out, "queue %u%s: space %u, mode %u, core %u, priority %u, ",
			       slot->index, queue == guilty ? " (guilty)" : "", queue->vm->space,
			       queue->core_mode, queue->core, queue->priority);
		seq_buf_printf(out, "flags %#x, tail %u, progress %llu\n", queue->flags,
			       slot->tail, progress);
		seq_buf_printf(out, "  fence %llu, started %llu, handed over %llu\n",
			       slot->state->fence, slot->state->started, queue->seqno);
		list_for_each_entry(job, &slot->in_flight, node)
			seq_buf_printf(out, "  job %llu at %u: %u commands at %#llx\n",
				       job->entry.seqno, job->place, job->entry.command_count,
				       job->entry.commands_va);
	}
	spin_unlock_irq(&slot->lock);
}

static void s4_dump_fw_log(struct s4_device *s4, struct seq_buf *out, struct s4_fw_log *log)
{
	u32 *words = (u32 *)log;
	u32 i, first;

	for (i = 0; i < sizeof(*log) / sizeof(*words); i++)
		words[i] = s4_read(s4, S4_REG_FW_LOG + 4 * i);
	seq_buf_puts(out, "\nlog of the firmware:\n");
	first = log->written % sizeof(log->text);
	if (log->written > sizeof(log->text))
		seq_buf_printf(out, "%.*s", (int)(sizeof(log->text) - first), log->text + first);
	seq_buf_printf(out, "%.*s\n", (int)first, log->text);
}

static size_t s4_dump_write(struct s4_dump *dump, const char *why, struct s4_queue *guilty)
{
	struct s4_device *s4 = dump->s4;
	struct seq_buf out;
	u32 i;

	seq_buf_init(&out, dump->text, S4_DUMP_BYTES);
	seq_buf_printf(&out, "s4 card %s, serial %s, firmware %#x\nreset because %s\n\n",
		       dev_name(&s4->pdev->dev), s4->info.serial, s4->fw.running, why);
	for (i = 0; i < ARRAY_SIZE(s4_dump_regs); i++)
		seq_buf_printf(&out, "%s: %#x\n", s4_dump_regs[i].name,
			       s4_read(s4, s4_dump_regs[i].reg));
	for (i = 0; i < s4->info.num_queues; i++)
		s4_dump_slot(s4, &out, &s4->slots[i], guilty);
	s4_dump_fw_log(s4, &out, &dump->log);
	return seq_buf_used(&out);
}

/**
 * s4_dump_take() - take a snapshot of a card that is about to be reset
 * @s4: device that is down; its reset lock is held
 * @why: reason; a constant string
 * @guilty: queue to blame, or NULL
 */
void s4_dump_take(struct s4_device *s4, const char *why, struct s4_queue *guilty)
{
	struct s4_dump *dump = s4->dump;
	bool room;

	spin_lock(&dump->lock);
	dump->why = why;
	room = dump->text && !dump->taken;
	spin_unlock(&dump->lock);
	/* One that nobody could be given yet tells more: it is of the first of several. */
	if (!room)
		return;
	/* While nothing is taken, the worker leaves the buffer alone. */
	dump->taken = s4_dump_write(dump, why, guilty);
}

static void s4_dump_work(struct work_struct *work)
{
	struct s4_dump *dump = container_of(work, struct s4_dump, work);
	struct device *dev = &dump->s4->pdev->dev;
	char reason[96], *env[] = { "S4_EVENT=RESET", reason, NULL };
	char *text = NULL;
	size_t taken;

	spin_lock(&dump->lock);
	taken = dump->taken;
	if (taken)
		swap(text, dump->text);
	dump->taken = 0;
	snprintf(reason, sizeof(reason), "S4_REASON=%s", dump->why);
	spin_unlock(&dump->lock);
	if (text) {
		dev_coredumpv(dev, text, taken, GFP_KERNEL);
		text = vzalloc(S4_DUMP_BYTES);
		spin_lock(&dump->lock);
		dump->text = text;
		spin_unlock(&dump->lock);
	}
	kobject_uevent_env(&dev->kobj, KOBJ_CHANGE, env);
}

/**
 * s4_dump_publish() - hand the snapshot over, and tell user space
 * @s4: device
 */
void s4_dump_publish(struct s4_device *s4)
{
	queue_work(system_unbound_wq, &s4->dump->work);
}

static void s4_dump_free(struct drm_device *drm, void *data)
{
	struct s4_dump *dump = data;

	vfree(dump->text);
}

/**
 * s4_dump_init() - allocate the buffer for the first snapshot
 * @s4: device
 *
 * Return: 0 or -ENOMEM.
 */
int s4_dump_init(struct s4_device *s4)
{
	struct s4_dump *dump = drmm_kzalloc(&s4->drm, sizeof(*dump), GFP_KERNEL);

	if (!dump)
		return -ENOMEM;
	dump->s4 = s4;
	spin_lock_init(&dump->lock);
	INIT_WORK(&dump->work, s4_dump_work);
	dump->text = vzalloc(S4_DUMP_BYTES);
	if (!dump->text)
		return -ENOMEM;
	s4->dump = dump;
	return drmm_add_action_or_reset(&s4->drm, s4_dump_free, dump);
}

/**
 * s4_dump_fini() - nothing is handed over after this
 * @s4: device, unplugged
 */
void s4_dump_fini(struct s4_device *s4)
{
	cancel_work_sync(&s4->dump->work);
}
