/* SPDX-License-Identifier: MIT */
/*
 * What the firmware sees: the MCU's memory map and the card's internal registers. The host sees
 * none of it. All registers are 32 bits wide. docs/firmware.md, "The MCU's world".
 */
#ifndef S4_ABI_MCU_H
#define S4_ABI_MCU_H

#include "s4_cmd.h"
#include "s4_regs.h"
#include "s4_ring.h"

#define S4_MCU_RAM 0x20000000u
#define S4_MCU_RAM_BYTES (1u << 20)

/* Timer, in the layout of the common core-local interruptor. mtime counts microseconds of S4_REG_TIME. */
#define S4_MCU_MTIMECMP_LO 0x02004000u
#define S4_MCU_MTIMECMP_HI 0x02004004u
#define S4_MCU_MTIME_LO 0x0200bff8u
#define S4_MCU_MTIME_HI 0x0200bffcu

/* System block. */
#define S4_MCU_SYS 0x40000000u
#define S4_SYS_READY 0x00 /* WO: the fw_version; boot state becomes RUNNING */
#define S4_SYS_WATCHDOG 0x04 /* WO: feeds the watchdog; counts S4_REG_HEARTBEAT */
#define S4_SYS_CRASH 0x08 /* WO: mcause; the firmware gives up. S4_SYS_CRASH_PC, _TVAL first */
#define S4_SYS_CRASH_PC 0x0c
#define S4_SYS_CRASH_TVAL 0x10
#define S4_SYS_HOST_IRQ 0x14 /* WO: sets bits of S4_REG_IRQ_STATUS */
#define S4_SYS_VECTOR 0x18 /* WO: raises this MSI-X vector */
#define S4_SYS_TIME_LO 0x1c /* RO: ns, S4_REG_TIME; LO latches HI */
#define S4_SYS_TIME_HI 0x20
#define S4_SYS_SRAM_CLEAR 0x24 /* WO: mask of cores whose on-chip memory becomes zero */
#define S4_SYS_SPACES_LO 0x28 /* RO: enabled address spaces, a bit each */
#define S4_SYS_SPACES_HI 0x2c
/*
 * The watchdog bites when the MCU has executed this many instructions since it was last fed: a
 * count, not a time, so that a slow host does not bite. Sleeping (WFI) does not count.
 */
#define S4_WATCHDOG_INSTRUCTIONS 50000000u

/* Interrupts: any bit of PENDING & ENABLE raises the machine external interrupt. */
#define S4_MCU_INTC 0x40001000u
#define S4_INTC_PENDING 0x00 /* RO: level; cleared at the source */
#define S4_INTC_ENABLE 0x04 /* RW */
#define S4_INTC_DOORBELL (1u << 0) /* DOORBELL_PENDING is not zero */
#define S4_INTC_MAILBOX (1u << 1) /* a request was sent and is not answered */
#define S4_INTC_UNIT (1u << 2) /* DISPATCH_DONE is not zero */

/* Doorbells. */
#define S4_MCU_DOORBELL 0x40002000u
#define S4_DOORBELL_PENDING_LO 0x00 /* RW1C: queues whose doorbell rang */
#define S4_DOORBELL_PENDING_HI 0x04
#define S4_DOORBELL_EXISTS_LO 0x08 /* RW: queues that exist; a doorbell of another one is bad */
#define S4_DOORBELL_EXISTS_HI 0x0c
#define S4_DOORBELL_TAIL(queue) (0x100 + 4 * (queue)) /* RO: value last written */

/* Mailbox. */
#define S4_MCU_MBOX 0x40003000u
#define S4_MBOX_SEQ 0x00 /* RO: number of the request */
#define S4_MBOX_REPLY 0x04 /* WO: the number; hands the response to the host */
#define S4_MBOX_REQ(word) (0x40 + 4 * (word)) /* RO */
#define S4_MBOX_RESP(word) (0x80 + 4 * (word)) /* WO */

/*
 * Data port: a transfer between MCU RAM and an address space or the host, done when the store to
 * GO returns. RAM addresses are 4-byte aligned; at most 64 KiB. The queue is the one that
 * S4_REG_FAULT_INFO names if the transfer fails.
 */
