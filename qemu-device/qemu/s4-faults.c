/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * x-fault-* properties: faults on demand, at start-up (-device s4,x-fault-thermal=1) or while the
 * machine runs (qom-set). The value is the argument of enum s4_inject. Write only in effect: a read
 * gives the value last written.
 */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qapi/visitor.h"
#include "s4.h"
#include "trace.h"

#include "s4/abi/s4_regs.h"

static const struct {
    const char *name;
    uint32_t inject;
    const char *description;
} s4_faults[S4_NUM_FAULT_PROPERTIES] = {
    { "x-fault-hang", S4_INJECT_HANG, "Queue whose next command makes no progress" },
    { "x-fault-dma", S4_INJECT_DMA_ERROR, "Number of host accesses that fail" },
    { "x-fault-ecc-corrected", S4_INJECT_ECC_CORRECTED, "Number of corrected errors" },
    { "x-fault-ecc-uncorrected", S4_INJECT_ECC_UNCORRECTED, "The next DRAM read fails" },
    { "x-fault-fw-crash", S4_INJECT_FW_CRASH, "The firmware crashes" },
    { "x-fault-fw-hang", S4_INJECT_FW_HANG, "The firmware loops" },
    { "x-fault-thermal", S4_INJECT_THERMAL, "At the temperature limit (1), airflow blocked (2) or normal (0)" },
    { "x-fault-link-drop", S4_INJECT_LINK_DROP, "Reads give all ones until the next bus reset" },
    { "x-fault-slow", S4_INJECT_SLOW, "Milliseconds that each command takes longer" },
};

static void s4_fault_get(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    S4State *s = S4(obj);

    visit_type_uint32(v, name, &s->fault_args[(uintptr_t)opaque], errp);
}

static void s4_fault_apply(S4State *s, unsigned i)
{
    trace_s4_inject(s->serial, s4_faults[i].name, s->fault_args[i]);
    s4_card_inject(s->card, s4_faults[i].inject, s->fault_args[i]);
}

static void s4_fault_set(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    S4State *s = S4(obj);
    unsigned i = (uintptr_t)opaque;

    if (!visit_type_uint32(v, name, &s->fault_args[i], errp)) {
        return;
    }
    if (s->card) {
        s4_fault_apply(s, i);
    } else {
        s->faults_wanted |= 1u << i;
    }
}

void s4_faults_apply(S4State *s)
{
    for (unsigned i = 0; i < S4_NUM_FAULT_PROPERTIES; i++) {
        if (s->faults_wanted & (1u << i)) {
            s4_fault_apply(s, i);
        }
    }
}

void s4_faults_add_properties(ObjectClass *klass)
{
    for (uintptr_t i = 0; i < S4_NUM_FAULT_PROPERTIES; i++) {
        object_class_property_add(klass, s4_faults[i].name, "uint32", s4_fault_get, s4_fault_set,
                                  NULL, (void *)i);
        object_class_property_set_description(klass, s4_faults[i].name, s4_faults[i].description);
    }
}
