/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The S4 card as a PCIe endpoint: configuration space, regions, interrupts, power, life. */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qemu/error-report.h"
#include "qemu/log.h"
#include "qemu/main-loop.h"
#include "qemu/module.h"
#include "qemu/rcu.h"
#include "qemu/timer.h"
#include "qemu/units.h"
#include "hw/pci/msix.h"
#include "hw/pci/pcie.h"
#include "hw/pci/pcie_aer.h"
#include "hw/pci/pcie_regs.h"
#include "hw/qdev-properties.h"
#include "migration/vmstate.h"
#include "s4.h"
#include "trace.h"

#include "s4/abi/s4_limits.h"
#include "s4/abi/s4_pci.h"
#include "s4/abi/s4_regs.h"

#define S4_PM_CAP 0x40
#define S4_PCIE_CAP 0x80
#define S4_AER_CAP 0x100
#define S4_DSN_CAP 0x160

#define S4_MSIX_PBA_OFFSET 0x800
#define S4_MSIX_BAR_SIZE 0x1000

/* Callbacks of the card. Any thread. */

static void s4_interrupt(void *opaque, unsigned vector)
{
    S4State *s = opaque;

    trace_s4_interrupt(s->serial, vector);
    qatomic_or(&s->vectors_pending, 1u << vector);
    qemu_bh_schedule(s->raise);
}

static void s4_report_error(void *opaque, enum s4_card_error kind)
{
    S4State *s = opaque;

    qatomic_or(&s->errors_pending, 1u << kind);
    qemu_bh_schedule(s->raise);
}

static uint64_t s4_clock_ns(void *opaque)
{
    return qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL);
}

static void s4_thread_attach(void *opaque)
{
    rcu_register_thread();
}

/* May come after the device is gone. */
static void s4_thread_detach(void *opaque)
{
    rcu_unregister_thread();
}

static void s4_log(void *opaque, enum s4_card_log level, const char *text)
{
    S4State *s = opaque;

    switch (level) {
    case S4_CARD_LOG_GUEST_ERROR:
        qemu_log_mask(LOG_GUEST_ERROR, "s4 %s: %s\n", s->serial, text);
        break;
    case S4_CARD_LOG_WARNING:
        warn_report("s4 %s: %s", s->serial, text);
        break;
    case S4_CARD_LOG_TRACE:
        trace_s4_card(s->serial, text);
        break;
    }
}

static const struct s4_card_host s4_host = {
    .size = sizeof(struct s4_card_host),
    .dma_read = s4_dma_read,
    .dma_write = s4_dma_write,
    .dma_cut = s4_dma_cut,
    .dma_map = s4_dma_map,
    .dma_unmap = s4_dma_unmap,
    .interrupt = s4_interrupt,
    .clock_ns = s4_clock_ns,
    .thread_attach = s4_thread_attach,
    .thread_detach = s4_thread_detach,
    .report_error = s4_report_error,
    .log = s4_log,
};

/* msix_notify() and error messages need the big lock, which bottom halves run under. */
static void s4_raise(void *opaque)
{
    S4State *s = opaque;
    uint32_t vectors = qatomic_xchg(&s->vectors_pending, 0);
    uint32_t errors = qatomic_xchg(&s->errors_pending, 0);

    while (vectors) {
        unsigned vector = ctz32(vectors);

        vectors &= vectors - 1;
        msix_notify(PCI_DEVICE(s), vector);
    }
    if (errors) {
        s4_report_errors(s, errors);
    }
}

/* Registers. */

static unsigned s4_power_state(S4State *s)
{
    PCIDevice *pdev = PCI_DEVICE(s);

    return pci_get_word(pdev->config + s->pm_cap + PCI_PM_CTRL) & PCI_PM_CTRL_STATE_MASK;
}

static uint64_t s4_reg_read(void *opaque, hwaddr offset, unsigned size)
{
    S4State *s = opaque;
    uint64_t value = s4_power_state(s) ? ~0ULL : s4_card_mmio_read(s->card, offset, size);

    trace_s4_reg_read(s->serial, offset, size, value);
    return value;
}

static void s4_reg_write(void *opaque, hwaddr offset, uint64_t value, unsigned size)
{
    S4State *s = opaque;

    trace_s4_reg_write(s->serial, offset, size, value);
    if (!s4_power_state(s)) {
        s4_card_mmio_write(s->card, offset, value, size);
    }
}

static const MemoryRegionOps s4_reg_ops = {
    .read = s4_reg_read,
    .write = s4_reg_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    /* The card judges odd sizes and addresses itself. */
    .valid = { .min_access_size = 1, .max_access_size = 8, .unaligned = true },
    .impl = { .min_access_size = 1, .max_access_size = 8, .unaligned = true },
};

