// SPDX-License-Identifier: GPL-2.0-only
/*
 * Recovery: one path for a hung job, a crashed firmware, a function-level reset, a link error and
 * the way back from suspend. Jobs' fences wait for it, so nothing on it allocates memory.
 *
 * Down: the slots are closed, so that schedulers park jobs instead of handing them on; the gate is
 * closed, so that nobody else touches the card.
 * Up: the reset has drained, so that the card touches no memory any more; jobs that had begun end
 * with ECANCELED; the firmware boots; spaces and queues are made anew; jobs that had not begun are
 * put into the rings again, in their order.
 */

#include <drm/drm_managed.h>

#include "s4_card_mem.h"
#include "s4_device.h"
#include "s4_dump.h"
#include "s4_fw.h"
#include "s4_irq.h"
#include "s4_queue.h"
#include "s4_reset.h"
#include "s4_sched.h"
#include "s4_vm.h"

#define S4_RESET_TRIES 3

/**
 * s4_reset_lock() - nobody else recovers the card meanwhile
 * @s4: device
 *
 * Fences may wait for whoever holds this lock, which lockdep is told.
 *
 * Return: what s4_reset_unlock() wants.
 */
bool s4_reset_lock(struct s4_device *s4)
{
	bool signalling = dma_fence_begin_signalling();

	mutex_lock(&s4->reset.lock);
	return signalling;
}

/**
 * s4_reset_unlock() - undo s4_reset_lock()
 * @s4: device
 * @signalling: what that returned
 */
void s4_reset_unlock(struct s4_device *s4, bool signalling)
{
	mutex_unlock(&s4->reset.lock);
	dma_fence_end_signalling(signalling);
}

static void s4_reset_down(struct s4_device *s4)
{
	s4_queue_close_all(s4);
	s4_hw_set_state(s4, S4_HW_DOWN);
}

static int s4_reset_try_up(struct s4_device *s4, bool trigger)
{
	int ret;

	if (s4_hw_gone(s4))
		return -ENODEV;
	if (trigger)
		s4_write(s4, S4_REG_RESET, S4_RESET_KEY);
	ret = s4_fw_wait_drained(s4);
	if (ret) {
		drm_err(&s4->drm, "reset does not end (%d)\n", ret);
		return ret;
	}
	/* From here on the card writes no memory of ours: what the queues' states say is final. */
	s4_queue_settle_all(s4);
	s4_irq_enable(s4);
	ret = s4_fw_boot(s4);
	if (ret)
		return ret;
	s4_space_restore_all(s4);
	return s4_queue_restore_all(s4);
}

/* The card is down; brings it up or gives it up. */
static int s4_reset_up(struct s4_device *s4, bool trigger)
{
	int ret, i;

	lockdep_assert_held(&s4->reset.lock);
	for (i = 0; i < S4_RESET_TRIES; i++) {
		ret = s4_reset_try_up(s4, trigger || i);
		if (!ret || ret == -ENODEV)
			break;
	}
	if (ret) {
		s4_reset_give_up_locked(s4);
		return ret;
	}
	s4->reset.down_looks = 0;
	s4_hw_set_state(s4, S4_HW_UP);
	/* Only now, so that a job's timer never finds a running job on a card that is down. */
	s4_queue_open_all(s4);
	return 0;
}

/**
 * s4_reset_locked() - reset the card and recover, now
 * @s4: device that is up; its reset lock is held
 * @why: for the log and the dump
 * @guilty: queue to ban, or NULL
 */
void s4_reset_locked(struct s4_device *s4, const char *why, struct s4_queue *guilty)
{
	lockdep_assert_held(&s4->reset.lock);
	drm_err(&s4->drm, "resetting the card: %s\n", why);
	s4_reset_down(s4);
	s4_dump_take(s4, why, guilty);
	if (guilty)
		s4_queue_ban(guilty);
	if (!s4_reset_up(s4, true))
		drm_info(&s4->drm, "the card runs again\n");
	s4_dump_publish(s4);
}

static void s4_reset_work(struct work_struct *work)
{
	struct s4_device *s4 = container_of(work, struct s4_device, reset.work);
	bool signalling = s4_reset_lock(s4);
	const char *why;

	why = xchg(&s4->reset.why, NULL);
	if (why && s4->gate.state == S4_HW_UP && !s4_hw_gone(s4)) {
		if (s4_fw_crashed(s4))
			s4_fw_log_crash(s4);
		s4_reset_locked(s4, why, NULL);
	}
	s4_reset_unlock(s4, signalling);
}

static void s4_reset_lost_work(struct work_struct *work)
{
	s4_reset_give_up(container_of(work, struct s4_device, reset.lost_work));
}

/**
 * s4_reset_request() - ask for a recovery
 * @s4: device
 * @why: for the log; a constant string
 *
 * May be called from interrupts.
 */
