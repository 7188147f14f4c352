/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Differences between the QEMU versions that the glue builds in: 7.2 and 10. Features are probed
 * by the headers that came or went with them.
 */
#ifndef HW_S4_COMPAT_H
#define HW_S4_COMPAT_H

#if __has_include("hw/pci/pci_device.h") /* 8.0 split hw/pci/pci.h */
#include "hw/pci/pci_device.h"
#else
#include "hw/pci/pci.h"
#endif

#if __has_include("system/address-spaces.h") /* 10.0 renamed sysemu/ to system/ */
#include "exec/cpu-common.h"
#include "system/address-spaces.h"
#include "system/memory.h"
#include "system/reset.h"
#include "system/runstate.h"
#include "system/system.h"
#define S4_DIRECT(mr, is_write) \
    memory_access_is_direct(mr, is_write, MEMTXATTRS_UNSPECIFIED)
#define S4_SET_RESET(dc, handler) device_class_set_legacy_reset(dc, handler)
#define S4_PROP_END
#define S4_BQL_LOCKED() bql_locked()
#define S4_PROPERTIES static const Property
#define S4_CLASS_DATA const void
#define S4_INTERFACES const
#else
#include "exec/address-spaces.h"
#include "exec/memory.h"
#include "sysemu/runstate.h"
#include "sysemu/sysemu.h"
#define S4_DIRECT(mr, is_write) memory_access_is_direct(mr, is_write)
#define S4_SET_RESET(dc, handler) ((dc)->reset = (handler))
#define S4_PROP_END DEFINE_PROP_END_OF_LIST(),
#define S4_BQL_LOCKED() qemu_mutex_iothread_locked()
#define S4_PROPERTIES static Property
#define S4_CLASS_DATA void
#define S4_INTERFACES
#endif

#endif