/* Reset and power. With the big lock. */

static void s4_set_bus_master(S4State *s, bool on)
{
    trace_s4_bus_master(s->serial, on);
    s4_card_set_bus_master(s->card, on);
}

static void s4_reset_card(S4State *s, enum s4_card_reset kind, const char *name)
{
    trace_s4_reset(s->serial, name);
    s4_card_reset(s->card, kind);
}

/*
 * Function-level reset and bus reset both come here. QEMU clears the header and MSI-X itself; what
 * of our own capabilities does not outlive a reset is for us. A card left in D3 would stay deaf.
 */
static void s4_reset(DeviceState *dev)
{
    S4State *s = S4(dev);
    PCIDevice *pdev = PCI_DEVICE(dev);
    uint8_t *exp = pdev->config + pdev->exp.exp_cap;

    if (pci_get_word(exp + PCI_EXP_DEVCTL) & PCI_EXP_DEVCTL_BCR_FLR) {
        s4_reset_card(s, S4_CARD_RESET_FUNCTION, "function");
    } else {
        s4_reset_card(s, S4_CARD_RESET_BUS, "bus");
    }
    pci_word_test_and_clear_mask(pdev->config + s->pm_cap + PCI_PM_CTRL, PCI_PM_CTRL_STATE_MASK);
    pcie_cap_deverr_reset(pdev);
    qatomic_set(&s->vectors_pending, 0);
    qatomic_set(&s->errors_pending, 0);
}

static void s4_config_write(PCIDevice *pdev, uint32_t addr, uint32_t val, int len)
{
    S4State *s = S4(pdev);
    uint8_t *command = pdev->config + PCI_COMMAND, *pm = pdev->config + s->pm_cap + PCI_PM_CTRL;
    unsigned old_state = s4_power_state(s), state;
    bool old_master = pci_get_word(command) & PCI_COMMAND_MASTER, master;

    pci_default_write_config(pdev, addr, val, len);
    state = s4_power_state(s);
    if (state == 1 || state == 2) {
        state = old_state; /* there is no D1 or D2: such a write changes nothing */
        pci_word_test_and_clear_mask(pm, PCI_PM_CTRL_STATE_MASK);
        pci_word_test_and_set_mask(pm, state);
    }
    if (state != old_state) {
        trace_s4_power_state(s->serial, old_state, state);
        if (!state) {
            s4_reset_card(s, S4_CARD_RESET_D3, "D3");
        }
    }
    pcie_cap_flr_write_config(pdev, addr, val, len);
    pcie_aer_write_config(pdev, addr, val, len);

    state = s4_power_state(s); /* a function-level reset leaves D3 */
    master = (pci_get_word(command) & PCI_COMMAND_MASTER) && !state;
    if (master != old_master || state != old_state) {
        s4_set_bus_master(s, master);
    }
}

static uint32_t s4_config_read(PCIDevice *pdev, uint32_t addr, int len)
{
    S4State *s = S4(pdev);

    if (s4_card_link_down(s->card)) {
        return ~0u;
    }
    return pci_default_read_config(pdev, addr, len);
}

static void s4_vm_state_changed(void *opaque, bool running, RunState state)
{
    S4State *s = opaque;

    trace_s4_machine(s->serial, running);
    if (running) {
        s4_card_continue(s->card);
    } else {
        s4_card_stop(s->card);
    }
}

/* The process ends without unrealizing devices; the card's threads must not see that happen. */
static void s4_at_exit(Notifier *notifier, void *data)
{
    S4State *s = container_of(notifier, S4State, exit);

    s4_card_shutdown(s->card);
}

/* Life. */

/* A serial number that stays the same while the card stays in its slot. */
static void s4_default_serial(S4State *s)
{
    PCIBus *bus = pci_get_bus(PCI_DEVICE(s));
    g_autofree char *path = qdev_get_dev_path(DEVICE(s));
    uint64_t hash = 0xcbf29ce484222325ULL; /* FNV-1a */

    if (s->serial) {
        return;
    }
    for (const char *c = path ? path : BUS(bus)->name; *c; c++) {
        hash = (hash ^ (uint8_t)*c) * 0x100000001b3ULL;
    }
    s->serial = g_strdup_printf("S4-%012" PRIX64, (uint64_t)(hash & 0xffffffffffffULL));
}

