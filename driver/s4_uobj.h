/* SPDX-License-Identifier: GPL-2.0-only */
/* Objects of user space, of another size than ours perhaps. */
#ifndef __S4_UOBJ_H__
#define __S4_UOBJ_H__

#include <linux/types.h>

struct drm_s4_array;

void *s4_array_get(const struct drm_s4_array *in, u32 max_count, size_t first_size, size_t size);
int s4_answer(u64 pointer, u32 user_size, const void *answer, u32 size);

#endif
