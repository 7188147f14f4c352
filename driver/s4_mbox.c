// SPDX-License-Identifier: GPL-2.0-only
/* Requests to the firmware. docs/firmware.md, "Mailbox". */

#include "s4/abi/s4_mailbox.h"
#include "s4_device.h"
#include "s4_fw.h"
#include "s4_reset.h"

static int s4_mbox_errno(struct s4_device *s4, u32 op, u32 status)
{
	switch (status) {
	case S4_MBOX_OK:
		return 0;
	case S4_MBOX_E_BUSY:
		return -EBUSY;
	default:
		drm_err(&s4->drm, "firmware refused request %u with status %u\n", op, status);
		return -EIO;
	}
}

/*
 * Sends a request and waits for the answer, inside the gate or during a recovery. A request that
 * nobody answered stays the firmware's until the next reset, so that one is asked for.
 */
static int s4_mbox_call(struct s4_device *s4, u32 op, const void *args, size_t bytes,
			unsigned int ms)
{
	u32 words[S4_MBOX_WORDS] = { op };
	u32 sequence;
	int ret, i;

	memcpy(&words[1], args, bytes);
	mutex_lock(&s4->mbox.lock);
	sequence = ++s4->mbox.sequence;
	for (i = 0; i < S4_MBOX_WORDS; i++)
		s4_write(s4, S4_REG_MBOX_REQUEST + 4 * i, words[i]);
	s4_write(s4, S4_REG_MBOX_SEND, sequence);
	ret = s4_hw_wait(s4, S4_REG_MBOX_DONE, sequence, ms);
	if (!ret)
		ret = s4_mbox_errno(s4, op, s4_read(s4, S4_REG_MBOX_RESPONSE));
	mutex_unlock(&s4->mbox.lock);
	if (ret == -ETIMEDOUT)
		s4_reset_request(s4, "the firmware did not answer a request");
	return ret;
}

/**
 * s4_mbox_init() - see that the firmware just booted answers
 * @s4: device
 *
 * Return: 0 or an error.
 */
int s4_mbox_init(struct s4_device *s4)
{
	static const u32 ping = 0x53340001;
	int ret;

	s4->mbox.sequence = s4_read(s4, S4_REG_MBOX_DONE);
	ret = s4_mbox_call(s4, S4_MBOX_PING, &ping, sizeof(ping), S4_ANSWER_MS);
	if (!ret && s4_read(s4, S4_REG_MBOX_RESPONSE + 4) != ping)
		ret = -EIO;
	if (ret)
		drm_err(&s4->drm, "firmware %s does not answer its mailbox (%d)\n", s4_fw_path,
			ret);
	return ret;
}

/**
 * s4_mbox_queue_create() - make a queue known to the firmware
 * @s4: device
 * @args: its parameters
 *
 * Return: 0 or an error; -EAGAIN when a recovery came in between.
 */
int s4_mbox_queue_create(struct s4_device *s4, const struct s4_mbox_queue_create *args)
{
	return s4_mbox_call(s4, S4_MBOX_QUEUE_CREATE, args, sizeof(*args), S4_ANSWER_MS);
}

/**
 * s4_mbox_queue_destroy() - have the firmware forget a queue
 * @s4: device
 * @slot: of the queue
 *
 * Return: 0; -EBUSY: one of its jobs runs, the others have been dropped; another error.
 */
int s4_mbox_queue_destroy(struct s4_device *s4, u32 slot)
{
	return s4_mbox_call(s4, S4_MBOX_QUEUE_DESTROY, &slot, sizeof(slot), S4_ANSWER_MS);
}

/**
 * s4_mbox_quiesce() - have the firmware start no more jobs, and wait until none runs
 * @s4: device
 * @ms: at most so long
 *
 * Return: 0 or an error.
 */
int s4_mbox_quiesce(struct s4_device *s4, unsigned int ms)
{
	u32 none = 0;

	return s4_mbox_call(s4, S4_MBOX_QUIESCE, &none, 0, ms);
}

/**
 * s4_mbox_resume() - undo s4_mbox_quiesce()
 * @s4: device
 *
 * Return: 0 or an error.
 */
int s4_mbox_resume(struct s4_device *s4)
{
	u32 none = 0;

	return s4_mbox_call(s4, S4_MBOX_RESUME, &none, 0, S4_ANSWER_MS);
}
