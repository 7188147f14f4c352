// SPDX-License-Identifier: GPL-2.0-only
/* Objects of user space, which may know a longer or a shorter version of them than the kernel. */

#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "s4/abi/s4_accel.h"
#include "s4_uobj.h"

/**
 * s4_array_get() - copy an array from user space
 * @in: where it is
 * @max_count: elements at most
 * @first_size: bytes of the first version's element: an element may not be shorter
 * @size: bytes of the element that the kernel knows
 *
 * Return: the array, to be freed by kvfree(); NULL when it has no elements; -EINVAL when there are
 * too many or they are too short; -E2BIG when an element says more than the kernel understands;
 * -EFAULT; -ENOMEM.
 */
void *s4_array_get(const struct drm_s4_array *in, u32 max_count, size_t first_size, size_t size)
{
	void *out;
	u32 i;

	if (in->count > max_count)
		return ERR_PTR(-EINVAL);
	if (!in->count)
		return NULL;
	if (in->stride < first_size)
		return ERR_PTR(-EINVAL);
	if (in->stride > PAGE_SIZE)
		return ERR_PTR(-E2BIG);
	out = kvcalloc(in->count, size, GFP_KERNEL);
	if (!out)
		return ERR_PTR(-ENOMEM);
	for (i = 0; i < in->count; i++) {
		int ret = copy_struct_from_user(out + i * size, size,
						u64_to_user_ptr(in->array + (u64)i * in->stride),
						in->stride);
		if (ret) {
			kvfree(out);
			return ERR_PTR(ret);
		}
	}
	return out;
}

/**
 * s4_answer() - copy an answer to user space, cut or extended by zeros
 * @pointer: where to
 * @user_size: bytes that user space expects
 * @answer: what the kernel knows
 * @size: its bytes
 *
 * Return: 0 or -EFAULT.
 */
int s4_answer(u64 pointer, u32 user_size, const void *answer, u32 size)
{
	void __user *to = u64_to_user_ptr(pointer);

	if (copy_to_user(to, answer, min(user_size, size)))
		return -EFAULT;
	if (user_size > size && clear_user(to + size, user_size - size))
		return -EFAULT;
	return 0;
}