static void s4_add_capabilities(S4State *s, Error **errp)
{
    ERRP_GUARD();
    PCIDevice *pdev = PCI_DEVICE(s);
    uint64_t serial_hash = g_str_hash(s->serial);
    uint8_t *exp;
    int at;

    at = pci_add_capability(pdev, PCI_CAP_ID_PM, S4_PM_CAP, PCI_PM_SIZEOF, errp);
    if (at < 0) {
        return;
    }
    s->pm_cap = at;
    pci_set_word(pdev->config + at + PCI_PM_PMC, PCI_PM_CAP_VER_1_2);
    pci_set_word(pdev->wmask + at + PCI_PM_CTRL, PCI_PM_CTRL_STATE_MASK);

    if (pcie_endpoint_cap_init(pdev, S4_PCIE_CAP) < 0) {
        error_setg(errp, "s4: no room for the PCI Express capability");
        return;
    }
    pcie_cap_flr_init(pdev);
    pcie_cap_deverr_init(pdev);
    exp = pdev->config + pdev->exp.exp_cap;
    pci_long_test_and_clear_mask(exp + PCI_EXP_LNKCAP, PCI_EXP_LNKCAP_MLW | PCI_EXP_LNKCAP_SLS);
    pci_long_test_and_set_mask(exp + PCI_EXP_LNKCAP,
                               QEMU_PCI_EXP_LNKCAP_MLW(S4_LINK_WIDTH) | S4_LINK_SPEED_GEN);
    pci_set_long(exp + PCI_EXP_LNKCAP2, PCI_EXP_LNKCAP2_SLS_2_5GB | PCI_EXP_LNKCAP2_SLS_5_0GB |
                 PCI_EXP_LNKCAP2_SLS_8_0GB);
    pci_word_test_and_clear_mask(exp + PCI_EXP_LNKSTA, PCI_EXP_LNKSTA_NLW | PCI_EXP_LNKSTA_CLS);
    pci_word_test_and_set_mask(exp + PCI_EXP_LNKSTA,
                               QEMU_PCI_EXP_LNKSTA_NLW(S4_LINK_WIDTH) | S4_LINK_SPEED_GEN);
    pci_set_word(exp + PCI_EXP_LNKCTL2, S4_LINK_SPEED_GEN);

    if (pcie_aer_init(pdev, PCI_ERR_VER, S4_AER_CAP, PCI_ERR_SIZEOF, errp) < 0) {
        return;
    }
    pcie_dev_ser_num_init(pdev, S4_DSN_CAP, serial_hash << 32 | S4_PCI_DEVICE_ID);

    if (msix_init(pdev, S4_NUM_VECTORS, &s->msix, S4_BAR_MSIX, 0, &s->msix, S4_BAR_MSIX,
                  S4_MSIX_PBA_OFFSET, 0, errp) < 0) {
        return;
    }
    for (unsigned i = 0; i < S4_NUM_VECTORS; i++) {
        msix_vector_use(pdev, i);
    }
}

static void s4_add_regions(S4State *s)
{
    PCIDevice *pdev = PCI_DEVICE(s);
    Object *owner = OBJECT(s);
    uint64_t dram_bytes, window;
    void *dram = s4_card_dram(s->card, &dram_bytes);
    uint64_t visible = s->aperture ? s->aperture : dram_bytes;

    memory_region_init_io(&s->regs, owner, &s4_reg_ops, s, "s4-registers", S4_BAR_REGS_SIZE);
    pci_register_bar(pdev, S4_BAR_REGS, PCI_BASE_ADDRESS_SPACE_MEMORY, &s->regs);

    /*
     * A "ram device": the processors reach it directly, other devices' accesses are not taken for
     * guest memory, and it is left out of dumps.
     */
    window = pow2ceil(visible);
    memory_region_init(&s->dram_window, owner, "s4-dram-window", window);
    memory_region_init_ram_device_ptr(&s->dram, owner, "s4-dram", visible, dram);
    memory_region_add_subregion(&s->dram_window, 0, &s->dram);
    pci_register_bar(pdev, S4_BAR_DRAM,
                     PCI_BASE_ADDRESS_SPACE_MEMORY | PCI_BASE_ADDRESS_MEM_TYPE_64 |
                     PCI_BASE_ADDRESS_MEM_PREFETCH, &s->dram_window);

    memory_region_init(&s->msix, owner, "s4-msix", S4_MSIX_BAR_SIZE);
    pci_register_bar(pdev, S4_BAR_MSIX, PCI_BASE_ADDRESS_SPACE_MEMORY, &s->msix);
}