void s4_reset_request(struct s4_device *s4, const char *why)
{
	WRITE_ONCE(s4->reset.why, why);
	queue_work(s4->reset.wq, &s4->reset.work);
}

/**
 * s4_reset_prepare() - take the card down, for somebody else's reset or for sleep
 * @s4: device
 *
 * s4_reset_done() or s4_reset_give_up() must follow.
 */
void s4_reset_prepare(struct s4_device *s4)
{
	bool signalling = s4_reset_lock(s4);

	if (s4->gate.state == S4_HW_UP)
		s4_reset_down(s4);
	s4_reset_unlock(s4, signalling);
}

/**
 * s4_reset_done() - bring the card up after s4_reset_prepare()
 * @s4: device
 * @trigger: reset it first: nobody else did
 *
 * Return: 0 or an error: the card is then given up.
 */
int s4_reset_done(struct s4_device *s4, bool trigger)
{
	bool signalling = s4_reset_lock(s4);
	int ret = 0;

	if (s4->gate.state == S4_HW_DOWN)
		ret = s4_reset_up(s4, trigger);
	else if (s4->gate.state == S4_HW_LOST)
		ret = -ENODEV;
	s4_reset_unlock(s4, signalling);
	return ret;
}

/**
 * s4_reset_revive() - a bus reset may have brought back a card that was given up
 * @s4: device
 *
 * What was made before stays lost; new VMs and queues work again.
 *
 * Return: true when the card answers; s4_reset_done() follows.
 */
bool s4_reset_revive(struct s4_device *s4)
{
	bool there, signalling = s4_reset_lock(s4);

	there = s4_read(s4, S4_REG_MAGIC) == S4_MAGIC;
	if (there && s4->gate.state == S4_HW_LOST) {
		clear_bit(0, &s4->reset.gone);
		pci_set_master(s4->pdev);
		s4_hw_set_state(s4, S4_HW_DOWN);
	}
	s4_reset_unlock(s4, signalling);
	return there;
}

/**
 * s4_reset_give_up_locked() - end all jobs with ENODEV; the card will not be used again
 * @s4: device; its reset lock is held
 */
void s4_reset_give_up_locked(struct s4_device *s4)
{
	lockdep_assert_held(&s4->reset.lock);
	if (s4->gate.state == S4_HW_LOST)
		return;
	s4_queue_close_all(s4);
	s4_hw_set_state(s4, S4_HW_LOST);
	/*
	 * If it is still there, it must not write to memory whose users are about to be told that
	 * it is theirs again.
	 */
	if (s4_read(s4, S4_REG_MAGIC) == S4_MAGIC) {
		s4_write(s4, S4_REG_RESET, S4_RESET_KEY);
		s4_fw_wait_drained(s4);
	}
	pci_clear_master(s4->pdev);
	s4_space_lose_all(s4);
	s4_queue_lose_all(s4);
}

/**
 * s4_reset_give_up() - likewise, for who does not hold the lock
 * @s4: device
 */
void s4_reset_give_up(struct s4_device *s4)
{
	bool signalling = s4_reset_lock(s4);

	s4_reset_give_up_locked(s4);
	s4_reset_unlock(s4, signalling);
}

/**
 * s4_reset_first() - reset the card that probe found, clear its memory, boot it
 * @s4: device
 *
 * Return: 0 or an error, which has been logged.
 */
int s4_reset_first(struct s4_device *s4)
{
	bool signalling;
	int ret;

	s4_write(s4, S4_REG_RESET, S4_RESET_KEY);
	ret = s4_fw_wait_drained(s4);
	if (!ret) {
		s4_irq_enable(s4);
		ret = s4_card_mem_clear(s4);
	}
	if (ret) {
		drm_err(&s4->drm, "cannot reset the card and clear its memory (%d)\n", ret);
		return ret;
	}
	signalling = s4_reset_lock(s4);
	ret = s4_reset_up(s4, false);
	s4_reset_unlock(s4, signalling);
	return ret;
}

static void s4_reset_free_wq(struct drm_device *drm, void *wq)
{
	destroy_workqueue(wq);
}

/**
 * s4_reset_init() - prepare for recoveries
 * @s4: device
 *
 * Return: 0 or an error.
 */
int s4_reset_init(struct s4_device *s4)
{
	mutex_init(&s4->reset.lock);
	INIT_WORK(&s4->reset.work, s4_reset_work);
	INIT_WORK(&s4->reset.lost_work, s4_reset_lost_work);
	s4->reset.wq = alloc_ordered_workqueue("s4-reset", WQ_MEM_RECLAIM);
	if (!s4->reset.wq)
		return -ENOMEM;
	return drmm_add_action_or_reset(&s4->drm, s4_reset_free_wq, s4->reset.wq);
}

/**
 * s4_reset_fini() - no recovery begins after this
 * @s4: device, unplugged
 */
void s4_reset_fini(struct s4_device *s4)
{
	cancel_work_sync(&s4->reset.work);
	cancel_work_sync(&s4->reset.lost_work);
}
