/* SPDX-License-Identifier: MIT */
/*
 * Requests of the driver to the firmware, one at a time: write REQUEST, then a new number to
 * MBOX_SEND; when MBOX_DONE equals it (S4_IRQ_MAILBOX), RESPONSE is valid.
 * docs/firmware.md, "Mailbox".
 */
#ifndef S4_ABI_MAILBOX_H
#define S4_ABI_MAILBOX_H

#include "s4_regs.h"

enum s4_mbox_op {
	S4_MBOX_PING = 1, /* answers with the same arguments */
	S4_MBOX_QUEUE_CREATE = 2, /* struct s4_mbox_queue_create */
	S4_MBOX_QUEUE_DESTROY = 3, /* args[0]: slot; drops jobs not begun; BUSY while one runs */
	S4_MBOX_QUIESCE = 4, /* starts no more jobs; answers when none runs. For suspend */
	S4_MBOX_RESUME = 5, /* undoes QUIESCE */
};

enum s4_mbox_status {
	S4_MBOX_OK = 0,
	S4_MBOX_E_OP = 1, /* no such request */
	S4_MBOX_E_ARG = 2, /* an argument is out of range, or a reserved word is not zero */
	S4_MBOX_E_BUSY = 3,
	S4_MBOX_E_EXISTS = 4, /* slot in use, or not in use */
};

/* Cores that a queue's jobs run on. */
enum s4_core_mode {
	S4_CORE_MODE_ONE = 0, /* one core, `core` says which */
	S4_CORE_MODE_SPLIT = 1, /* four, columns (the batch) split */
	S4_CORE_MODE_BROADCAST = 2, /* four, rows (the outputs) split, input read by all */
};

#define S4_PRIORITY_LOW 0
#define S4_PRIORITY_NORMAL 1
#define S4_PRIORITY_HIGH 2
#define S4_NUM_PRIORITIES 3

struct s4_mbox_queue_create {
	__u32 slot; /* 0..63 */
	__u32 space; /* 0..63; enabled */
	__u32 core_mode; /* enum s4_core_mode */
	__u32 core; /* with S4_CORE_MODE_ONE, else 0 */
	__u32 priority;
	__u32 vector; /* of the fence interrupt, 1..31 */
	__u32 ring_entries; /* power of two, 2..S4_RING_MAX_ENTRIES */
	__u32 ring_lo, ring_hi; /* DMA address of struct s4_ring_entry[], 64-byte aligned */
	__u32 results_lo, results_hi; /* DMA address of struct s4_job_result[], likewise */
	__u32 state_lo, state_hi; /* DMA address of struct s4_queue_state, likewise */
	__u32 reserved[2];
};

struct s4_mbox_message {
	__u32 op; /* request: enum s4_mbox_op; response: enum s4_mbox_status */
	union {
		__u32 args[S4_MBOX_WORDS - 1];
		struct s4_mbox_queue_create queue_create;
	};
};
S4_ASSERT_SIZE(struct s4_mbox_queue_create, 60);
S4_ASSERT_SIZE(struct s4_mbox_message, 4 * S4_MBOX_WORDS);

#endif
