/* SPDX-License-Identifier: MIT */
/* The kernel's log, as a test sees it. */
#ifndef S4_GUEST_DRIVER_KMSG_H
#define S4_GUEST_DRIVER_KMSG_H

/* From its end on. */
int kmsg_open(void);
/* Reads on to the first line that has `text` in it; 0 when there is none in so many milliseconds. */
int kmsg_wait(int log, const char *text, int milliseconds);

#endif
