/* SPDX-License-Identifier: MIT */
/*
 * BAR0: the registers, all 32 bits wide and accessed as 32 bits at aligned offsets.
 * A read elsewhere gives 0, a write elsewhere is ignored; both are logged as guest errors.
 * docs/hardware.md, "Registers".
 */
#ifndef S4_ABI_REGS_H
#define S4_ABI_REGS_H

#include "s4_limits.h"
#include "s4_types.h"

/* Identity (read-only). */
#define S4_REG_MAGIC 0x0000
#define S4_MAGIC 0x43413453u /* "S4AC" */
#define S4_REG_ABI_VERSION 0x0004 /* S4_ABI_VERSION */
#define S4_REG_REVISION 0x0008
#define S4_REG_FEATURES 0x000c
#define S4_FEATURE_FW_VERIFY (1u << 0) /* boot ROM checks signatures */
#define S4_FEATURE_FAULTS (1u << 1) /* S4_REG_FAULT_* work */
#define S4_REG_NUM_CORES 0x0010
#define S4_REG_NUM_QUEUES 0x0014
#define S4_REG_NUM_SPACES 0x0018
#define S4_REG_NUM_VECTORS 0x001c
#define S4_REG_DRAM_SIZE_LO 0x0020 /* bytes */
#define S4_REG_DRAM_SIZE_HI 0x0024
#define S4_REG_APERTURE_LO 0x0028 /* bytes of DRAM that BAR2 reaches, from card address 0 */
#define S4_REG_APERTURE_HI 0x002c
#define S4_REG_SRAM_SIZE 0x0030 /* bytes a core */
#define S4_REG_CLOCK_TOP 0x0034 /* kHz */
#define S4_REG_ROM_VERSION 0x0038
#define S4_REG_SERIAL 0x0040 /* 32 bytes of ASCII, NUL padded */
#define S4_SERIAL_BYTES 32
#define S4_REG_TIME_LO 0x0060 /* ns since power-on; reading LO latches HI */
#define S4_REG_TIME_HI 0x0064

/* Boot and reset. */
#define S4_REG_BOOT_STATUS 0x0100 /* RO: enum s4_boot_state | enum s4_boot_error << 8 */
#define S4_BOOT_STATE(status) ((status) & 0xffu)
#define S4_BOOT_ERROR(status) (((status) >> 8) & 0xffu)
#define S4_REG_BOOT_CTRL 0x0104 /* WO: S4_BOOT_START, in state WAITING or FAILED */
#define S4_BOOT_START 1u
#define S4_REG_FW_ADDR_LO 0x0108 /* RW: DMA address of the firmware image */
#define S4_REG_FW_ADDR_HI 0x010c
#define S4_REG_FW_SIZE 0x0110 /* RW: bytes of the image, header included */
#define S4_REG_FW_VERSION 0x0114 /* RO: of the image that runs; 0 if none */
#define S4_REG_RESET 0x0118 /* WO: S4_RESET_KEY resets the card */
#define S4_RESET_KEY 0x52455354u /* "REST" */
#define S4_REG_RESET_COUNT 0x011c /* RO: resets of any kind since power-on */
#define S4_REG_HEARTBEAT 0x0120 /* RO: how often the firmware fed its watchdog */
#define S4_REG_MCU_STATE 0x0124 /* RO: enum s4_mcu_state */
#define S4_REG_CRASH_PC 0x0128 /* RO: valid in S4_MCU_CRASHED and S4_MCU_WATCHDOG */
#define S4_REG_CRASH_CAUSE 0x012c /* RO: mcause */
#define S4_REG_CRASH_TVAL 0x0130 /* RO: mtval */