#define S4_MCU_PORT 0x40004000u
#define S4_PORT_ADDR_LO 0x00
#define S4_PORT_ADDR_HI 0x04
#define S4_PORT_RAM 0x08
#define S4_PORT_BYTES 0x0c
#define S4_PORT_SPACE 0x10 /* space | queue << 8, or S4_PORT_HOST for a DMA address */
#define S4_PORT_HOST 0xffffffffu
#define S4_PORT_CORES 0x14 /* on-chip window of the access: first core | count << 8; 0: none */
#define S4_PORT_GO 0x18 /* WO: enum s4_access: READ (to RAM) or WRITE (from RAM) */
#define S4_PORT_STATUS 0x1c /* RO: enum s4_status of the last transfer */
#define S4_PORT_FAULT_LO 0x20 /* RO: VA that failed */
#define S4_PORT_FAULT_HI 0x24
#define S4_PORT_MAX_BYTES 65536u

/* Dispatch: unit index = unit * S4_NUM_CORES + core, a block of 64 bytes each. */
#define S4_MCU_DISPATCH 0x40005000u
#define S4_DISPATCH_DONE 0x00 /* RW1C: units whose group ended its commands, a bit each */
#define S4_DISPATCH_BUSY 0x04 /* RO: units at work or with DONE not cleared */
#define S4_DISPATCH_CANCEL 0x08 /* WO: bits of units to stop; they end with S4_E_CANCELLED */
#define S4_DISPATCH_UNIT(index) (0x100 + 64 * (index))
#define S4_UNIT_START 0x00 /* WO: MCU RAM address of struct s4_dispatch, copied at once */
#define S4_UNIT_STATUS 0x04 /* RO: enum s4_status, valid when DONE */
#define S4_UNIT_DETAIL 0x08
#define S4_UNIT_ACCESS 0x0c
#define S4_UNIT_FAULT_LO 0x10
#define S4_UNIT_FAULT_HI 0x14
#define S4_UNIT_CYCLES_LO 0x18 /* RO: modelled cost of what was done, cycles at the top clock */
#define S4_UNIT_CYCLES_HI 0x1c

/* A command, or one core's share of it. */
struct s4_dispatch {
	__u8 space;
	__u8 queue;
	__u8 sram_core; /* first core of the job's on-chip window */
	__u8 sram_cores; /* 1 or 4 */
	__u32 slice_axis; /* enum s4_slice */
	__u64 slice_begin; /* this unit's share of the axis: [begin, end) */
	__u64 slice_end;
	__u32 group; /* units, this one among them, whose DONE appear together, with the last */
	__u32 reserved;
	struct s4_cmd command;
};
S4_ASSERT_SIZE(struct s4_dispatch, 288);

/* What a split command is split over; which axis that is, is the command's (docs/hardware.md). */
enum s4_slice {
	S4_SLICE_ALL = 0, /* not split */
	S4_SLICE_COLUMNS = 1, /* S4_CORE_MODE_SPLIT */
	S4_SLICE_ROWS = 2, /* S4_CORE_MODE_BROADCAST */
};

/* Work retired, for jobs that no unit sees. */
#define S4_MCU_PROGRESS 0x40006000u
#define S4_PROGRESS_CREDIT 0x00 /* WO: queue; adds one to S4_REG_PROGRESS(queue) */

/* Sensors. 64-bit values: reading LO latches HI. */
#define S4_MCU_SENSORS 0x40007000u
#define S4_SENSOR_TEMPERATURE 0x00 /* RO: thousandths of a degree Celsius, signed */
#define S4_SENSOR_POWER 0x04 /* RO: mW */
#define S4_SENSOR_POWER_LIMIT 0x08 /* RO: mW */
#define S4_SENSOR_VOLTAGE 0x0c /* RO: mV */
#define S4_SENSOR_CLOCK 0x10 /* RO: kHz */
#define S4_SENSOR_THROTTLE 0x14 /* RO: S4_THROTTLE_* */
#define S4_SENSOR_ECC_CORRECTED_LO 0x18
#define S4_SENSOR_ECC_CORRECTED_HI 0x1c
#define S4_SENSOR_ECC_UNCORRECTED_LO 0x20
#define S4_SENSOR_ECC_UNCORRECTED_HI 0x24
#define S4_SENSOR_BUSY_LO(core) (0x40 + 8 * (core)) /* RO: ns of wall time a unit of it worked */
#define S4_SENSOR_BUSY_HI(core) (0x44 + 8 * (core))

/* Windows: struct s4_telemetry and struct s4_fw_log as the host sees them; bytes, RW. */
#define S4_MCU_TELEMETRY 0x40010000u
#define S4_MCU_FW_LOG 0x40012000u

#endif
