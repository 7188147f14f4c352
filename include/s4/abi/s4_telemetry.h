/* SPDX-License-Identifier: MIT */
/* What the firmware publishes at S4_REG_TELEMETRY and S4_REG_FW_LOG. docs/hardware.md. */
#ifndef S4_ABI_TELEMETRY_H
#define S4_ABI_TELEMETRY_H

#include "s4_regs.h"

#define S4_THROTTLE_THERMAL (1u << 0)
#define S4_THROTTLE_POWER (1u << 1)
#define S4_THROTTLE_IDLE (1u << 2) /* nothing to do: clock lowered */

/* sequence is odd while the firmware writes: read it before and after, retry if it moved. */
struct s4_telemetry {
	__u32 sequence;
	__u32 size; /* bytes valid, from the beginning */
	__u64 uptime_ms; /* since the firmware started */
	__s32 temperature_mc; /* thousandths of a degree Celsius */
	__u32 power_mw;
	__u32 power_limit_mw;
	__u32 voltage_mv;
	__u32 clock_khz;
	__u32 throttle; /* S4_THROTTLE_* */
	__u32 utilization_permille[S4_NUM_CORES]; /* busy share of wall time since the last sample */
	__u64 busy_ns[S4_NUM_CORES]; /* since the firmware started; wall time */
	__u64 ecc_corrected;
	__u64 ecc_uncorrected;
	__u64 jobs_done;
	__u64 jobs_failed;
	__u64 commands_done;
	__u32 queues;
	__u32 reserved[31];
};
S4_ASSERT_SIZE(struct s4_telemetry, 256);

/* A ring of text: the last `written` % sizeof(text) bytes are the newest. */
struct s4_fw_log {
	__u32 written; /* bytes ever written */
	char text[S4_FW_LOG_BYTES - 4];
};
S4_ASSERT_SIZE(struct s4_fw_log, S4_FW_LOG_BYTES);

#endif
