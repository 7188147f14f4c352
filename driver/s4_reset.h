/* SPDX-License-Identifier: GPL-2.0-only */
/* Recovery. */
#ifndef __S4_RESET_H__
#define __S4_RESET_H__

#include <linux/types.h>

struct s4_device;
struct s4_queue;

int s4_reset_init(struct s4_device *s4);
void s4_reset_fini(struct s4_device *s4);
bool s4_reset_lock(struct s4_device *s4);
void s4_reset_unlock(struct s4_device *s4, bool signalling);
int s4_reset_first(struct s4_device *s4);
void s4_reset_request(struct s4_device *s4, const char *why);
void s4_reset_locked(struct s4_device *s4, const char *why, struct s4_queue *guilty);
void s4_reset_prepare(struct s4_device *s4);
int s4_reset_done(struct s4_device *s4, bool trigger);
void s4_reset_give_up(struct s4_device *s4);
void s4_reset_give_up_locked(struct s4_device *s4);
bool s4_reset_revive(struct s4_device *s4);

#endif
