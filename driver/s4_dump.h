/* SPDX-License-Identifier: GPL-2.0-only */
/* What a recovery leaves behind for people. */
#ifndef __S4_DUMP_H__
#define __S4_DUMP_H__

struct s4_device;
struct s4_queue;

int s4_dump_init(struct s4_device *s4);
void s4_dump_fini(struct s4_device *s4);
void s4_dump_take(struct s4_device *s4, const char *why, struct s4_queue *guilty);
void s4_dump_publish(struct s4_device *s4);

#endif
