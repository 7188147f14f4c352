// SPDX-License-Identifier: MIT
#include "kmsg.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "card.h"
#include "harness.h"

int kmsg_open(void)
{
	int log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);

	CHECK(log >= 0);
	CHECK(lseek(log, 0, SEEK_END) >= 0);
	return log;
}

int kmsg_wait(int log, const char *text, int milliseconds)
{
	const int64_t end = now_ms() + milliseconds;
	char line[2048];

	for (;;) {
		/* One line a call; EPIPE: some were overwritten before they were read. */
		ssize_t length = read(log, line, sizeof(line) - 1);

		if (length > 0) {
			line[length] = 0;
			if (strstr(line, text))
				return 1;
		} else if (now_ms() > end) {
			return 0;
		} else {
			usleep(10000);
		}
	}
}
