/* SPDX-License-Identifier: GPL-2.0-only */
/* Interrupts. */
#ifndef __S4_IRQ_H__
#define __S4_IRQ_H__

#include <linux/types.h>

struct s4_device;

int s4_irq_init(struct s4_device *s4);
void s4_irq_enable(struct s4_device *s4);
void s4_irq_fini(struct s4_device *s4);
bool s4_irq_is_near(struct s4_device *s4, u32 vector);

#endif
