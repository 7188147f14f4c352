/* SPDX-License-Identifier: MIT */
/*
 * Fixed-width types and compile-time checks for headers that the kernel (C), the firmware
 * (freestanding C++), the card and libs4 (C++20) all include.
 *
 * Everything the card shares with a host is little-endian and naturally aligned; the driver
 * depends on a little-endian kernel, so the structures hold plain integers.
 */
#ifndef S4_ABI_TYPES_H
#define S4_ABI_TYPES_H

#if defined(__KERNEL__) || defined(__linux__)
#include <linux/types.h>
#else /* the firmware's freestanding compiler */
#include <stdint.h>
typedef uint8_t __u8;
typedef uint16_t __u16;
typedef uint32_t __u32;
typedef uint64_t __u64;
typedef int32_t __s32;
typedef int64_t __s64;
#endif

#ifdef __cplusplus
#define S4_STATIC_ASSERT(cond, text) static_assert(cond, text)
#else
#define S4_STATIC_ASSERT(cond, text) _Static_assert(cond, text)
#endif

#define S4_ASSERT_SIZE(type, size) S4_STATIC_ASSERT(sizeof(type) == (size), #type " is " #size " bytes")
#define S4_ASSERT_OFFSET(type, member, offset) \
	S4_STATIC_ASSERT(__builtin_offsetof(type, member) == (offset), #type "." #member " is at " #offset)

#endif
