/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Differences between the QEMU versions that the glue builds in: 7.2 and 10. Each is probed by a
 * macro that came or went with it, or else by a header that did in the same version.
 */
#ifndef HW_S4_COMPAT_H
#define HW_S4_COMPAT_H

#include "qemu/main-loop.h"
#include "hw/qdev-properties.h"

#if __has_include("hw/pci/pci_device.h") /* 8.0 split hw/pci/pci.h */
#include "hw/pci/pci_device.h"
#else
#include "hw/pci/pci.h"
#endif

#ifdef BQL_LOCK_GUARD /* 9.0 gave the big lock its name */
#define S4_BQL_LOCKED() bql_locked()
#else
#define S4_BQL_LOCKED() qemu_mutex_iothread_locked()
#endif

#ifdef DEFINE_PROP_END_OF_LIST /* until 10.0 */
#define S4_PROP_END DEFINE_PROP_END_OF_LIST(),
#define S4_PROPERTIES static Property
#else
#define S4_PROP_END
#define S4_PROPERTIES static const Property
#endif

#if __has_include("system/runstate.h") /* 10.0 renamed sysemu/ to system/ */
#include "system/runstate.h"
#include "system/system.h"
#define S4_DIRECT(mr, is_write) \
    memory_access_is_direct(mr, is_write, MEMTXATTRS_UNSPECIFIED)
#define S4_SET_RESET(dc, handler) device_class_set_legacy_reset(dc, handler)
#else
#include "sysemu/runstate.h"
#include "sysemu/sysemu.h"
#define S4_DIRECT(mr, is_write) memory_access_is_direct(mr, is_write)
#define S4_SET_RESET(dc, handler) ((dc)->reset = (handler))
#endif

#if __has_include("system/memory.h") /* 10.1 moved these, and made class data constant */
#include "exec/cpu-common.h"
#include "system/address-spaces.h"
#include "system/memory.h"
#define S4_CLASS_DATA const void
#define S4_INTERFACES const
#else
#include "exec/address-spaces.h"
#include "exec/memory.h"
#define S4_CLASS_DATA void
#define S4_INTERFACES
#endif

#endif