static void s4_realize(PCIDevice *pdev, Error **errp)
{
    ERRP_GUARD();
    S4State *s = S4(pdev);
    char text[256];

    s4_default_serial(s);
    struct s4_card_config config = {
        .size = sizeof(config),
        .dram_bytes = s->memory,
        .aperture_bytes = s->aperture,
        .threads = s->threads,
        .serial = s->serial,
        .skip_signature = !s->firmware_verify,
        .faults = s->fault_injection,
        .trace = trace_event_get_state(TRACE_S4_CARD),
    };

    s->raise = qemu_bh_new(s4_raise, s);
    s4_dma_init(s);
    s->card = s4_card_create(&config, &s4_host, s, text, sizeof(text));
    if (!s->card) {
        error_setg(errp, "s4: %s", text);
        goto fail;
    }
    if (!runstate_is_running()) {
        s4_card_stop(s->card);
    }
    s4_add_regions(s);
    s4_add_capabilities(s, errp);
    if (*errp) {
        goto fail;
    }
    s->vm_state = qemu_add_vm_change_state_handler(s4_vm_state_changed, s);
    s->exit.notify = s4_at_exit;
    qemu_add_exit_notifier(&s->exit);
    s4_faults_apply(s);
    trace_s4_realize(s->serial, s->memory, s->aperture);
    return;

fail:
    if (s->dram.container) {
        memory_region_del_subregion(&s->dram_window, &s->dram);
    }
    s4_card_destroy(s->card);
    s->card = NULL;
    s4_dma_exit(s);
    qemu_bh_delete(s->raise);
}

/* Unplugged. Guests' views of DRAM may live a little longer: finalize frees the card. */
static void s4_exit(PCIDevice *pdev)
{
    S4State *s = S4(pdev);

    qemu_remove_exit_notifier(&s->exit);
    qemu_del_vm_change_state_handler(s->vm_state);
    s4_card_shutdown(s->card);
    pcie_aer_exit(pdev);
    pcie_cap_exit(pdev);
    msix_uninit(pdev, &s->msix, &s->msix);
    memory_region_del_subregion(&s->dram_window, &s->dram); /* it holds a reference on us */
    s4_dma_exit(s);
    qemu_bh_delete(s->raise);
}

/* Waits for the card's threads, so not under the big lock. */
static void *s4_destroy_thread(void *card)
{
    rcu_register_thread();
    synchronize_rcu(); /* the last readers of DRAM's block */
    s4_card_destroy(card);
    rcu_unregister_thread();
    return NULL;
}

static void s4_finalize(Object *obj)
{
    S4State *s = S4(obj);
    QemuThread thread;

    if (s->card) {
        qemu_thread_create(&thread, "s4-destroy", s4_destroy_thread, s->card,
                           QEMU_THREAD_DETACHED);
    }
}

/* The guest's and the host's halves of a running card cannot be moved. */
static const VMStateDescription s4_vmstate = {
    .name = TYPE_S4,
    .unmigratable = 1,
};

S4_PROPERTIES s4_properties[] = {
    DEFINE_PROP_SIZE("memory", S4State, memory, S4_DRAM_BYTES_DEFAULT),
    DEFINE_PROP_SIZE("aperture", S4State, aperture, 0),
    DEFINE_PROP_UINT32("threads", S4State, threads, 0),
    DEFINE_PROP_STRING("serial", S4State, serial),
    DEFINE_PROP_BOOL("firmware-verify", S4State, firmware_verify, true),
    DEFINE_PROP_BOOL("x-fault-injection", S4State, fault_injection, false),
    S4_PROP_END
};

static void s4_class_init(ObjectClass *klass, S4_CLASS_DATA *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    PCIDeviceClass *k = PCI_DEVICE_CLASS(klass);

    k->realize = s4_realize;
    k->exit = s4_exit;
    k->config_read = s4_config_read;
    k->config_write = s4_config_write;
    k->vendor_id = S4_PCI_VENDOR_ID;
    k->device_id = S4_PCI_DEVICE_ID;
    k->class_id = S4_PCI_CLASS >> 8;
    k->revision = S4_PCI_REVISION;
    dc->desc = "S4 sparse neural network accelerator";
    dc->vmsd = &s4_vmstate;
    set_bit(DEVICE_CATEGORY_MISC, dc->categories);
    S4_SET_RESET(dc, s4_reset);
    device_class_set_props(dc, s4_properties);
    s4_faults_add_properties(klass);
}

static const TypeInfo s4_info = {
    .name = TYPE_S4,
    .parent = TYPE_PCI_DEVICE,
    .instance_size = sizeof(S4State),
    .instance_finalize = s4_finalize,
    .class_init = s4_class_init,
    .interfaces = (S4_INTERFACES InterfaceInfo[]) {
        { INTERFACE_PCIE_DEVICE },
        { },
    },
};

static void s4_register(void)
{
    type_register_static(&s4_info);
}
type_init(s4_register)
