/* SPDX-License-Identifier: MIT */
/* Counts and sizes that are the same on every S4 card. docs/hardware.md, "Limits". */
#ifndef S4_ABI_LIMITS_H
#define S4_ABI_LIMITS_H

/* The register interface's version: a driver or firmware works with the same major. */
#define S4_ABI_MAJOR 1
#define S4_ABI_MINOR 0
#define S4_ABI_VERSION ((S4_ABI_MAJOR << 16) | S4_ABI_MINOR)

#define S4_NUM_CORES 4
#define S4_NUM_QUEUES 64
#define S4_NUM_SPACES 64

/* Clock states of the cores, kHz. */
#define S4_CLOCK_TOP_KHZ 900000
#define S4_CLOCK_IDLE_KHZ 700000
#define S4_CLOCK_LOW_KHZ 450000 /* thermal or power throttling */

/* Multiply-accumulates on nonzeros that one core starts each clock. */
#define S4_MACS_INT8 4096
#define S4_MACS_BF16 2048

/* DRAM bandwidth, bytes a second. */
#define S4_DRAM_BYTES_PER_SECOND 72000000000ULL

/*
 * On-chip memory of one core. Not published for the real card; see docs/hardware.md,
 * "On-chip memory", for why this size.
 */
#define S4_SRAM_BYTES (8u << 20)

/* Default DRAM. */
#define S4_DRAM_BYTES_DEFAULT (20ULL << 30)

#define S4_BANK 64 /* weights a bank */
#define S4_MAX_DEGREE 32 /* of sparsity; degrees are powers of two */
#define S4_MAX_K 65536 /* K padded: so that INT8 sums cannot leave int32 */

#endif
