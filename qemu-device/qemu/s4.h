/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The S4 card as a QEMU PCIe device. All behaviour is libs4card's (s4/card/card.h); these files
 * hold PCI configuration, memory regions, interrupts, access to guest memory and properties.
 */
#ifndef HW_S4_H
#define HW_S4_H

#include "qemu/thread.h"
#include "qom/object.h"

#include "s4-compat.h"

#include "s4/card/card.h"

#define TYPE_S4 "s4"
OBJECT_DECLARE_SIMPLE_TYPE(S4State, S4)

/* Fault properties kept until the card exists: s4-faults.c. */
#define S4_NUM_FAULT_PROPERTIES 9

/* Guest memory as the card reaches it: s4-dma.c. */
typedef struct S4Dma {
    AddressSpace *as;
    GRWLock mode;             /* protects translated */
    bool translated;          /* behind an IOMMU that is on */
    QemuMutex lock;           /* protects pages, requests and cut */
    GHashTable *pages;        /* I/O virtual page -> S4DmaPage; only when translated */
    QemuCond changed;
    QTAILQ_HEAD(, S4DmaRequest) requests;
    unsigned cut;             /* > 0: whoever holds the big lock may wait for our copies */
    QEMUBH *translate;
    MemoryListener listener;
    QLIST_HEAD(, S4DmaNotifier) notifiers;
} S4Dma;

struct S4State {
    PCIDevice parent_obj;

    struct s4_card *card;
    MemoryRegion regs;
    MemoryRegion dram_window; /* power of two; holds dram at 0 */
    MemoryRegion dram;
    MemoryRegion msix;
    S4Dma dma;

    uint32_t vectors_pending; /* atomic; raised by the bottom half */
    uint32_t errors_pending;  /* atomic; bit per enum s4_card_error */
    QEMUBH *raise;
    VMChangeStateEntry *vm_state;
    Notifier exit;
    uint8_t pm_cap;

    uint64_t memory;
    uint64_t aperture;
    uint32_t threads;
    char *serial;
    bool firmware_verify;
    bool fault_injection;
    uint32_t fault_args[S4_NUM_FAULT_PROPERTIES];
    uint32_t faults_wanted;   /* bit per fault property set before realize */
};

/* s4-dma.c */
int s4_dma_read(void *opaque, uint64_t addr, void *dst, size_t bytes);
int s4_dma_write(void *opaque, uint64_t addr, const void *src, size_t bytes);
const void *s4_dma_map(void *opaque, uint64_t addr, size_t *bytes);
void s4_dma_unmap(void *opaque, const void *pointer, size_t bytes);
void s4_dma_init(S4State *s);
void s4_dma_exit(S4State *s);
/*
 * Around the card's waiting for copies in progress, which whoever holds the big lock may have caused:
 * a copy that needs that lock to translate its address gives up in between, to be tried again.
 */
void s4_dma_cut(void *opaque, int on);

/* s4-error.c: reports AER errors; with the big lock held. */
void s4_report_errors(S4State *s, uint32_t errors);

/* s4-faults.c */
void s4_faults_add_properties(ObjectClass *klass);
void s4_faults_apply(S4State *s);

#endif
