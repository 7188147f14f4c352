/* SPDX-License-Identifier: GPL-2.0-only */
/* Card DRAM: who has what, and zeros for the next. */
#ifndef __S4_CARD_MEM_H__
#define __S4_CARD_MEM_H__

#include <linux/list.h>
#include <linux/types.h>

struct s4_device;

int s4_card_mem_init(struct s4_device *s4);
int s4_card_mem_clear(struct s4_device *s4);
int s4_card_mem_alloc(struct s4_device *s4, u64 size, bool visible, struct list_head *blocks);
void s4_card_mem_free(struct s4_device *s4, struct list_head *blocks);
void s4_card_mem_unplug(struct s4_device *s4);

#endif