/* Interrupt sources of vector S4_VECTOR_CONTROL. Status bits stay set whatever ENABLE says. */
#define S4_REG_IRQ_STATUS 0x0200 /* RW1C */
#define S4_REG_IRQ_ENABLE 0x0204 /* RW */
#define S4_IRQ_MAILBOX (1u << 0) /* a response is there */
#define S4_IRQ_BOOT (1u << 1) /* BOOT_STATUS became RUNNING or FAILED */
#define S4_IRQ_INVALIDATED (1u << 2) /* an S4_SPACE_INVAL_DONE moved */
#define S4_IRQ_FAULT (1u << 3) /* S4_REG_FAULT_INFO holds a fault */
#define S4_IRQ_CRASH (1u << 4) /* the firmware crashed or its watchdog bit */
#define S4_IRQ_ECC (1u << 5) /* an uncorrectable error was counted */
#define S4_IRQ_THERMAL (1u << 6) /* throttling began or ended */
#define S4_IRQ_DISCARDED (1u << 8) /* S4_REG_DISCARD_DONE moved */
#define S4_IRQ_RESET_DONE (1u << 7) /* a reset has drained: BOOT_STATUS left RESETTING */

/* Mailbox: s4_mailbox.h. */
#define S4_REG_MBOX_SEND 0x0240 /* WO: sequence number; hands REQUEST to the firmware */
#define S4_REG_MBOX_DONE 0x0244 /* RO: sequence number whose RESPONSE is there */
#define S4_REG_MBOX_REQUEST 0x0280 /* RW: 16 words */
#define S4_REG_MBOX_RESPONSE 0x02c0 /* RO: 16 words */
#define S4_MBOX_WORDS 16

/* The first fault since it was last cleared; later ones only count. */
#define S4_REG_FAULT_INFO 0x0300 /* RW1C any bit clears: bit 31 valid, others below */
#define S4_FAULT_VALID (1u << 31)
#define S4_FAULT_SPACE(info) ((info) & 0x3fu)
#define S4_FAULT_QUEUE(info) (((info) >> 6) & 0x3fu)
#define S4_FAULT_UNIT(info) (((info) >> 12) & 0x1fu) /* enum s4_unit * cores + core */
#define S4_FAULT_ACCESS(info) (((info) >> 17) & 0x3u) /* enum s4_access */
#define S4_FAULT_CODE(info) (((info) >> 19) & 0xffu) /* enum s4_status */
#define S4_REG_FAULT_VA_LO 0x0304
#define S4_REG_FAULT_VA_HI 0x0308
#define S4_REG_FAULT_COUNT 0x030c /* RO: all faults since reset */
#define S4_REG_BAD_DOORBELLS 0x0310 /* RO: doorbells rung for queues that do not exist */

/*
 * Discard: card DRAM from ADDR (page aligned) for BYTES (page multiple) reads as zero again and
 * its host memory is given back. One at a time: write REQUEST when DONE equals the last request.
 * Needs no firmware; works in every boot state.
 */
#define S4_REG_DISCARD_ADDR_LO 0x0320 /* RW */
#define S4_REG_DISCARD_ADDR_HI 0x0324
#define S4_REG_DISCARD_BYTES_LO 0x0328 /* RW */
#define S4_REG_DISCARD_BYTES_HI 0x032c
#define S4_REG_DISCARD_REQUEST 0x0330 /* WO: a new number, not 0 */
#define S4_REG_DISCARD_DONE 0x0334 /* RO: number of the last discard that has ended */
#define S4_REG_DISCARD_ERROR 0x0338 /* RO: 1 if that one was out of range or misaligned */

/* Faults on demand (docs/hardware.md, "Faults on demand"); only with S4_FEATURE_FAULTS. */
#define S4_REG_FAULT_ARG 0x0380 /* RW: see enum s4_inject */
#define S4_REG_FAULT_TRIGGER 0x0384 /* WO: enum s4_inject */

/* Address spaces: one block of 32 bytes each. */
#define S4_REG_SPACE(space) (0x1000 + 32 * (space))
#define S4_SPACE_ROOT_LO 0x00 /* RW: DMA address of the root table */
#define S4_SPACE_ROOT_HI 0x04
#define S4_SPACE_CTRL 0x08 /* RW: S4_SPACE_ENABLE; clearing it also invalidates */
#define S4_SPACE_ENABLE 1u
#define S4_SPACE_INVAL_REQUEST 0x10 /* WO: any number; drops the space's translations */
#define S4_SPACE_INVAL_DONE 0x14 /* RO: the last number for which no old access is left */

/* Work retired a queue, 64 bits: stands still only when a queue makes no progress. RO. */
#define S4_REG_PROGRESS(queue) (0x2000 + 8 * (queue))

