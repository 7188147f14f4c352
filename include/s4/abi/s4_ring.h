/* SPDX-License-Identifier: MIT */
/* Queues in host memory: ring, results, state. docs/hardware.md, "Queues and jobs". */
#ifndef S4_ABI_RING_H
#define S4_ABI_RING_H

#include "s4_types.h"

#define S4_RING_MAX_ENTRIES 1024
#define S4_MAX_COMMANDS 65536 /* a job */

/* One job. Written by the kernel only. */
struct s4_ring_entry {
	__u64 seqno; /* fence value when it ends: one more than the entry's before */
	__u64 commands_va; /* struct s4_cmd[command_count], 64-byte aligned, in the queue's space */
	__u32 command_count; /* 0..S4_MAX_COMMANDS; 0 is an empty job */
	__u32 flags; /* 0 */
	__u64 completion_va; /* struct s4_job_result in the queue's space, 64-byte aligned; 0: none */
	__u64 reserved[4]; /* 0 */
};
S4_ASSERT_SIZE(struct s4_ring_entry, 64);

/* How a job or a command ended. Also the fault codes of S4_REG_FAULT_INFO. */
enum s4_status {
	S4_OK = 0,
	S4_E_OPCODE = 1, /* no such command */
	S4_E_FIELD = 2, /* detail: offset of the field in the descriptor */
	S4_E_ALIGN = 3, /* detail: likewise */
	S4_E_OVERLAP = 4, /* destination overlaps a source; detail: offset of the destination */
	S4_E_INDEX = 5, /* an index out of range or out of order; detail: weight row, or element */
	S4_E_UNMAPPED = 6, /* fault_va is not mapped */
	S4_E_READONLY = 7, /* fault_va is mapped read-only */
	S4_E_TABLE = 8, /* a page table entry is malformed */
	S4_E_DMA = 9, /* the host refused the access: not memory, IOMMU, bus error */
	S4_E_ECC = 10, /* uncorrectable error in card DRAM */
	S4_E_JOB = 11, /* the ring entry is malformed; detail: offset of the field in it */
	S4_E_CANCELLED = 12, /* the card was reset, or the queue destroyed, before or while it ran */
	S4_E_INTERNAL = 13, /* the card's own error; the driver resets it */
};

/*
 * What became of a job: written to the queue's results[] (slot = entry's place in the ring) for
 * the kernel, and to completion_va for the user, both before the fence.
 */
struct s4_job_result {
	__u64 seqno;
	__u32 status; /* enum s4_status */
	__u32 command; /* index of the failed command */
	__u64 fault_va;
	__u32 detail;
	__u8 fault_unit; /* enum s4_unit */
	__u8 fault_core;
	__u8 fault_access; /* enum s4_access */
	__u8 reserved;
	__u64 card_start; /* card cycles at the top clock; the difference is the job's card time */
	__u64 card_end;
	__u64 start_ns; /* S4_REG_TIME when it began and ended: wall time of the guest */
	__u64 end_ns;
};
S4_ASSERT_SIZE(struct s4_job_result, 64);

/* The kernel's view of a queue; the firmware writes it. */
struct s4_queue_state {
	__u64 fence; /* seqno of the last job that ended; jobs of a queue end in order */
	__u64 started; /* seqno of the last job that began */
	__u64 jobs_failed;
	__u64 reserved[5];
};
S4_ASSERT_SIZE(struct s4_queue_state, 64);

#endif
