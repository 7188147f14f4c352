/* SPDX-License-Identifier: MIT */
/*
 * libs4card: one S4 accelerator card as a library. It knows nothing of QEMU, PCI configuration or
 * operating systems: whoever holds it (the QEMU glue, libs4's sim transport, a test) forwards
 * register accesses and gives it callbacks for host memory, interrupts and time.
 *
 * Ownership: the holder owns the card and must keep the callbacks valid until s4_card_destroy()
 * returns. Several cards in one process share nothing.
 *
 * Threads: the functions below may be called from any thread, and never wait for work in progress,
 * with the exception of s4_card_destroy(). Callbacks come from the card's own threads (each
 * announced by thread_attach first) and from threads that call in. A callback must not call what
 * takes memory away (reset, stop, set_bus_master, inject, shutdown, destroy), nor wait for a thread
 * that does: those wait for callbacks in progress.
 */
#ifndef S4_CARD_CARD_H
#define S4_CARD_CARD_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define S4_CARD_API __attribute__((visibility("default")))

/* Bumped on any incompatible change of this file. */
#define S4_CARD_API_VERSION 1

struct s4_card;

enum s4_card_log {
	S4_CARD_LOG_GUEST_ERROR = 0, /* the guest did what it must not */
	S4_CARD_LOG_WARNING = 1, /* something of the host's */
	S4_CARD_LOG_TRACE = 2, /* only when config.trace is set */
};

/* Kinds of PCIe error that the card asks its holder to report (AER). */
enum s4_card_error {
	S4_CARD_ERROR_CORRECTABLE = 0, /* internal, corrected */
	S4_CARD_ERROR_UNCORRECTABLE = 1, /* internal, uncorrectable */
};

/* Callbacks. `opaque` is s4_card_create()'s. All are required unless marked. */
struct s4_card_host {
	size_t size; /* sizeof(struct s4_card_host) */
	/*
	 * Access host memory at DMA address `addr`. 0, or -1 when any byte of the range is not
	 * plain memory that the card may access so; a failed write may have written a part.
	 * 1: interrupted by dma_cut; the card looks whether it may try again.
	 */
	int (*dma_read)(void *opaque, uint64_t addr, void *dst, size_t bytes);
	int (*dma_write)(void *opaque, uint64_t addr, const void *src, size_t bytes);
	/*
	 * Optional, for a holder whose dma_read and dma_write may wait for a lock that is held while
	 * it calls into the card. From on = 1 until on = 0 the card waits, in such a call (a register
	 * write, reset, stop, bus master, inject, shutdown), for those two to return: they return 1
	 * rather than wait. Calls of several threads may overlap: the last on = 0 ends it.
	 */
	void (*dma_cut)(void *opaque, int on);
	/*
	 * Optional. A pointer to host memory at `addr`, or NULL; *bytes is cut to what is
	 * contiguous. Every map is matched by an unmap with the same pointer and length.
	 * The card maps for reading only. This version maps nothing: a mapping in use could not be
	 * taken back within one bounded copy, as the functions below promise.
	 */
	const void *(*dma_map)(void *opaque, uint64_t addr, size_t *bytes);
	void (*dma_unmap)(void *opaque, const void *pointer, size_t bytes);
	void (*interrupt)(void *opaque, unsigned vector);
	uint64_t (*clock_ns)(void *opaque); /* the guest's monotonic time; stands while it is stopped */
	void (*thread_attach)(void *opaque); /* optional: the calling thread will use callbacks */
	void (*thread_detach)(void *opaque); /* optional */
	void (*report_error)(void *opaque, enum s4_card_error kind); /* optional */
	void (*log)(void *opaque, enum s4_card_log level, const char *text); /* optional */
};

struct s4_card_config {
	size_t size; /* sizeof(struct s4_card_config) */
	uint64_t dram_bytes; /* 0: S4_DRAM_BYTES_DEFAULT; a multiple of 2 MiB */
	uint64_t aperture_bytes; /* 0: all of it; a multiple of 2 MiB */
	unsigned threads; /* workers; 0: one a host processor */
	const char *serial; /* up to 31 ASCII characters; NULL: derived by the holder's choice, "S4-0" */
	int skip_signature; /* 1: the boot ROM takes unsigned firmware (hash is still checked) */
	int faults; /* 1: the guest may inject faults (S4_FEATURE_FAULTS) */
	int trace; /* 1: log S4_CARD_LOG_TRACE too */
};

enum s4_card_reset {
	S4_CARD_RESET_BUS = 0, /* bus reset: also ends a dropped link */
	S4_CARD_RESET_FUNCTION = 1, /* FLR */
	S4_CARD_RESET_D3 = 2, /* D3hot to D0 */
};

/*
 * Makes a card in power-on state. On failure returns NULL and writes a sentence that names the
 * field and the remedy to `error` (always terminated).
 */
S4_CARD_API struct s4_card *s4_card_create(const struct s4_card_config *config,
					   const struct s4_card_host *host, void *opaque,
					   char *error, size_t error_bytes);

/*
 * Cuts the card off from its holder: after it returns no callback but thread_detach begins any
 * more; at most one bounded copy (64 KiB) was waited for. Work in progress is cancelled.
 */
S4_CARD_API void s4_card_shutdown(struct s4_card *card);

/* Shuts down if need be, waits for the card's threads, frees all. NULL is allowed. */
S4_CARD_API void s4_card_destroy(struct s4_card *card);

/* BAR0. `size` is 1, 2, 4 or 8; anything but an aligned 4 is a guest error (8 is split). */
S4_CARD_API uint64_t s4_card_mmio_read(struct s4_card *card, uint64_t offset, unsigned size);
S4_CARD_API void s4_card_mmio_write(struct s4_card *card, uint64_t offset, uint64_t value,
				    unsigned size);

/* Card DRAM, for a RAM-backed BAR2: page-aligned, valid until destroy, reserved lazily. */
S4_CARD_API void *s4_card_dram(struct s4_card *card, uint64_t *bytes);

/*
 * Resets. When it returns, no access of the time before reaches host memory any more; the boot
 * state is RESETTING until work in progress has stopped, then WAITING. DRAM keeps its contents.
 */
S4_CARD_API void s4_card_reset(struct s4_card *card, enum s4_card_reset kind);

/*
 * Bus mastering off: accesses to host memory fail and no interrupt is raised. A new card has it
 * off; a reset turns it off.
 */
S4_CARD_API void s4_card_set_bus_master(struct s4_card *card, int on);

/*
 * The machine stops and goes on: while stopped no access to host memory or DRAM begins and no
 * interrupt is raised; nothing is lost. Returns without waiting for more than one bounded copy.
 */
S4_CARD_API void s4_card_stop(struct s4_card *card);
S4_CARD_API void s4_card_continue(struct s4_card *card);

/* True while the link is dropped by a fault on demand: the holder answers with all ones. */
S4_CARD_API int s4_card_link_down(struct s4_card *card);

/* Triggers enum s4_inject with its argument, as the debug registers do, whatever config.faults. */
S4_CARD_API int s4_card_inject(struct s4_card *card, uint32_t what, uint32_t arg);

#ifdef __cplusplus
}
#endif

#endif