/* Doorbells: write the ring's new tail (a free-running 32-bit count of entries). WO. */
#define S4_REG_DOORBELL(queue) (0x8000 + 4 * (queue))

/* Memory-like read-only windows. */
#define S4_REG_FW_LOG 0xe000 /* text of the firmware: s4_telemetry.h, struct s4_fw_log */
#define S4_FW_LOG_BYTES 0x1000
#define S4_REG_TELEMETRY 0xf000 /* struct s4_telemetry */
#define S4_TELEMETRY_BYTES 0x1000

enum s4_boot_state {
	S4_BOOT_RESETTING = 0, /* work of before the reset drains; nothing else may be written */
	S4_BOOT_WAITING = 1, /* for BOOT_CTRL */
	S4_BOOT_LOADING = 2, /* the boot ROM reads and checks the image */
	S4_BOOT_STARTING = 3, /* the firmware runs, and has not said that it is ready */
	S4_BOOT_RUNNING = 4,
	S4_BOOT_FAILED = 5, /* S4_BOOT_ERROR says why */
	S4_BOOT_CRASHED = 6, /* it ran, and crashed or hung: see MCU_STATE; only a reset helps */
};

enum s4_boot_error {
	S4_BOOT_E_NONE = 0,
	S4_BOOT_E_DMA = 1, /* the image could not be read */
	S4_BOOT_E_SIZE = 2, /* FW_SIZE and the header disagree, or too large */
	S4_BOOT_E_MAGIC = 3,
	S4_BOOT_E_HEADER = 4, /* header version, load or entry address, reserved bytes */
	S4_BOOT_E_ABI = 5, /* made for another S4_ABI_MAJOR */
	S4_BOOT_E_OLD = 6, /* version below what the boot ROM accepts */
	S4_BOOT_E_HASH = 7,
	S4_BOOT_E_SIGNATURE = 8,
	S4_BOOT_E_START = 9, /* the firmware stopped before it said that it is ready */
};

enum s4_mcu_state {
	S4_MCU_HELD = 0, /* in reset */
	S4_MCU_RUNS = 1,
	S4_MCU_SLEEPS = 2,
	S4_MCU_CRASHED = 3, /* trap without a handler, or the firmware's own report */
	S4_MCU_WATCHDOG = 4, /* the watchdog bit */
};

/* Values of S4_REG_FAULT_TRIGGER; A is S4_REG_FAULT_ARG. */
enum s4_inject_heat {
	S4_INJECT_HEAT_NONE = 0, /* normal again */
	S4_INJECT_HEAT_LIMIT = 1, /* at the temperature limit at once */
	S4_INJECT_HEAT_BLOCKED = 2, /* little air reaches the card: work warms it up to the limit */
};

enum s4_inject {
	S4_INJECT_HANG = 1, /* the next command of queue A makes no progress until reset */
	S4_INJECT_DMA_ERROR = 2, /* the next A host accesses of a unit fail */
	S4_INJECT_ECC_CORRECTED = 3, /* A single-bit errors, counted */
	S4_INJECT_ECC_UNCORRECTED = 4, /* the next DRAM read of a unit fails */
	S4_INJECT_FW_CRASH = 5, /* the MCU takes an illegal instruction */
	S4_INJECT_FW_HANG = 6, /* the MCU loops; its watchdog bites */
	S4_INJECT_THERMAL = 7, /* A: enum s4_inject_heat */
	S4_INJECT_LINK_DROP = 8, /* every read gives all ones until the next bus reset */
	S4_INJECT_SLOW = 9, /* each following command takes A more ms of host time, with progress */
};

/* How an address was used. */
enum s4_access {
	S4_ACCESS_READ = 0,
	S4_ACCESS_WRITE = 1,
	S4_ACCESS_WALK = 2, /* page table walk */
};

/* A core's units. */
enum s4_unit {
	S4_UNIT_SPU = 0, /* sparse and dense matrix work */
	S4_UNIT_VPU = 1, /* vector work */
	S4_UNIT_DMA = 2, /* copies and fills */
	S4_UNIT_FIRMWARE = 3, /* done by the firmware itself: barrier, timestamp, job handling */
};
#define S4_NUM_UNITS 3 /* that commands are dispatched to */

#endif
