/* SPDX-License-Identifier: MIT */
/*
 * Tests of the driver against its raw interface. Each test is a function that runs in a process of
 * its own: it returns when it passed, CHECK ends it when it did not.
 */
#ifndef S4_GUEST_DRIVER_HARNESS_H
#define S4_GUEST_DRIVER_HARNESS_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct test {
	const char *name;
	void (*run)(void);
};

struct group {
	const char *name;
	const char *about;
	/* Not run unless it is named: it needs the machine's help, or disturbs it. */
	int special;
	const struct test *tests; /* ended by one without a name */
};

#define SKIP_STATUS 77

#define CHECK(condition) \
	do { \
		if (!(condition)) { \
			printf("  %s:%d: %s\n", __FILE__, __LINE__, #condition); \
			exit(1); \
		} \
	} while (0)

#define CHECK_EQ(got, want) \
	do { \
		long long got_ = (long long)(got), want_ = (long long)(want); \
		if (got_ != want_) { \
			printf("  %s:%d: %s is %lld, not %s (%lld)\n", __FILE__, __LINE__, #got, got_, \
			       #want, want_); \
			exit(1); \
		} \
	} while (0)

#define SKIP(...) \
	do { \
		printf("  "); \
		printf(__VA_ARGS__); \
		printf("\n"); \
		exit(SKIP_STATUS); \
	} while (0)

extern const struct group query_group, bo_group, vm_group, bind_group, queue_group, submit_group,
	run_group, fault_group, share_group, life_group, inject_group, reset_group, lost_group,
	unplug_group, suspend_group, aer_group, module_group;

#endif
