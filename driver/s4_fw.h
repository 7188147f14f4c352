/* SPDX-License-Identifier: GPL-2.0-only */
/* Firmware: image, boot, mailbox. */
#ifndef __S4_FW_H__
#define __S4_FW_H__

#include "s4/abi/s4_boot.h"

struct s4_device;
struct s4_mbox_queue_create;

extern char *s4_fw_path;

int s4_fw_load(struct s4_device *s4);
int s4_fw_wait_drained(struct s4_device *s4);
int s4_fw_boot(struct s4_device *s4);
bool s4_fw_crashed(struct s4_device *s4);
void s4_fw_log_crash(struct s4_device *s4);

int s4_mbox_init(struct s4_device *s4);
int s4_mbox_queue_create(struct s4_device *s4, const struct s4_mbox_queue_create *args);
int s4_mbox_queue_destroy(struct s4_device *s4, u32 slot);
int s4_mbox_quiesce(struct s4_device *s4, unsigned int ms);
int s4_mbox_resume(struct s4_device *s4);

#endif
